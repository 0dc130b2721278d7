//! From an admitted head and the body to a receipt: signature first, then what it must cover, then its age.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{Admitted, Outcome, Presented, Ready, Verifier};
use crate::constant_time::{Matches, equal_bytes};
use crate::json::{self, Pointer};
use crate::limits::ITEMS;
use crate::opened::Opened;
use crate::proof::Claimed;
use crate::public_key::{PublicKey, Scheme};
use crate::receipt::{self, Receipt};
use crate::record::algorithm::Primitive;
use crate::record::model::Urls;
use crate::record::place::Fields;
use crate::record::plan::{EventId, Keys, Proof};
use crate::record::rules;
use crate::rejection::{Detail, Reason, Rejection};
use crate::remote::{KeyRequest, RemoteKey, Source};
use crate::replay::{ReplayKey, Single, Subject};
use crate::request::{Body, Need};
use crate::self_hash::SelfHash;
use crate::sns_message::{MessageType, SnsMessage};
use crate::time::{self, UnixMillis};
use crate::url::port_variants;
use crate::values::{self, Delivery, Pieces, Values};

impl Admitted<'_, '_> {
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

    /// Judges the signature over the raw body, then the age of what it signs. Every proof of the group is computed. `remote` is
    /// the sender's key, once an [`Outcome::Wanted`] has asked for it.
    ///
    /// # Errors
    /// The rejection that tells most.
    pub fn verify(self, body: Body<'_>, now: UnixMillis, remote: Option<&RemoteKey>) -> Result<Outcome, Rejection> {
        let verifier = self.verifier;
        if verifier.ring.is_empty() && verifier.record.needs_secrets() {
            return Err(Reason::NotConfigured.into());
        }
        if let (Some(matches), Some(basic_auth)) = (self.basic_auth, &verifier.basic_auth) {
            basic_auth.judge(matches, now)?;
        }
        let mut verdicts = self.ready.iter().map(|ready| Trial { verifier, ready, now, remote }.run(&self, body));
        let first = verdicts.next().unwrap_or_else(|| Err(Reason::InternalError.into()));
        verdicts.fold(first, |known, verdict| match (known, verdict) {
            (Err(known), Err(rejection)) => Err(known.or(rejection)),
            (known, verdict) => known.or(verdict),
        })
    }
}

/// One proof on trial.
struct Trial<'t, 'h> {
    verifier: &'t Verifier,
    ready: &'t Ready<'t, 'h>,
    now: UnixMillis,
    remote: Option<&'t RemoteKey>,
}

