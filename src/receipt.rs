//! What was proven about an accepted delivery. Only a verifier makes one.

use std::fmt;
use std::sync::Arc;

use crate::json::{self, Found};
use crate::record::Record;
use crate::record::plan::EventId;
use crate::replay::{ReplayKey, Single, Subject};
use crate::time::UnixMillis;

/// The receipt of one delivery.
pub struct Receipt {
    record: Arc<Record>,
    proof: usize,
    secret: Arc<str>,
    timestamp: Option<UnixMillis>,
    event: Option<Box<str>>,
    single: Option<Box<Single>>,
    visit: Option<Box<str>>,
}

impl Receipt {
    /// For the verifier alone: `proof` is the index of the proof that held, `event` the id where it is known already, `single`
    /// the delivery's key where replays are looked for.
    pub(crate) fn new(
        record: Arc<Record>,
        proof: usize,
        secret: Arc<str>,
        timestamp: Option<UnixMillis>,
        event: Option<Box<str>>,
        single: Option<Box<Single>>,
    ) -> Self {
        Self { record, proof, secret, timestamp, event, single, visit: None }
    }

    /// The same for a delivery that asks for a visit to an address.
    pub(crate) fn visiting(self, url: &str) -> Self {
        Self { visit: Some(url.into()), ..self }
    }

    /// The address whose visit confirms a subscription, where the delivery is the proven wish to have one confirmed.
    #[must_use]
    pub fn visit(&self) -> Option<&str> {
        self.visit.as_deref()
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
        if let Some(known) = &self.event {
            return (!known.is_empty()).then(|| known.to_string());
        }
        match &self.record.proofs.get(self.proof)?.event {
            Some(event @ EventId::Json(_)) => event_in(event, body).map(String::from),
            _ => None,
        }
    }

    /// The key under which this delivery is claimed; nothing where the verifier was not asked to look for replays, or where the
    /// record can tell two genuine deliveries apart by nothing.
    #[must_use]
    pub fn replay_key(&self) -> Option<ReplayKey> {
        self.single.as_ref()?.key
    }

    /// The key of one event of this delivery, by the id that stands in what was verified; nothing where the verifier was not
    /// asked to look for replays.
    #[must_use]
    pub fn member_key(&self, id: &str) -> Option<ReplayKey> {
        let endpoint = &self.single.as_ref()?.endpoint;
        Some(ReplayKey::of(Subject::Member, endpoint, self.record.name(), &[id.as_bytes()]))
    }
}

/// The id at the pointer of a verified JSON body; an empty one is none.
pub(crate) fn event_in(event: &EventId, body: &[u8]) -> Option<Box<str>> {
    let EventId::Json(pointer) = event else {
        return None;
    };
    let id: Box<str> = match json::find(body, std::slice::from_ref(pointer)).ok()?.into_iter().next().flatten()? {
        Found::Text(text) => text.into(),
        Found::Raw(text) => text.into(),
        Found::Other => return None,
    };
    Some(id).filter(|id| !id.is_empty())
}

impl fmt::Debug for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Receipt({}, {})", self.record.name(), self.secret)
    }
}
