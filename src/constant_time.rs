//! The only place that compares secrets: fixed lengths, 64-bit lanes, no early exit, answers as [`Choice`], never as `bool`.
//!
//! Best effort: `black_box` and `subtle` ask the optimiser to keep the shape of this code; no compiler promises it.
//! What is public: how many secrets and signatures there are. What is not: which one matched, until all were compared.

use std::fmt;
use std::hint::black_box;

pub(crate) use subtle::Choice;
use subtle::ConstantTimeEq;

/// Bytes of the largest digest (SHA-512); shorter ones are zero-filled.
pub(crate) const DIGEST_BYTES: usize = 64;

/// A message authentication code of pinned length, zero-filled to 64 bytes. It cannot be compared but by [`equal`].
#[derive(Clone)]
pub(crate) struct Digest([u8; DIGEST_BYTES]);

impl Digest {
    /// The digest of these bytes, or nothing if they are more than the largest digest has.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let mut filled = [0; DIGEST_BYTES];
        filled.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(filled))
    }

    /// A digest from its zero-filled form.
    pub(crate) fn from_filled(filled: [u8; DIGEST_BYTES]) -> Self {
        Self(filled)
    }

    /// The first `length` bytes, for signers.
    pub(crate) fn bytes(&self, length: usize) -> &[u8] {
        self.0.get(..length).unwrap_or(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(..)")
    }
}

/// Whether two digests are equal, in eight 64-bit lanes without an early exit.
pub(crate) fn equal(expected: &Digest, presented: &Digest) -> Choice {
    let (left, _) = expected.0.as_chunks::<8>();
    let (right, _) = presented.0.as_chunks::<8>();
    let difference =
        left.iter().zip(right).fold(0, |sum, (a, b)| sum | (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)));
    black_box(difference).ct_eq(&0)
}

/// Whether two texts of public length are equal; for values that are no secret but must not be an oracle.
pub(crate) fn equal_bytes(left: &[u8], right: &[u8]) -> Choice {
    left.ct_eq(right)
}

/// The set of secrets that matched, one bit for each, filled without a branch and read only after the whole scan.
#[derive(Clone, Copy, Default)]
pub(crate) struct Matches(u32);

impl Matches {
    /// Adds the secret at `index` (below [`crate::limits::SECRETS`]) where `equal` holds.
    pub(crate) fn note(&mut self, index: u32, equal: Choice) {
        let bit = u32::from(equal.unwrap_u8());
        self.0 |= black_box(bit.checked_shl(index).unwrap_or(0));
    }

    /// The whole set, one bit for each secret; for the checker.
    #[cfg(feature = "probe")]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// What matched here and there.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What matched, without those for which `wanted` does not hold.
    pub(crate) fn only(self, wanted: impl Fn(usize) -> bool) -> Self {
        let bits = (0..u32::BITS).filter(|bit| usize::try_from(*bit).is_ok_and(&wanted));
        Self(bits.filter_map(|bit| 1_u32.checked_shl(bit)).fold(0, |set, bit| set | (self.0 & bit)))
    }

    /// Whether nothing matched.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether that secret is among them; after the scan.
    pub(crate) fn holds(self, index: u32) -> bool {
        self.0 & 1_u32.checked_shl(index).unwrap_or(0) != 0
    }

    /// The first matching index for which `wanted` holds; after the scan, where it tells nobody anything new.
    pub(crate) fn first(self, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        (0..u32::BITS)
            .filter(|bit| self.0 & 1_u32.checked_shl(*bit).unwrap_or(0) != 0)
            .filter_map(|bit| usize::try_from(bit).ok())
            .find(|index| wanted(*index))
    }
}

impl fmt::Debug for Matches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Matches(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &[u8], right: &[u8]) -> bool {
        equal(&Digest::of(left).unwrap(), &Digest::of(right).unwrap()).into()
    }

    #[test]
    fn every_byte_counts() {
        let reference = [7; DIGEST_BYTES];
        assert!(same(&reference, &reference));
        for position in 0..DIGEST_BYTES {
            for bit in 0..8 {
                let mut other = reference;
                other[position] ^= 1 << bit;
                assert!(!same(&reference, &other), "byte {position}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_digest_has_at_most_64_bytes() {
        assert!(Digest::of(&[0; 64]).is_some());
        assert!(Digest::of(&[0; 65]).is_none());
    }

    #[test]
    fn matches_remember_each_secret() {
        for index in 0..32 {
            let mut matches = Matches::default();
            matches.note(index, Choice::from(0));
            assert!(matches.is_empty());
            matches.note(index, Choice::from(1));
            assert_eq!(usize::try_from(index).ok(), matches.first(|_| true));
            assert_eq!(None, matches.first(|found| found != usize::try_from(index).unwrap()));
        }
    }

    #[test]
    fn debug_shows_no_digest() {
        assert_eq!("Digest(..)", format!("{:?}", Digest::of(b"canary").unwrap()));
    }
}
