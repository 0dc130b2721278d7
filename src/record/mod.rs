//! Provider records: data that says where signature, time and id of a sender stand and how they are computed.
//!
//! `model` is the file as it is written, `compile` turns it into the plan that verifier and signer run, `catalog/` holds one
//! file for each provider.

mod addresses;
pub(crate) mod algorithm;
mod compile;
pub(crate) mod handshake;
pub(crate) mod model;
pub(crate) mod place;
mod places;
pub(crate) mod plan;
pub(crate) mod reply;
pub(crate) mod rules;
pub(crate) mod template;
mod vouched;

use std::sync::Arc;

use crate::error::RecordError;
use crate::remote::Source;
use crate::time::TimeOf;
use algorithm::Primitive;
use handshake::Handshake;
use plan::{HeaderName, Proof, TimeRule};

pub use addresses::Addresses;
pub use model::Grade;

/// A compiled provider record: what compiles can be run.
#[derive(Debug)]
pub struct Record {
    pub(crate) name: Arc<str>,
    pub(crate) title: String,
    pub(crate) docs: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) grade: Grade,
    pub(crate) notes: Vec<String>,
    pub(crate) addresses: Option<Addresses>,
    pub(crate) options: Vec<String>,
    pub(crate) headers: Vec<HeaderName>,
    /// The index of Content-Type in `headers`, where the record depends on it.
    pub(crate) content_type: Option<usize>,
    pub(crate) proofs: Vec<Proof>,
    pub(crate) time: Option<TimeRule>,
    pub(crate) http: Http,
    pub(crate) handshakes: Vec<Handshake>,
}

/// How a provider behaves on the wire.
#[derive(Debug)]
pub struct Http {
    /// The bare status the sender demands for a refusal.
    pub refusal: Option<u16>,
    /// Statuses that count as delivered; empty: every 2xx.
    pub success: Vec<u16>,
    /// Seconds from the first to the last automatic attempt; 0: never retried; nothing: not known.
    pub retry: Option<u32>,
    /// Bytes of the largest genuine body.
    pub max_body: Option<usize>,
}

/// How far a proof covers the body; derived from the templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyAuthenticated {
    /// Every byte is signed.
    Yes,
    /// Every field of the form is signed, though not the way in which it is written.
    Fields,
    /// No byte is signed, but the secret that came with the body vouches for fields of it.
    Weak,
    /// No byte is signed.
    No,
}

impl BodyAuthenticated {
    /// `yes`, `fields`, `weak` or `no`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Fields => "fields",
            Self::Weak => "weak",
            Self::No => "no",
        }
    }
}

impl Record {
    /// The catalog's record of that name or alias.
    ///
    /// # Errors
    /// Nothing of that name; or, which a test rules out, a catalog file that does not compile.
    pub fn named(name: &str) -> Result<Self, RecordError> {
        if let Some((name, text)) = CATALOG.iter().find(|(entry, _)| *entry == name) {
            return Self::from_toml(name, text);
        }
        let aliased = CATALOG.iter().find_map(|(entry, text)| {
            let record = Self::from_toml(entry, text).ok()?;
            record.aliases.iter().any(|alias| alias == name).then_some(record)
        });
        aliased.ok_or_else(|| RecordError::new(format!("no provider is called {name:?}")))
    }

