//! The family of self-hashes: a digest of the body in which the secret stands in the digest's own place (Unisender Go).

use zeroize::Zeroizing;

use crate::constant_time::Matches;
use crate::self_hash::SelfHash;

/// A key and the index of the secret it was made from.
pub(crate) type IndexedKeyBytes = (u32, Zeroizing<Vec<u8>>);

/// The keys that made the digest, without an early exit.
pub(crate) fn scan(keys: &[IndexedKeyBytes], body: &SelfHash<'_>) -> Matches {
    let mut matches = Matches::default();
    for (secret, key) in keys {
        matches.note(*secret, body.is_made_with(key));
    }
    matches
}
