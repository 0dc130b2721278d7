//! Public keys: parsed once, judged when they are built, so that no weak, foreign or forgeable key ever verifies anything.
//!
//! The arithmetic is AWS-LC's. It takes several keys that we do not: small RSA moduli, bytes after the DER, Ed25519 points of small
//! order (under which one signature fits every message) and such as have a second spelling. Those are refused here.

mod jwk;
mod text;

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest::{self, Context, Digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaSubjectPublicKey, VerificationAlgorithm,
};

use crate::error::SecretError;
use crate::secret::Weakness;

pub(crate) use text::KeyText;

/// How a private key signs and its public key verifies. Pinned by the record, never chosen by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 8032.
    Ed25519,
    /// ECDSA over P-256 and SHA-256; the signature is a DER sequence (SEC 1 C.5).
    EcdsaP256Der,
    /// The same; the signature is r and s of 32 bytes each (IEEE P1363, JWT, RFC 9421).
    EcdsaP256Raw,
    /// RFC 8017 section 8.2 over SHA-1; for old senders, and only verified.
    RsaPkcs1Sha1,
    /// RFC 8017 section 8.2 over SHA-256.
    RsaPkcs1Sha256,
    /// RFC 8017 section 8.1 over SHA-512, salt of 64 bytes (RFC 9421 section 3.3.1).
    RsaPssSha512,
}

/// What a key is, whatever is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A point of edwards25519.
    Ed25519,
    /// A point of NIST P-256.
    P256,
    /// A modulus and an exponent.
    Rsa,
}

impl Scheme {
    /// The kind of key that it takes.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Ed25519 => Kind::Ed25519,
            Self::EcdsaP256Der | Self::EcdsaP256Raw => Kind::P256,
            Self::RsaPkcs1Sha1 | Self::RsaPkcs1Sha256 | Self::RsaPssSha512 => Kind::Rsa,
        }
    }

    /// The digest of the pieces that it signs; nothing for Ed25519, which signs the message itself.
    pub(crate) fn digest(self, pieces: &[&[u8]]) -> Option<Digest> {
        let mut context = Context::new(match self {
            Self::Ed25519 => return None,
            Self::EcdsaP256Der | Self::EcdsaP256Raw | Self::RsaPkcs1Sha256 => &digest::SHA256,
            Self::RsaPkcs1Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::RsaPssSha512 => &digest::SHA512,
        });
        for piece in pieces {
            context.update(piece);
        }
        Some(context.finish())
    }

    fn algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &ED25519,
            Self::EcdsaP256Der => &ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP256Raw => &ECDSA_P256_SHA256_FIXED,
            Self::RsaPkcs1Sha1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Self::RsaPkcs1Sha256 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            Self::RsaPssSha512 => &RSA_PSS_2048_8192_SHA512,
        }
    }
}

/// A key that verifies signatures of one scheme.
pub(crate) struct PublicKey {
    scheme: Scheme,
    key: ParsedPublicKey,
    weakness: Option<Weakness>,
}

impl PublicKey {
    /// The key that a text spells; RSA moduli below `min_bits` are refused.
    ///
    /// # Errors
    /// What is wrong with the text or the key, and what to give instead.
    pub(crate) fn parse(scheme: Scheme, form: KeyText, text: &[u8], min_bits: u16) -> Result<Self, SecretError> {
        Self::from_spki(scheme, &form.read(scheme, text)?, min_bits)
    }

    /// The key in a `SubjectPublicKeyInfo` (RFC 5280 section 4.1) of exact DER.
    ///
    /// # Errors
    /// What keeps it from being a key of the scheme.
    pub(crate) fn from_spki(scheme: Scheme, spki: &[u8], min_bits: u16) -> Result<Self, SecretError> {
        let kind = Kind::of(spki)?;
        if kind != scheme.kind() {
            return Err(scheme.kind().expected());
        }
        let key = ParsedPublicKey::new(scheme.algorithm(), spki).map_err(|_| MALFORMED)?;
        // A value has one DER form: what is not what we would write has trailing bytes, other parameters or a second spelling.
        if key.as_der().map_err(|_| MALFORMED)?.as_ref() != spki {
            return Err(MALFORMED);
        }
        let weakness = match kind {
            Kind::Ed25519 => edwards_point(spki)?,
            Kind::P256 => None,
            Kind::Rsa => modulus(spki, min_bits)?,
        };
        Ok(Self { scheme, key, weakness })
    }

    /// What makes it weak without making it wrong.
    pub(crate) fn weakness(&self) -> Option<Weakness> {
        self.weakness
    }

