//! The signatures that a delivery presents: the entries of a header, a list or a field, decoded.

use smallvec::SmallVec;

use crate::limits::SIGNATURES;
use crate::record::model::Shape;
use crate::record::place::{Place, entries};
use crate::record::plan::Signature;
use crate::rejection::{Detail, Reason, Rejection};
use crate::text::{split, trimmed};

/// Signatures, decoded; the usual one fits without an allocation.
pub(crate) type Presented<T> = SmallVec<[T; 1]>;

/// Decodes what stands at the signature's place, be it one text or several. An entry that does not decode is passed over; there
/// must be one that does.
///
/// # Errors
/// [`Reason::DuplicateHeader`], [`Reason::TooManySignatures`], [`Reason::WrongAlgorithm`], [`Reason::MalformedSignature`].
pub(crate) fn presented<T>(
    signature: &Signature,
    texts: &[&str],
    decode: impl Fn(&str) -> Option<T>,
) -> Result<Presented<T>, Rejection> {
    let (mut seen, mut found) = (0_usize, Presented::new());
    for text in texts {
        each_entry(signature, text, |entry| {
            seen = seen.saturating_add(1);
            let bare = if signature.prefix.is_empty() { Some(entry) } else { entry.strip_prefix(&*signature.prefix) };
            if let Some(decoded) = bare.filter(|_| seen <= SIGNATURES).and_then(&decode) {
                found.push(decoded);
            }
        });
    }
    if seen > SIGNATURES {
        return Err(Rejection::new(Reason::TooManySignatures, Detail::Count { seen, limit: SIGNATURES }));
    }
    let twice = seen > 1 && is_single(signature);
    if found.is_empty() || twice { Err(why_none(signature, texts)) } else { Ok(found) }
}

/// Whether the record knows of one signature alone.
fn is_single(signature: &Signature) -> bool {
    signature.shape == Shape::Plain && signature.split.is_none() && matches!(signature.place, Place::Header(_))
}

/// Takes the entries of a text that are signatures of the pinned version.
fn each_entry<'t>(signature: &Signature, text: &'t str, take: impl FnMut(&'t str)) {
    let version = |(name, value)| (signature.version.is_empty() || name == &*signature.version).then_some(value);
    match (signature.shape, signature.split) {
        (Shape::Plain | Shape::Numbered, None) => std::iter::once(text).for_each(take),
        (Shape::Plain | Shape::Numbered, Some(mark)) => split(text, mark).map(trimmed).for_each(take),
        (Shape::Pairs, mark) => entries(text, mark.unwrap_or(b','), signature.join).filter_map(version).for_each(take),
        (Shape::Versions, mark) => versions(text, mark.unwrap_or(b' ')).filter_map(version).for_each(take),
    }
}

/// The `version,value` entries of a list; a server that joins two headers with a comma leaves them readable.
fn versions(text: &str, mark: u8) -> impl Iterator<Item = (&str, &str)> {
    split(text, mark).flat_map(|entry| {
        let entry = trimmed(entry);
        let mut halves = split(entry.strip_suffix(',').unwrap_or(entry), b',');
        std::iter::from_fn(move || Some((halves.next()?, halves.next()?)))
    })
}

/// Why no single signature was found: a header that came twice (servers join them with a comma) and an announced digest other
/// than the pinned one are told apart from junk, for the owner's sake.
fn why_none(signature: &Signature, texts: &[&str]) -> Rejection {
    let announces = |text: &str| text.split_once('=').is_some_and(|(name, _)| DIGEST_NAMES.contains(&name));
    let other = |text: &&str| announces(text) && !text.starts_with(&*signature.prefix);
    let reason = if is_single(signature) && (texts.len() > 1 || texts.iter().any(|text| text.contains(','))) {
        Reason::DuplicateHeader
    } else if signature.prefix.ends_with('=') && texts.iter().any(other) {
        Reason::WrongAlgorithm
    } else {
        Reason::MalformedSignature
    };
    Rejection::new(reason, Detail::Place(signature.shown.clone()))
}

const DIGEST_NAMES: &[&str] = &["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;

    fn list(shape: Shape, split: Option<u8>, version: &str, prefix: &str) -> Signature {
        Signature {
            place: Place::Header(0),
            shown: "X-Sig".into(),
            shape,
            prefix: prefix.into(),
            version: version.into(),
            split,
            join: b'=',
            numbered: Vec::new(),
            scheme: None,
            encoding: Encoding::Hex,
        }
    }

    fn count(signature: &Signature, text: &str) -> Result<usize, Reason> {
        let found = presented(signature, &[text], |text| Encoding::Hex.digest(text.as_bytes(), 32));
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
        for text in ["v1,", "v1,,{}", ",v1,{}"] {
            let text = text.replace("{}", &good);
            assert_eq!(Err(Reason::MalformedSignature), count(&versions, &text), "{text}");
        }
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
