//! Answers handshakes: finds the one that a request is, holds it against what proves it, and makes the reply.
//!
//! What a reply is made of is in the record; see there why no reply is ever the signature of a delivery.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::constant_time::{Digest, Matches};
use crate::json::{self, Found};
use crate::keyed::{Hash, MacKey};
use crate::limits::HANDSHAKE_BYTES;
use crate::options::Options;
use crate::proof::{self, Key, shared_secret};
use crate::record::Record;
use crate::record::algorithm::Primitive;
use crate::record::handshake::{Evidence, Handshake, Method, Spelling};
use crate::record::place::Place;
use crate::record::reply::{Token, escaped};
use crate::rejection::{Detail, Reason, Rejection};
use crate::request::Head;
use crate::secret::{Secret, Window};
use crate::time::UnixMillis;
use crate::values;

/// What a handshake is answered: with status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    name: Arc<str>,
    is_json: bool,
    body: String,
}

impl Reply {
    /// The name of the handshake, as the record gives it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `text/plain` or `application/json`, never anything that a browser runs.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        if self.is_json { "application/json" } else { "text/plain" }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// The handshakes that an endpoint answers, and what it answers them with.
pub(crate) struct Responder {
    record: Arc<Record>,
    /// The indices of those that are on.
    rows: Vec<usize>,
    secrets: Vec<Held>,
    process_key: Option<MacKey>,
    /// The texts whose MAC is given away, by handshakes that are on or off: they may have been on.
    given: Vec<Spelling>,
}

/// What a secret is to handshakes.
struct Held {
    index: u32,
    window: Window,
    /// The key of the record's first proof.
    key: Option<MacKey>,
    /// The digest under the key of the process, of a secret that proves a handshake of its own.
    token: Option<Digest>,
    slot: Option<Box<str>>,
}

/// A handshake whose shape is in order.
pub(crate) struct Asked<'r> {
    row: &'r Handshake,
    challenge: String,
}

impl Asked<'_> {
    /// Whether it is to be proven as a delivery is.
    pub(crate) const fn proves_itself(&self) -> bool {
        matches!(self.row.evidence, Evidence::Delivery)
    }
}

impl Responder {
    /// For an endpoint with these secrets. `answered`: all or none; without it, those that the record does not leave to the owner.
    pub(crate) fn new(
        record: &Arc<Record>,
        secrets: &[Arc<Secret>],
        process_key: &[u8],
        answered: Option<bool>,
    ) -> Self {
        let process_key = MacKey::new(Hash::Sha256, process_key);
        let is_on = |row: &Handshake| answered.unwrap_or(!row.opt_in) && has_secret(row, secrets);
        let rows = record.handshakes.iter().enumerate().filter(|(_, row)| is_on(row)).map(|(index, _)| index).collect();
        let given: Vec<_> = record.handshakes.iter().filter_map(Handshake::gives_mac).collect();
        let held = |(index, secret): (u32, &Arc<Secret>)| Held {
            index,
            window: secret.window(),
            key: if given.is_empty() { None } else { first_key(record, secret) },
            token: process_key.as_ref().and_then(|key| key.digest(&[secret.expose()])),
            slot: secret.slot().map(Into::into),
        };
        let secrets =
            if record.handshakes.is_empty() { Vec::new() } else { (0_u32..).zip(secrets).map(held).collect() };
        Self { record: Arc::clone(record), rows, secrets, process_key, given }
    }

