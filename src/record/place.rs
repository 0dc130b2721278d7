//! Where a value stands in a request, and how it is taken from there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::form::{self, Field};
use crate::json::{self, Finds, Found, Pointer};
use crate::record::model::RawPlace;
use crate::rejection::{Detail, Reason, Rejection};
use crate::text::{cut, split, trimmed};

/// A compiled place. Headers are named by their index in the record's list, so that a request is looked up only once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A whole header.
    Header(usize),
    /// One `name=value` entry of a header.
    Entry { header: usize, split: u8, name: Box<str> },
    /// A field of the URL's query.
    Query(Box<str>),
    /// A field of a form body.
    Form(Box<str>),
    /// A field within the JSON text that a form field holds.
    FormJson { field: Box<str>, pointer: Pointer },
    /// A scalar of the proof's document (the JSON body, one item of it, or the claims), by its index in the proof's pointers.
    Json(usize),
}

impl Place {
    /// Whether it stands in the body.
    pub(crate) const fn is_form(&self) -> bool {
        matches!(self, Self::Form(_) | Self::FormJson { .. })
    }

    /// Whether headers and URL alone do not hold it.
    pub(crate) const fn is_late(&self) -> bool {
        matches!(self, Self::Form(_) | Self::FormJson { .. } | Self::Json(_))
    }
}

/// A named value.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: Box<str>,
    pub(crate) place: Place,
    /// How messages name the place.
    pub(crate) shown: Arc<str>,
    pub(crate) optional: bool,
    /// Whether a comma may be part of the value (a date), and not the mark of a header that came twice.
    pub(crate) commas: bool,
}

impl Part {
    /// The refusal of a delivery that lacks this part.
    pub(crate) fn missing(&self) -> Rejection {
        Rejection::new(Reason::MissingSignature, Detail::Place(Arc::clone(&self.shown)))
    }
}

/// How messages name a raw place: the header, field or pointer.
pub(crate) fn shown(place: &RawPlace) -> Arc<str> {
    let places = [&place.header, &place.query, &place.form, &place.json, &place.item, &place.claim];
    let base = places.into_iter().flatten().next();
    match (base, &place.name) {
        (Some(base), Some(name)) => format!("{base} {name}=").into(),
        (Some(base), None) => base.as_str().into(),
        (None, _) => "".into(),
    }
}

/// The trimmed value of the only entry called `name`.
///
/// # Errors
/// [`Reason::DuplicateHeader`] where there are several: which of them was signed is not ours to guess.
pub(crate) fn entry<'h>(header: &'h str, split: u8, name: &str) -> Result<Option<&'h str>, Reason> {
    let mut values = entries(header, split, b'=').filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Reason::DuplicateHeader),
    }
}

/// The `name=value` entries of a header, trimmed; what holds no `=` (or what the record has in its place) is passed over.
pub(crate) fn entries(header: &str, mark: u8, join: u8) -> impl Iterator<Item = (&str, &str)> {
    split(header, mark).filter_map(move |entry| cut(trimmed(entry), join))
}

/// The fields of a body that has been read, in the form the record takes them from.
pub(crate) enum Fields<'b> {
    /// No place of the proof lies in the body.
    None,
    /// Of a form.
    Form(Cow<'b, [Field]>),
    /// Of a JSON document, in the order of the pointers asked for.
    Json(Finds<'b>),
}

impl Fields<'_> {
    /// The text at a form or JSON place.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`] where a scalar is due and something else stands.
    pub(crate) fn text(&self, place: &Place) -> Result<Option<Cow<'_, str>>, Reason> {
        match (self, place) {
            (Self::Form(fields), Place::Form(name)) => Ok(form::last(fields, name).map(Cow::Borrowed)),
            (Self::Form(fields), Place::FormJson { field, pointer }) => {
                let Some(text) = form::last(fields, field) else { return Ok(None) };
                let found = json::find(text.as_bytes(), std::slice::from_ref(pointer));
                scalar(found.map_err(|_| Reason::MalformedBody)?.into_iter().next().flatten())
            }
            (Self::Json(finds), Place::Json(index)) => match finds.get(*index).and_then(Option::as_ref) {
                Some(Found::Text(text)) => Ok(Some(Cow::Borrowed(text))),
                found => scalar(found.cloned()),
            },
            _ => Ok(None),
        }
    }

    /// Every field of a form.
    pub(crate) fn form(&self) -> &[Field] {
        match self {
            Self::Form(fields) => fields,
            Self::None | Self::Json(_) => &[],
        }
    }
}

fn scalar(found: Option<Found<'_>>) -> Result<Option<Cow<'_, str>>, Reason> {
    match found {
        None => Ok(None),
        Some(Found::Text(text)) => Ok(Some(text)),
        Some(Found::Raw(text)) => Ok(Some(Cow::Borrowed(text))),
        Some(Found::Other) => Err(Reason::MalformedBody),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_name() {
        assert_eq!(Ok(Some("1")), entry("t=1,v1=a", b',', "t"));
        assert_eq!(Ok(Some("a=b")), entry("t=1, v1=a=b", b',', "v1"));
        assert_eq!(Ok(None), entry("t=1,v1", b',', "v1"));
        assert_eq!(Err(Reason::DuplicateHeader), entry("t=1,t=1", b',', "t"));
    }
}
