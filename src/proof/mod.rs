//! The families of proof: how a secret becomes a key, and how a delivery is held against the keys. Families know nothing of each other.

pub(crate) mod key;
pub(crate) mod mac;
pub(crate) mod shared_secret;

use smallvec::SmallVec;

use crate::error::SecretError;
use crate::record::plan::Proof;
use key::KeyBytes;

/// Every key that a secret may stand for in this proof: one for each decoding that reads it.
///
/// # Errors
/// What the first decoding has against it, where none reads it.
pub(crate) fn keys_of(proof: &Proof, secret: &[u8]) -> Result<SmallVec<[KeyBytes; 1]>, SecretError> {
    let mut keys = SmallVec::new();
    let mut first = None;
    for decoding in &proof.decodings {
        match key::decode(*decoding, secret) {
            Ok(key) => keys.push(key),
            Err(error) => first = first.or(Some(error)),
        }
    }
    match first {
        Some(error) if keys.is_empty() => Err(error),
        _ => Ok(keys),
    }
}
