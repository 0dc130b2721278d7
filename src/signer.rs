//! The mirror of the verifier: signs a message as the provider would. For tests, tools and demonstrations.
//!
//! It runs the same compiled record as the verifier, so the two cannot drift apart; what a provider fills with chance (tokens,
//! ids) is derived from the message here, because the core knows no randomness.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use crate::constant_time::Digest;
use crate::encoding::Encoding;
use crate::form;
use crate::keyed::{Hash, MacKey};
use crate::proof;
use crate::record::Record;
use crate::record::model::Shape;
use crate::record::place::Place;
use crate::record::plan::{Condition, EventId, Proof};
use crate::record::template::Piece;
use crate::request::{BodyKind, Content};
use crate::secret::Secret;
use crate::time::{TimeUnit, UnixMillis};

/// Signs with one secret.
pub struct Signer {
    record: Arc<Record>,
    secret: Arc<Secret>,
}

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// The body, as the provider would write it.
    pub body: &'m [u8],
    /// When it is signed.
    pub now: UnixMillis,
    /// The event id, for providers that sign one outside the body; without it one is derived from the message.
    pub event_id: Option<&'m str>,
    /// The method, upper case.
    pub method: &'m str,
    /// The URL, for providers that sign it.
    pub url: Option<&'m str>,
    /// The Content-Type of the body.
    pub content_type: &'m str,
}

/// What goes over the wire.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Header names and values, Content-Type included.
    pub headers: Vec<(String, String)>,
    /// The body, with the fields of the signature where the provider puts them there.
    pub body: Vec<u8>,
}

/// Why a message cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignError(pub &'static str);

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({}, ..)", self.record.name())
    }
}

impl Signer {
    /// A signer.
    #[must_use]
    pub const fn new(record: Arc<Record>, secret: Arc<Secret>) -> Self {
        Self { record, secret }
    }

    /// Signs a message with the first proof that fits its content type and this secret.
    ///
    /// # Errors
    /// No proof fits, or the body is not of the shape that the proof takes fields from.
    pub fn sign(&self, message: &Message<'_>) -> Result<Signed, SignError> {
        let content = Content::of(message.content_type);
        let applies = |proof: &&Proof| match &proof.when {
            Some(Condition::Body(kind)) => *kind == content.kind,
            Some(Condition::Header(_)) | None => true,
        };
        let keyed = |proof| Some((proof, proof::keys_of(proof, self.secret.expose()).ok()?.into_iter().next()?));
        let takes = |proof: &&Proof| proof.takes(self.secret.slot());
        let mut proofs = self.record.proofs.iter().filter(applies).filter(takes).filter_map(keyed);
        let (proof, key) =
            proofs.next().ok_or(SignError("no proof of this provider fits the content type and the secret"))?;
        let headers = vec![("Content-Type".to_owned(), message.content_type.to_owned())];
        let mut draft =
            Draft { record: &self.record, proof, message, headers, body: Editable::new(message, proof, content) };
        let texts = draft.texts(&key)?;
        let signature = match proof.algorithm.hash() {
            None => proof.signature.encoding.encode(&key),
            Some(hash) => draft.signature(hash, &key, &texts)?,
        };
        draft.place_signature(&texts, &signature)?;
        Ok(Signed { headers: draft.headers, body: draft.body.bytes() })
    }
}

/// A message on its way to being signed.
struct Draft<'d> {
    record: &'d Record,
    proof: &'d Proof,
    message: &'d Message<'d>,
    headers: Vec<(String, String)>,
    body: Editable,
}