    /// Whether the signature is this key's, over the pieces one after the other. What the signature's bytes are not allowed to be
    /// (BER, a wrong length, s beyond the order) is no signature.
    pub(crate) fn verifies(&self, pieces: &[&[u8]], signature: &[u8]) -> bool {
        match self.scheme.digest(pieces) {
            Some(digest) => self.key.verify_digest_sig(&digest, signature).is_ok(),
            None => self.key.verify_sig(&joined(pieces), signature).is_ok(),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?}, ..)", self.scheme)
    }
}

/// The pieces as one message, copied only if they are several.
pub(crate) fn joined<'a>(pieces: &[&'a [u8]]) -> Cow<'a, [u8]> {
    match pieces {
        [piece] => Cow::Borrowed(piece),
        _ => Cow::Owned(pieces.concat()),
    }
}

impl Kind {
    /// The kind that the algorithm identifier of a `SubjectPublicKeyInfo` names.
    fn of(spki: &[u8]) -> Result<Self, SecretError> {
        let head = spki.get(..24).unwrap_or(spki);
        let names = |oid: &[u8]| head.windows(oid.len()).any(|window| window == oid);
        match () {
            () if names(&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]) => Ok(Self::Rsa),
            () if names(&[0x06, 0x03, 0x2b, 0x65, 0x70]) => Ok(Self::Ed25519),
            () if names(&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]) => Ok(Self::P256),
            () if names(&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]) => Err(OTHER_CURVE),
            () => Err(MALFORMED),
        }
    }

    fn expected(self) -> SecretError {
        match self {
            Self::Ed25519 => NOT_ED25519,
            Self::P256 => NOT_P256,
            Self::Rsa => NOT_RSA,
        }
    }
}

/// Refuses small moduli. Exponents are AWS-LC's to judge: odd, above 1, at most 33 bits.
fn modulus(spki: &[u8], min_bits: u16) -> Result<Option<Weakness>, SecretError> {
    let key = RsaSubjectPublicKey::from_der(spki).map_err(|_| MALFORMED)?;
    match RsaParameters::public_modulus_len(key.as_ref()).map_err(|_| MALFORMED)? {
        bits if bits < u32::from(min_bits.max(LEAST_BITS)) => Err(SMALL),
        bits if bits > MOST_BITS => Err(LARGE),
        bits => Ok((bits < GOOD_BITS).then_some(Weakness::SmallKey)),
    }
}

/// Refuses the points of small order and every second spelling of a coordinate (RFC 8032 section 5.1.3 demands y < p).
fn edwards_point(spki: &[u8]) -> Result<Option<Weakness>, SecretError> {
    let Some(point @ [first, middle @ .., last]) = spki.last_chunk::<32>() else {
        return Err(MALFORMED);
    };
    let mut y = *point;
    if let Some(byte) = y.last_mut() {
        *byte &= 0x7f;
    }
    let beyond = *first >= 0xed && last & 0x7f == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    if beyond || SMALL_ORDER.contains(&y) { Err(SMALL_ORDER_POINT) } else { Ok(None) }
}

/// Below this, factoring is within reach of anyone; no record may go lower.
const LEAST_BITS: u16 = 1_024;
/// Below this, a key is weak (NIST SP 800-131A).
const GOOD_BITS: u32 = 2_048;
/// Above this, a verification costs more than a delivery is worth.
const MOST_BITS: u32 = 8_192;

/// The y of the eight points of small order, little-endian: order 4, 1, 2, and twice 8. Either sign of x.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const COPY: &str = "Copy the public key as the sender shows it, whole.";
const MALFORMED: SecretError = SecretError { sentence: "is no public key, or has been cut or added to", fix: COPY };
const NOT_ED25519: SecretError = SecretError { sentence: "is no Ed25519 key, with which this sender signs", fix: COPY };
const NOT_P256: SecretError =
    SecretError { sentence: "is no ECDSA key of the curve P-256, with which this sender signs", fix: COPY };
const NOT_RSA: SecretError = SecretError { sentence: "is no RSA key, with which this sender signs", fix: COPY };
const OTHER_CURVE: SecretError =
    SecretError { sentence: "is an ECDSA key of another curve than P-256 (prime256v1, secp256r1)", fix: COPY };
const SMALL: SecretError = SecretError {
    sentence: "is an RSA key that is too small to be safe",
    fix: "Let the sender make a key of 2048 bits or more.",
};
const LARGE: SecretError = SecretError {
    sentence: "is an RSA key of more than 8192 bits",
    fix: "Let the sender make a key of 2048 to 8192 bits.",
};
const SMALL_ORDER_POINT: SecretError = SecretError {
    sentence: "is an Ed25519 key of small order or non-canonical form, under which signatures can be forged",
    fix: "No sender makes such a key by accident: ask where it comes from, and copy the sender's own.",
};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof;
