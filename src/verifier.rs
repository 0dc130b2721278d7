//! The verifier: a compiled record and its secrets. It admits by headers alone, then verifies the body; both are total.
//!
//! The types keep the order: only an [`Admitted`] can verify, it is spent by doing so, and only a verified delivery has a
//! [`Receipt`].

use std::sync::Arc;

use smallvec::SmallVec;

use crate::constant_time::Matches;
use crate::error::SecretError;
use crate::keyed::Hash;
use crate::limits::SECRETS;
use crate::proof::mac::{self, Candidates};
use crate::proof::shared_secret;
use crate::receipt::{self, Receipt};
use crate::record::Record;
use crate::record::place::Place;
use crate::record::plan::{Condition, EventId, Proof};
use crate::rejection::{Detail, Reason, Rejection};
use crate::replay::{ReplayKey, Single, Subject};
use crate::request::{Body, BodyKind, Content, Head, Header, Need};
use crate::ring::{BasicAuth, KeyRing};
use crate::secret::Secret;
use crate::time::{self, UnixMillis};
use crate::values::{self, HeadTexts, Values};

/// What a verifier is made of beside its record and secrets.
#[derive(Debug)]
pub struct Settings<'s> {
    /// The endpoint's alias; it names secrets that have no label (`stripe[0]`).
    pub endpoint: &'s str,
    /// Random bytes of this process, under which secrets of variable length are compared.
    pub process_key: [u8; 32],
    /// Seconds that a signed time may lie from now, both ends included; nothing: freshness is not judged.
    pub tolerance: Option<u32>,
    /// Basic credentials demanded beside the proof; empty: none are.
    pub basic_auth: &'s [Arc<Secret>],
    /// Whether receipts carry a [`ReplayKey`]: it costs a digest, and the exact signed bytes are at hand only while verifying.
    pub replay: bool,
}

/// Holds deliveries against a record and its secrets. Frozen: it is shared between threads as it is.
#[derive(Debug)]
pub struct Verifier {
    record: Arc<Record>,
    headers: Vec<Arc<str>>,
    ring: KeyRing,
    basic_auth: Option<BasicAuth>,
    tolerance: Option<u32>,
    /// The endpoint's alias, where replays are looked for.
    replay: Option<Arc<str>>,
}

/// Why a verifier cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifierError {
    /// The secret at that index cannot be a key of the record.
    Secret(usize, SecretError),
    /// The Basic credentials at that index are none.
    BasicAuth(usize, SecretError),
    /// More secrets than [`SECRETS`].
    TooManySecrets,
}

