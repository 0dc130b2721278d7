//! The verifier: a compiled record and its secrets. It admits by headers alone, then verifies the body; both are total.
//!
//! The types keep the order: only an [`Admitted`] can verify, it is spent by doing so, and only a verified delivery has a
//! [`Receipt`].

use std::sync::Arc;

use smallvec::SmallVec;

use crate::constant_time::Matches;
use crate::error::SecretError;
use crate::handshake::{Reply, Responder};
use crate::limits::SECRETS;
use crate::opened::Opened;
use crate::options::Options;
use crate::proof::{Claimed, shared_secret};
use crate::receipt::Receipt;
use crate::record::Record;
use crate::record::algorithm::{Algorithm, Primitive};
use crate::record::place::Place;
use crate::record::plan::{Condition, Proof};
use crate::rejection::{Detail, Reason, Rejection};
use crate::remote::KeyRequest;
use crate::request::{BodyKind, Content, Head, Header};
use crate::ring::{BasicAuth, KeyRing};
use crate::secret::Secret;
use crate::time::UnixMillis;
use crate::values::{self, HeadTexts};

mod handshake;
mod prove;

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
    /// Whether receipts carry a [`crate::ReplayKey`]: it costs a digest, and the exact signed bytes are at hand only while
    /// verifying.
    pub replay: bool,
    /// What the record's options stand for.
    pub options: Options,
    /// The topics (ARNs) whose messages are ours, for senders who sign for everybody's topics.
    pub topics: &'s [String],
    /// Whether handshakes are answered; without it, those that the record does not leave to the owner.
    pub handshake: Option<bool>,
}

/// Holds deliveries against a record and its secrets. Frozen: it is shared between threads as it is.
#[derive(Debug)]
pub struct Verifier {
    record: Arc<Record>,
    headers: Vec<Arc<str>>,
    groups: Vec<Group>,
    ring: KeyRing,
    basic_auth: Option<BasicAuth>,
    tolerance: Option<u32>,
    /// The endpoint's alias, where replays are looked for.
    replay: Option<Arc<str>>,
    options: Options,
    topics: Vec<Box<str>>,
    responder: Responder,
}

