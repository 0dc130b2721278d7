//! A request as the engine sees it: borrowed texts and bytes, judged for size and alphabet before anything reads them.

use serde::Deserialize;
use smallvec::SmallVec;

use crate::form::Field;
use crate::limits::{EVERY_HEADER, HEADER_BYTES};
use crate::rejection::{Detail, Reason, Rejection};
use crate::text::trimmed;

/// Everything but the body, with every header settled: trimmed, bounded, printable.
#[derive(Debug)]
pub struct Head<'h> {
    pub(crate) method: &'h str,
    pub(crate) url: Option<&'h str>,
    pub(crate) headers: &'h [Header<'h>],
    pub(crate) every: &'h [Field],
}

impl<'h> Head<'h> {
    /// A head from the method (upper case), the URL as the sender saw it (where the record needs it), and the values of
    /// [`crate::Verifier::headers`] in that order, which are settled in their place.
    ///
    /// # Errors
    /// [`Reason::MalformedHeader`] where a header holds what no genuine one holds.
    pub fn new<'t: 'h>(
        method: &'h str,
        url: Option<&'h str>,
        headers: &'h mut [Header<'t>],
    ) -> Result<Self, Rejection> {
        for header in &mut *headers {
            header.settle()?;
        }
        Ok(Self { method, url, headers, every: &[] })
    }

    /// The same with every header of the request (names in lower case), for records whose senders choose which are signed.
    ///
    /// # Errors
    /// [`Reason::MalformedHeader`] where there are more than [`EVERY_HEADER`].
    pub fn with_every(mut self, every: &'h [Field]) -> Result<Self, Rejection> {
        if every.len() > EVERY_HEADER {
            let detail = Detail::Count { seen: every.len(), limit: EVERY_HEADER };
            return Err(Rejection::new(Reason::MalformedHeader, detail));
        }
        self.every = every;
        Ok(self)
    }

    /// The only text of a header that the record does not name; nothing where it is absent, came several times, or holds what
    /// no genuine one holds.
    pub(crate) fn every(&self, name: &str) -> Option<&'h str> {
        let mut texts = self.every.iter().filter(|(known, _)| known == name).map(|(_, text)| trimmed(text));
        let text = texts.next().filter(|text| text.len() <= HEADER_BYTES && is_printable(text))?;
        texts.next().is_none().then_some(text)
    }
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
    /// Takes off the white space around each text and drops what is empty then; refuses what no genuine header holds: more than
    /// [`HEADER_BYTES`], control characters, bytes beyond ASCII.
    fn settle(&mut self) -> Result<(), Rejection> {
        match self {
            Self::Absent => return Ok(()),
            Self::One(text) => *text = trimmed(text),
            Self::Several(texts) => texts.iter_mut().for_each(|text| *text = trimmed(text)),
        }
        let bytes = self.texts().iter().map(|text| text.len()).fold(0, usize::saturating_add);
        if bytes > HEADER_BYTES {
            return Err(Rejection::new(Reason::MalformedHeader, Detail::Count { seen: bytes, limit: HEADER_BYTES }));
        }
        if !self.texts().iter().all(|text| is_printable(text)) {
            return Err(Reason::MalformedHeader.into());
        }
        match self {
            Self::One("") => *self = Self::Absent,
            Self::Several(texts) => texts.retain(|text| !text.is_empty()),
            Self::Absent | Self::One(_) => {}
        }
        Ok(())
    }

    /// Every text of a settled header.
    pub(crate) fn texts(&self) -> &[&'h str] {
        match self {
            Self::Absent => &[],
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }

    /// The only text of a settled header.
    ///
    /// # Errors
    /// [`Reason::DuplicateHeader`] where there are several, be they equal or not.
    pub(crate) fn only(&self) -> Result<Option<&'h str>, Reason> {
        match self.texts() {
            [] => Ok(None),
            [text] => Ok(Some(text)),
            _ => Err(Reason::DuplicateHeader),
        }
    }
}

/// Printable ASCII and tabs. Flags are gathered without a branch, so that the compiler makes vector comparisons of the loop.
fn is_printable(text: &str) -> bool {
    let strange = |byte: u8| u8::from(byte.wrapping_sub(b' ') > LAST_PRINTABLE) & u8::from(byte != b'\t');
    text.bytes().fold(0, |seen, byte| seen | strange(byte)) == 0
}

/// The distance from space to tilde.
const LAST_PRINTABLE: u8 = 0x5e;

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
        let media = trimmed(media).to_ascii_lowercase();
        let multipart = media == "multipart/form-data";
        let kind = match media.as_str() {
            "application/x-www-form-urlencoded" | "multipart/form-data" => BodyKind::Form,
            "application/json" => BodyKind::Json,
            other if other.ends_with("+json") => BodyKind::Json,
            _ => BodyKind::Other,
        };
        Self { kind, multipart, utf8: charsets(parameters).all(is_utf8) }
    }
}

/// Every charset that is named: readers differ in which of two they believe.
fn charsets(parameters: &str) -> impl Iterator<Item = &str> {
    let pairs = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let charsets = pairs.filter(|(name, _)| trimmed(name).eq_ignore_ascii_case("charset"));
    charsets.map(|(_, value)| trimmed(value).trim_matches('"'))
}

/// The labels of UTF-8 that senders use (WHATWG Encoding).
fn is_utf8(label: &str) -> bool {
    label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(mut header: Header<'_>) -> Result<Header<'_>, Reason> {
        header.settle().map(|()| header).map_err(|rejection| rejection.reason())
    }

    #[test]
    fn a_header_that_came_twice_is_no_single_header() {
        let only = |header| settled(header).and_then(|header| header.only());
        assert_eq!(Ok(None), only(Header::Absent));
        assert_eq!(Ok(None), only(Header::One(" \t")));
        assert_eq!(Ok(Some("a b")), only(Header::One("\ta b ")));
        assert_eq!(Ok(Some("a")), only(Header::Several(vec!["", "a"])));
        for twice in [vec!["a", "a"], vec!["a", "b"]] {
            assert_eq!(Err(Reason::DuplicateHeader), only(Header::Several(twice)));
        }
    }

    #[test]
    fn headers_are_short_printable_ascii() {
        assert!(settled(Header::One(" a\tb~")).is_ok());
        for wrong in ["é", "a\u{0}b", "a\nb", "\u{7f}", "a\u{200b}"] {
            assert_eq!(Some(Reason::MalformedHeader), settled(Header::One(wrong)).err(), "{wrong:?}");
        }
        let long = "x".repeat(HEADER_BYTES);
        assert!(settled(Header::One(&long)).is_ok());
        assert!(settled(Header::Several(vec![&long, "x"])).is_err());
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
        for other in ["charset=utf-16", "charset =utf-16", "charset=utf-8; charset=utf-16", "Charset=\"latin-1\""] {
            assert!(!content(&format!("application/json; {other}")).utf8, "{other}");
        }
        assert!(content("application/json;charset=UTF8; x=y").utf8);
        assert!(content("application/json; charset=\"utf-8\"").utf8);
    }
}
