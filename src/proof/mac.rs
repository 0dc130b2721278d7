//! The family of message authentication codes: HMAC over signed bytes that a template appends.
//!
//! The key schedule is done once; a delivery costs a clone of each key's state, the bytes, and one comparison for each pair of
//! key and presented signature.

use std::fmt;

use hmac::Hmac;
use hmac::digest::KeyInit;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use smallvec::SmallVec;

use crate::constant_time::{Digest, Matches, equal};
use crate::limits::SIGNATURES;
use crate::record::model::{Algorithm, Shape};
use crate::record::place::{Place, SPACE, entries};
use crate::record::plan::Signature;
use crate::rejection::{Detail, Reason, Rejection};

/// A keyed state, to be cloned for each message.
#[derive(Clone)]
pub(crate) enum MacKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl MacKey {
    /// The key of an algorithm; nothing for an algorithm that is no MAC.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Equal => None,
            Algorithm::HmacSha1 => Hmac::new_from_slice(key).ok().map(Self::Sha1),
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
            Algorithm::HmacSha384 => Hmac::new_from_slice(key).ok().map(Self::Sha384),
            Algorithm::HmacSha512 => Hmac::new_from_slice(key).ok().map(Self::Sha512),
        }
    }

    /// The code of the pieces, in order.
    pub(crate) fn digest(&self, pieces: &[&[u8]]) -> Option<Digest> {
        match self {
            Self::Sha1(state) => run(state, pieces),
            Self::Sha256(state) => run(state, pieces),
            Self::Sha384(state) => run(state, pieces),
            Self::Sha512(state) => run(state, pieces),
        }
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MacKey(..)")
    }
}

fn run<M: hmac::Mac + Clone>(state: &M, pieces: &[&[u8]]) -> Option<Digest> {
    let mut mac = state.clone();
    for piece in pieces {
        mac.update(piece);
    }
    Digest::of(&mac.finalize().into_bytes())
}

/// Bytes of the algorithm's code.
pub(crate) const fn length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Equal => 0,
        Algorithm::HmacSha1 => 20,
        Algorithm::HmacSha256 => 32,
        Algorithm::HmacSha384 => 48,
        Algorithm::HmacSha512 => 64,
    }
}

/// A key and the index of the secret it was made from.
pub(crate) type IndexedKey = (u32, MacKey);

/// Holds every key against every candidate, without an early exit.
pub(crate) fn scan(keys: &[IndexedKey], pieces: &[&[u8]], candidates: &[Digest]) -> Matches {
    let mut matches = Matches::default();
    for (secret, key) in keys {
        if let Some(expected) = key.digest(pieces) {
            for candidate in candidates {
                matches.note(*secret, equal(&expected, candidate));
            }
        }
    }
    matches
}

/// The signatures a delivery presents, decoded; two fit without an allocation.
pub(crate) type Candidates = SmallVec<[Digest; 2]>;

/// Decodes what stands at the signature's place, be it one text or several. An entry that does not decode is passed over; there
/// must be one that does.
///
/// # Errors
/// [`Reason::DuplicateHeader`], [`Reason::TooManySignatures`], [`Reason::WrongAlgorithm`], [`Reason::MalformedSignature`].
pub(crate) fn candidates<'t>(
    signature: &Signature,
    algorithm: Algorithm,
    texts: impl Iterator<Item = &'t str> + Clone,
) -> Result<Candidates, Rejection> {
    if is_single(signature) && (texts.clone().nth(1).is_some() || texts.clone().any(|text| text.contains(','))) {
        return Err(Reason::DuplicateHeader.into());
    }
    let (mut seen, mut found) = (0_usize, Candidates::new());
    for entry in texts.clone().flat_map(|text| signature_entries(signature, text)) {
        seen = seen.saturating_add(1);
        let bare = entry.strip_prefix(&*signature.prefix);
        found.extend(bare.and_then(|bare| signature.encoding.digest(bare.as_bytes(), length(algorithm))));
        if seen > SIGNATURES {
            let seen = texts.flat_map(|text| signature_entries(signature, text)).count();
            return Err(Rejection::new(Reason::TooManySignatures, Detail::Count { seen, limit: SIGNATURES }));
        }
    }
    if found.is_empty() { Err(why_none(signature, texts)) } else { Ok(found) }
}

/// Whether the record knows of one signature alone, so that a comma is the mark of a header that came twice.
fn is_single(signature: &Signature) -> bool {
    signature.shape == Shape::Plain && signature.split.is_none() && matches!(signature.place, Place::Header(_))
}

/// The entries of a text that are signatures of the pinned version.
fn signature_entries<'t>(signature: &Signature, text: &'t str) -> SmallVec<[&'t str; 4]> {
    let version = |(name, value)| (name == &*signature.version).then_some(value);
    match (signature.shape, signature.split) {
        (Shape::Plain, None) => SmallVec::from_iter([text]),
        (Shape::Plain, Some(split)) => text.split(char::from(split)).map(|entry| entry.trim_matches(SPACE)).collect(),
        (Shape::Pairs, split) => entries(text, split.unwrap_or(b',')).filter_map(version).collect(),
        (Shape::Versions, split) => versions(text, split.unwrap_or(b' ')).filter_map(version).collect(),
    }
}

