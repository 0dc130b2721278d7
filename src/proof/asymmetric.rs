//! The family of public keys: signatures that the sender alone can make and anybody can verify.
//!
//! Nothing here is secret, so the scan may end early; it is bounded by the number of keys and signatures that are looked at.

use crate::constant_time::{Choice, Matches};
use crate::public_key::PublicKey;

/// A key and the index of the secret it was made from.
pub(crate) type IndexedPublicKey = (u32, PublicKey);

/// The keys that made one of the signatures.
pub(crate) fn scan(keys: &[IndexedPublicKey], pieces: &[&[u8]], signatures: &[Vec<u8>]) -> Matches {
    let mut matches = Matches::default();
    for (secret, key) in keys {
        let made = signatures.iter().any(|signature| key.verifies(pieces, signature));
        matches.note(*secret, Choice::from(u8::from(made)));
    }
    matches
}
