//! A message on its way to being signed: parts and requirements are written to their places, then the verifier's own reading of
//! them says which bytes are signed.

use serde_json::Value;

use super::editable::Editable;
use super::{IMPOSSIBLE, Message, SignError, Signed, SigningKey, derived};
use crate::form;
use crate::json;
use crate::options::Options;
use crate::proof::key::KeyBytes;
use crate::record::Record;
use crate::record::algorithm::Primitive;
use crate::record::model::Shape;
use crate::record::place::{Fields, Part, Place};
use crate::record::plan::{EventId, Proof};
use crate::record::rules;
use crate::record::template::{Computed, Piece};
use crate::rejection::Rejection;
use crate::remote::Source;
use crate::request::{Body, Content, Head, Header, Headers};
use crate::self_hash::SelfHash;
use crate::sns_message::SnsMessage;
use crate::time::TimeUnit;
use crate::values::{self, Delivery, HeadTexts, Values};

/// The draft of one message.
pub(super) struct Draft<'d> {
    pub(super) record: &'d Record,
    pub(super) proof: &'d Proof,
    pub(super) options: &'d Options,
    pub(super) message: &'d Message<'d>,
    pub(super) content: Content,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Editable,
    /// The claims of an envelope, once they are written.
    pub(super) claims: Option<Vec<u8>>,
    url: Option<String>,
}

impl<'d> Draft<'d> {
    pub(super) fn new(
        record: &'d Record,
        proof: &'d Proof,
        options: &'d Options,
        message: &'d Message<'d>,
        content: Content,
    ) -> Self {
        let headers = vec![("Content-Type".to_owned(), message.content_type.to_owned())];
        let body = Editable::new(message.body, proof, content);
        let url = message.url.map(str::to_owned);
        Self { record, proof, options, message, content, headers, body, claims: None, url }
    }

    pub(super) fn finish(self) -> Signed {
        Signed { headers: self.headers, body: self.body.bytes(), url: self.url }
    }

    /// Signs by the template of the record.
    ///
    /// # Errors
    /// The message is not of the shape that the provider signs.
    pub(super) fn by_template(&mut self, key: &SigningKey) -> Result<(), SignError> {
        if self.proof.each.is_some() {
            return self.items(key);
        }
        if self.proof.algorithm.primitive == Primitive::Sns {
            return self.sns(key);
        }
        self.fill()?;
        self.require()?;
        if let SigningKey::Own(key) = key {
            return self.own_hash(key);
        }
        let encoding = self.proof.signature.encoding;
        let signature = if let SigningKey::Sent(bytes) = key {
            encoding.encode(bytes)
        } else {
            let signed = self.assembled(&self.proof.signed)?;
            encoding.encode(&key.sign(self.proof.algorithm.primitive, &[&signed])?)
        };
        self.place_signature(&signature)
    }

    /// Writes the text of every part to its place.
    ///
    /// # Errors
    /// As [`Draft::by_template`].
    pub(super) fn fill(&mut self) -> Result<(), SignError> {
        for (part, index) in self.proof.parts.iter().zip(0_usize..) {
            if let Some(text) = self.text_of(part, index)? {
                self.write(&part.place, &text, self.is_number(index))?;
            }
        }
        Ok(())
    }

    /// The text that a part gets; nothing for one that may stay away.
    pub(super) fn text_of(&self, part: &Part, index: usize) -> Result<Option<String>, SignError> {
        let is_event = matches!(self.proof.event, Some(EventId::Part(event)) if event == index);
        if let Some(rule) = self.record.time.as_ref().filter(|_| self.proof.time == Some(index)) {
            return Ok(Some(rule.unit.write(self.message.now)));
        }
        if self.proof.computed.contains(&Computed::Headers(index)) {
            return Ok(Some(self.proof.header_parts().collect::<Vec<_>>().join(",")));
        }
        let known = self.message.event_id.filter(|_| is_event).map(str::to_owned);
        let known = known.or_else(|| self.body.text(self.proof, &part.place)).or_else(|| self.usual(part));
        match known {
            Some(text) => Ok(Some(text)),
            None if part.optional => Ok(None),
            None => derived(&part.name, self.message).map(Some),
        }
    }

