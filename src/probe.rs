//! The comparisons by themselves, for the checker that marks their inputs as undefined; only with the feature `probe`.

use crate::constant_time::{Digest, Matches, equal as equal_digests};
use crate::encoding::Encoding;
use crate::keyed::{Hash, MacKey};
use crate::proof::{mac, shared_secret};

/// [`equal_digests`] of two digests, as a number.
#[must_use]
pub fn equal(left: &[u8; 64], right: &[u8; 64]) -> u8 {
    equal_digests(&Digest::from_filled(*left), &Digest::from_filled(*right)).unwrap_u8()
}

/// Every key held against every candidate; the set of matches as a number.
#[must_use]
pub fn scan(keys: &[[u8; 32]], message: &[u8], candidates: &[[u8; 64]]) -> u32 {
    let keys = (0..).zip(keys).filter_map(|(index, key)| Some((index, MacKey::new(Hash::Sha256, key)?)));
    let candidates: Vec<_> = candidates.iter().map(|filled| Digest::from_filled(*filled)).collect();
    mac::scan(&keys.collect::<Vec<_>>(), &[message], &candidates).bits()
}

/// Presented credentials held against every secret; the set of matches as a number.
#[must_use]
pub fn credentials<const N: usize>(secrets: &[[u8; N]], presented: &[u8]) -> u32 {
    let matches = MacKey::new(Hash::Sha256, &[7; 32]).map_or_else(Matches::default, |process_key| {
        let digests = (0..).zip(secrets).filter_map(|(index, secret)| Some((index, process_key.digest(&[secret])?)));
        shared_secret::scan(&process_key, &digests.collect::<Vec<_>>(), presented)
    });
    matches.bits()
}

/// A byte of what the digits of a key spell; whether they are digits at all is public, and not asked here.
#[must_use]
pub fn hex(digits: &[u8; 64]) -> u8 {
    Encoding::nibbles(digits).iter().fold(0, |sum, nibble| sum ^ nibble)
}