impl Verifier {
    /// A verifier for these secrets. Without any it admits shapes and refuses every delivery: for secrets that are looked up
    /// for each request.
    ///
    /// # Errors
    /// See [`VerifierError`].
    pub fn new(record: Arc<Record>, secrets: &[Arc<Secret>], settings: &Settings<'_>) -> Result<Self, VerifierError> {
        if secrets.len() > SECRETS || settings.basic_auth.len() > SECRETS {
            return Err(VerifierError::TooManySecrets);
        }
        let Settings { endpoint, process_key, tolerance, basic_auth, replay } = settings;
        let ring = KeyRing::new(&record, secrets, endpoint, process_key);
        let ring = ring.map_err(|(index, error)| VerifierError::Secret(index, error))?;
        let mut headers: Vec<_> = record.headers().cloned().collect();
        let basic_auth = BasicAuth::new(basic_auth, endpoint, process_key, &mut headers);
        let basic_auth = basic_auth.map_err(|(index, error)| VerifierError::BasicAuth(index, error))?;
        let replay = replay.then(|| Arc::from(*endpoint));
        Ok(Self { record, headers, ring, basic_auth, tolerance: *tolerance, replay })
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// The headers to hand over, lower case, in this order.
    #[must_use]
    pub fn headers(&self) -> &[Arc<str>] {
        &self.headers
    }

    /// Judges everything that needs no body: bounds, shapes, plausible times, credentials.
    ///
    /// # Errors
    /// The rejection, where there is one already.
    pub fn admit<'v, 'h>(&'v self, head: &'v Head<'h>) -> Result<Admitted<'v, 'h>, Rejection> {
        let basic_auth = self.basic_auth.as_ref().map(|basic| basic.admit(head)).transpose()?;
        let content = match self.record.content_type.and_then(|index| head.headers.get(index)) {
            Some(header) => Some(Content::of(header.only()?.unwrap_or_default())),
            None => None,
        };
        let ready = self.ready(head, content)?;
        Ok(Admitted { verifier: self, head, content, basic_auth, ready })
    }

    /// The proofs of the first group whose condition holds, as far as the head can prove them.
    fn ready<'v, 'h>(
        &'v self,
        head: &Head<'h>,
        content: Option<Content>,
    ) -> Result<SmallVec<[Ready<'v, 'h>; 1]>, Rejection> {
        let proofs = || self.record.proofs.iter().enumerate();
        let opening = proofs().find(|(_, proof)| holds(proof.when.as_ref(), head, content));
        let Some((_, Proof { when, .. })) = opening else {
            return Err(self.nothing_applies());
        };
        let mut ready = SmallVec::new();
        let mut worst: Option<Rejection> = None;
        for (index, proof) in proofs().filter(|(_, proof)| proof.when == *when) {
            match self.ready_proof(index, proof, head) {
                Ok(one) => ready.push(one),
                Err(rejection) => worst = Some(more_telling(worst, rejection)),
            }
        }
        match worst {
            Some(rejection) if ready.is_empty() => Err(rejection),
            _ => Ok(ready),
        }
    }

    /// Takes signature and parts from the head, once: what is judged here is what is signed later.
    fn ready_proof<'v, 'h>(
        &'v self,
        index: usize,
        proof: &'v Proof,
        head: &Head<'h>,
    ) -> Result<Ready<'v, 'h>, Rejection> {
        let presented = self.presented(index, proof, head)?;
        let mut in_head = HeadTexts::new();
        for (part, part_index) in proof.parts.iter().zip(0_usize..) {
            let text = values::part_in_head(head, part)?;
            if let (Some(text), Some(rule), true) = (&text, &self.record.time, proof.time == Some(part_index)) {
                let parsed = rule.unit.parse(text.as_bytes());
                parsed.map_err(|reason| Rejection::new(reason, Detail::Place(Arc::clone(&part.shown))))?;
            }
            in_head.push(text);
        }
        Ok(Ready { index, proof, presented, in_head })
    }

    /// Reads the signatures or credentials of the head; credentials are held against the secrets at once.
    fn presented(&self, index: usize, proof: &Proof, head: &Head<'_>) -> Result<Presented, Rejection> {
        let signature = &proof.signature;
        let missing = |reason| Rejection::new(reason, Detail::Place(Arc::clone(&signature.shown)));
        match (&signature.place, proof.algorithm.hash()) {
            (Place::Form(_) | Place::Json(_), Some(hash)) => Ok(Presented::InBody(hash)),
            (place, None) => {
                let text = values::in_head(head, place)?.ok_or_else(|| missing(Reason::MissingCredentials))?;
                self.credentials(index, proof, &text).map(Presented::Matched)
            }
            (Place::Header(header) | Place::Entry { header, .. }, Some(hash)) => {
                match head.headers.get(*header).map(Header::texts).unwrap_or_default() {
                    [] => Err(missing(Reason::MissingSignature)),
                    texts => mac::candidates(signature, hash, texts).map(Presented::Signatures),
                }
            }
            (place @ Place::Query(_), Some(hash)) => {
                let text = values::in_head(head, place)?.ok_or_else(|| missing(Reason::MissingSignature))?;
                mac::candidates(signature, hash, &[&text]).map(Presented::Signatures)
            }
        }
    }

    /// Without secrets there is nothing to hold credentials against yet; they are refused when it comes to verifying.
    fn credentials(&self, index: usize, proof: &Proof, text: &str) -> Result<Matches, Rejection> {
        let presented = shared_secret::presented(&proof.signature, text)?;
        let matches = self.ring.credentials(index, presented.bytes());
        let refused = matches.is_empty() && !self.ring.is_empty();
        if refused { Err(shared_secret::mismatch(presented.bytes())) } else { Ok(matches) }
    }

    fn nothing_applies(&self) -> Rejection {
        let by_body = self.record.proofs.iter().any(|proof| matches!(proof.when, Some(Condition::Body(_))));
        Rejection::from(if by_body { Reason::MalformedBody } else { Reason::MissingSignature })
    }
}

/// A delivery whose head is in order. It can be verified once.
#[derive(Debug)]
pub struct Admitted<'v, 'h> {
    verifier: &'v Verifier,
    head: &'v Head<'h>,
    content: Option<Content>,
    basic_auth: Option<Matches>,
    ready: SmallVec<[Ready<'v, 'h>; 1]>,
}

/// What verification ends in, if it does not refuse.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Outcome {
    /// The delivery is genuine and fresh.
    Accepted(Receipt),
}

