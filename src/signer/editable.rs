//! A body into which fields can be written; one that needs none stays as it came.

use serde_json::{Map, Value};

use super::{IMPOSSIBLE, SignError};
use crate::form;
use crate::json::Pointer;
use crate::record::place::Place;
use crate::record::plan::Proof;
use crate::request::{BodyKind, Content};

/// The body of a draft.
pub(super) enum Editable {
    Raw(Vec<u8>),
    Form(Vec<form::Field>),
    Json(Value),
}

impl Editable {
    /// Parses only what has to be written to; a body that does not parse stays raw and is refused where a field is due.
    pub(super) fn new(body: &[u8], proof: &Proof, content: Content) -> Self {
        let raw = || Self::Raw(body.to_vec());
        if proof.reads_form() && content.kind == BodyKind::Form && !content.multipart {
            form::parse(body).map_or_else(|_| raw(), Self::Form)
        } else if proof.reads_json() {
            serde_json::from_slice(body).map_or_else(|_| raw(), Self::Json)
        } else {
            raw()
        }
    }

    /// What the body holds at a place already, if that is a scalar.
    pub(super) fn text(&self, proof: &Proof, place: &Place) -> Option<String> {
        match (self, place) {
            (Self::Form(fields), Place::Form(name)) => form::last(fields, name).map(str::to_owned),
            (Self::Form(fields), Place::FormJson { field, pointer }) => {
                scalar(&serde_json::from_str(form::last(fields, field)?).ok()?, pointer)
            }
            (Self::Json(value), Place::Json(index)) => scalar(value, proof.pointers.get(*index)?),
            _ => None,
        }
    }

    /// Writes a text at a place of the body; places elsewhere are passed over.
    ///
    /// # Errors
    /// The body is not of the shape that has such a place.
    pub(super) fn write(&mut self, proof: &Proof, place: &Place, text: &str, as_number: bool) -> Result<(), SignError> {
        let value = || written(text, as_number);
        match (place, self) {
            (Place::Form(name), Self::Form(fields)) => put(fields, name, text.to_owned()),
            (Place::FormJson { field, pointer }, Self::Form(fields)) => {
                let known = form::last(fields, field).and_then(|text| serde_json::from_str(text).ok());
                let mut document = known.unwrap_or_else(|| Value::Object(Map::new()));
                set(&mut document, pointer.tokens(), value())?;
                put(fields, field, document.to_string());
            }
            (Place::Json(index), Self::Json(document)) => {
                set(document, proof.pointers.get(*index).ok_or(IMPOSSIBLE)?.tokens(), value())?;
            }
            (Place::Form(_) | Place::FormJson { .. }, _) => {
                return Err(SignError::new(
                    "this provider signs form fields: give an urlencoded body and its content type",
                ));
            }
            (Place::Json(_), _) => {
                return Err(SignError::new("this provider signs JSON fields: give a body that is a JSON object"));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Raw(bytes) => bytes.clone(),
            Self::Form(fields) => {
                let pairs =
                    fields.iter().map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value)));
                pairs.collect::<Vec<_>>().join("&").into_bytes()
            }
            Self::Json(value) => value.to_string().into_bytes(),
        }
    }
}

/// Writes a value at a pointer, making the objects on the way.
///
/// # Errors
/// Something that is no object stands on the way.
pub(super) fn set(target: &mut Value, tokens: &[String], value: Value) -> Result<(), SignError> {
    let Some((first, rest)) = tokens.split_first() else {
        *target = value;
        return Ok(());
    };
    let members = target
        .as_object_mut()
        .ok_or(SignError::new("the body is not a JSON object where a field has to be written"))?;
    set(members.entry(first.as_str()).or_insert_with(|| Value::Object(Map::new())), rest, value)
}

/// A text as a JSON value: a number where the sender writes one.
pub(super) fn written(text: &str, as_number: bool) -> Value {
    let number = || text.parse::<u64>().ok().map(|number| Value::Number(number.into()));
    as_number.then(number).flatten().unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The text of a string, number or boolean at a pointer.
pub(super) fn scalar(document: &Value, pointer: &Pointer) -> Option<String> {
    let found = pointer.tokens().iter().try_fold(document, |value, token| value.get(token.as_str()))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(found.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn put(fields: &mut Vec<form::Field>, name: &str, text: String) {
    fields.retain(|(field, _)| field != name);
    fields.push((name.to_owned(), text));
}
