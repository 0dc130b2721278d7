//! The family of message authentication codes: HMAC over signed bytes that a template appends.
//!
//! The key schedule is done once; a delivery costs a clone of each key's state, the bytes, and one comparison for each pair of
//! key and presented signature.

use crate::constant_time::{Digest, Matches, equal};
use crate::keyed::MacKey;

/// A key and the index of the secret it was made from.
pub(crate) type IndexedKey = (u32, MacKey);

/// Holds every key against every candidate, without an early exit.
pub(crate) fn scan(keys: &[IndexedKey], pieces: &[&[u8]], candidates: &[Digest]) -> Matches {
    let mut matches = Matches::default();
    for (secret, key) in keys {
        if let Some(expected) = key.digest(pieces) {
            for candidate in candidates {
                matches.note(*secret, equal(&expected, candidate));
            }
        }
    }
    matches
}
