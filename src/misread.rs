//! How a secret may have been meant where the setting, or the sender, writes it otherwise: white space, quotation marks, prefixes,
//! base64 or hexadecimal digits taken for text or text taken for them. For explaining refusals offline; the bytes stay here.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::constant_time::equal_bytes;
use crate::encoding::{decode_base64_unpadded, decode_base64_url, decode_hex};
use crate::proof::{self, Key};
use crate::record::Record;
use crate::record::algorithm::Primitive;
use crate::record::model::Decoding;
use crate::record::plan::Keys;
use crate::secret::Secret;

/// A secret as it may have been meant.
#[derive(Debug)]
pub struct Misread {
    /// What differs: `whitespace`, `quotes`, `prefix` or `encoding`.
    pub kind: &'static str,
    /// What makes it right; a template may put it into its sentence.
    pub change: &'static str,
    /// The prefix that was put in front or taken away; else empty.
    pub prefix: &'static str,
    /// The secret.
    pub secret: Arc<Secret>,
}

/// Every other way in which the text of a secret may be meant as a key of the record; each key comes once, and never the one that
/// the record itself makes of it. The likeliest come first.
#[must_use]
pub fn misread(record: &Record, given: &Secret) -> Vec<Misread> {
    of_text(record, given.expose(), Some(given))
}

/// The same for a text that cannot be a secret as it stands.
#[must_use]
pub fn misread_flawed(record: &Record, given: &[u8]) -> Vec<Misread> {
    of_text(record, given, None)
}

fn of_text(record: &Record, given: &[u8], sound: Option<&Secret>) -> Vec<Misread> {
    let mut known: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    if let Some(secret) = sound {
        known.extend(keys(record, secret));
    }
    let mut found = Vec::new();
    for text in texts(given) {
        for reading in readings(record) {
            let secret = reading.read(&text.bytes);
            let Some(secret) = secret else { continue };
            let made = keys(record, &secret);
            let is_new = made.iter().any(|key| !known.iter().any(|other| equal_bytes(key, other).into()));
            if is_new {
                known.extend(made);
                found.push(judged(record, &text, reading, secret, sound));
            }
        }
    }
    found
}

/// Names the one deviation that tells most.
fn judged(record: &Record, text: &Text, reading: Reading, secret: Secret, sound: Option<&Secret>) -> Misread {
    let as_expected = reading == Reading::Own || expected(record).any(|decoding| reading.is(decoding));
    let (kind, change, prefix) = match text.kind {
        "prefix" if as_expected => ("prefix", text.change, text.prefix),
        "prefix" | "" => ("encoding", reading.change(text.prefix), ""),
        kind => (kind, text.change, ""),
    };
    let label = sound.and_then(Secret::label).cloned();
    let slot = sound.and_then(Secret::slot).map(Arc::from);
    Misread { kind, change, prefix, secret: Arc::new(secret.labelled(label).in_slot(slot)) }
}

/// The keys of a secret in every proof, as bytes; a public key is known by the text it is made of.
fn keys(record: &Record, secret: &Secret) -> Vec<Zeroizing<Vec<u8>>> {
    let of_proof = |proof| proof::keys_of(proof, secret).unwrap_or_default();
    let bytes = |key| match key {
        Key::Shared(bytes) => bytes,
        Key::Public(_) => Zeroizing::new(secret.expose().to_vec()),
    };
    record.proofs.iter().flat_map(of_proof).map(bytes).collect()
}

/// A spelling of the given text.
struct Text {
    kind: &'static str,
    change: &'static str,
    prefix: &'static str,
    bytes: Zeroizing<Vec<u8>>,
}