/// Proofs that apply on one condition.
#[derive(Debug)]
struct Group {
    when: Option<Condition>,
    /// The indices of those that a secret is a key of; of all, where there is no such proof.
    proofs: Vec<usize>,
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
        let Settings { endpoint, process_key, tolerance, basic_auth, replay, options, topics, handshake } = settings;
        let ring = KeyRing::new(&record, secrets, endpoint, process_key);
        let ring = ring.map_err(|(index, error)| VerifierError::Secret(index, error))?;
        let groups = groups(&record, &ring);
        let mut headers: Vec<_> = record.headers().cloned().collect();
        let basic_auth = BasicAuth::new(basic_auth, endpoint, process_key, &mut headers);
        let basic_auth = basic_auth.map_err(|(index, error)| VerifierError::BasicAuth(index, error))?;
        let replay = replay.then(|| Arc::from(*endpoint));
        let topics = topics.iter().map(|topic| topic.as_str().into()).collect();
        let options = options.clone();
        let responder = Responder::new(&record, secrets, process_key, *handshake);
        Ok(Self {
            record,
            headers,
            groups,
            ring,
            basic_auth,
            tolerance: *tolerance,
            replay,
            options,
            topics,
            responder,
        })
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
        let mut admitted = Admitted { verifier: self, head, content, basic_auth, ready: SmallVec::new() };
        self.prepare(&mut admitted)?;
        Ok(admitted)
    }

    /// Takes the proofs of the first group whose condition holds, as far as the head can prove them.
    fn prepare<'v>(&'v self, admitted: &mut Admitted<'v, '_>) -> Result<(), Rejection> {
        let Admitted { head, content, ready, .. } = admitted;
        let group = self.groups.iter().find(|group| holds(group.when.as_ref(), head, *content));
        let group = group.ok_or_else(|| self.nothing_applies())?;
        let mut worst: Option<Rejection> = None;
        for (index, proof) in group.proofs.iter().filter_map(|index| Some((*index, self.record.proofs.get(*index)?))) {
            match self.ready_proof(index, proof, head) {
                Ok(one) => ready.push(one),
                Err(rejection) => worst = Some(more_telling(worst, rejection)),
            }
        }
        match worst {
            Some(rejection) if ready.is_empty() => Err(rejection),
            _ => Ok(()),
        }
    }

    /// Takes signature and parts from the head, once: what is judged here is what is signed later.
    fn ready_proof<'v, 'h>(
        &'v self,
        index: usize,
        proof: &'v Proof,
        head: &Head<'h>,
    ) -> Result<Ready<'v, 'h>, Rejection> {
        let (presented, opened) = self.presented(index, proof, head)?;
        let (mut in_head, mut signed_at) = (HeadTexts::new(), None);
        for (part, part_index) in proof.parts.iter().zip(0_usize..) {
            let text = values::part_in_head(head, part)?;
            if let (Some(text), Some(rule), true) = (&text, &self.record.time, proof.time == Some(part_index)) {
                let parsed = rule.unit.parse(text.as_bytes());
                let shown = |reason| Rejection::new(reason, Detail::Place(Arc::clone(&part.shown)));
                signed_at = Some(parsed.map_err(shown)?);
            }
            in_head.push(text);
        }
        Ok(Ready { index, proof, presented, opened, in_head, signed_at })
    }

    /// Reads the signatures or credentials of the head; credentials are held against the secrets at once, envelopes are opened.
    fn presented<'h>(
        &self,
        index: usize,
        proof: &Proof,
        head: &Head<'h>,
    ) -> Result<(Presented, Option<Box<Opened<'h>>>), Rejection> {
        let (signature, Algorithm { primitive, .. }) = (&proof.signature, proof.algorithm);
        let missing = |reason| Rejection::new(reason, Detail::Place(Arc::clone(&signature.shown)));
        match (&signature.place, primitive) {
            (place, Primitive::Equal) => {
                let text = values::in_head(head, place)?.ok_or_else(|| missing(Reason::MissingCredentials))?;
                self.credentials(index, proof, &text).map(|matches| (Presented::Matched(matches), None))
            }
            (place, _) if place.is_late() => Ok((Presented::InBody, None)),
            (Place::Header(header) | Place::Entry { header, .. }, _) => {
                let texts = texts_of(head, *header, &signature.numbered);
                let first = *texts.first().ok_or_else(|| missing(Reason::MissingSignature))?;
                if let Some(opened) = Opened::read(proof, first, head)? {
                    head.headers.get(*header).map_or(Ok(None), Header::only)?;
                    return Ok((Presented::Signatures(opened.claimed(primitive)?), Some(Box::new(opened))));
                }
                Ok((Presented::Signatures(Claimed::read(primitive, signature, &texts)?), None))
            }
            (place, _) => {
                let text = values::in_head(head, place)?.ok_or_else(|| missing(Reason::MissingSignature))?;
                Ok((Presented::Signatures(Claimed::read(primitive, signature, &[&text])?), None))
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
    /// So it is, but it is a handshake: to be answered, and of no concern to anybody else.
    Handshake(Receipt, Box<Reply>),
    /// Nothing can be said before the sender's own key is there.
    Wanted(Box<KeyRequest>),
}

/// A proof that the head allows.
#[derive(Debug)]
struct Ready<'v, 'h> {
    index: usize,
    proof: &'v Proof,
    presented: Presented,
    /// Boxed, because few proofs have one and it is large.
    opened: Option<Box<Opened<'h>>>,
    in_head: HeadTexts<'h>,
    /// The signed time, where it stands in the head.
    signed_at: Option<UnixMillis>,
}

/// What a delivery presents to prove itself.
#[derive(Debug)]
enum Presented {
    /// Signatures, decoded.
    Signatures(Claimed),
    /// Credentials, already held against the secrets.
    Matched(Matches),
    /// A signature that stands in the body.
    InBody,
}

/// The record's proofs by their conditions, in its order. A proof that no secret is a key of (the asymmetric one of Standard
/// Webhooks, say) would only blur why another fails.
fn groups(record: &Record, ring: &KeyRing) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, proof) in record.proofs.iter().enumerate() {
        match groups.iter_mut().find(|group| group.when == proof.when) {
            Some(group) => group.proofs.push(index),
            None => groups.push(Group { when: proof.when.clone(), proofs: vec![index] }),
        }
    }
    for group in &mut groups {
        if group.proofs.iter().any(|index| ring.has_keys(*index)) {
            group.proofs.retain(|index| ring.has_keys(*index));
        }
    }
    groups
}

/// The texts of a header, and of those that are numbered after it.
fn texts_of<'h>(head: &Head<'h>, header: usize, numbered: &[usize]) -> SmallVec<[&'h str; 2]> {
    let indices = std::iter::once(&header).chain(numbered);
    indices.filter_map(|index| head.headers.get(*index)).flat_map(Header::texts).copied().collect()
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
