//! What a record becomes when it is compiled: the plan that a verifier and a signer run.

use std::sync::Arc;

use crate::encoding::Encoding;
use crate::json::Pointer;
use crate::public_key::KeyText;
use crate::record::algorithm::{Algorithm, Envelope, Primitive};
use crate::record::model::{Decoding, RawEnvelope, Shape, Urls};
use crate::record::place::{Part, Place};
use crate::record::template::{Computed, Piece};
use crate::rejection::Reason;
use crate::remote::Source;
use crate::request::BodyKind;
use crate::time::{Side, TimeOf, TimeUnit};

/// A header, for looking up and for writing.
#[derive(Clone, Debug)]
pub(crate) struct HeaderName {
    pub(crate) lower: Arc<str>,
    pub(crate) shown: Arc<str>,
}

/// How the signed time is read and judged.
#[derive(Clone, Debug)]
pub(crate) struct TimeRule {
    pub(crate) unit: TimeUnit,
    pub(crate) of: TimeOf,
    pub(crate) tolerance: u32,
    pub(crate) side: Side,
}

/// One way to prove oneself.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) when: Option<Condition>,
    pub(crate) algorithm: Algorithm,
    pub(crate) keys: Keys,
    pub(crate) slot: Option<Box<str>>,
    pub(crate) signature: Signature,
    pub(crate) signed: Vec<Piece>,
    /// What pieces refer to and has to be computed first.
    pub(crate) computed: Vec<Computed>,
    pub(crate) parts: Vec<Part>,
    pub(crate) require: Vec<Requirement>,
    pub(crate) urls: Urls,
    /// The array of which every item is a document of its own.
    pub(crate) each: Option<Pointer>,
    pub(crate) envelope: RawEnvelope,
    /// The JSON pointers of signature and parts, followed in one pass; `Place::Json` is an index into them.
    pub(crate) pointers: Vec<Pointer>,
    /// The index of the part that holds the time.
    pub(crate) time: Option<usize>,
    pub(crate) event: Option<EventId>,
    /// What follows from all of that and is asked for with every delivery.
    pub(crate) facts: Facts,
}

/// What follows from a proof's places and templates.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    signs_body: bool,
    reads_json: bool,
    reads_form: bool,
}

/// Where the keys of a proof come from.
#[derive(Debug)]
pub(crate) enum Keys {
    /// From the secrets of the settings, each read in every one of these ways.
    Secrets { decodings: Vec<Decoding>, min_bits: u16 },
    /// From the sender, who is asked for the key that a delivery names.
    Remote(Source),
}

/// A value that must equal a text made from the delivery, or must not be there at all.
#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) place: Place,
    pub(crate) shown: Arc<str>,
    pub(crate) equals: Vec<Piece>,
    /// What a delivery that does not meet it is refused for.
    pub(crate) reason: Reason,
    /// Whether the value may be absent where there is no body that it could be the digest of.
    pub(crate) optional: bool,
    /// Whether the value must be absent.
    pub(crate) absent: bool,
    /// Whether padding at the end of the value does not count.
    pub(crate) padded: bool,
}

/// When a proof applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Body(BodyKind),
    /// The header of that index is present.
    Header(usize),
}

/// Where the authenticated event id stands.
#[derive(Clone, Debug)]
pub(crate) enum EventId {
    /// In a part that is signed by itself.
    Part(usize),
    /// In the signed JSON body, read only when it is asked for.
    Json(Pointer),
}

/// Where a signature stands and how it is written.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) place: Place,
    pub(crate) shown: Arc<str>,
    pub(crate) shape: Shape,
    pub(crate) prefix: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) split: Option<u8>,
    pub(crate) join: u8,
    /// The headers after the first, where the signature's header is numbered.
    pub(crate) numbered: Vec<usize>,
    pub(crate) scheme: Option<Box<str>>,
    pub(crate) encoding: Encoding,
}

impl Proof {
    /// Whether a secret of that slot may be a key of this proof. A token or a signed message names its key itself.
    pub(crate) fn takes(&self, slot: Option<&str>) -> bool {
        slot.is_none() || slot == self.slot.as_deref() || self.is_enveloped()
    }

    pub(crate) fn shares_secret(&self) -> bool {
        self.algorithm.primitive == Primitive::Equal
    }

    /// Whether every byte of the body is signed, by itself or by a digest.
    pub(crate) fn signs_body(&self) -> bool {
        self.facts.signs_body
    }

    /// Whether the document is the JSON body, or an item of it.
    pub(crate) fn reads_json(&self) -> bool {
        self.facts.reads_json
    }

