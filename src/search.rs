//! Offline search for what usually goes wrong: which key, which text, which digest and which encoding would have made a signature.
//!
//! For explaining refusals to the owner, never on the way of a request. It says which combination fits and never what a right
//! signature would have been; it is bounded, and compares as strictly as a verdict does.

use std::sync::Arc;

use crate::constant_time::{Digest, equal, equal_bytes};
use crate::encoding::Encoding;
use crate::keyed::{Hash, MacKey};
use crate::proof::key::KeyBytes;
use crate::proof::{self, Key};
use crate::record::Record;
use crate::secret::Secret;

/// Most combinations of keys and texts that one search tries.
pub const TRIALS: usize = 20_000;

/// Most bytes that one search hashes, over all combinations.
pub const BYTES: usize = 268_435_456;

/// A combination that made one of the presented signatures: indices into what was handed in, and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which presented signature.
    pub signature: usize,
    /// Which secret.
    pub secret: usize,
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
    /// Every combination that fits, in the order of secrets, then texts.
    pub hits: Vec<Hit>,
    /// How many combinations of key, text and digest were tried.
    pub tried: usize,
    /// Whether a bound ended the search before all were tried.
    pub bounded: bool,
}

/// Tries every key that the record makes of the secrets over every text, against every presented signature, whatever its digest
/// and encoding.
#[must_use]
pub fn search(record: &Record, signatures: &[&str], secrets: &[Arc<Secret>], texts: &[&[u8]]) -> Found {
    let keys: Vec<_> = secrets.iter().enumerate().flat_map(|(index, secret)| keys(record, index, secret)).collect();
    let candidates: Vec<_> = signatures.iter().enumerate().flat_map(|(index, text)| readings(index, text)).collect();
    let mut found = Found { hits: Vec::new(), tried: 0, bounded: false };
    let mut bytes = 0_usize;
    for hash in HASHES {
        let fitting: Vec<_> = candidates.iter().filter(|candidate| candidate.length == hash.length()).collect();
        if fitting.is_empty() {
            continue;
        }
        for (secret, mac) in keys.iter().filter_map(|(secret, key)| Some((*secret, MacKey::new(*hash, key)?))) {
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
                    secret,
                    text,
                    digest: hash.name(),
                    encoding: candidate.encoding.name(),
                }));
            }
        }
    }
    found
}

/// The keys of a secret by its index, each once.
fn keys(record: &Record, index: usize, secret: &Secret) -> Vec<(usize, KeyBytes)> {
    let mut found: Vec<(usize, KeyBytes)> = Vec::new();
    for key in record.proofs.iter().flat_map(|proof| proof::keys_of(proof, secret).unwrap_or_default()) {
        if let Key::Shared(bytes) = key
            && !found.iter().any(|(_, known)| equal_bytes(known, &bytes).into())
        {
            found.push((index, bytes));
        }
    }
    found
}

/// One way to read a presented signature.
struct Candidate {
    signature: usize,
    encoding: Encoding,
    length: usize,
    digest: Digest,
}

const HASHES: &[Hash] = &[Hash::Sha256, Hash::Sha1, Hash::Sha512, Hash::Sha384];

const ENCODINGS: &[Encoding] = &[Encoding::Hex, Encoding::Base64, Encoding::Base64Url];

fn readings(signature: usize, text: &str) -> impl Iterator<Item = Candidate> {
    let text = text.trim();
    ENCODINGS.iter().filter_map(move |encoding| {
        let bytes = encoding.decode(text.as_bytes()).filter(|bytes| matches!(bytes.len(), 20 | 32 | 48 | 64))?;
        let digest = Digest::of(&bytes)?;
        Some(Candidate { signature, encoding: *encoding, length: bytes.len(), digest })
    })
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn made(hash: Hash, encoding: Encoding, key: &[u8], text: &[u8]) -> String {
        let digest = MacKey::new(hash, key).unwrap().digest(&[text]).unwrap();
        encoding.encode(digest.bytes(hash.length()))
    }

    fn secrets<T: AsRef<[u8]>>(texts: &[T]) -> Vec<Arc<Secret>> {
        texts.iter().map(|text| Arc::new(Secret::of_key(Zeroizing::new(text.as_ref().to_vec())))).collect()
    }

    fn github() -> Record {
        Record::named("github").unwrap()
    }

    #[test]
    fn the_combination_that_fits_is_named() {
        let (secrets, texts): (_, &[&[u8]]) = (secrets(&["one", "two"]), &[b"body", b"1.body", b"body\n"]);
        for hash in HASHES {
            for encoding in ENCODINGS {
                let signature = made(*hash, *encoding, b"two", b"1.body");
                let found = search(&github(), &["junk", &signature], &secrets, texts);
                let (digest, encoding) = (hash.name(), encoding.name());
                let hit = Hit { signature: 1, secret: 1, text: 1, digest, encoding };
                assert!(found.hits.contains(&hit), "{digest} {encoding}");
                assert!(found.hits.iter().all(|other| (other.secret, other.text) == (1, 1)));
                assert!(!found.bounded);
            }
        }
    }

    #[test]
    fn a_strangers_signature_fits_nothing() {
        let signature = made(Hash::Sha256, Encoding::Hex, b"a stranger's key", b"body");
        let secrets = secrets(&["one", "two"]);
        let found = search(&github(), &[&signature], &secrets, &[b"body", b"other"]);
        // 64 hexadecimal digits are also the base64 of 48 bytes, a digest of SHA-384.
        assert_eq!(Found { hits: Vec::new(), tried: 8, bounded: false }, found);
        assert_eq!(0, search(&github(), &["no signature at all"], &secrets, &[b"body"]).tried);
    }

    #[test]
    fn keys_are_those_that_the_record_makes() {
        let svix = Record::named("svix").unwrap();
        let secret = Arc::new(Secret::new(Zeroizing::new(b"whsec_MfKQ".to_vec())).unwrap());
        let signature = made(Hash::Sha256, Encoding::Base64, &[0x31, 0xf2, 0x90], b"body");
        assert_eq!(1, search(&svix, &[&signature], &[secret], &[b"body"]).hits.len());
    }

    #[test]
    fn a_search_ends() {
        let signature = made(Hash::Sha256, Encoding::Hex, b"key", b"body");
        let keys: Vec<[u8; 4]> = (0..200_u32).map(u32::to_le_bytes).collect();
        let texts = vec![&b"text"[..]; 101];
        let found = search(&github(), &[&signature], &secrets(&keys), &texts);
        assert_eq!((TRIALS, true), (found.tried, found.bounded));
    }
}
