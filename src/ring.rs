//! The key ring: every secret of an endpoint as keys of its proofs, prepared once and scanned whole for each delivery.

use std::fmt;
use std::sync::Arc;

use crate::constant_time::Matches;
use crate::error::SecretError;
use crate::keyed::{Hash, MacKey};
use crate::proof::asymmetric::{self, IndexedPublicKey};
use crate::proof::key::KeyBytes;
use crate::proof::mac::{self, IndexedKey};
use crate::proof::own_hash::{self, IndexedKeyBytes};
use crate::proof::shared_secret::{self, IndexedDigest};
use crate::proof::{self, Claimed, Key, key};
use crate::public_key::PublicKey;
use crate::record::Record;
use crate::record::algorithm::Primitive;
use crate::record::model::Decoding;
use crate::record::plan::{Proof, Signature};
use crate::rejection::{Detail, Reason, Rejection};
use crate::request::{Head, Header};
use crate::secret::{Secret, Weakness, Window};
use crate::self_hash::SelfHash;
use crate::time::UnixMillis;

/// The secrets of an endpoint, and their keys for each proof of the record.
#[derive(Debug)]
pub(crate) struct KeyRing {
    process_key: Option<MacKey>,
    secrets: Vec<Sealed>,
    keys: Vec<ProofKeys>,
}

/// What is known of a secret once its bytes have become keys.
#[derive(Debug)]
struct Sealed {
    label: Arc<str>,
    slot: Option<Box<str>>,
    window: Window,
}

/// The keys of one proof, each with the index of its secret.
pub(crate) enum ProofKeys {
    Mac(Vec<IndexedKey>),
    Shared(Vec<IndexedDigest>),
    Public(Vec<IndexedPublicKey>),
    Own(Vec<IndexedKeyBytes>),
}

impl fmt::Debug for ProofKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ProofKeys(..)")
    }
}