    /// Whether a time stands in the body as a number.
    pub(super) fn is_number(&self, index: usize) -> bool {
        let numeric = |unit| matches!(unit, TimeUnit::Ms | TimeUnit::S);
        let rule = self.record.time.as_ref().filter(|_| self.proof.time == Some(index));
        rule.is_some_and(|rule| numeric(rule.unit) && (rule.unit == TimeUnit::Ms || self.proof.is_enveloped()))
    }

    /// Where a certificate would be, where the message does not say.
    fn usual(&self, part: &Part) -> Option<String> {
        self.proof
            .source()
            .filter(|_| &*part.name == rules::CERTIFICATE)
            .map(|source| source.usual_location().to_owned())
    }

    /// Makes an SNS message of a body that is none, and gives it what it lacks.
    fn sns(&mut self, key: &SigningKey) -> Result<(), SignError> {
        let given: Option<Value> = serde_json::from_slice(self.message.body).ok();
        let is_message = given.as_ref().is_some_and(|value| value.get("Message").is_some());
        let text = || String::from_utf8_lossy(self.message.body).into_owned();
        let mut message = given.filter(|_| is_message).unwrap_or_else(|| serde_json::json!({ "Message": text() }));
        let source = self.proof.source().unwrap_or(Source::Sns);
        let (location, topic) = (source.usual_location(), source.usual_topic());
        for (name, usual) in [
            ("Type", "Notification"),
            ("TopicArn", topic),
            ("SignatureVersion", "2"),
            ("SigningCertURL", location),
            ("Signature", "AA=="),
        ] {
            let members = message.as_object_mut().ok_or(IMPOSSIBLE)?;
            members.entry(name).or_insert_with(|| Value::String(usual.to_owned()));
        }
        self.body = Editable::Json(message);
        self.fill()?;
        self.require()?;
        let raw = self.body.bytes();
        let text = SnsMessage::parse(&raw).map_err(|reason| SignError(reason.sentence().into()))?.text();
        let signature = key.sign(self.proof.algorithm.primitive, &[&text])?;
        self.place_signature(&self.proof.signature.encoding.encode(&signature))
    }

    /// Writes what the record requires beside the signature.
    ///
    /// # Errors
    /// As [`Draft::by_template`].
    pub(super) fn require(&mut self) -> Result<(), SignError> {
        for rule in self.proof.require.iter().filter(|rule| !rule.absent) {
            let text = String::from_utf8(self.assembled(&rule.equals)?).map_err(|_| IMPOSSIBLE)?;
            self.write(&rule.place, &text, false)?;
        }
        Ok(())
    }

    /// The bytes of a template, as the verifier will read them from this draft.
    pub(super) fn assembled(&self, pieces: &[Piece]) -> Result<Vec<u8>, SignError> {
        let raw = self.body.bytes();
        self.read(&raw, |values| Ok(values.assemble(pieces, values.url())?.concat()))
    }

