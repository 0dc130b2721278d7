//! Compiles places: headers go to the record's list, JSON pointers to the proof's.

use crate::error::RecordError;
use crate::json::Pointer;
use crate::limits::{POINTERS, SIGNATURES};
use crate::record::model::{RawPlace, When};
use crate::record::place::Place;
use crate::record::plan::{Condition, HeaderName};

/// The header names of a record, each once.
#[derive(Default)]
pub(super) struct Headers(pub(super) Vec<HeaderName>);

impl Headers {
    pub(super) fn index(&mut self, name: &str) -> usize {
        let known = self.0.iter().position(|header| header.lower.eq_ignore_ascii_case(name));
        known.unwrap_or_else(|| {
            self.0.push(HeaderName { lower: name.to_ascii_lowercase().into(), shown: name.into() });
            self.0.len().saturating_sub(1)
        })
    }
}

/// The places of one proof.
pub(super) struct Places<'a> {
    headers: &'a mut Headers,
    pointers: Vec<Pointer>,
}

impl<'a> Places<'a> {
    pub(super) fn new(headers: &'a mut Headers) -> Self {
        Self { headers, pointers: Vec::new() }
    }

    /// The pointers that were met.
    ///
    /// # Errors
    /// More than one pass can follow.
    pub(super) fn into_pointers(self) -> Result<Vec<Pointer>, RecordError> {
        let few = self.pointers.len() <= POINTERS;
        if few {
            Ok(self.pointers)
        } else {
            Err(RecordError::new(format!("at most {POINTERS} JSON values can be taken")))
        }
    }

    pub(super) fn condition(&mut self, when: &When) -> Result<Condition, RecordError> {
        match when {
            When::Body(kind) => Ok(Condition::Body(*kind)),
            When::Header(name) => self.header(name).map(Condition::Header).map_err(|error| error.within("when")),
        }
    }

    pub(super) fn place(&mut self, raw: &RawPlace) -> Result<Place, RecordError> {
        if let Some(name) = &raw.header {
            return if only(raw, 1) { self.in_header(name, raw) } else { Err(not_one()) };
        }
        if raw.pairs.is_some() || raw.name.is_some() {
            return Err(RecordError::new("pairs and name belong to a header"));
        }
        match (&raw.query, &raw.form, &raw.json, &raw.item, &raw.claim) {
            (Some(name), None, None, None, None) => Ok(Place::Query(name.as_str().into())),
            (None, Some(name), None, None, None) => Ok(Place::Form(name.as_str().into())),
            (None, Some(name), Some(text), None, None) => {
                Ok(Place::FormJson { field: name.as_str().into(), pointer: pointer(text)? })
            }
            (None, None, Some(text), None, None) | (None, None, None, Some(text), None) => {
                Ok(self.in_document(pointer(text)?))
            }
            (None, None, None, None, Some(name)) => {
                let text = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                Ok(self.in_document(pointer(&text)?))
            }
            _ => Err(not_one()),
        }
    }

    /// The headers that a name with `{n}` stands for: one more than are looked at, so that too many are noticed.
    pub(super) fn numbered(&mut self, raw: &RawPlace) -> Result<Vec<usize>, RecordError> {
        let name = raw.header.as_deref().filter(|name| name.contains("{n}") && only(raw, 1));
        let name =
            name.ok_or_else(|| RecordError::new("shape \"numbered\" stands in a header with {n} in its name"))?;
        (1..=SIGNATURES.saturating_add(1))
            .map(|number| self.header(&name.replace("{n}", &number.to_string())))
            .collect()
    }

    fn in_header(&mut self, name: &str, raw: &RawPlace) -> Result<Place, RecordError> {
        let header = self.header(name)?;
        match (raw.pairs, &raw.name) {
            (Some(split), Some(name)) => Ok(Place::Entry { header, split: ascii(split)?, name: name.as_str().into() }),
            (None, None) => Ok(Place::Header(header)),
            _ => Err(RecordError::new("pairs and name go together")),
        }
    }

    fn in_document(&mut self, pointer: Pointer) -> Place {
        self.pointers.push(pointer);
        Place::Json(self.pointers.len().saturating_sub(1))
    }

    fn header(&mut self, name: &str) -> Result<usize, RecordError> {
        let token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if token { Ok(self.headers.index(name)) } else { Err(RecordError::new(format!("{name:?} is no header name"))) }
    }
}

/// Whether that many locations are named.
fn only(raw: &RawPlace, count: usize) -> bool {
    [&raw.header, &raw.query, &raw.form, &raw.json, &raw.item, &raw.claim].into_iter().flatten().count() == count
}

fn not_one() -> RecordError {
    RecordError::new(
        "a place is exactly one of header, query, form, json, item, claim (form and json: JSON in a field)",
    )
}

pub(super) fn pointer(text: &str) -> Result<Pointer, RecordError> {
    Pointer::parse(text).ok_or_else(|| RecordError::new(format!("{text:?} is no JSON pointer; it begins with a slash")))
}

pub(super) fn ascii(letter: char) -> Result<u8, RecordError> {
    u8::try_from(letter)
        .ok()
        .filter(u8::is_ascii)
        .ok_or_else(|| RecordError::new(format!("{letter:?} is no ASCII character")))
}