    /// A record from TOML text.
    ///
    /// # Errors
    /// What is wrong, with line and column where the text itself is.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, RecordError> {
        let raw = toml::from_str(text).map_err(|error| RecordError::new(error.to_string().trim_end()))?;
        compile::record(name, raw)
    }

    /// A record from JSON text of the same shape.
    ///
    /// # Errors
    /// As [`Record::from_toml`].
    pub fn from_json(name: &str, text: &str) -> Result<Self, RecordError> {
        let raw = serde_json::from_str(text).map_err(|error| RecordError::new(error.to_string()))?;
        compile::record(name, raw)
    }

    /// The catalog's record of a sender that shares its secret, with an event id or a time in the body, described as JSON:
    /// `{"event": {"json": "/id"}, "time": {"json": "/at"}, "max_age": 600}`.
    ///
    /// # Errors
    /// As [`Record::named`]; the sender signs; or the description is wrong.
    pub fn vouched(name: &str, vouched: &str) -> Result<Self, RecordError> {
        let plain = Self::named(name)?;
        let text = CATALOG.iter().find(|(entry, _)| *entry == &*plain.name).map_or("", |(_, text)| text);
        let mut raw = toml::from_str(text).map_err(|error| RecordError::new(error.to_string().trim_end()))?;
        vouched::Vouched::read(vouched)?.apply(&mut raw)?;
        compile::record(&plain.name, raw)
    }

    /// As [`Record::vouched`], for a record from JSON text.
    ///
    /// # Errors
    /// As [`Record::from_json`] and [`Record::vouched`].
    pub fn vouched_from_json(name: &str, text: &str, vouched: &str) -> Result<Self, RecordError> {
        let mut raw = serde_json::from_str(text).map_err(|error| RecordError::new(error.to_string()))?;
        vouched::Vouched::read(vouched)?.apply(&mut raw)?;
        compile::record(name, raw)
    }

    /// The names of the catalog, sorted, without aliases.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CATALOG.iter().map(|(name, _)| *name)
    }

    /// The catalog name, or the endpoint's for a record of its own.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The address of the provider's own description.
    #[must_use]
    pub fn docs(&self) -> &str {
        &self.docs
    }

    /// Other names of the provider.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// How well its facts are confirmed.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        self.grade
    }

    /// What the owner of an endpoint should know of this sender.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the provider publishes of the addresses that it sends from.
    #[must_use]
    pub const fn addresses(&self) -> Option<&Addresses> {
        self.addresses.as_ref()
    }

    /// What the settings have to say beside the secrets.
    #[must_use]
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// The headers in which signatures or credentials stand, lower case, each once.
    pub fn signature_headers(&self) -> impl Iterator<Item = &Arc<str>> {
        let of = |proof: &Proof| match &proof.signature.place {
            place::Place::Header(header) | place::Place::Entry { header, .. } => Some(*header),
            _ => None,
        };
        let mut indices: Vec<_> = self.proofs.iter().filter_map(of).collect();
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().filter_map(|index| self.headers.get(index)).map(|header| &header.lower)
    }

    /// Whence keys are fetched, where the sender's keys are remote.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.proofs.iter().find_map(Proof::source)
    }

    /// What the keys are: `shared`, `public` or `remote`.
    #[must_use]
    pub fn key_kind(&self) -> &'static str {
        let public = |proof: &Proof| matches!(proof.algorithm.primitive, Primitive::Public(_) | Primitive::Sns);
        match self.proofs.first() {
            Some(proof) if proof.source().is_some() => "remote",
            Some(proof) if public(proof) => "public",
            _ => "shared",
        }
    }

    /// Whether there is anything to verify with only where the settings hold secrets.
    #[must_use]
    pub fn needs_secrets(&self) -> bool {
        self.proofs.iter().any(|proof| proof.source().is_none())
    }

    /// Whether anybody's account could sign, so that the settings have to list the topics that are ours.
    #[must_use]
    pub fn needs_topics(&self) -> bool {
        self.proofs.iter().any(|proof| proof.algorithm.primitive == Primitive::Sns)
    }

    /// Whether headers count that [`Record::headers`] does not name.
    #[must_use]
    pub fn reads_every_header(&self) -> bool {
        self.proofs.iter().any(Proof::reads_every_header)
    }

    /// How the provider behaves on the wire.
    #[must_use]
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Method and name of every handshake.
    pub fn handshakes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.handshakes.iter().map(|row| (row.method.name(), &*row.name))
    }

    /// The slots of secrets that prove a handshake, and no delivery.
    pub fn token_slots(&self) -> impl Iterator<Item = &str> {
        self.handshakes.iter().filter_map(Handshake::slot)
    }

    /// The methods that are answered 200, empty, whoever asks.
    pub fn probes(&self) -> impl Iterator<Item = &'static str> {
        self.handshakes.iter().filter(|row| row.is_probe()).map(|row| row.method.name())
    }

    /// The headers the record looks at, lower case.
    pub fn headers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.headers.iter().map(|header| &header.lower)
    }

    /// Whether the URL is signed or holds a field.
    #[must_use]
    pub fn needs_url(&self) -> bool {
        self.proofs.iter().any(Proof::needs_url)
    }

    /// Whether any proof needs the body.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        self.proofs.iter().any(Proof::reads_body)
    }

    /// Whether a delivery carries the secret itself.
    #[must_use]
    pub fn shares_secret(&self) -> bool {
        self.proofs.iter().any(Proof::shares_secret)
    }

    /// Whether every way to prove oneself signs the body.
    #[must_use]
    pub fn body_authenticated(&self) -> BodyAuthenticated {
        if self.proofs.iter().all(Proof::signs_body) {
            BodyAuthenticated::Yes
        } else if self.proofs.iter().all(|proof| proof.signs_body() || proof.signs_fields()) {
            BodyAuthenticated::Fields
        } else if self.proofs.iter().all(|proof| proof.shares_secret() && !proof.parts.is_empty()) {
            BodyAuthenticated::Weak
        } else {
            BodyAuthenticated::No
        }
    }

    /// Seconds that a signed time may lie from now; nothing where no time is signed.
    #[must_use]
    pub fn tolerance(&self) -> Option<u32> {
        self.time.as_ref().map(|time| time.tolerance)
    }

    /// What the signed time is the time of.
    #[must_use]
    pub fn time_of(&self) -> Option<TimeOf> {
        self.time.as_ref().map(|time| time.of)
    }
}

/// Name and text of every catalog file, sorted by name.
const CATALOG: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalog_file_compiles() {
        for name in Record::names() {
            let record = Record::named(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(record.docs.starts_with("https://") && !record.title.is_empty(), "{name}");
        }
    }

    #[test]
    fn names_and_aliases_are_unique() {
        let mut names: Vec<_> = Record::names().map(str::to_owned).collect();
        names.extend(Record::names().flat_map(|name| Record::named(name).unwrap().aliases));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(count, names.len());
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        for name in ["", "nobody", "Stripe", "stripe "] {
            assert!(Record::named(name).is_err(), "{name:?}");
        }
    }
}
