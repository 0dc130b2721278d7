//! A request as the engine sees it: borrowed texts and bytes, judged for size and alphabet before anything reads them.

use serde::Deserialize;
use smallvec::SmallVec;

use crate::form::Field;
use crate::limits::HEADER_BYTES;
use crate::rejection::{Detail, Reason, Rejection};

/// Everything but the body.
#[derive(Clone, Debug)]
pub struct Head<'h> {
    /// The method, upper case.
    pub method: &'h str,
    /// The URL as the sender saw it, where the record needs it.
    pub url: Option<&'h str>,
    /// The values of [`crate::Verifier::headers`], in that order.
    pub headers: Headers<'h>,
}

/// Header values in the order in which a verifier names them; most records look at two or three.
pub type Headers<'h> = SmallVec<[Header<'h>; 4]>;

/// One header of a request.
#[derive(Clone, Debug, Default)]
pub enum Header<'h> {
    /// It did not come.
    #[default]
    Absent,
    /// It came once; or a server joined several with a comma.
    One(&'h str),
    /// It came several times.
    Several(Vec<&'h str>),
}

impl<'h> Header<'h> {
    /// Every text, without the white space around it.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'h str> + Clone {
        let (one, several): (Option<&'h str>, &[&'h str]) = match self {
            Self::Absent => (None, &[]),
            Self::One(text) => (Some(text), &[]),
            Self::Several(texts) => (None, texts),
        };
        one.into_iter()
            .chain(several.iter().copied())
            .map(|text| text.trim_matches(SPACE))
            .filter(|text| !text.is_empty())
    }

    /// The only text; an empty one counts as absent.
    ///
    /// # Errors
    /// [`Reason::DuplicateHeader`] where there are several, be they equal or not.
    pub(crate) fn only(&self) -> Result<Option<&'h str>, Reason> {
        let mut texts = self.texts();
        match (texts.next(), texts.next()) {
            (text, None) => Ok(text),
            (_, Some(_)) => Err(Reason::DuplicateHeader),
        }
    }

    /// Refuses what no genuine header holds: more than [`HEADER_BYTES`], control characters, bytes beyond ASCII.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        let bytes: usize = self.texts().map(str::len).fold(0, usize::saturating_add);
        if bytes > HEADER_BYTES {
            return Err(Rejection::new(Reason::MalformedHeader, Detail::Count { seen: bytes, limit: HEADER_BYTES }));
        }
        let printable = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
        if self.texts().all(|text| text.bytes().all(printable)) { Ok(()) } else { Err(Reason::MalformedHeader.into()) }
    }
}

/// The body, as far as it was read.
#[derive(Clone, Copy, Debug)]
pub enum Body<'b> {
    /// The raw bytes.
    Raw(&'b [u8]),
    /// The fields of a multipart form, which the framework has read.
    Fields(&'b [Field]),
    /// It was not read, because nothing in it is signed.
    Unread,
}

/// What a verifier wants to see beside the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the body may stream to the view untouched.
    Nothing,
    /// The raw bytes.
    Body,
    /// The fields of a multipart form.
    Fields,
}

impl Need {
    /// The name in Python.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Body => "body",
            Self::Fields => "fields",
        }
    }
}

/// A kind of body.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyKind {
    /// `application/json`, or `+json`.
    Json,
    /// `application/x-www-form-urlencoded` or `multipart/form-data`.
    Form,
    /// Anything else.
    Other,
}

/// What a Content-Type says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) kind: BodyKind,
    pub(crate) multipart: bool,
    /// The charset is UTF-8, or not named.
    pub(crate) utf8: bool,
}

impl Content {
    /// Reads a Content-Type; an absent one is of no kind.
    pub(crate) fn of(content_type: &str) -> Self {
        let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let media = media.trim_matches(SPACE).to_ascii_lowercase();
        let multipart = media == "multipart/form-data";
        let kind = match media.as_str() {
            "application/x-www-form-urlencoded" | "multipart/form-data" => BodyKind::Form,
            "application/json" => BodyKind::Json,
            other if other.ends_with("+json") => BodyKind::Json,
            _ => BodyKind::Other,
        };
        Self { kind, multipart, utf8: charset(parameters).is_none_or(|name| name.eq_ignore_ascii_case("utf-8")) }
    }
}

/// Optional white space of HTTP (RFC 9110 section 5.6.3).
pub(crate) const SPACE: [char; 2] = [' ', '\t'];

fn charset(parameters: &str) -> Option<&str> {
    let mut pairs = parameters.split(';').filter_map(|parameter| parameter.trim_matches(SPACE).split_once('='));
    pairs.find_map(|(name, value)| name.eq_ignore_ascii_case("charset").then(|| value.trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_came_twice_is_no_single_header() {
        assert_eq!(Ok(None), Header::Absent.only());
        assert_eq!(Ok(None), Header::One(" \t").only());
        assert_eq!(Ok(Some("a b")), Header::One("\ta b ").only());
        for twice in [vec!["a", "a"], vec!["a", "b"]] {
            assert_eq!(Err(Reason::DuplicateHeader), Header::Several(twice).only());
        }
    }

    #[test]
    fn headers_are_short_printable_ascii() {
        assert!(Header::One(" a\tb~").check().is_ok());
        for wrong in ["é", "a\u{0}b", "a\nb", "\u{7f}", "a\u{200b}"] {
            assert_eq!(Reason::MalformedHeader, Header::One(wrong).check().unwrap_err().reason(), "{wrong:?}");
        }
        let long = "x".repeat(HEADER_BYTES);
        assert!(Header::One(&long).check().is_ok());
        assert!(Header::Several(vec![&long, "x"]).check().is_err());
    }

    #[test]
    fn a_content_type_has_kind_and_charset() {
        let content = Content::of;
        assert_eq!(
            (BodyKind::Json, true),
            (content("Application/JSON; charset=UTF-8").kind, content("application/json").utf8)
        );
        assert_eq!(BodyKind::Json, content("application/vnd.api+json").kind);
        assert_eq!(BodyKind::Form, content("application/x-www-form-urlencoded").kind);
        assert!(content("multipart/form-data; boundary=x").multipart);
        assert_eq!(BodyKind::Other, content("").kind);
        assert!(!content("application/json;charset=utf-16").utf8);
        assert!(content("application/json; charset=\"utf-8\"").utf8);
    }
}