    pub(crate) fn reads_form(&self) -> bool {
        self.facts.reads_form
    }

    /// The same proof with what follows from it.
    pub(crate) fn with_facts(self) -> Self {
        let facts = Facts {
            signs_body: self.covers_body(),
            reads_json: !self.pointers.is_empty() && !self.is_enveloped(),
            reads_form: self.places().any(Place::is_form) || self.computed.iter().any(Computed::reads_form),
        };
        Self { facts, ..self }
    }

    fn covers_body(&self) -> bool {
        let covers = |pieces: &[Piece]| {
            pieces.iter().any(|piece| match piece {
                Piece::Body => true,
                Piece::Computed(index) => self.computed.get(*index).is_some_and(Computed::covers_body),
                _ => false,
            })
        };
        let digest = self.envelope.covers.iter().any(|component| component == "content-digest");
        let required = |requirement: &Requirement| covers(&requirement.equals) && self.is_signed(&requirement.place);
        covers(&self.signed)
            || digest
            || self.algorithm.primitive == Primitive::SelfHash
            || self.require.iter().any(required)
    }

    /// Whether every field of a form is signed, if not the way in which it is written.
    pub(crate) fn signs_fields(&self) -> bool {
        self.signed.iter().any(|piece| match piece {
            Piece::Computed(index) => self.computed.get(*index).is_some_and(Computed::reads_form),
            _ => false,
        }) || self.algorithm.primitive == Primitive::Sns
    }

    /// Whether the headers that are signed by a list of their names must hold this one.
    pub(crate) fn lists_header(&self, place: &Place) -> bool {
        let by_list = self.computed.iter().any(|computed| matches!(computed, Computed::Headers(_)));
        by_list && matches!(place, Place::Header(_))
    }

    /// The headers that are parts of their own, as the record writes them.
    pub(crate) fn header_parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(|part| matches!(part.place, Place::Header(_))).map(|part| &*part.shown)
    }

    /// Whether the signature covers what stands there, apart from a signed body.
    fn is_signed(&self, place: &Place) -> bool {
        let signs = |piece: &Piece| match piece {
            Piece::Part(index) => self.parts.get(*index).is_some_and(|part| part.place == *place),
            _ => false,
        };
        if self.signed.iter().any(signs) {
            return true;
        }
        let whole_url = self.signed.iter().any(|piece| match piece {
            Piece::Computed(index) => self.computed.get(*index).is_some_and(Computed::holds_url),
            piece => *piece == Piece::Url,
        });
        (self.is_enveloped() && matches!(place, Place::Json(_))) || (whole_url && matches!(place, Place::Query(_)))
    }

    pub(crate) fn reads_body(&self) -> bool {
        let digested = self.computed.iter().any(Computed::covers_body);
        self.signs_body() || digested || self.reads_json() || self.reads_form()
    }

    pub(crate) fn needs_url(&self) -> bool {
        let mut templates = std::iter::once(&self.signed).chain(self.require.iter().map(|rule| &rule.equals));
        templates.any(|pieces| pieces.contains(&Piece::Url))
            || self.places().any(|place| matches!(place, Place::Query(_)))
            || self.computed.iter().any(Computed::reads_url)
            || matches!(self.algorithm.envelope, Envelope::Message(_))
    }

    /// Whether headers count that no place of the record names.
    pub(crate) fn reads_every_header(&self) -> bool {
        matches!(self.algorithm.envelope, Envelope::Message(_))
            || self.computed.iter().any(|computed| matches!(computed, Computed::Headers(_)))
    }

    /// Whether the delivery says itself what is signed: a token, or a signed message.
    pub(crate) fn is_enveloped(&self) -> bool {
        self.algorithm.envelope != Envelope::Template
    }

    /// How the settings write its public key.
    pub(crate) fn public_form(&self) -> KeyText {
        let Keys::Secrets { decodings, .. } = &self.keys else { return KeyText::Spki };
        let form = |decoding: &Decoding| match decoding {
            Decoding::Public(form) => Some(*form),
            _ => None,
        };
        decodings.iter().find_map(form).unwrap_or(KeyText::Spki)
    }

    /// Whence remote keys come.
    pub(crate) fn source(&self) -> Option<Source> {
        match self.keys {
            Keys::Remote(source) => Some(source),
            Keys::Secrets { .. } => None,
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        let parts = self.parts.iter().map(|part| &part.place);
        std::iter::once(&self.signature.place).chain(parts).chain(self.require.iter().map(|rule| &rule.place))
    }
}