/// The spellings of a text: as it is, without what an env file or a shell adds, with what a file adds; each of the first kinds with
/// and without the prefixes that senders write.
fn texts(given: &[u8]) -> Vec<Text> {
    let text = |kind, change, prefix, bytes: Vec<u8>| Text { kind, change, prefix, bytes: Zeroizing::new(bytes) };
    let trimmed = given.trim_ascii();
    let bare = unquoted(trimmed);
    let mut found = Vec::new();
    if trimmed.len() == given.len() {
        found.push(text("", "", "", given.to_vec()));
    } else {
        found.push(text(
            "whitespace",
            "the white space around the setting's secret counts as a part of it",
            "",
            given.to_vec(),
        ));
        found.push(text("whitespace", "the white space around the setting's secret is removed", "", trimmed.to_vec()));
    }
    if bare.len() != trimmed.len() {
        found.push(text("quotes", "the quotation marks around it are removed", "", bare.to_vec()));
    }
    for prefix in PREFIXES {
        match bare.strip_prefix(prefix.as_bytes()) {
            Some(rest) => found.push(text("prefix", "left out in front of", prefix, rest.to_vec())),
            None if ADDED.contains(prefix) => {
                found.push(text("prefix", "kept in front of", prefix, [prefix.as_bytes(), bare].concat()));
            }
            None => {}
        }
    }
    for (change, end) in ENDS {
        found.push(text("whitespace", change, "", [bare, end].concat()));
    }
    found
}

/// What stands between quotation marks, or in the repr of bytes.
fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'b', quote @ (b'\'' | b'"'), inner @ .., end] if quote == end => inner,
        [quote @ (b'\'' | b'"'), inner @ .., end] if quote == end => inner,
        _ => text,
    }
}

/// What senders write in front of secrets and keys, the longest first.
const PREFIXES: &[&str] =
    &["v1,whsec_", "whsec_", "v1,", "whpk_", "polar_whs_", "Bearer ", "Basic ", "Token ", "sha256=", "0x"];

/// Those that a sender may have kept where the setting lacks them.
const ADDED: &[&str] = &["whsec_", "whpk_"];

const ENDS: &[(&str, &[u8])] = &[
    ("the sender's secret is taken with a newline at its end", b"\n"),
    ("the sender's secret is taken with CR and LF at its end", b"\r\n"),
    ("the sender's secret is taken with a space at its end", b" "),
];

/// How a spelling becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// As the record reads it.
    Own,
    Text,
    Base64,
    Base64Url,
    Hex,
}

/// The readings that make sense: bytes for keyed hashes, text alone where the secret itself is sent or a public key is due.
fn readings(record: &Record) -> impl Iterator<Item = Reading> + use<'_> {
    let any = |wanted: fn(Primitive) -> bool| record.proofs.iter().any(|proof| wanted(proof.algorithm.primitive));
    let keyed = any(|primitive| matches!(primitive, Primitive::Mac(_) | Primitive::SelfHash));
    let sent = any(|primitive| primitive == Primitive::Equal);
    let all: &[Reading] = match (keyed, sent) {
        (true, _) => &[Reading::Own, Reading::Text, Reading::Base64, Reading::Base64Url, Reading::Hex],
        (false, true) => &[Reading::Own, Reading::Text],
        (false, false) => &[Reading::Own],
    };
    all.iter().copied()
}

impl Reading {
    fn read(self, text: &[u8]) -> Option<Secret> {
        let bytes = match self {
            Self::Own => return Secret::new(Zeroizing::new(text.to_vec())).ok(),
            Self::Text => Some(Zeroizing::new(text.to_vec())),
            Self::Base64 => decode_base64_unpadded(text),
            Self::Base64Url => decode_base64_url(text).map(Zeroizing::new),
            Self::Hex => decode_hex(text),
        };
        bytes.filter(|bytes| !bytes.is_empty()).map(Secret::of_key)
    }

    fn is(self, decoding: &Decoding) -> bool {
        match decoding {
            Decoding::Verbatim | Decoding::Nfkd | Decoding::Strip(_) | Decoding::Basic | Decoding::Token68 => {
                self == Self::Text
            }
            Decoding::Whsec | Decoding::Base64 => self == Self::Base64,
            Decoding::WhsecOrRaw => matches!(self, Self::Base64 | Self::Text),
            Decoding::Hex => self == Self::Hex,
            Decoding::Sha1 | Decoding::Public(_) => false,
        }
    }