    /// The methods beside POST that are answered, and POST where it is answered unproven.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &'static str> {
        self.unproven().map(|row| row.method.name())
    }

    /// Whether the signed bytes could be a challenge that is given its MAC: then they are no delivery, whoever signed them.
    pub(crate) fn could_be_challenge(&self, pieces: &[&[u8]]) -> bool {
        self.given.iter().any(|spelling| spelling.spells(pieces))
    }

    /// The reply to a delivery whose proof has held, where it is a handshake. `matches` are the secrets that proved it.
    ///
    /// # Errors
    /// [`Reason::MalformedChallenge`].
    pub(crate) fn proven(
        &self,
        body: Option<&[u8]>,
        matches: Matches,
        now: UnixMillis,
        options: &Options,
    ) -> Result<Option<Reply>, Rejection> {
        let by_delivery = |row: &&Handshake| row.method == Method::Post && matches!(row.evidence, Evidence::Delivery);
        let Some(body) = body else { return Ok(None) };
        for row in self.on().filter(by_delivery) {
            if let Some(asked) = in_body(row, body)? {
                return self.reply(&asked, now, options, |index| matches.holds(index)).map(Some);
            }
        }
        Ok(None)
    }

    /// The handshake that an unproven request is, by its shape. A body counts for POST alone.
    ///
    /// # Errors
    /// [`Reason::MalformedChallenge`]; what is wrong with the head.
    pub(crate) fn asked(&self, head: &Head<'_>, body: &[u8]) -> Result<Option<Asked<'_>>, Rejection> {
        for row in self.unproven().filter(|row| row.method.name() == head.method) {
            let asked = match row.method {
                Method::Post if body.len() > HANDSHAKE_BYTES => None,
                Method::Post => in_body(row, body)?,
                Method::Get | Method::Head => in_head(row, head)?,
            };
            if asked.is_some() {
                return Ok(asked);
            }
        }
        Ok(None)
    }

    /// The answer to what [`Responder::asked`] found, once its own secret is shown. A handshake that proves itself as deliveries
    /// do is the verifier's to judge.
    ///
    /// # Errors
    /// [`Reason::MissingCredentials`], [`Reason::BadCredentials`], [`Reason::ExpiredSecret`], [`Reason::NotConfigured`].
    pub(crate) fn answer(
        &self,
        asked: &Asked<'_>,
        head: &Head<'_>,
        now: UnixMillis,
        options: &Options,
    ) -> Result<Reply, Rejection> {
        if let Evidence::Secret { place, shown, slot } = &asked.row.evidence {
            let missing = || Rejection::new(Reason::MissingCredentials, Detail::Place(Arc::clone(shown)));
            let presented = values::in_head(head, place)?.ok_or_else(missing)?;
            self.judge(slot, presented.as_bytes(), now)?;
        }
        self.reply(asked, now, options, |_| true)
    }

    fn on(&self) -> impl Iterator<Item = &Handshake> {
        self.rows.iter().filter_map(|index| self.record.handshakes.get(*index))
    }

    /// Those for which no delivery has to be verified first.
    fn unproven(&self) -> impl Iterator<Item = &Handshake> {
        self.on().filter(|row| row.method != Method::Post || !matches!(row.evidence, Evidence::Delivery))
    }

    /// Holds a presented text against every secret of that slot, without an early exit.
    fn judge(&self, slot: &str, presented: &[u8], now: UnixMillis) -> Result<(), Rejection> {
        let tokens: Vec<_> = self.of_slot(slot).filter_map(|held| Some((held.index, held.token.clone()?))).collect();
        let process_key = self.process_key.as_ref().filter(|_| !tokens.is_empty()).ok_or(Reason::NotConfigured)?;
        let matches = shared_secret::scan(process_key, &tokens, presented);
        let valid = |held: &Held| matches.holds(held.index) && held.window.contains(now);
        if matches.is_empty() {
            Err(shared_secret::mismatch(presented))
        } else if self.of_slot(slot).any(valid) {
            Ok(())
        } else {
            Err(Reason::ExpiredSecret.into())
        }
    }

    fn of_slot<'r>(&'r self, slot: &'r str) -> impl Iterator<Item = &'r Held> {
        self.secrets.iter().filter(move |held| held.slot.as_deref() == Some(slot))
    }

    fn reply(
        &self,
        asked: &Asked<'_>,
        now: UnixMillis,
        options: &Options,
        counts: impl Fn(u32) -> bool,
    ) -> Result<Reply, Rejection> {
        let template = &asked.row.reply;
        let challenge = asked.challenge.as_str();
        let mut body = String::new();
        for token in &template.tokens {
            match token {
                Token::Literal(text) => body.push_str(text),
                Token::Challenge if template.is_json => body.push_str(&escaped(challenge)),
                Token::Challenge => body.push_str(challenge),
                Token::Mac => body.push_str(&self.mac(challenge, now, &counts)?),
                Token::Option(name) => {
                    let text = options.get(name).ok_or(Reason::NotConfigured)?;
                    body.push_str(&if template.is_json { escaped(text) } else { text.to_owned() });
                }
            }
        }
        Ok(Reply { name: Arc::clone(&asked.row.name), is_json: template.is_json, body })
    }

    /// The MAC of the challenge under the first secret that counts and is valid, written as the record writes signatures.
    fn mac(&self, challenge: &str, now: UnixMillis, counts: impl Fn(u32) -> bool) -> Result<String, Rejection> {
        let usable = |held: &&Held| held.key.is_some() && counts(held.index) && held.window.contains(now);
        let key = self.secrets.iter().find(usable).and_then(|held| held.key.as_ref()).ok_or(Reason::NotConfigured)?;
        let proof = self.record.proofs.first().ok_or(Reason::InternalError)?;
        let Primitive::Mac(hash) = proof.algorithm.primitive else { return Err(Reason::InternalError.into()) };
        let digest = key.digest(&[challenge.as_bytes()]).ok_or(Reason::InternalError)?;
        Ok(proof.signature.encoding.encode(digest.bytes(hash.length())))
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Responder({:?} of {})", self.rows, self.record.name())
    }
}