    fn read<T>(&self, raw: &[u8], take: impl Fn(&Values<'_, '_, '_>) -> Result<T, Rejection>) -> Result<T, SignError> {
        if self.proof.needs_url() && self.url.is_none() {
            return Err(SignError::new("this provider signs the URL: give url"));
        }
        let said = |rejection: Rejection| SignError(rejection.to_string().into());
        let value = |name: &crate::record::plan::HeaderName| {
            let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name.lower));
            found.map_or(Header::Absent, |(_, text)| Header::One(text))
        };
        let every: Vec<_> = self.headers.iter().map(|(name, text)| (name.to_lowercase(), text.clone())).collect();
        let mut headers: Headers<'_> = self.record.headers.iter().map(value).collect();
        let head = Head::new(self.message.method, self.url.as_deref(), &mut headers);
        let head = head.and_then(|head| head.with_every(&every)).map_err(said)?;
        let part = |part| values::part_in_head(&head, part);
        let in_head = self.proof.parts.iter().map(part).collect::<Result<HeadTexts<'_>, _>>().map_err(said)?;
        let fields = match &self.claims {
            Some(claims) => Fields::Json(json::find(claims, &self.proof.pointers).map_err(|_| IMPOSSIBLE)?),
            None => values::read_fields(self.proof, Some(self.content), Body::Raw(raw)).map_err(said)?,
        };
        let (proof, options) = (self.proof, self.options);
        let delivery = Delivery { proof, head: &head, in_head: &in_head, body: Body::Raw(raw), options };
        Values::new(delivery, &fields).and_then(|values| take(&values)).map_err(said)
    }

    fn own_hash(&mut self, key: &KeyBytes) -> Result<(), SignError> {
        let place = &self.proof.signature.place;
        self.body.write(self.proof, place, &"0".repeat(32), false)?;
        let raw = self.body.bytes();
        let pointer = self.proof.pointers.first().ok_or(IMPOSSIBLE)?;
        self.body = Editable::Raw(SelfHash::find(&raw, pointer).map_err(|_| IMPOSSIBLE)?.sign(key));
        Ok(())
    }

    /// Signs every item of the array by itself.
    fn items(&mut self, key: &SigningKey) -> Result<(), SignError> {
        let shape = SignError::new("this provider signs the items of an array: give a JSON body that holds it");
        let each = self.proof.each.as_ref().ok_or(IMPOSSIBLE)?;
        let Editable::Json(mut document) = std::mem::replace(&mut self.body, Editable::Raw(Vec::new())) else {
            return Err(shape);
        };
        let found = each.tokens().iter().try_fold(&mut document, |value, token| value.get_mut(token.as_str()));
        let Some(Value::Array(items)) = found else { return Err(shape) };
        for item in items {
            self.body = Editable::Json(item.take());
            self.fill()?;
            let signed = self.assembled(&self.proof.signed)?;
            let signature = key.sign(self.proof.algorithm.primitive, &[&signed])?;
            self.place_signature(&self.proof.signature.encoding.encode(&signature))?;
            if let Editable::Json(value) = &mut self.body {
                *item = value.take();
            }
        }
        self.body = Editable::Json(document);
        Ok(())
    }

    /// Writes the signature to where the record says it stands.
    ///
    /// # Errors
    /// As [`Draft::by_template`].
    pub(super) fn place_signature(&mut self, encoded: &str) -> Result<(), SignError> {
        let rule = &self.proof.signature;
        let (version, join) = (&rule.version, char::from(rule.join));
        let name = if version.is_empty() { "public" } else { version };
        let text = match rule.shape {
            Shape::Plain | Shape::Numbered => format!("{}{encoded}", rule.prefix),
            Shape::Pairs => format!("{name}{join}{}{encoded}", rule.prefix),
            Shape::Versions => format!("{version},{}{encoded}", rule.prefix),
        };
        let text = rule.scheme.as_ref().map_or_else(|| text.clone(), |scheme| format!("{scheme} {text}"));
        match &rule.place {
            Place::Header(header) | Place::Entry { header, .. } => self.push(*header, &text, rule.split),
            place => self.write(place, &text, false)?,
        }
        Ok(())
    }

    fn write(&mut self, place: &Place, text: &str, as_number: bool) -> Result<(), SignError> {
        match place {
            Place::Header(header) => self.push(*header, text, None),
            Place::Entry { header, split, name } => self.push(*header, &format!("{name}={text}"), Some(*split)),
            Place::Query(name) => self.add_to_query(name, text)?,
            place => self.body.write(self.proof, place, text, as_number)?,
        }
        Ok(())
    }

    /// Writes a header anew, or adds an entry to one that is a list.
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
            (Some((_, value)), None) => text.clone_into(value),
            (None, _) => self.headers.push((name.shown.to_string(), text.to_owned())),
        }
    }

    fn add_to_query(&mut self, name: &str, text: &str) -> Result<(), SignError> {
        let url = self.url.as_mut().ok_or(SignError::new("this provider writes into the URL: give url"))?;
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&form::encode(name));
        url.push('=');
        url.push_str(&form::encode(text));
        Ok(())
    }
}
