//! The family of shared secrets: the delivery carries the secret itself, by HTTP Basic, as a bearer token, or in a header of its own.
//!
//! Lengths vary, so both sides are compared as HMACs under a key of this process: the time tells nothing about the length, and
//! the cost hardly grows with the number of secrets.

use zeroize::Zeroizing;

use crate::constant_time::{Digest, Matches, equal};
use crate::encoding::{Encoding, decode_base64};
use crate::keyed::MacKey;
use crate::record::plan::Signature;
use crate::rejection::{Detail, Reason, Rejection};

/// The digest of a secret under the key of this process, and the index of the secret.
pub(crate) type IndexedDigest = (u32, Digest);

/// The bytes a delivery presents; what had to be decoded is zeroized on drop.
pub(crate) enum Presented<'t> {
    Plain(&'t [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

impl Presented<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Plain(bytes) => bytes,
            Self::Decoded(bytes) => bytes,
        }
    }
}

/// Reads the credentials of a delivery.
///
/// # Errors
/// [`Reason::DuplicateHeader`] or [`Reason::MalformedCredentials`].
pub(crate) fn presented<'t>(signature: &Signature, text: &'t str) -> Result<Presented<'t>, Rejection> {
    let malformed = || Rejection::from(Reason::MalformedCredentials);
    let bare = match &signature.scheme {
        None => text,
        Some(scheme) => {
            let (word, bare) = text.split_once(' ').ok_or_else(malformed)?;
            if word.eq_ignore_ascii_case(scheme) {
                bare
            } else {
                return Err(malformed());
            }
        }
    };
    if signature.encoding != Encoding::Base64 {
        return Ok(Presented::Plain(bare.as_bytes()));
    }
    if bare.contains(',') {
        return Err(Reason::DuplicateHeader.into());
    }
    let decoded = decode_base64(bare.as_bytes()).filter(|decoded| decoded.contains(&b':'));
    decoded.map(Presented::Decoded).ok_or_else(malformed)
}

/// Holds what is presented against every secret, without an early exit.
pub(crate) fn scan(process_key: &MacKey, secrets: &[IndexedDigest], presented: &[u8]) -> Matches {
    let mut matches = Matches::default();
    if let Some(digest) = process_key.digest(&[presented]) {
        for (secret, expected) in secrets {
            matches.note(*secret, equal(expected, &digest));
        }
    }
    matches
}

/// The refusal of credentials that match nothing; a password of asterisks has a hint of its own.
pub(crate) fn mismatch(presented: &[u8]) -> Rejection {
    let password = presented.iter().position(|byte| *byte == b':').and_then(|colon| presented.get(colon..));
    let masked = password.is_some_and(|tail| tail.len() > 1 && tail.iter().skip(1).all(|byte| *byte == b'*'));
    Rejection::new(Reason::BadCredentials, if masked { Detail::Masked } else { Detail::None })
}

/// HTTP Basic (RFC 7617): what `BASIC_AUTH` demands beside a signature.
pub(crate) fn basic() -> Signature {
    use crate::record::model::Shape;
    use crate::record::place::Place;
    Signature {
        place: Place::Header(0),
        shown: "Authorization".into(),
        shape: Shape::Plain,
        prefix: "".into(),
        version: "".into(),
        split: None,
        join: b'=',
        numbered: Vec::new(),
        scheme: Some("Basic".into()),
        encoding: Encoding::Base64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, Reason> {
        presented(&basic(), text).map(|read| read.bytes().to_vec()).map_err(|error| error.reason())
    }

    #[test]
    fn basic_is_read_strictly() {
        assert_eq!(Ok(b"u:p".to_vec()), read("Basic dTpw"));
        assert_eq!(Ok(b"u:p:q".to_vec()), read("bASIC dTpwOnE="));
        for wrong in [
            "Basic",
            "Basic ",
            "Basicx",
            "Basic  dTpw",
            "Bearer dTpw",
            "Basic dTpw x",
            "Basic !!dTpw",
            "Basic dQ==",
            "Basic dTpwOnE",
        ] {
            assert_eq!(Err(Reason::MalformedCredentials), read(wrong), "{wrong}");
        }
        assert_eq!(Err(Reason::DuplicateHeader), read("Basic dTpw,Basic dTpw"));
    }

    #[test]
    fn a_masked_password_is_named() {
        assert_eq!(&Detail::Masked, mismatch(b"user:****").detail());
        for other in [&b"user:"[..], b"user:***x", b"****"] {
            assert_eq!(&Detail::None, mismatch(other).detail());
        }
    }
}