    const fn change(self, prefix: &str) -> &'static str {
        match (self, prefix.is_empty()) {
            (Self::Own | Self::Text, true) => "used as plain text, as it stands",
            (Self::Own | Self::Text, false) => "used as plain text, without its prefix",
            (Self::Base64, true) => "decoded from base64 first",
            (Self::Base64, false) => "decoded from base64 first, without its prefix",
            (Self::Base64Url, _) => "decoded from base64url first",
            (Self::Hex, _) => "decoded from hexadecimal first",
        }
    }
}

/// How the record reads secrets.
fn expected(record: &Record) -> impl Iterator<Item = &Decoding> {
    record.proofs.iter().flat_map(|proof| match &proof.keys {
        Keys::Secrets { decodings, .. } => decodings.as_slice(),
        Keys::Remote(_) => &[],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(provider: &str, text: &str) -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let record = Record::named(provider).unwrap();
        let made = match Secret::new(Zeroizing::new(text.into())) {
            Ok(secret) => misread(&record, &secret),
            Err(_) => misread_flawed(&record, text.as_bytes()),
        };
        made.iter().map(|one| (one.kind, one.prefix, keys(&record, &one.secret).remove(0).to_vec())).collect()
    }

    #[test]
    fn white_space_and_quotation_marks_are_taken_off() {
        assert_eq!(("whitespace", "", b"a-good-secret".to_vec()), changes("github", "a-good-secret\n")[1]);
        assert!(changes("github", "'a-good-secret'").contains(&("quotes", "", b"a-good-secret".to_vec())));
        assert!(changes("github", "b\"a-good-secret\"").contains(&("quotes", "", b"a-good-secret".to_vec())));
        assert!(changes("github", "a-good-secret").contains(&("whitespace", "", b"a-good-secret\n".to_vec())));
    }

    #[test]
    fn prefixes_are_taken_off_and_put_in_front() {
        assert!(changes("stripe", "whsec_MfKQ").contains(&("prefix", "whsec_", b"MfKQ".to_vec())));
        assert!(changes("stripe", "MfKQ").contains(&("prefix", "whsec_", b"whsec_MfKQ".to_vec())));
        assert!(changes("svix", "v1,whsec_MfKQ").contains(&("prefix", "v1,whsec_", vec![0x31, 0xf2, 0x90])));
    }

    #[test]
    fn another_encoding_is_tried() {
        assert!(changes("stripe", "whsec_MfKQ").contains(&("encoding", "", vec![0x31, 0xf2, 0x90])));
        assert!(changes("svix", "whsec_MfKQ").contains(&("encoding", "", b"whsec_MfKQ".to_vec())));
        assert!(changes("svix", "whsec_MfKQ").contains(&("encoding", "", b"MfKQ".to_vec())));
        assert!(changes("github", "00ff00ff").contains(&("encoding", "", vec![0, 255, 0, 255])));
        assert!(changes("adyen-standard", "00ff00ff").contains(&("encoding", "", b"00ff00ff".to_vec())));
    }

    #[test]
    fn a_key_comes_once_and_never_as_the_record_reads_it() {
        for (provider, text) in [("github", "a-good-secret"), ("svix", "whsec_MfKQ"), ("basic", "user:password-1")] {
            let record = Record::named(provider).unwrap();
            let own = keys(&record, &Secret::new(Zeroizing::new(text.into())).unwrap());
            let mut made: Vec<_> = changes(provider, text).into_iter().map(|(_, _, key)| key).collect();
            assert!(made.iter().all(|key| own.iter().all(|other| **other != **key)), "{provider}");
            let count = made.len();
            made.sort();
            made.dedup();
            assert_eq!(count, made.len(), "{provider}");
        }
    }

    #[test]
    fn public_keys_are_read_as_text_alone() {
        assert!(changes("discord", &"0a".repeat(32)).iter().all(|(kind, ..)| *kind != "encoding"));
    }
}