/// The `version,value` entries of a list; a server that joins two headers with a comma leaves them readable.
fn versions(text: &str, split: u8) -> impl Iterator<Item = (&str, &str)> {
    text.split(char::from(split)).flat_map(|entry| {
        let mut halves = entry.trim_matches(SPACE).split(',').filter(|half| !half.is_empty());
        std::iter::from_fn(move || Some((halves.next()?, halves.next()?)))
    })
}

/// An announced digest other than the pinned one is told apart from junk, for the owner's sake.
fn why_none<'t>(signature: &Signature, mut texts: impl Iterator<Item = &'t str>) -> Rejection {
    let announces = |text: &str| text.split_once('=').is_some_and(|(name, _)| DIGEST_NAMES.contains(&name));
    let other =
        signature.prefix.ends_with('=') && texts.any(|text| announces(text) && !text.starts_with(&*signature.prefix));
    let reason = if other { Reason::WrongAlgorithm } else { Reason::MalformedSignature };
    Rejection::new(reason, Detail::Place(signature.shown.clone()))
}

const DIGEST_NAMES: &[&str] = &["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::record::place::Place;

    /// RFC 4231 section 4 and RFC 2202 section 3, cases 1, 2 and 6: key, message, and the codes.
    fn published() -> Vec<(Vec<u8>, Vec<u8>, [&'static str; 2])> {
        let large = b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec();
        vec![
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                [
                    "b617318655057264e28bc0b6fb378c8ef146be00",
                    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                ],
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                [
                    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                ],
            ),
            (vec![0xaa; 131], large, ["", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"]),
        ]
    }

    #[test]
    fn the_published_codes_come_out() {
        for (key, message, [sha1, sha256]) in published() {
            for (algorithm, expected) in [(Algorithm::HmacSha1, sha1), (Algorithm::HmacSha256, sha256)] {
                let (head, tail) = message.split_at(3);
                let digest = MacKey::new(algorithm, &key).unwrap().digest(&[head, b"", tail]).unwrap();
                assert!(expected.is_empty() || expected == Encoding::Hex.encode(digest.bytes(length(algorithm))));
            }
        }
    }

    fn list(shape: Shape, split: Option<u8>, version: &str, prefix: &str) -> Signature {
        Signature {
            place: Place::Header(0),
            shown: "X-Sig".into(),
            shape,
            prefix: prefix.into(),
            version: version.into(),
            split,
            scheme: None,
            encoding: Encoding::Hex,
        }
    }

    fn count(signature: &Signature, text: &str) -> Result<usize, Reason> {
        let found = candidates(signature, Algorithm::HmacSha256, std::iter::once(text));
        found.map(|found| found.len()).map_err(|error| error.reason())
    }

    #[test]
    fn entries_that_do_not_decode_are_passed_over() {
        let good = "0".repeat(64);
        let pairs = list(Shape::Pairs, Some(b','), "v1", "");
        assert_eq!(Ok(1), count(&pairs, &format!("t=1,v1={good}")));
        assert_eq!(Ok(2), count(&pairs, &format!("t=1, v1={good},v1=bad,v0={good},v1={good}")));
        assert_eq!(Err(Reason::MalformedSignature), count(&pairs, &format!("t=1,v0={good}")));
        let versions = list(Shape::Versions, Some(b' '), "v1", "");
        for text in ["v1,{}", "v1 v1,{}", "v2,x  v1,{}", "v1,x,y v1,{}", "v1,x v1,{}", "v1,{}, v2,x"] {
            assert_eq!(Ok(1), count(&versions, &text.replace("{}", &good)), "{text}");
        }
        assert_eq!(Ok(2), count(&versions, &format!("v1,{good},v1,{good}")));
        assert_eq!(Err(Reason::MalformedSignature), count(&versions, "v1,"));
    }

    #[test]
    fn a_plain_signature_stands_alone() {
        let good = "0".repeat(64);
        let plain = list(Shape::Plain, None, "", "sha256=");
        assert_eq!(Ok(1), count(&plain, &format!("sha256={good}")));
        assert_eq!(Err(Reason::DuplicateHeader), count(&plain, &format!("sha256={good},sha256={good}")));
        assert_eq!(Err(Reason::WrongAlgorithm), count(&plain, &format!("sha1={}", "0".repeat(40))));
        assert_eq!(Err(Reason::MalformedSignature), count(&plain, &good));
        for cut in 0..64 {
            assert_eq!(Err(Reason::MalformedSignature), count(&plain, &format!("sha256={}", &good[..cut])));
        }
    }

    #[test]
    fn signatures_are_bounded() {
        let pairs = list(Shape::Pairs, Some(b','), "v1", "");
        let many = |count: usize| vec![format!("v1={}", "0".repeat(64)); count].join(",");
        assert_eq!(Ok(16), count(&pairs, &many(16)));
        assert_eq!(Err(Reason::TooManySignatures), count(&pairs, &many(17)));
    }
}
