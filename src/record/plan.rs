//! What a record becomes when it is compiled: the plan that a verifier and a signer run.

use std::sync::Arc;

use crate::encoding::Encoding;
use crate::json::Pointer;
use crate::record::model::{Algorithm, Decoding, Shape};
use crate::record::place::{Part, Place};
use crate::record::template::Piece;
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
    pub(crate) decodings: Vec<Decoding>,
    pub(crate) slot: Option<Box<str>>,
    pub(crate) signature: Signature,
    pub(crate) signed: Vec<Piece>,
    pub(crate) parts: Vec<Part>,
    /// The JSON pointers of signature and parts, followed in one pass; `Place::Json` is an index into them.
    pub(crate) pointers: Vec<Pointer>,
    /// The index of the part that holds the time.
    pub(crate) time: Option<usize>,
    pub(crate) event: Option<EventId>,
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
    pub(crate) scheme: Option<Box<str>>,
    pub(crate) encoding: Encoding,
}

impl Proof {
    /// Whether a secret of that slot may be a key of this proof.
    pub(crate) fn takes(&self, slot: Option<&str>) -> bool {
        slot.is_none() || slot == self.slot.as_deref()
    }

    pub(crate) fn shares_secret(&self) -> bool {
        self.algorithm == Algorithm::Equal
    }

    pub(crate) fn signs_body(&self) -> bool {
        self.signed.contains(&Piece::Body)
    }

    pub(crate) fn reads_body(&self) -> bool {
        self.signs_body() || self.reads_json() || self.reads_form()
    }

    pub(crate) fn reads_json(&self) -> bool {
        !self.pointers.is_empty()
    }

    pub(crate) fn reads_form(&self) -> bool {
        self.places().any(|place| matches!(place, Place::Form(_)))
    }

    pub(crate) fn needs_url(&self) -> bool {
        self.signed.contains(&Piece::Url) || self.places().any(|place| matches!(place, Place::Query(_)))
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.signature.place).chain(self.parts.iter().map(|part| &part.place))
    }
}
