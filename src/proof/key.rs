//! How the text of a secret becomes the bytes of a key; strict, because a lenient decoder makes short keys of wrong texts.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::encoding::{decode_base64, decode_base64_unpadded, decode_hex};
use crate::error::SecretError;
use crate::keyed;
use crate::record::model::Decoding;

/// The bytes of a key, zeroized on drop.
pub(crate) type KeyBytes = Zeroizing<Vec<u8>>;

/// The key that a secret spells in this way of writing.
///
/// # Errors
/// What is wrong with it, and what the provider shows instead.
pub(crate) fn decode(decoding: &Decoding, secret: &[u8]) -> Result<KeyBytes, SecretError> {
    match decoding {
        Decoding::WhsecOrRaw if secret.starts_with(WHSEC) => whsec(secret),
        Decoding::Verbatim | Decoding::WhsecOrRaw => verbatim(secret),
        Decoding::Whsec => whsec(secret),
        Decoding::Base64 => decode_base64(secret).filter(|key| !key.is_empty()).ok_or(NOT_BASE64),
        Decoding::Hex => decode_hex(secret).filter(|key| !key.is_empty()).ok_or(NOT_HEX),
        Decoding::Basic => basic(secret),
        Decoding::Token68 => token68(secret),
        Decoding::Nfkd => nfkd(secret),
        Decoding::Strip(prefix) => verbatim(secret.strip_prefix(prefix.as_bytes()).unwrap_or(secret)),
        Decoding::Sha1 => Ok(Zeroizing::new(keyed::sha1(secret).to_vec())),
        Decoding::Public(_) => Err(NOT_SHARED),
    }
}

fn verbatim(secret: &[u8]) -> Result<KeyBytes, SecretError> {
    if secret.starts_with(b"v1,whsec_") { Err(VERSION_PREFIX) } else { Ok(Zeroizing::new(secret.to_vec())) }
}

/// Standard Webhooks: `whsec_` and base64; senders leave out the prefix or the padding.
fn whsec(secret: &[u8]) -> Result<KeyBytes, SecretError> {
    if secret.starts_with(b"v1,") {
        return Err(VERSION_PREFIX);
    }
    let text = secret.strip_prefix(WHSEC).unwrap_or(secret);
    decode_base64_unpadded(text).filter(|key| !key.is_empty()).ok_or(NOT_WHSEC)
}

/// RFC 7617: the user name holds no colon, the password may.
fn basic(secret: &[u8]) -> Result<KeyBytes, SecretError> {
    let mut halves = secret.splitn(2, |byte| *byte == b':');
    match (halves.next(), halves.next()) {
        (Some(user), Some(password)) if !user.is_empty() && !password.is_empty() => Ok(Zeroizing::new(secret.to_vec())),
        _ => Err(NOT_BASIC),
    }
}

fn token68(secret: &[u8]) -> Result<KeyBytes, SecretError> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    if secret.iter().all(allowed) { Ok(Zeroizing::new(secret.to_vec())) } else { Err(NOT_TOKEN) }
}

fn nfkd(secret: &[u8]) -> Result<KeyBytes, SecretError> {
    let text = std::str::from_utf8(secret).map_err(|_| NOT_TEXT)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(secret.len().saturating_mul(4)));
    for letter in text.nfkd() {
        bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(bytes)
}

const WHSEC: &[u8] = b"whsec_";

const VERSION_PREFIX: SecretError = SecretError {
    sentence: "begins with \"v1,\", which belongs to signatures and to no secret",
    fix: "Remove it: the secret begins with whsec_.",
};
const NOT_WHSEC: SecretError = SecretError {
    sentence: "is not \"whsec_\" followed by base64",
    fix: "Copy the signing secret as the sender shows it, for example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw (a made-up one).",
};
const NOT_BASE64: SecretError =
    SecretError { sentence: "is not base64", fix: "Copy the key as the sender shows it, padding included." };
const NOT_TEXT: SecretError =
    SecretError { sentence: "is not text in UTF-8", fix: "Copy the secret as the sender shows it." };
const NOT_SHARED: SecretError = SecretError {
    sentence: "is a public key where a secret is due",
    fix: "Use the provider's record for public keys.",
};
const NOT_HEX: SecretError = SecretError {
    sentence: "is not hexadecimal",
    fix: "Copy the key as the sender shows it: an even number of digits.",
};
const NOT_BASIC: SecretError = SecretError {
    sentence: "is not of the form user:password",
    fix: "Write both halves, with a colon between them; neither may be empty.",
};
const NOT_TOKEN: SecretError = SecretError {
    sentence: "holds characters that no bearer token has",
    fix: "Use letters, digits and -._~+/= alone (RFC 6750); user:password belongs to Basic.",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn key(decoding: &Decoding, secret: &str) -> Result<Vec<u8>, &'static str> {
        decode(decoding, secret.as_bytes()).map(|key| key.to_vec()).map_err(|error| error.sentence)
    }

    #[test]
    fn one_text_is_three_keys() {
        let text = "MfKQ";
        assert_eq!(Ok(b"MfKQ".to_vec()), key(&Decoding::WhsecOrRaw, text));
        assert_eq!(Ok(vec![0x31, 0xf2, 0x90]), key(&Decoding::Whsec, text));
        assert_eq!(Ok(vec![0x31, 0xf2, 0x90]), key(&Decoding::WhsecOrRaw, "whsec_MfKQ"));
        assert_eq!(Ok(b"whsec_MfKQ".to_vec()), key(&Decoding::Verbatim, "whsec_MfKQ"));
    }

    #[test]
    fn whsec_is_strict_about_everything_but_prefix_and_padding() {
        assert_eq!(Ok(vec![0]), key(&Decoding::Whsec, "whsec_AA=="));
        assert_eq!(Ok(vec![0]), key(&Decoding::Whsec, "whsec_AA"));
        for wrong in ["whsec_", "whsec_%%", "polar_whs_abc", "whsec_AB=", "whsec_ AA", "whsk_AAAA"] {
            assert_eq!(Err(NOT_WHSEC.sentence), key(&Decoding::Whsec, wrong), "{wrong}");
        }
        assert_eq!(Err(VERSION_PREFIX.sentence), key(&Decoding::Whsec, "v1,whsec_AAAA"));
        assert_eq!(Err(VERSION_PREFIX.sentence), key(&Decoding::Verbatim, "v1,whsec_AAAA"));
    }

    #[test]
    fn credentials_have_two_halves() {
        for good in ["u:p", "u:p:q", "u::"] {
            assert_eq!(Ok(good.as_bytes().to_vec()), key(&Decoding::Basic, good));
        }
        for wrong in ["u", ":p", "u:", ":", "::"] {
            assert_eq!(Err(NOT_BASIC.sentence), key(&Decoding::Basic, wrong), "{wrong}");
        }
    }

    #[test]
    fn other_ways_of_writing() {
        assert_eq!(Ok(vec![0xab]), key(&Decoding::Hex, "aB"));
        assert_eq!(Err(NOT_HEX.sentence), key(&Decoding::Hex, "abc"));
        assert_eq!(Ok(vec![0]), key(&Decoding::Base64, "AA=="));
        assert_eq!(Err(NOT_BASE64.sentence), key(&Decoding::Base64, "AA"));
        assert_eq!(Err(NOT_TOKEN.sentence), key(&Decoding::Token68, "a:b"));
        assert!(key(&Decoding::Token68, "abc-._~+/=").is_ok());
    }
}
