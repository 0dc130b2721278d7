//! The families of proof: how a secret becomes a key, and how a delivery is held against the keys. Families know nothing of each other.

pub(crate) mod asymmetric;
pub(crate) mod key;
pub(crate) mod mac;
pub(crate) mod own_hash;
pub(crate) mod shared_secret;

use smallvec::SmallVec;

use crate::constant_time::Digest;
use crate::error::SecretError;
use crate::presented::{Presented, presented};
use crate::public_key::PublicKey;
use crate::record::algorithm::Primitive;
use crate::record::model::Decoding;
use crate::record::plan::{Keys, Proof, Signature};
use crate::rejection::Rejection;
use crate::secret::{Secret, Weakness};
use key::KeyBytes;

/// The signatures of a delivery, decoded as the proof's family needs them.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// Codes or digests of the length of the pinned hash.
    Codes(Presented<Digest>),
    /// Signatures of public keys.
    Signatures(Presented<Vec<u8>>),
}

impl Claimed {
    /// Reads the signatures that stand in these texts.
    ///
    /// # Errors
    /// As [`crate::presented::presented`].
    pub(crate) fn read(primitive: Primitive, signature: &Signature, texts: &[&str]) -> Result<Self, Rejection> {
        let encoding = signature.encoding;
        let codes = |length| presented(signature, texts, |text| encoding.digest(text.as_bytes(), length));
        match primitive {
            Primitive::Mac(hash) => codes(hash.length()).map(Self::Codes),
            Primitive::SelfHash => codes(16).map(Self::Codes),
            Primitive::Equal | Primitive::Public(_) | Primitive::Sns => {
                presented(signature, texts, |text| encoding.decode(text.as_bytes())).map(Self::Signatures)
            }
        }
    }
}

/// What a secret stands for in a proof.
pub(crate) enum Key {
    /// The bytes of a shared key.
    Shared(KeyBytes),
    /// A public key.
    Public(PublicKey),
}

impl Key {
    /// What makes it weak.
    pub(crate) fn weakness(&self) -> Option<Weakness> {
        match self {
            Self::Shared(bytes) => Weakness::of(bytes),
            Self::Public(key) => key.weakness(),
        }
    }
}

/// Every key that a secret may stand for in this proof: one for each decoding that reads it.
///
/// # Errors
/// What the first decoding has against it, where none reads it.
pub(crate) fn keys_of(proof: &Proof, secret: &Secret) -> Result<SmallVec<[Key; 1]>, SecretError> {
    let Keys::Secrets { decodings, min_bits } = &proof.keys else {
        return Err(NO_SECRETS);
    };
    if secret.is_key() {
        return Ok(SmallVec::from_iter([Key::Shared(KeyBytes::new(secret.expose().to_vec()))]));
    }
    let mut keys = SmallVec::new();
    let mut first = None;
    for decoding in decodings {
        match key_of(proof, decoding, secret.expose(), *min_bits) {
            Ok(key) => keys.push(key),
            Err(error) => first = first.or(Some(error)),
        }
    }
    match first {
        Some(error) if keys.is_empty() => Err(error),
        _ => Ok(keys),
    }
}

fn key_of(proof: &Proof, decoding: &Decoding, secret: &[u8], min_bits: u16) -> Result<Key, SecretError> {
    match (decoding, proof.algorithm.primitive) {
        (Decoding::Public(form), Primitive::Public(scheme)) => {
            PublicKey::parse(scheme, *form, secret, min_bits).map(Key::Public)
        }
        _ => key::decode(decoding, secret).map(Key::Shared),
    }
}

const NO_SECRETS: SecretError = SecretError {
    sentence: "is not needed: this provider's keys are fetched from the provider",
    fix: "Remove SECRETS; the provider's page says what the settings have to name instead.",
};