/// A secret that proves a handshake must be there. A verifier without any is one whose secrets are yet to be looked up.
fn has_secret(row: &Handshake, secrets: &[Arc<Secret>]) -> bool {
    row.slot().is_none_or(|slot| secrets.is_empty() || secrets.iter().any(|secret| secret.slot() == Some(slot)))
}

fn first_key(record: &Record, secret: &Secret) -> Option<MacKey> {
    let proof = record.proofs.first().filter(|proof| proof.takes(secret.slot()))?;
    match (proof::keys_of(proof, secret).ok()?.into_iter().next()?, proof.algorithm.primitive) {
        (Key::Shared(key), Primitive::Mac(hash)) => MacKey::new(hash, &key),
        _ => None,
    }
}

/// Whether a JSON body is this handshake. One that is not JSON is none, nor is one that nowhere holds the text which tells it:
/// most deliveries need not be parsed for that.
fn in_body<'r>(row: &'r Handshake, body: &[u8]) -> Result<Option<Asked<'r>>, Rejection> {
    let telling = row.occasion.as_ref().and_then(|occasion| occasion.equals.as_deref()).unwrap_or_default();
    if !std::str::from_utf8(body).is_ok_and(|body| body.contains(telling)) {
        return Ok(None);
    }
    let Ok(finds) = json::find(body, &row.pointers) else { return Ok(None) };
    let text = |place: &Place| match place {
        Place::Json(index) => finds.get(*index).cloned().flatten().and_then(|found| match found {
            Found::Text(text) => Some(text),
            Found::Raw(text) => Some(Cow::Borrowed(text)),
            Found::Other => None,
        }),
        _ => None,
    };
    asked(row, |place| Ok(text(place)))
}

fn in_head<'r>(row: &'r Handshake, head: &Head<'_>) -> Result<Option<Asked<'r>>, Rejection> {
    asked(row, |place| values::in_head(head, place))
}

fn asked<'r, 't>(
    row: &'r Handshake,
    text: impl Fn(&Place) -> Result<Option<Cow<'t, str>>, Reason>,
) -> Result<Option<Asked<'r>>, Rejection> {
    if let Some(occasion) = &row.occasion {
        let Some(found) = text(&occasion.place)? else { return Ok(None) };
        if occasion.equals.as_deref().is_some_and(|wanted| wanted != found) {
            return Ok(None);
        }
    }
    let Some(rule) = &row.challenge else { return Ok(Some(Asked { row, challenge: String::new() })) };
    match text(&rule.place)? {
        Some(challenge) if rule.spelling.spells(&[challenge.as_bytes()]) => {
            Ok(Some(Asked { row, challenge: challenge.into_owned() }))
        }
        None if row.occasion.is_none() => Ok(None),
        _ => Err(Rejection::new(Reason::MalformedChallenge, Detail::Place(Arc::clone(&rule.shown)))),
    }
}