/// Judges a secret as a key of this record: refuses what cannot be one, and says what makes the weakest key it stands for weak.
///
/// # Errors
/// What the first proof that might take it has against it.
pub fn check_secret(record: &Record, secret: &Secret) -> Result<Option<Weakness>, SecretError> {
    if secret.slot().is_some_and(|slot| record.token_slots().any(|known| known == slot)) {
        return Ok(Weakness::of(secret.expose()));
    }
    let mut first = None;
    for proof in record.proofs.iter().filter(|proof| proof.takes(secret.slot())) {
        match proof::keys_of(proof, secret) {
            Ok(keys) => return Ok(keys.iter().find_map(Key::weakness)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(NO_SUCH_SLOT))
}

impl KeyRing {
    /// Makes every key that the secrets stand for. `endpoint` names those without a label.
    ///
    /// # Errors
    /// The index of the first secret that is a key of no proof, and why.
    pub(crate) fn new(
        record: &Record,
        secrets: &[Arc<Secret>],
        endpoint: &str,
        process_key: &[u8],
    ) -> Result<Self, (usize, SecretError)> {
        for (index, secret) in secrets.iter().enumerate() {
            check_secret(record, secret).map_err(|error| (index, error))?;
        }
        let process_key = MacKey::new(Hash::Sha256, process_key);
        let keys = record.proofs.iter().map(|proof| keys_of_proof(proof, secrets, process_key.as_ref())).collect();
        Ok(Self { process_key, secrets: seal(secrets, endpoint), keys })
    }

    /// Whether there is no secret at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Whether any of the secrets is a key of that proof.
    pub(crate) fn has_keys(&self, proof: usize) -> bool {
        match self.keys.get(proof) {
            Some(ProofKeys::Mac(keys)) => !keys.is_empty(),
            Some(ProofKeys::Shared(digests)) => !digests.is_empty(),
            Some(ProofKeys::Public(keys)) => !keys.is_empty(),
            Some(ProofKeys::Own(keys)) => !keys.is_empty(),
            None => false,
        }
    }

    /// Which secrets made one of the presented signatures; where the delivery names its key, secrets of another slot do not count.
    pub(crate) fn signatures(&self, proof: usize, pieces: &[&[u8]], found: &Claimed, named: Option<&str>) -> Matches {
        let matches = match (self.keys.get(proof), found) {
            (Some(ProofKeys::Mac(keys)), Claimed::Codes(codes)) => mac::scan(keys, pieces, codes),
            (Some(ProofKeys::Public(keys)), Claimed::Signatures(signatures)) => {
                asymmetric::scan(keys, pieces, signatures)
            }
            _ => Matches::default(),
        };
        let Some(named) = named else { return matches };
        let fits = |secret: &Sealed| secret.slot.as_deref().is_none_or(|slot| slot == named);
        matches.only(|index| self.secrets.get(index).is_some_and(fits))
    }

    /// Which secrets made the digest that the body carries of itself.
    pub(crate) fn own_hashes(&self, proof: usize, body: &SelfHash<'_>) -> Matches {
        match self.keys.get(proof) {
            Some(ProofKeys::Own(keys)) => own_hash::scan(keys, body),
            _ => Matches::default(),
        }
    }

    /// Which secrets are the presented credentials.
    pub(crate) fn credentials(&self, proof: usize, presented: &[u8]) -> Matches {
        match (self.keys.get(proof), &self.process_key) {
            (Some(ProofKeys::Shared(secrets)), Some(process_key)) => {
                shared_secret::scan(process_key, secrets, presented)
            }
            _ => Matches::default(),
        }
    }

    /// The label of a matching secret that is valid now.
    ///
    /// # Errors
    /// [`Reason::ExpiredSecret`] where all matching ones are outside their windows, [`Reason::SignatureMismatch`] where none
    /// matches.
    pub(crate) fn judge(&self, matches: Matches, now: UnixMillis) -> Result<Arc<str>, Rejection> {
        let mismatch = || Rejection::new(Reason::SignatureMismatch, Detail::Secrets(self.secrets.len()));
        judge(&self.secrets, matches, now, mismatch)
    }
}

/// The Basic credentials demanded beside a proof.
#[derive(Debug)]
pub(crate) struct BasicAuth {
    header: usize,
    rule: Signature,
    process_key: Option<MacKey>,
    secrets: Vec<Sealed>,
    digests: ProofKeys,
}

impl BasicAuth {
    /// Makes the digests of the credentials, and adds Authorization to the headers to look at. Nothing where none are demanded.
    ///
    /// # Errors
    /// The index of the first that is not `user:password`.
    pub(crate) fn new(
        credentials: &[Arc<Secret>],
        endpoint: &str,
        process_key: &[u8],
        headers: &mut Vec<Arc<str>>,
    ) -> Result<Option<Self>, (usize, SecretError)> {
        if credentials.is_empty() {
            return Ok(None);
        }
        for (index, secret) in credentials.iter().enumerate() {
            key::decode(&Decoding::Basic, secret.expose()).map_err(|error| (index, error))?;
        }
        let known = headers.iter().position(|name| &**name == "authorization");
        let header = known.unwrap_or_else(|| {
            headers.push("authorization".into());
            headers.len().saturating_sub(1)
        });
        let process_key = MacKey::new(Hash::Sha256, process_key);
        let bytes = indexed(credentials).map(|(index, secret)| (index, secret.expose()));
        let digests = shared(bytes, process_key.as_ref());
        let secrets = seal(credentials, &format!("{endpoint} BASIC_AUTH"));
        Ok(Some(Self { header, rule: shared_secret::basic(), process_key, secrets, digests }))
    }

    /// Holds the request's credentials against the demanded ones.
    ///
    /// # Errors
    /// [`Reason::MissingCredentials`], [`Reason::MalformedCredentials`], [`Reason::BadCredentials`], [`Reason::DuplicateHeader`].
    pub(crate) fn admit(&self, head: &Head<'_>) -> Result<Matches, Rejection> {
        let text = head.headers.get(self.header).map_or(Ok(None), Header::only)?.ok_or(Reason::MissingCredentials)?;
        let presented = shared_secret::presented(&self.rule, text)?;
        let matches = match (&self.digests, &self.process_key) {
            (ProofKeys::Shared(digests), Some(process_key)) => {
                shared_secret::scan(process_key, digests, presented.bytes())
            }
            _ => Matches::default(),
        };
        if matches.is_empty() { Err(shared_secret::mismatch(presented.bytes())) } else { Ok(matches) }
    }

    /// Whether one of the matching credentials is valid now.
    ///
    /// # Errors
    /// [`Reason::ExpiredSecret`].
    pub(crate) fn judge(&self, matches: Matches, now: UnixMillis) -> Result<(), Rejection> {
        judge(&self.secrets, matches, now, || Reason::BadCredentials.into()).map(|_| ())
    }
}

fn judge(
    secrets: &[Sealed],
    matches: Matches,
    now: UnixMillis,
    mismatch: impl FnOnce() -> Rejection,
) -> Result<Arc<str>, Rejection> {
    let secret = |index| secrets.get(index);
    let valid = matches.first(|index| secret(index).is_some_and(|secret| secret.window.contains(now)));
    if let Some(secret) = valid.and_then(secret) {
        return Ok(Arc::clone(&secret.label));
    }
    match matches.first(|_| true).and_then(secret) {
        Some(expired) => Err(Rejection::new(Reason::ExpiredSecret, Detail::Label(Arc::clone(&expired.label)))),
        None => Err(mismatch()),
    }
}

fn keys_of_proof(proof: &Proof, secrets: &[Arc<Secret>], process_key: Option<&MacKey>) -> ProofKeys {
    let keys = indexed(secrets).filter(|(_, secret)| proof.takes(secret.slot())).flat_map(|(index, secret)| {
        let keys = proof::keys_of(proof, secret).unwrap_or_default();
        keys.into_iter().map(move |key| (index, key))
    });
    match proof.algorithm.primitive {
        Primitive::Equal => shared(keys.filter_map(bytes), process_key),
        Primitive::SelfHash => ProofKeys::Own(keys.filter_map(bytes).collect()),
        Primitive::Mac(hash) => {
            let mac = |(index, key): (u32, KeyBytes)| Some((index, MacKey::new(hash, &key)?));
            ProofKeys::Mac(keys.filter_map(bytes).filter_map(mac).collect())
        }
        Primitive::Public(_) | Primitive::Sns => ProofKeys::Public(keys.filter_map(public).collect()),
    }
}

fn bytes((index, key): (u32, Key)) -> Option<(u32, KeyBytes)> {
    match key {
        Key::Shared(bytes) => Some((index, bytes)),
        Key::Public(_) => None,
    }
}

fn public((index, key): (u32, Key)) -> Option<(u32, PublicKey)> {
    match key {
        Key::Public(key) => Some((index, key)),
        Key::Shared(_) => None,
    }
}

fn shared<K: AsRef<[u8]>>(keys: impl Iterator<Item = (u32, K)>, process_key: Option<&MacKey>) -> ProofKeys {
    ProofKeys::Shared(keys.filter_map(|(index, key)| Some((index, process_key?.digest(&[key.as_ref()])?))).collect())
}

fn indexed(secrets: &[Arc<Secret>]) -> impl Iterator<Item = (u32, &Arc<Secret>)> {
    (0_u32..).zip(secrets)
}

fn seal(secrets: &[Arc<Secret>], endpoint: &str) -> Vec<Sealed> {
    let sealed = |(index, secret): (u32, &Arc<Secret>)| Sealed {
        label: secret.label().cloned().unwrap_or_else(|| format!("{endpoint}[{index}]").into()),
        slot: secret.slot().map(Into::into),
        window: secret.window(),
    };
    indexed(secrets).map(sealed).collect()
}

const NO_SUCH_SLOT: SecretError = SecretError {
    sentence: "has a slot that this provider does not know",
    fix: "Remove slot=..., or use one of the names that the provider's page lists.",
};
