//! Offline search for what usually goes wrong: which key, which text, which digest and which encoding would have made a signature.
//!
//! For explaining refusals to the owner, never on the way of a request. It says which combination fits and never what a right
//! signature would have been; it is bounded, and compares as strictly as a verdict does.

use crate::constant_time::{Digest, equal};
use crate::encoding::Encoding;
use crate::keyed::{Hash, MacKey};

/// Most combinations of keys and texts that one search tries.
pub const TRIALS: usize = 20_000;

/// Most bytes that one search hashes, over all combinations.
pub const BYTES: usize = 268_435_456;

/// A combination that made one of the presented signatures: indices into what was handed in, and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which presented signature.
    pub signature: usize,
    /// Which key.
    pub key: usize,
    /// Which text.
    pub text: usize,
    /// `sha1`, `sha256`, `sha384` or `sha512`.
    pub digest: &'static str,
    /// `hex`, `base64` or `base64url`.
    pub encoding: &'static str,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Every combination that fits, in the order of keys, then texts.
    pub hits: Vec<Hit>,
    /// How many combinations of key, text and digest were tried.
    pub tried: usize,
    /// Whether a bound ended the search before all were tried.
    pub bounded: bool,
}

/// Tries every key over every text against every presented signature, whatever its digest and encoding.
#[must_use]
pub fn search(signatures: &[&str], keys: &[&[u8]], texts: &[&[u8]]) -> Found {
    let candidates: Vec<_> = signatures.iter().enumerate().flat_map(|(index, text)| readings(index, text)).collect();
    let mut found = Found { hits: Vec::new(), tried: 0, bounded: false };
    let mut bytes = 0_usize;
    for (digest, hash) in HASHES {
        let fitting: Vec<_> = candidates.iter().filter(|candidate| candidate.length == hash.length()).collect();
        if fitting.is_empty() {
            continue;
        }
        for (key, mac) in keys.iter().enumerate().filter_map(|(key, secret)| Some((key, MacKey::new(*hash, secret)?))) {
            for (text, signed) in texts.iter().enumerate() {
                bytes = bytes.saturating_add(signed.len());
                if found.tried >= TRIALS || bytes > BYTES {
                    return Found { bounded: true, ..found };
                }
                found.tried = found.tried.saturating_add(1);
                let Some(made) = mac.digest(&[signed]) else { continue };
                let same = |candidate: &&&Candidate| bool::from(equal(&made, &candidate.digest));
                found.hits.extend(fitting.iter().filter(same).map(|candidate| Hit {
                    signature: candidate.signature,
                    key,
                    text,
                    digest,
                    encoding: candidate.encoding,
                }));
            }
        }
    }
    found
}

/// One way to read a presented signature.
struct Candidate {
    signature: usize,
    encoding: &'static str,
    length: usize,
    digest: Digest,
}

const HASHES: &[(&str, Hash)] =
    &[("sha256", Hash::Sha256), ("sha1", Hash::Sha1), ("sha512", Hash::Sha512), ("sha384", Hash::Sha384)];

const ENCODINGS: &[(&str, Encoding)] =
    &[("hex", Encoding::Hex), ("base64", Encoding::Base64), ("base64url", Encoding::Base64Url)];

fn readings(signature: usize, text: &str) -> impl Iterator<Item = Candidate> {
    let text = text.trim();
    ENCODINGS.iter().filter_map(move |(encoding, reading)| {
        let bytes = reading.decode(text.as_bytes()).filter(|bytes| matches!(bytes.len(), 20 | 32 | 48 | 64))?;
        let digest = Digest::of(&bytes)?;
        Some(Candidate { signature, encoding, length: bytes.len(), digest })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(hash: Hash, encoding: Encoding, key: &[u8], text: &[u8]) -> String {
        let digest = MacKey::new(hash, key).unwrap().digest(&[text]).unwrap();
        encoding.encode(digest.bytes(hash.length()))
    }

    #[test]
    fn the_combination_that_fits_is_named() {
        let (keys, texts): (&[&[u8]], &[&[u8]]) = (&[b"one", b"two"], &[b"body", b"1.body", b"body\n"]);
        for (digest, hash) in HASHES {
            for (encoding, spelling) in ENCODINGS {
                let signature = made(*hash, *spelling, b"two", b"1.body");
                let found = search(&["junk", &signature], keys, texts);
                let hit = Hit { signature: 1, key: 1, text: 1, digest, encoding };
                assert!(found.hits.contains(&hit), "{digest} {encoding}");
                assert!(found.hits.iter().all(|other| (other.key, other.text) == (1, 1)));
                assert!(!found.bounded);
            }
        }
    }

    #[test]
    fn a_strangers_signature_fits_nothing() {
        let signature = made(Hash::Sha256, Encoding::Hex, b"a stranger's key", b"body");
        let found = search(&[&signature], &[b"one", b"two"], &[b"body", b"other"]);
        // 64 hexadecimal digits are also the base64 of 48 bytes, a digest of SHA-384.
        assert_eq!(Found { hits: Vec::new(), tried: 8, bounded: false }, found);
        assert_eq!(0, search(&["no signature at all"], &[b"one"], &[b"body"]).tried);
    }

    #[test]
    fn a_search_ends() {
        let signature = made(Hash::Sha256, Encoding::Hex, b"key", b"body");
        let keys: Vec<Vec<u8>> = (0..200_u32).map(|number| number.to_le_bytes().to_vec()).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let texts = vec![&b"text"[..]; 101];
        let found = search(&[&signature], &keys, &texts);
        assert_eq!((TRIALS, true), (found.tried, found.bounded));
    }
}
