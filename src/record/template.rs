//! The signed bytes of a proof, as a list of pieces that are appended in order; nothing is ever substituted into a text.
//!
//! A body that holds `{ts}`, `$1` or `%s` is bytes like any other.

use crate::encoding::Encoding;
use crate::error::RecordError;
use crate::record::place::Part;

/// One piece of the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text of the record itself.
    Literal(Box<[u8]>),
    /// The raw body.
    Body,
    /// The URL as the sender saw it.
    Url,
    /// The method, upper case.
    Method,
    /// A named part, by its index.
    Part(usize),
    /// A text that is made from the delivery, by its index in the proof's list of them.
    Computed(usize),
}

/// A text that is made from the delivery or the settings before anything is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Computed {
    /// Names and values of the form, sorted by name (Mandrill).
    FormSorted,
    /// The same, each pair once (Twilio).
    FormSortedUnique,
    /// The URL with query and form merged and sorted (Plivo).
    PlivoUrl,
    /// `name:value` of the headers that a part lists (Contentful), by the part's index.
    Headers(usize),
    /// The CRC-32 of the body as a decimal number (`PayPal`).
    Crc32,
    /// SHA-256 of the body or the URL, written out.
    Sha256(Of, Encoding),
    /// What the settings say under that name.
    Option(Box<str>),
    /// Path and query of the URL.
    Path,
    /// The same, escaped once more (Contentful).
    ContentfulPath,
}

/// What a digest is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Body,
    Url,
}

impl Computed {
    /// Whether it depends on every byte of the body that matters.
    pub(crate) const fn covers_body(&self) -> bool {
        matches!(self, Self::Crc32 | Self::Sha256(Of::Body, _))
    }

    /// How a template writes it; of those that take a name, the kind alone.
    const fn name(&self) -> &'static str {
        match self {
            Self::FormSorted => "form:sorted",
            Self::FormSortedUnique => "form:sorted-unique",
            Self::PlivoUrl => "plivo:url",
            Self::Headers(_) => "headers",
            Self::Crc32 => "crc32:body",
            Self::Sha256(Of::Body, _) => "sha256:body",
            Self::Sha256(Of::Url, _) => "sha256:url",
            Self::Option(_) => "option",
            Self::Path => "path",
            Self::ContentfulPath => "contentful:path",
        }
    }

    pub(crate) const fn reads_form(&self) -> bool {
        matches!(self, Self::FormSorted | Self::FormSortedUnique | Self::PlivoUrl)
    }

    pub(crate) const fn reads_url(&self) -> bool {
        self.holds_url() || matches!(self, Self::PlivoUrl | Self::Sha256(Of::Url, _))
    }

    /// Whether the whole query of the URL stands in it.
    pub(crate) const fn holds_url(&self) -> bool {
        matches!(self, Self::Path | Self::ContentfulPath)
    }
}

/// Reads `v0:{ts}:{body}` into its pieces; what has to be computed for them is added to `computed`, each once.
///
/// # Errors
/// A brace without its partner, or a name that stands for nothing.
pub(crate) fn parse(text: &str, parts: &[Part], computed: &mut Vec<Computed>) -> Result<Vec<Piece>, RecordError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| unbalanced(text))?;
        push_literal(&mut pieces, literal, text)?;
        pieces.push(piece(name, parts, computed)?);
        rest = after;
    }
    push_literal(&mut pieces, rest, text)?;
    Ok(pieces)
}

/// The names that stand for something else than a part.
pub(crate) const RESERVED: &[&str] = &["body", "url", "path", "method"];

/// Whether a template takes a part for a list of header names.
pub(crate) fn lists(template: &str, part: &str) -> bool {
    template.contains(&format!("{{headers:{part}}}"))
}

/// Whether a template names a part.
pub(crate) fn mentions(template: &str, part: &str) -> bool {
    template.contains(&format!("{{{part}}}")) || lists(template, part)
}

/// A template as a record writes it, for people; `name` gives the name of a part.
pub(crate) fn shown(pieces: &[Piece], computed: &[Computed], name: impl Fn(usize) -> String) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Literal(text) => String::from_utf8_lossy(text).into_owned(),
        Piece::Body => "{body}".to_owned(),
        Piece::Url => "{url}".to_owned(),
        Piece::Method => "{method}".to_owned(),
        Piece::Part(index) => format!("{{{}}}", name(*index)),
        Piece::Computed(index) => format!("{{{}}}", computed.get(*index).map_or("", Computed::name)),
    };
    pieces.iter().map(text).collect()
}

fn push_literal(pieces: &mut Vec<Piece>, literal: &str, text: &str) -> Result<(), RecordError> {
    if literal.contains('}') {
        return Err(unbalanced(text));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.as_bytes().into()));
    }
    Ok(())
}

