//! Strict text encodings: one spelling for each value, so that what is verified is what is stored and shown.
//!
//! Base64 is canonical (padding exact, no stray bits, no white space); hexadecimal is ASCII digits of either case.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::constant_time::{DIGEST_BYTES, Digest};

/// How a signature is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    /// Hexadecimal digits, either case.
    Hex,
    /// RFC 4648 section 4, padded.
    Base64,
    /// RFC 4648 section 5, without padding.
    Base64Url,
    /// The value itself; only for shared secrets.
    Text,
}

impl Encoding {
    /// `hex`, `base64`, `base64url` or `text`, as records write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Text => "text",
        }
    }

    /// The digest of `length` bytes that `text` spells, or nothing.
    pub(crate) fn digest(self, text: &[u8], length: usize) -> Option<Digest> {
        match self {
            Self::Hex => hex_digest(text, length),
            Self::Base64 => base64_digest(&STANDARD, text, length),
            Self::Base64Url => base64_digest(&URL_SAFE, text, length),
            Self::Text => None,
        }
    }

    /// The bytes that `text` spells, of any length, or nothing.
    pub(crate) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hex => decode_hex(text).map(|bytes| bytes.to_vec()),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Base64Url => URL_SAFE.decode(text).ok(),
            Self::Text => None,
        }
    }

    /// The values of hexadecimal digits; above 15 for what is none.
    pub(crate) fn nibbles<const DIGITS: usize>(digits: &[u8; DIGITS]) -> [u8; DIGITS] {
        digits.map(nibble)
    }

    /// The text of these bytes.
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).filter_map(hex_digit).collect(),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE.encode(bytes),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// The bytes of canonical, padded base64; for credentials and keys.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(text).ok().map(Zeroizing::new)
}

/// The bytes of base64 with or without its padding; for keys as Standard Webhooks writes them.
pub(crate) fn decode_base64_unpadded(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    PADDING_OPTIONAL.decode(text).ok().map(Zeroizing::new)
}

/// The bytes of canonical base64url without padding, of any length; for tokens and JSON Web Keys.
pub(crate) fn decode_base64_url(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE.decode(text).ok()
}

/// The bytes of hexadecimal text of any length; for keys.
pub(crate) fn decode_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_chunks::<2>();
    let seen = text.iter().fold(0, |seen, digit| seen | nibble(*digit));
    let bytes = pairs.iter().map(|[high, low]| (nibble(*high) << 4) | (nibble(*low) & 0x0f));
    (rest.is_empty() && seen <= 0x0f).then(|| Zeroizing::new(bytes.collect()))
}

fn hex_digest(text: &[u8], length: usize) -> Option<Digest> {
    match (length, text.len()) {
        (20, 40) => hex_array::<40>(text),
        (32, 64) => hex_array::<64>(text),
        (48, 96) => hex_array::<96>(text),
        (64, 128) => hex_array::<128>(text),
        _ => None,
    }
}

/// Decodes a fixed number of digits. First all nibbles, then all pairs: in this shape the compiler vectorises both loops.
fn hex_array<const DIGITS: usize>(text: &[u8]) -> Option<Digest> {
    let nibbles = Encoding::nibbles::<DIGITS>(text.try_into().ok()?);
    let seen = nibbles.iter().fold(0, |seen, nibble| seen | nibble);
    let mut filled = [0; DIGEST_BYTES];
    for (byte, [high, low]) in filled.iter_mut().zip(nibbles.as_chunks::<2>().0) {
        *byte = (high << 4) | (low & 0x0f);
    }
    (seen <= 0x0f).then(|| Digest::from_filled(filled))
}

/// The value of one hexadecimal digit; for any other byte, something above 15. Without a branch on the digit.
fn nibble(digit: u8) -> u8 {
    let number = digit.wrapping_sub(b'0');
    let letter = (digit | 0x20).wrapping_sub(b'a');
    let is_number = mask(number < 10);
    let is_letter = mask(letter < 6);
    (number & is_number) | (letter.wrapping_add(10) & is_letter) | (!(is_number | is_letter) & 0xf0)
}

fn hex_digit(nibble: u8) -> Option<char> {
    char::from_digit(u32::from(nibble), 16)
}

fn mask(condition: bool) -> u8 {
    u8::from(condition).wrapping_neg()
}

fn base64_digest(engine: &GeneralPurpose, text: &[u8], length: usize) -> Option<Digest> {
    if text.len() > LONGEST_BASE64 {
        return None;
    }
    let mut room = [0; LONGEST_DECODED];
    let decoded = engine.decode_slice(text, &mut room).ok()?;
    if decoded == length { Digest::of(room.get(..length)?) } else { None }
}

/// Characters that 64 bytes take in base64, and the room its decoder asks for.
const LONGEST_BASE64: usize = 88;
const LONGEST_DECODED: usize = 66;

const CANONICAL: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CANONICAL);

const PADDING_OPTIONAL: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, CANONICAL.with_decode_padding_mode(DecodePaddingMode::Indifferent));

const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    CANONICAL.with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_reads_either_case_and_nothing_else() {
        assert_eq!(Some(vec![0x0a, 0xbc]), decode_hex(b"0aBC").map(|bytes| bytes.to_vec()));
        for wrong in [&b"0"[..], b"0x", b"0g", b" 0", b"\xef\xbc", b"0a\n", b"-1", b"/0", b":0", b"@0", b"`0"] {
            assert!(decode_hex(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn every_byte_is_a_digit_or_not() {
        for byte in 0..=u8::MAX {
            let expected = char::from(byte).to_digit(16);
            assert_eq!(expected, Some(u32::from(nibble(byte))).filter(|value| *value < 16));
        }
    }

    #[test]
    fn a_digest_has_one_length() {
        for (digits, length) in [(40, 20), (64, 32), (96, 48), (128, 64)] {
            let text = vec![b'a'; digits];
            assert!(Encoding::Hex.digest(&text, length).is_some());
            assert!(Encoding::Hex.digest(&text[1..], length).is_none());
            assert!(Encoding::Hex.digest(&text, length - 1).is_none());
            let encoded = Encoding::Base64.encode(&vec![1; length]);
            assert!(Encoding::Base64.digest(encoded.as_bytes(), length).is_some());
            assert!(Encoding::Base64.digest(encoded.as_bytes(), length + 1).is_none());
        }
    }

    #[test]
    fn base64_is_canonical() {
        assert!(decode_base64(b"QQ==").is_some());
        for wrong in [&b"QQ"[..], b"QQ=", b"QR==", b"QQ==\n", b" QQ==", b"QQ===", b"Q\nQ==", b"-_8=", b"QQ==QQ=="] {
            assert!(decode_base64(wrong).is_none(), "{wrong:?}");
        }
        assert!(decode_base64_unpadded(b"QQ").is_some());
        assert!(decode_base64_unpadded(b"QR").is_none());
        assert!(Encoding::Base64Url.digest(Encoding::Base64Url.encode(&[251; 32]).as_bytes(), 32).is_some());
        assert!(Encoding::Base64Url.digest(Encoding::Base64.encode(&[251; 32]).as_bytes(), 32).is_none());
    }
}