impl Draft<'_> {
    /// The text of every part, in the record's order; those that stand in the body are written there.
    fn texts(&mut self, key: &[u8]) -> Result<Vec<String>, SignError> {
        let mut texts = Vec::with_capacity(self.proof.parts.len());
        for (part, index) in self.proof.parts.iter().zip(0_usize..) {
            let is_event = matches!(self.proof.event, Some(EventId::Part(event)) if event == index);
            let text = match &self.record.time {
                Some(rule) if self.proof.time == Some(index) => rule.unit.write(self.message.now),
                _ => match (self.message.event_id, self.body.text(self.proof, &part.place)) {
                    (Some(id), _) if is_event => id.to_owned(),
                    (_, Some(text)) => text,
                    _ => self.derived(key, &part.name)?,
                },
            };
            let as_number = self.proof.time == Some(index)
                && self.record.time.as_ref().is_some_and(|rule| rule.unit == TimeUnit::Ms);
            self.place_in_body(&part.place, &text, as_number)?;
            texts.push(text);
        }
        Ok(texts)
    }

    /// A text that differs for each part, message and moment.
    fn derived(&self, key: &[u8], name: &str) -> Result<String, SignError> {
        let moment = self.message.now.get().to_le_bytes();
        let mac =
            MacKey::new(Hash::Sha256, key).and_then(|key| key.digest(&[name.as_bytes(), &moment, self.message.body]));
        mac.map(|digest| Encoding::Hex.encode(digest.bytes(16))).ok_or(IMPOSSIBLE)
    }

    fn signature(&self, hash: Hash, key: &[u8], texts: &[String]) -> Result<String, SignError> {
        let body = self.body.bytes();
        let mut pieces: Vec<&[u8]> = Vec::with_capacity(self.proof.signed.len());
        for piece in &self.proof.signed {
            pieces.push(match piece {
                Piece::Literal(text) => text,
                Piece::Body => &body,
                Piece::Url => self.message.url.ok_or(SignError("this provider signs the URL: give url"))?.as_bytes(),
                Piece::Method => self.message.method.as_bytes(),
                Piece::Part(index) => texts.get(*index).ok_or(IMPOSSIBLE)?.as_bytes(),
            });
        }
        let digest: Option<Digest> = MacKey::new(hash, key).and_then(|key| key.digest(&pieces));
        digest.map(|digest| self.proof.signature.encoding.encode(digest.bytes(hash.length()))).ok_or(IMPOSSIBLE)
    }

    /// Writes the signature, and the parts that are headers, to where the record says they stand.
    fn place_signature(&mut self, texts: &[String], encoded: &str) -> Result<(), SignError> {
        let rule = &self.proof.signature;
        let version = &rule.version;
        let mut text = match rule.shape {
            Shape::Plain => format!("{}{encoded}", rule.prefix),
            Shape::Pairs => format!("{version}={}{encoded}", rule.prefix),
            Shape::Versions => format!("{version},{}{encoded}", rule.prefix),
        };
        if let Some(scheme) = &rule.scheme {
            text = format!("{scheme} {text}");
        }
        for (part, value) in self.proof.parts.iter().zip(texts) {
            match &part.place {
                Place::Header(header) => self.push(*header, value, None),
                Place::Entry { header, split, name } => self.push(*header, &format!("{name}={value}"), Some(*split)),
                _ => {}
            }
        }
        match &rule.place {
            Place::Header(header) | Place::Entry { header, .. } => self.push(*header, &text, rule.split),
            Place::Query(_) => return Err(SignError("this proof stands in the URL: write it there")),
            place => self.place_in_body(place, &text, false)?,
        }
        Ok(())
    }

    /// Adds a header, or an entry to one that is a list.
    fn push(&mut self, header: usize, text: &str, split: Option<u8>) {
        let Some(name) = self.record.headers.get(header) else {
            return;
        };
        let known = self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name.lower));
        match (known, split) {
            (Some((_, value)), Some(split)) => {
                value.push(char::from(split));
                value.push_str(text);
            }
            _ => self.headers.push((name.shown.to_string(), text.to_owned())),
        }
    }

    fn place_in_body(&mut self, place: &Place, text: &str, as_number: bool) -> Result<(), SignError> {
        match (place, &mut self.body) {
            (Place::Form(name), Editable::Form(fields)) => {
                fields.retain(|(field, _)| **field != **name);
                fields.push((name.to_string(), text.to_owned()));
                Ok(())
            }
            (Place::Json(index), Editable::Json(value)) => {
                let tokens = self.proof.pointers.get(*index).ok_or(IMPOSSIBLE)?.tokens();
                let number = as_number
                    .then(|| text.parse().ok().map(|number: u64| Value::Number(Number::from(number))))
                    .flatten();
                set(value, tokens, number.unwrap_or_else(|| Value::String(text.to_owned())))
            }
            (Place::Form(_), _) => {
                Err(SignError("this provider signs form fields: give an urlencoded body and its content type"))
            }
            (Place::Json(_), _) => Err(SignError("this provider signs JSON fields: give a body that is a JSON object")),
            _ => Ok(()),
        }
    }
}

/// A body into which fields can be written; one that needs none stays as it came.
enum Editable {
    Raw(Vec<u8>),
    Form(Vec<form::Field>),
    Json(Value),
}

impl Editable {
    /// Parses only what has to be written to; a body that does not parse stays raw and is refused where a field is due.
    fn new(message: &Message<'_>, proof: &Proof, content: Content) -> Self {
        let raw = || Self::Raw(message.body.to_vec());
        if proof.reads_form() && content.kind == BodyKind::Form && !content.multipart {
            form::parse(message.body).map_or_else(|_| raw(), Self::Form)
        } else if proof.reads_json() {
            serde_json::from_slice(message.body).map_or_else(|_| raw(), Self::Json)
        } else {
            raw()
        }
    }

    /// What the body holds at a place already, if that is text.
    fn text(&self, proof: &Proof, place: &Place) -> Option<String> {
        match (self, place) {
            (Self::Form(fields), Place::Form(name)) => form::last(fields, name).map(str::to_owned),
            (Self::Json(value), Place::Json(index)) => {
                let tokens = proof.pointers.get(*index)?.tokens();
                let found = tokens.iter().try_fold(value, |value, token| value.get(token.as_str()))?;
                found.as_str().map(str::to_owned)
            }
            _ => None,
        }
    }

    fn bytes(&self) -> Vec<u8> {
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
fn set(target: &mut Value, tokens: &[String], value: Value) -> Result<(), SignError> {
    let Some((first, rest)) = tokens.split_first() else {
        *target = value;
        return Ok(());
    };
    let members =
        target.as_object_mut().ok_or(SignError("the body is not a JSON object where a field has to be written"))?;
    set(members.entry(first.as_str()).or_insert_with(|| Value::Object(Map::new())), rest, value)
}

const IMPOSSIBLE: SignError = SignError("the record cannot be signed");

#[cfg(test)]
mod tests;