fn piece(name: &str, parts: &[Part], computed: &mut Vec<Computed>) -> Result<Piece, RecordError> {
    let part = |name: &str| parts.iter().position(|part| &*part.name == name);
    match name {
        "body" => return Ok(Piece::Body),
        "url" => return Ok(Piece::Url),
        "method" => return Ok(Piece::Method),
        _ => {}
    }
    if let Some(index) = part(name) {
        return Ok(Piece::Part(index));
    }
    let made = match (name, name.split_once(':')) {
        ("form:sorted", _) => Some(Computed::FormSorted),
        ("form:sorted-unique", _) => Some(Computed::FormSortedUnique),
        ("plivo:url", _) => Some(Computed::PlivoUrl),
        ("crc32:body", _) => Some(Computed::Crc32),
        ("path", _) => Some(Computed::Path),
        ("contentful:path", _) => Some(Computed::ContentfulPath),
        (_, Some(("headers", list))) => part(list).map(Computed::Headers),
        (_, Some(("option", name))) if !name.is_empty() => Some(Computed::Option(name.into())),
        (_, Some((digest, of))) => sha256(digest, of),
        _ => None,
    };
    let made = made.ok_or_else(|| unknown(name, parts))?;
    let known = computed.iter().position(|other| *other == made);
    Ok(Piece::Computed(known.unwrap_or_else(|| {
        computed.push(made);
        computed.len().saturating_sub(1)
    })))
}

fn sha256(digest: &str, of: &str) -> Option<Computed> {
    let encoding = match digest {
        "sha256-hex" => Encoding::Hex,
        "sha256-base64" => Encoding::Base64,
        "sha256-base64url" => Encoding::Base64Url,
        _ => return None,
    };
    match of {
        "body" => Some(Computed::Sha256(Of::Body, encoding)),
        "url" => Some(Computed::Sha256(Of::Url, encoding)),
        _ => None,
    }
}

fn unknown(name: &str, parts: &[Part]) -> RecordError {
    let known: Vec<_> = parts.iter().map(|part| format!("{{{}}}", part.name)).collect();
    RecordError::new(format!(
        "{{{name}}} is no part; there are {{body}} {{url}} {{path}} {{method}} {{form:sorted}} {{form:sorted-unique}} \
         {{crc32:body}} {{sha256-hex:body}} {{sha256-base64:body}} {{sha256-base64url:body}} {{option:NAME}} {}",
        known.join(" ")
    ))
}

fn unbalanced(text: &str) -> RecordError {
    RecordError::new(format!("{text:?} has a brace without its partner"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::place::Place;

    fn parts() -> Vec<Part> {
        vec![Part { name: "ts".into(), place: Place::Header(0), shown: "X".into(), optional: false, commas: false }]
    }

    fn read(text: &str, parts: &[Part]) -> Result<Vec<Piece>, String> {
        parse(text, parts, &mut Vec::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn pieces_stand_in_their_order() {
        let literal = |text: &str| Piece::Literal(text.as_bytes().into());
        let pieces = read("v0:{ts}:{body}!", &parts()).unwrap();
        assert_eq!(vec![literal("v0:"), Piece::Part(0), literal(":"), Piece::Body, literal("!")], pieces);
        assert_eq!(vec![Piece::Method, Piece::Url, Piece::Computed(0)], read("{method}{url}{path}", &[]).unwrap());
    }

    #[test]
    fn what_is_computed_is_computed_once() {
        let mut computed = Vec::new();
        let first = parse("{crc32:body}|{option:id}", &[], &mut computed).unwrap();
        let second = parse("{option:id}{sha256-hex:body}{headers:ts}", &parts(), &mut computed).unwrap();
        assert_eq!(Some(&Piece::Computed(0)), first.first());
        assert_eq!(vec![Piece::Computed(1), Piece::Computed(2), Piece::Computed(3)], second);
        let sha256 = Computed::Sha256(Of::Body, Encoding::Hex);
        assert_eq!(vec![Computed::Crc32, Computed::Option("id".into()), sha256, Computed::Headers(0)], computed);
    }

    #[test]
    fn a_wrong_template_says_what_is_allowed() {
        for wrong in
            ["{ts", "ts}", "{{ts}}", "{nobody}", "{sha1-hex:body}", "{sha256-hex:ts}", "{option:}", "{headers:x}"]
        {
            assert!(read(wrong, &parts()).is_err(), "{wrong}");
        }
        assert!(read("{id}", &parts()).unwrap_err().ends_with("{option:NAME} {ts}"));
    }
}
