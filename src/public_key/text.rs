//! The ways in which senders write a public key, each read strictly into the one form that is parsed: a `SubjectPublicKeyInfo`.

use zeroize::Zeroizing;

use crate::encoding::{Encoding, decode_base64, decode_base64_unpadded, decode_hex};
use crate::error::SecretError;
use crate::pem;

use super::{Scheme, jwk};

/// How a public key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyText {
    /// Base64 of the DER of a `SubjectPublicKeyInfo`, with or without PEM lines.
    Spki,
    /// Hexadecimal of the 32 bytes of an Ed25519 key.
    Hex32,
    /// Base64 of the 32 bytes of an Ed25519 key.
    Base64_32,
    /// `whpk_` and base64 of the 32 bytes of an Ed25519 key (Standard Webhooks).
    Whpk,
    /// A JSON Web Key (RFC 7517).
    Jwk,
}

impl KeyText {
    /// The `SubjectPublicKeyInfo` that a text spells.
    ///
    /// # Errors
    /// What the text is instead, where that can be told.
    pub(super) fn read(self, scheme: Scheme, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        match self {
            Self::Spki if pem::is_pem(text) => from_pem(text),
            Self::Spki => {
                decode_base64(&unfolded(text)).filter(|spki| !spki.is_empty()).ok_or_else(|| not(text, NOT_SPKI))
            }
            Self::Hex32 => decode_hex(text).and_then(|key| raw(&key)).ok_or_else(|| not(text, NOT_HEX)),
            Self::Base64_32 => decode_base64(text).and_then(|key| raw(&key)).ok_or_else(|| not(text, NOT_BASE64)),
            Self::Whpk => {
                let base64 = text.strip_prefix(WHPK).ok_or_else(|| not(text, NOT_WHPK))?;
                decode_base64_unpadded(base64).and_then(|key| raw(&key)).ok_or(NOT_WHPK)
            }
            Self::Jwk => jwk::read(scheme, text).map_err(|error| not(text, error)).map(Zeroizing::new),
        }
    }

    /// The text of a key, given as `SubjectPublicKeyInfo`; nothing where the form has no room for keys of that kind.
    pub(crate) fn write(self, scheme: Scheme, spki: &[u8]) -> Option<String> {
        let raw = || spki.strip_prefix(&ED25519_SPKI);
        match self {
            Self::Spki => Some(Encoding::Base64.encode(spki)),
            Self::Hex32 => raw().map(|key| Encoding::Hex.encode(key)),
            Self::Base64_32 => raw().map(|key| Encoding::Base64.encode(key)),
            Self::Whpk => raw().map(|key| format!("whpk_{}", Encoding::Base64.encode(key))),
            Self::Jwk => jwk::write(scheme, spki),
        }
    }
}

/// What stands before the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410 section 4).
pub(super) const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

fn raw(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    (key.len() == 32).then(|| Zeroizing::new([&ED25519_SPKI[..], key].concat()))
}

fn from_pem(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let mut blocks = pem::blocks(text, 1).ok_or_else(|| not(text, NOT_PEM))?;
    match blocks.pop() {
        Some(block) if block.label == b"PUBLIC KEY" => Ok(block.der),
        _ => Err(not(text, NOT_PEM)),
    }
}

/// Base64 as people wrap it.
fn unfolded(text: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect())
}

/// The most telling error for a text that is not what it should be.
fn not(text: &[u8], otherwise: SecretError) -> SecretError {
    let holds = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    match () {
        () if holds(b"PRIVATE KEY-----") || text.starts_with(b"whsk_") => PRIVATE,
        () if text.starts_with(b"whsec_") => SHARED,
        () if holds(b"BEGIN CERTIFICATE-----") => CERTIFICATE,
        () if holds(b"BEGIN RSA PUBLIC KEY-----") => PKCS1,
        () if pem::is_pem(text) && holds(b"\\n") => LITERAL_NEWLINES,
        () => otherwise,
    }
}

const WHPK: &[u8] = b"whpk_";

const NOT_SPKI: SecretError = SecretError {
    sentence: "is neither base64 of a public key nor PEM",
    fix: "Copy the public key as the sender shows it, padding and PEM lines included.",
};
const NOT_PEM: SecretError = SecretError {
    sentence: "is not one whole PEM block of the kind PUBLIC KEY",
    fix: "Copy it from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----, line ends included.",
};
const NOT_HEX: SecretError = SecretError {
    sentence: "is not the hexadecimal of an Ed25519 key",
    fix: "Copy the public key as the sender shows it: 64 digits.",
};
const NOT_BASE64: SecretError = SecretError {
    sentence: "is not the base64 of an Ed25519 key",
    fix: "Copy the public key as the sender shows it: 44 characters, the last one =.",
};
const NOT_WHPK: SecretError = SecretError {
    sentence: "is not \"whpk_\" followed by the base64 of an Ed25519 key",
    fix: "Copy the public key as the sender shows it; it begins with whpk_.",
};
const PRIVATE: SecretError = SecretError {
    sentence: "is a private key",
    fix: "Only the sender may have it. Give the public key, and have the sender make a new pair, for this one has left its home.",
};
const SHARED: SecretError = SecretError {
    sentence: "is a shared secret (whsec_), not a public key",
    fix: "Copy the public key that the sender shows.",
};
const CERTIFICATE: SecretError = SecretError {
    sentence: "is a certificate, not a public key",
    fix: "Take the key out of it: openssl x509 -in cert.pem -pubkey -noout.",
};
const PKCS1: SecretError = SecretError {
    sentence: "is a PKCS#1 public key (BEGIN RSA PUBLIC KEY), not a SubjectPublicKeyInfo",
    fix: "Write it anew: openssl rsa -RSAPublicKey_in -in key.pem -pubout.",
};
const LITERAL_NEWLINES: SecretError = SecretError {
    sentence: "holds \\n as two characters where its lines should end",
    fix: "Env files differ in whether they turn \\n into a line end: .replace(\"\\\\n\", \"\\n\") does it.",
};
