//! The `Content-Digest` field (RFC 9530): what makes a signature over headers one over the body.

use sfv::{BareItem, Dictionary, ListEntry, Parser};
use sha2::{Digest as _, Sha256, Sha512};

use crate::constant_time::equal_bytes;
use crate::encoding::Encoding;
use crate::rejection::Reason;

/// Holds the body against every digest of it that is strong. Other algorithms are passed over, as the RFC asks for; one strong
/// digest at least must be there.
///
/// # Errors
/// [`Reason::BodyNotCovered`], be the digest another one, absent or malformed.
pub(crate) fn check(field: &str, body: &[u8]) -> Result<(), Reason> {
    let digests: Dictionary = Parser::new(field).parse().map_err(|_| Reason::BodyNotCovered)?;
    let mut strong = 0_usize;
    for (name, member) in &digests {
        let Some(expected) = digest(name.as_str(), body) else { continue };
        let ListEntry::Item(sfv::Item { bare_item: BareItem::ByteSequence(presented), .. }) = member else {
            return Err(Reason::BodyNotCovered);
        };
        if !bool::from(equal_bytes(&expected, presented)) {
            return Err(Reason::BodyNotCovered);
        }
        strong = strong.saturating_add(1);
    }
    if strong == 0 { Err(Reason::BodyNotCovered) } else { Ok(()) }
}

/// The field that a signer sends with this body.
pub(crate) fn write(body: &[u8]) -> String {
    ["sha-256=:", &Encoding::Base64.encode(&Sha256::digest(body)), ":"].concat()
}

/// The digest that an algorithm's name stands for, if it is strong (RFC 9530, section 7.2: those that are "active").
fn digest(algorithm: &str, body: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        "sha-256" => Some(Sha256::digest(body).to_vec()),
        "sha-512" => Some(Sha512::digest(body).to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9530, appendix D: the digests of `{"hello": "world"}` and a line feed.
    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA_512: &str =
        "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    #[test]
    fn the_examples_of_the_standard_hold() {
        assert_eq!(Ok(()), check(SHA_256, BODY));
        assert_eq!(Ok(()), check(SHA_512, BODY));
        assert_eq!(Ok(()), check(&format!("unixsum=:AA==:, {SHA_512};x=1,{SHA_256}"), BODY));
        assert_eq!(SHA_256, write(BODY));
    }

    #[test]
    fn another_body_does_not_hold() {
        for field in [SHA_256, SHA_512] {
            assert_eq!(Err(Reason::BodyNotCovered), check(field, b"{\"hello\": \"world\"}"));
        }
    }

    #[test]
    fn every_strong_digest_must_hold_and_one_must_be_there() {
        let short = SHA_256.replace("RK/0", "");
        for wrong in [
            "",
            ",",
            "sha-256",
            "sha-256=RK",
            "sha-256=::",
            "sha-256=(:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:)",
            "sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"",
            "md5=:Sd/dVLAcvNLSq16eXua5uQ==:",
            &SHA_256.replace("sha-256", "sha256"),
            &SHA_256.replace("sha-256", "SHA-256"),
            &SHA_256.replace("sha-256", "sha-512"),
            &short,
            &format!("{SHA_256}, {}", SHA_512.replace("YMA", "YMB")),
            &format!("{SHA_256}, sha-256=:AA==:"),
            &format!("{SHA_256},"),
            "sha-256=:\u{e9}:",
        ] {
            assert_eq!(Err(Reason::BodyNotCovered), check(wrong, BODY), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_holds_for_its_body_alone(body: Vec<u8>, other: Vec<u8>) {
            prop_assert_eq!(Ok(()), check(&write(&body), &body));
            prop_assert_eq!(body == other, check(&write(&body), &other).is_ok());
        }

        #[test]
        fn any_field_is_judged(field in "\\PC{0,60}") {
            let _ = check(&field, b"");
        }
    }
}
