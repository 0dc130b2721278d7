//! Bodies that carry their own digest: MD5 over the body in which the digest's place holds the key instead. Unisender Go alone.
//!
//! The digest is exactly 32 lower-case hexadecimal digits, and only the 32 bytes at its place give way to the key, wherever else
//! in the body they may occur: a sender who could choose what is replaced, and how often, would choose what is hashed, and how
//! much memory that takes. Nothing is copied; the pieces around the place are hashed one after the other.
//! Source: <https://godocs.unisender.ru/web-api-ref#callback-format>.

use std::borrow::Cow;

use md5::{Digest as _, Md5};

use crate::constant_time::{Choice, Digest, equal};
use crate::encoding::{Encoding, decode_hex};
use crate::json::{Found, Pointer, find};
use crate::rejection::Reason;

/// A body, split at the digest it carries.
#[derive(Debug)]
pub(crate) struct SelfHash<'b> {
    before: &'b [u8],
    after: &'b [u8],
    presented: Digest,
}

impl<'b> SelfHash<'b> {
    /// Reads the whole body and splits it at the digest that stands at `pointer`.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`], [`Reason::MissingSignature`], [`Reason::MalformedSignature`].
    pub(crate) fn find(body: &'b [u8], pointer: &Pointer) -> Result<Self, Reason> {
        let found = find(body, std::slice::from_ref(pointer)).map_err(|_| Reason::MalformedBody)?.pop().flatten();
        Self::split(body, found.as_ref().ok_or(Reason::MissingSignature)?)
    }

    /// Splits a body at a digest that the JSON reader has found in it.
    ///
    /// # Errors
    /// [`Reason::MalformedSignature`] where it is not 32 lower-case hexadecimal digits, written without an escape.
    pub(crate) fn split(body: &'b [u8], found: &Found<'b>) -> Result<Self, Reason> {
        // An unescaped string is a slice of the body itself; an escaped one is a copy and has no 32 bytes that could give way.
        let Found::Text(Cow::Borrowed(text)) = found else { return Err(Reason::MalformedSignature) };
        let presented = digest(text.as_bytes()).ok_or(Reason::MalformedSignature)?;
        let start = text.as_ptr().addr().checked_sub(body.as_ptr().addr()).ok_or(Reason::MalformedSignature)?;
        let (before, rest) = body.split_at_checked(start).ok_or(Reason::MalformedSignature)?;
        let (_, after) = rest.split_at_checked(text.len()).ok_or(Reason::MalformedSignature)?;
        Ok(Self { before, after, presented })
    }

    /// Whether this key made the digest that the body carries.
    pub(crate) fn is_made_with(&self, key: &[u8]) -> Choice {
        let made = Digest::of(&self.with(key));
        made.map_or(Choice::from(0), |made| equal(&made, &self.presented))
    }

    /// What stands before and behind the digest: all that the digest vouches for, without the key.
    pub(crate) fn pieces(&self) -> [&'b [u8]; 2] {
        [self.before, self.after]
    }

    /// The body with the digest that this key makes, for signers.
    pub(crate) fn sign(&self, key: &[u8]) -> Vec<u8> {
        [self.before, Encoding::Hex.encode(&self.with(key)).as_bytes(), self.after].concat()
    }

    fn with(&self, key: &[u8]) -> [u8; LENGTH] {
        Md5::new().chain_update(self.before).chain_update(key).chain_update(self.after).finalize().into()
    }
}

/// Bytes of an MD5 digest.
const LENGTH: usize = 16;

fn digest(text: &[u8]) -> Option<Digest> {
    let is_lower = !text.iter().any(u8::is_ascii_uppercase);
    let bytes = decode_hex(text).filter(|bytes| is_lower && bytes.len() == LENGTH)?;
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &[u8] = b"own-test-key";
    const BODY: &str = r#"{"auth":"fb65c846ce168a609ceaed1704d448b5","events_by_user":[{"user_id":7,"events":[]}]}"#;

    fn auth() -> Pointer {
        Pointer::parse("/auth").unwrap()
    }

    fn holds(body: &[u8], key: &[u8]) -> Result<bool, Reason> {
        Ok(SelfHash::find(body, &auth())?.is_made_with(key).into())
    }

    #[test]
    fn a_signed_body_verifies_under_its_key_alone() {
        assert_eq!(Ok(true), holds(BODY.as_bytes(), KEY));
        assert_eq!(Ok(false), holds(BODY.as_bytes(), b"another-key"));
        assert_eq!(Ok(false), holds(BODY.replace(":7", ":8").as_bytes(), KEY));
        assert_eq!(Ok(false), holds(BODY.replace("fb65", "fb6e").as_bytes(), KEY));
    }

    #[test]
    fn the_key_itself_in_the_place_is_no_digest() {
        let bare = BODY.replace("fb65c846ce168a609ceaed1704d448b5", "own-test-key");
        assert_eq!(Err(Reason::MalformedSignature), holds(bare.as_bytes(), KEY));
    }

    #[test]
    fn only_32_plain_lower_case_digits_are_a_digest() {
        for wrong in [
            r#""""#,
            r#""e""#,
            r#""fb65c846ce168a609ceaed1704d448b""#,
            r#""fb65c846ce168a609ceaed1704d448b50""#,
            r#""FB65C846CE168A609CEAED1704D448B5""#,
            r#""\u0066b65c846ce168a609ceaed1704d448b5""#,
            r#""gd7d2f8a1b4ff3d6fa0afcbc2a1d6f2d""#,
            "12345678901234567890123456789012",
            "null",
            "{}",
        ] {
            let body = format!(r#"{{"auth":{wrong},"events_by_user":[]}}"#);
            assert_eq!(Err(Reason::MalformedSignature), holds(body.as_bytes(), KEY), "{wrong}");
        }
        assert_eq!(Err(Reason::MissingSignature), holds(b"{}", KEY));
        assert_eq!(Err(Reason::MalformedBody), holds(br#"{"auth":"#, KEY));
        let twice = BODY.replace(r#"{"auth""#, r#"{"auth":"","auth""#);
        assert_eq!(Err(Reason::MalformedBody), holds(twice.as_bytes(), KEY));
    }

    #[test]
    fn only_the_digest_at_the_top_gives_way() {
        let body =
            r#"{"x":"00000000000000000000000000000000","auth":"00000000000000000000000000000000","y":{"auth":"0"}}"#;
        let found = SelfHash::find(body.as_bytes(), &auth()).unwrap();
        assert_eq!([&body.as_bytes()[..48], &body.as_bytes()[80..]], found.pieces());
        let signed = found.sign(KEY);
        assert!(signed.starts_with(&body.as_bytes()[..48]));
        assert_eq!(Ok(true), holds(&signed, KEY));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_no_other_body_does(id in "\\PC{0,30}", key in "[ -~]{1,40}", at in 0_usize..200, bit in 0_u8..8) {
            let body = serde_json::json!({"before": id, "auth": "0".repeat(32), "z": [id.clone()]}).to_string();
            let mut signed = SelfHash::find(body.as_bytes(), &auth()).unwrap().sign(key.as_bytes());
            prop_assert_eq!(Ok(true), holds(&signed, key.as_bytes()));
            if let Some(byte) = signed.get_mut(at) {
                *byte ^= 1 << bit;
                prop_assert_ne!(Ok(true), holds(&signed, key.as_bytes()));
            }
        }

        #[test]
        fn any_bytes_are_judged(body: Vec<u8>) {
            let _ = holds(&body, KEY);
        }
    }
}
