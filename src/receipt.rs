//! What was proven about an accepted delivery. Only a verifier makes one.

use std::fmt;
use std::sync::Arc;

use crate::json::{self, Found};
use crate::record::Record;
use crate::record::plan::EventId;
use crate::time::UnixMillis;

/// The receipt of one delivery.
pub struct Receipt {
    record: Arc<Record>,
    proof: usize,
    secret: Arc<str>,
    timestamp: Option<UnixMillis>,
    event: Option<Box<str>>,
}

impl Receipt {
    /// For the verifier alone: `proof` is the index of the proof that held, `event` the id where it is a part of its own.
    pub(crate) fn new(
        record: Arc<Record>,
        proof: usize,
        secret: Arc<str>,
        timestamp: Option<UnixMillis>,
        event: Option<Box<str>>,
    ) -> Self {
        Self { record, proof, secret, timestamp, event }
    }

    /// The record that the delivery was held against.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// The label of the secret that matched.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The signed time, where there is one.
    #[must_use]
    pub const fn timestamp(&self) -> Option<UnixMillis> {
        self.timestamp
    }

    /// The authenticated event id, where the provider signs one. `body` is the body that was verified; it is read only for
    /// providers that keep the id in it, and a body that holds no such text has no id.
    #[must_use]
    pub fn event_id(&self, body: &[u8]) -> Option<String> {
        let id = match &self.record.proofs.get(self.proof)?.event {
            None => None,
            Some(EventId::Part(_)) => self.event.as_deref().map(str::to_owned),
            Some(EventId::Json(pointer)) => {
                match json::find(body, std::slice::from_ref(pointer)).ok()?.into_iter().next().flatten()? {
                    Found::Text(text) => Some(text.into_owned()),
                    Found::Raw(text) => Some(text.to_owned()),
                    Found::Other => None,
                }
            }
        };
        id.filter(|id| !id.is_empty())
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Receipt({}, {})", self.record.name(), self.secret)
    }
}