impl<'h> Admitted<'_, 'h> {
    /// What has to be read before this delivery can be verified.
    #[must_use]
    pub fn need(&self) -> Need {
        let multipart = self.content.is_some_and(|content| content.multipart);
        let in_fields = |ready: &Ready<'_, '_>| multipart && ready.proof.reads_form() && !ready.proof.signs_body();
        if self.ready.iter().any(in_fields) {
            Need::Fields
        } else if self.ready.iter().any(|ready| ready.proof.reads_body()) {
            Need::Body
        } else {
            Need::Nothing
        }
    }

    /// Judges the signature over the raw body, then the age of what it signs. Every proof of the group is computed.
    ///
    /// # Errors
    /// The rejection that tells most.
    pub fn verify(self, body: Body<'_>, now: UnixMillis) -> Result<Outcome, Rejection> {
        if self.verifier.ring.is_empty() {
            return Err(Reason::NotConfigured.into());
        }
        if let (Some(matches), Some(basic_auth)) = (self.basic_auth, &self.verifier.basic_auth) {
            basic_auth.judge(matches, now)?;
        }
        let (mut accepted, mut worst) = (None, None);
        for ready in &self.ready {
            match self.prove(ready, body, now) {
                Ok(receipt) => accepted = accepted.or(Some(receipt)),
                Err(rejection) => worst = Some(more_telling(worst, rejection)),
            }
        }
        let refused = || worst.unwrap_or_else(|| Reason::InternalError.into());
        accepted.map(Outcome::Accepted).ok_or_else(refused)
    }

    fn prove(&self, ready: &Ready<'_, 'h>, body: Body<'_>, now: UnixMillis) -> Result<Receipt, Rejection> {
        let (verifier, proof) = (self.verifier, ready.proof);
        let values = Values::read(proof, self.head, &ready.in_head, self.content, body)?;
        let matches = match &ready.presented {
            Presented::Matched(matches) => *matches,
            Presented::Signatures(found) => verifier.ring.signatures(ready.index, &values.pieces()?, found),
            Presented::InBody(hash) => {
                let found = mac::candidates(&proof.signature, *hash, &[values.signature()?])?;
                verifier.ring.signatures(ready.index, &values.pieces()?, &found)
            }
        };
        let secret = verifier.ring.judge(matches, now)?;
        let timestamp = verifier.fresh(proof, &values, now)?;
        let event = match &proof.event {
            Some(EventId::Part(index)) => Some(values.part(*index)?.into()),
            Some(event) if verifier.replay.is_some() => values.raw().and_then(|raw| receipt::event_in(event, raw)),
            _ => None,
        };
        let single = verifier.single(proof, &values, event.as_deref())?;
        Ok(Receipt::new(Arc::clone(&verifier.record), ready.index, secret, timestamp, event, single))
    }
}

impl Verifier {
    /// The key of a proven delivery: by its id, else by the exact signed bytes. A shared secret signs nothing, so two genuine
    /// deliveries of its owner may be equal in all that is known of them.
    fn single(
        &self,
        proof: &Proof,
        values: &Values<'_, '_, '_>,
        event: Option<&str>,
    ) -> Result<Option<Single>, Rejection> {
        let Some(endpoint) = &self.replay else { return Ok(None) };
        let key = |subject, pieces: &[&[u8]]| Some(ReplayKey::of(subject, endpoint, self.record.name(), pieces));
        let key = match event.filter(|id| !id.is_empty()) {
            Some(id) => key(Subject::Event, &[id.as_bytes()]),
            None if proof.shares_secret() => None,
            None => key(Subject::Signed, &values.pieces()?),
        };
        Ok(Some(Single { endpoint: Arc::clone(endpoint), key }))
    }

    /// The signed time, after the signature over it has held.
    fn fresh(
        &self,
        proof: &Proof,
        values: &Values<'_, '_, '_>,
        now: UnixMillis,
    ) -> Result<Option<UnixMillis>, Rejection> {
        let (Some(rule), Some(index)) = (&self.record.time, proof.time) else {
            return Ok(None);
        };
        let signed = rule.unit.parse(values.part(index)?.as_bytes())?;
        if let Some(tolerance) = self.tolerance {
            time::judge(signed, now, tolerance, rule.side)?;
        }
        Ok(Some(signed))
    }
}

/// A proof that the head allows.
#[derive(Debug)]
struct Ready<'v, 'h> {
    index: usize,
    proof: &'v Proof,
    presented: Presented,
    in_head: HeadTexts<'h>,
}

/// What a delivery presents to prove itself.
#[derive(Debug)]
enum Presented {
    /// Signatures, decoded.
    Signatures(Candidates),
    /// Credentials, already held against the secrets.
    Matched(Matches),
    /// A signature that stands in the body.
    InBody(Hash),
}

fn holds(when: Option<&Condition>, head: &Head<'_>, content: Option<Content>) -> bool {
    match when {
        None => true,
        Some(Condition::Header(index)) => head.headers.get(*index).is_some_and(|header| !header.texts().is_empty()),
        Some(Condition::Body(kind)) => content.map_or(BodyKind::Other, |content| content.kind) == *kind,
    }
}

fn more_telling(known: Option<Rejection>, rejection: Rejection) -> Rejection {
    match known {
        Some(known) => known.or(rejection),
        None => rejection,
    }
}

#[cfg(test)]
mod tests;