impl<'h> Trial<'_, 'h> {
    fn run(&self, admitted: &Admitted<'_, 'h>, body: Body<'_>) -> Result<Outcome, Rejection> {
        let (proof, Admitted { head, content, .. }) = (self.ready.proof, admitted);
        let options = &self.verifier.options;
        let delivery = Delivery { proof, head, in_head: &self.ready.in_head, body, options };
        if let Some(each) = &proof.each {
            return self.items(each, delivery);
        }
        let fields = match &self.ready.opened {
            Some(opened) => opened.fields(proof)?,
            None => values::read_fields(proof, *content, body)?,
        };
        let values = Values::new(delivery, &fields)?;
        self.meets(&values)?;
        let urls = spellings(proof, head.url);
        match proof.keys {
            Keys::Secrets { .. } => {
                let mut signed = Pieces::new();
                let matches = self.matches(&values, &urls, &mut signed)?;
                let secret = self.verifier.ring.judge(matches, self.now)?;
                let receipt = self.receipt(secret, &values, &signed)?;
                let reply = self.verifier.responder.proven(values.raw(), matches, self.now, options)?;
                Ok(match reply {
                    Some(reply) => Outcome::Handshake(receipt, Box::new(reply)),
                    None => Outcome::Accepted(receipt),
                })
            }
            Keys::Remote(source) => self.by_remote_key(source, &values),
        }
    }

    /// Every item of the array is signed by itself; all have to be genuine, and by one and the same secret.
    fn items(&self, each: &Pointer, delivery: Delivery<'_, '_, '_>) -> Result<Outcome, Rejection> {
        let Body::Raw(raw) = delivery.body else { return Err(Reason::InternalError.into()) };
        let malformed = |_| Rejection::from(Reason::MalformedBody);
        let items = json::items(raw, each).map_err(malformed)?;
        if items.len() > ITEMS {
            return Err(Rejection::new(Reason::TooManySignatures, Detail::Count { seen: items.len(), limit: ITEMS }));
        }
        let (mut matches, mut signed, mut last) = (None::<Matches>, Vec::new(), None);
        let urls = [delivery.head.url.map(Cow::Borrowed)];
        for item in &items {
            let fields = Fields::Json(json::find(item, &delivery.proof.pointers).map_err(malformed)?);
            let values = Values::new(delivery, &fields)?;
            self.meets(&values)?;
            let mut pieces = Pieces::new();
            let found = self.matches(&values, &urls, &mut pieces)?;
            matches = Some(matches.map_or(found, |matches| matches.and(found)));
            signed.extend(pieces.iter().map(|piece| piece.to_vec()).chain([b"\n".to_vec()]));
            last = Some(self.fresh(&values)?);
        }
        let (Some(matches), Some(timestamp)) = (matches, last) else {
            let shown = Arc::clone(&delivery.proof.signature.shown);
            return Err(Rejection::new(Reason::MissingSignature, Detail::Place(shown)));
        };
        let secret = self.verifier.ring.judge(matches, self.now)?;
        let signed: Pieces<'_> = signed.iter().map(Vec::as_slice).collect();
        let single = self.single(&signed, None);
        let record = Arc::clone(&self.verifier.record);
        Ok(Outcome::Accepted(Receipt::new(record, self.ready.index, secret, timestamp, None, single)))
    }

    /// What must hold beside the signature.
    fn meets(&self, values: &Values<'_, '_, '_>) -> Result<(), Rejection> {
        for rule in &self.ready.proof.require {
            let refused = || Rejection::new(rule.reason, Detail::Place(Arc::clone(&rule.shown)));
            let text = match values.text(&rule.place)? {
                Some(_) if rule.absent => return Err(refused()),
                Some(text) => text,
                None if rule.absent || (rule.optional && values.raw() == Some(b"")) => continue,
                None => return Err(refused()),
            };
            let expected = values.assemble(&rule.equals, values.url())?.concat();
            // Senders differ in whether they pad the base64url of a digest (QStash does, its SDK does not look).
            let text = if rule.padded { text.trim_end_matches('=') } else { &text };
            if !bool::from(equal_bytes(text.as_bytes(), &expected)) {
                return Err(refused());
            }
        }
        match (&self.ready.opened, values.raw()) {
            (Some(opened), Some(body)) => Ok(opened.covers(body)?),
            _ => Ok(()),
        }
    }

    /// Which secrets made one of the signatures; the bytes that they signed are put into `signed`.
    fn matches<'s>(
        &'s self,
        values: &'s Values<'_, '_, '_>,
        urls: &'s [Option<Cow<'_, str>>],
        signed: &mut Pieces<'s>,
    ) -> Result<Matches, Rejection> {
        let (proof, ring) = (self.ready.proof, &self.verifier.ring);
        if let Presented::Matched(matches) = self.ready.presented {
            return Ok(matches);
        }
        if proof.algorithm.primitive == Primitive::SelfHash {
            let (raw, pointer) = (values.raw().ok_or(Reason::InternalError)?, proof.pointers.first());
            let body = SelfHash::find(raw, pointer.ok_or(Reason::InternalError)?)?;
            signed.extend(body.pieces());
            return Ok(ring.own_hashes(self.ready.index, &body));
        }
        let mut in_body = None;
        let claimed = self.claimed(values, &mut in_body)?;
        if let Some(opened) = &self.ready.opened {
            signed.push(opened.signed());
            return Ok(ring.signatures(self.ready.index, signed, claimed, opened.key()));
        }
        let mut found = Matches::default();
        for url in urls {
            let pieces = values.assemble(&proof.signed, url.as_deref())?;
            if self.verifier.responder.could_be_challenge(&pieces) {
                return Err(Reason::MalformedBody.into());
            }
            let matches = ring.signatures(self.ready.index, &pieces, claimed, None);
            if found.is_empty() {
                (found, *signed) = (matches, pieces);
            }
        }
        Ok(found)
    }

    /// The signatures of the head, or those that stand in the body, which are read into `in_body`.
    fn claimed<'s>(
        &'s self,
        values: &Values<'_, '_, '_>,
        in_body: &'s mut Option<Claimed>,
    ) -> Result<&'s Claimed, Rejection> {
        if let Presented::Signatures(claimed) = &self.ready.presented {
            return Ok(claimed);
        }
        let proof = self.ready.proof;
        let missing = || Rejection::new(Reason::MissingSignature, Detail::Place(Arc::clone(&proof.signature.shown)));
        let text = values.text(&proof.signature.place)?.ok_or_else(missing)?;
        Ok(in_body.insert(Claimed::read(proof.algorithm.primitive, &proof.signature, &[&text])?))
    }

    /// Everything that can be judged without the sender's key is judged before it is asked for.
    fn by_remote_key(&self, source: Source, values: &Values<'_, '_, '_>) -> Result<Outcome, Rejection> {
        if self.ready.proof.algorithm.primitive == Primitive::Sns {
            return self.sns(source, values);
        }
        let Primitive::Public(scheme) = self.ready.proof.algorithm.primitive else {
            return Err(Reason::InternalError.into());
        };
        let named = self.ready.opened.as_deref().and_then(Opened::key).or_else(|| values.named(rules::CERTIFICATE));
        let request = KeyRequest::new(source, named.ok_or(Reason::UnknownKey)?, None)?;
        let mut in_body = None;
        let claimed = self.claimed(values, &mut in_body)?;
        let signed = match &self.ready.opened {
            Some(opened) => Pieces::from_slice(&[opened.signed()]),
            None => values.assemble(&self.ready.proof.signed, values.url())?,
        };
        let Some(remote) = self.remote else { return Ok(Outcome::Wanted(Box::new(request))) };
        let key = request.judge(remote, scheme, self.signed_time(values)?, self.now)?;
        by_key(key, claimed, &signed)?;
        self.receipt(source.name().into(), values, &signed).map(Outcome::Accepted)
    }

    /// Anybody's topic carries a valid signature of Amazon's; so the topic has to be listed before anything is fetched for it.
    fn sns(&self, source: Source, values: &Values<'_, '_, '_>) -> Result<Outcome, Rejection> {
        let message = SnsMessage::parse(values.raw().ok_or(Reason::InternalError)?)?;
        if !self.verifier.topics.iter().any(|listed| **listed == *message.topic) {
            return Err(Reason::TopicNotListed.into());
        }
        let scheme = match &*message.signature_version {
            // https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
            "1" => Scheme::RsaPkcs1Sha1,
            "2" => Scheme::RsaPkcs1Sha256,
            _ => return Err(Reason::WrongAlgorithm.into()),
        };
        let request = KeyRequest::new(source, &message.certificate_url, Some(&message.topic))?;
        let mut in_body = None;
        let claimed = self.claimed(values, &mut in_body)?;
        let Some(remote) = self.remote else { return Ok(Outcome::Wanted(Box::new(request))) };
        let key = request.judge(remote, scheme, self.signed_time(values)?, self.now)?;
        let text = message.text();
        let signed = Pieces::from_slice(&[&text]);
        by_key(key, claimed, &signed)?;
        let receipt = self.receipt(source.name().into(), values, &signed)?;
        // The end of a subscription carries the address, too: visiting it would undo the end.
        let visit = message.subscribe_url.filter(|_| message.kind == MessageType::SubscriptionConfirmation);
        match visit {
            None => Ok(Outcome::Accepted(receipt)),
            Some(url) if source.confirms(&url, &message.topic) => Ok(Outcome::Accepted(receipt.visiting(&url))),
            Some(_) => Err(Reason::MalformedBody.into()),
        }
    }

    fn receipt(
        &self,
        secret: Arc<str>,
        values: &Values<'_, '_, '_>,
        signed: &Pieces<'_>,
    ) -> Result<Receipt, Rejection> {
        let (proof, verifier) = (self.ready.proof, self.verifier);
        let timestamp = self.fresh(values)?;
        let event = match &proof.event {
            Some(EventId::Part(index)) => Some(values.part(*index)?.into()),
            Some(event) if verifier.replay.is_some() => values.raw().and_then(|raw| receipt::event_in(event, raw)),
            _ => None,
        };
        let single = self.single(signed, event.as_deref());
        Ok(Receipt::new(Arc::clone(&verifier.record), self.ready.index, secret, timestamp, event, single))
    }

    /// The key of a proven delivery: by its id, else by the exact signed bytes. A shared secret signs nothing, so two genuine
    /// deliveries of its owner may be equal in all that is known of them.
    fn single(&self, signed: &Pieces<'_>, event: Option<&str>) -> Option<Box<Single>> {
        let endpoint = self.verifier.replay.as_ref()?;
        let key =
            |subject, pieces: &[&[u8]]| Some(ReplayKey::of(subject, endpoint, self.verifier.record.name(), pieces));
        let key = match event.filter(|id| !id.is_empty()) {
            Some(id) => key(Subject::Event, &[id.as_bytes()]),
            None if self.ready.proof.shares_secret() => None,
            None => key(Subject::Signed, signed),
        };
        Some(Box::new(Single { endpoint: Arc::clone(endpoint), key }))
    }

    /// The signed time, judged after the signature over it has held.
    fn fresh(&self, values: &Values<'_, '_, '_>) -> Result<Option<UnixMillis>, Rejection> {
        if let Some(opened) = &self.ready.opened {
            opened.judge(&self.ready.proof.envelope, self.now)?;
        }
        let signed = self.signed_time(values)?;
        if let (Some(signed), Some(rule), Some(tolerance)) =
            (signed, &self.verifier.record.time, self.verifier.tolerance)
        {
            time::judge(signed, self.now, tolerance, rule.side)?;
        }
        Ok(signed)
    }

    fn signed_time(&self, values: &Values<'_, '_, '_>) -> Result<Option<UnixMillis>, Rejection> {
        match (self.ready.signed_at, &self.verifier.record.time, self.ready.proof.time) {
            (None, Some(rule), Some(index)) => Ok(Some(rule.unit.parse(values.part(index)?.as_bytes())?)),
            (known, ..) => Ok(known),
        }
    }
}

/// The spellings of the URL that may have been signed.
fn spellings<'u>(proof: &Proof, url: Option<&'u str>) -> SmallVec<[Option<Cow<'u, str>>; 2]> {
    match (proof.urls, url) {
        (Urls::PortVariants, Some(url)) => port_variants(url).into_iter().map(Some).collect(),
        (_, url) => SmallVec::from_iter([url.map(Cow::Borrowed)]),
    }
}

fn by_key(key: &PublicKey, claimed: &Claimed, signed: &Pieces<'_>) -> Result<(), Rejection> {
    let Claimed::Signatures(signatures) = claimed else { return Err(Reason::InternalError.into()) };
    let made = signatures.iter().any(|signature| key.verifies(signed, signature));
    if made { Ok(()) } else { Err(Reason::SignatureMismatch.into()) }
}
