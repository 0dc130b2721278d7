//! The provider record as it is written: one short TOML file (or the same as JSON), parsed by serde, with nothing derived yet.
//!
//! Every value a record needs is a named part, and a part is a place. What is signed, what must be read, whether the body is
//! authenticated: all of that follows from the template and is never declared, so it cannot be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::encoding::Encoding;
use crate::keyed::Hash;
use crate::request::BodyKind;
use crate::time::{Side, TimeOf, TimeUnit};

/// One provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRecord {
    pub(crate) title: String,
    pub(crate) docs: String,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    pub(crate) grade: Grade,
    pub(crate) proof: Vec<RawProof>,
    #[serde(default)]
    pub(crate) time: Option<RawTime>,
    /// Names the part that holds the event id.
    #[serde(default)]
    pub(crate) event: Option<String>,
    #[serde(default)]
    pub(crate) http: RawHttp,
}

/// How well the facts of a record are confirmed: by the provider's own text or code, by third parties, or not.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Grade {
    /// Read in the provider's own SDK, specification or documentation.
    A,
    /// Read in third-party code or text that quotes the provider.
    B,
}

impl Grade {
    /// The letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// One way to prove oneself. Proofs are read top down: the first `when` that holds opens a group, made of all following proofs
/// with the same `when`; one proof of that group must hold, and a later group is never tried.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProof {
    #[serde(default)]
    pub(crate) when: Option<When>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: RawKey,
    /// Which of the provider's several keys signs this one.
    #[serde(default)]
    pub(crate) slot: Option<String>,
    pub(crate) signature: RawSignature,
    /// The template of the signed bytes; absent where the secret itself is sent.
    #[serde(default)]
    pub(crate) signed: Option<String>,
    #[serde(default)]
    pub(crate) parts: BTreeMap<String, RawPlace>,
}

/// Where a sender chooses between locations. It never chooses between algorithms.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum When {
    /// The kind of body, judged by its Content-Type.
    Body(BodyKind),
    /// A header is present.
    Header(String),
}

/// What a proof computes. Pinned here; no input chooses it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// The delivery carries the secret itself.
    #[serde(rename = "equal")]
    Equal,
    #[serde(rename = "hmac-sha1")]
    HmacSha1,
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
    #[serde(rename = "hmac-sha384")]
    HmacSha384,
    #[serde(rename = "hmac-sha512")]
    HmacSha512,
}

impl Algorithm {
    /// The hash of a message authentication code; nothing where the secret itself is sent.
    pub(crate) const fn hash(self) -> Option<Hash> {
        match self {
            Self::Equal => None,
            Self::HmacSha1 => Some(Hash::Sha1),
            Self::HmacSha256 => Some(Hash::Sha256),
            Self::HmacSha384 => Some(Hash::Sha384),
            Self::HmacSha512 => Some(Hash::Sha512),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKey {
    pub(crate) kind: KeyKind,
    /// How the configured text becomes a key; each entry gives one candidate.
    pub(crate) text: Vec<Decoding>,
}

/// What a key is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// Both sides hold the same bytes.
    Shared,
}

/// How the text of a secret becomes key bytes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Decoding {
    /// The UTF-8 bytes of the text.
    Verbatim,
    /// `whsec_` (optional) and base64, padding optional.
    Whsec,
    /// With `whsec_` base64, without it the UTF-8 bytes of the text.
    WhsecOrRaw,
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// `user:password`.
    Basic,
    /// A bearer token: the characters of RFC 6750 (token68).
    Token68,
}

/// Where a signature stands and how it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSignature {
    pub(crate) at: RawPlace,
    pub(crate) shape: Shape,
    /// A text in front of every signature (`sha256=`).
    #[serde(default)]
    pub(crate) prefix: Option<String>,
    /// In lists: the name or version whose entries count.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// In lists: what stands between the entries.
    #[serde(default)]
    pub(crate) split: Option<char>,
    /// The word in front of credentials (`Basic`, `Bearer`), compared without regard to case.
    #[serde(default)]
    pub(crate) scheme: Option<String>,
    pub(crate) encoding: Encoding,
}

/// The form of a signature field.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// One signature, or a list of them with nothing but `split` between.
    Plain,
    /// `name=value` entries; those named `version` are signatures (Stripe).
    Pairs,
    /// `version,value` entries (Standard Webhooks).
    Versions,
}

/// Where a value stands in a request: exactly one of the four locations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPlace {
    #[serde(default)]
    pub(crate) header: Option<String>,
    #[serde(default)]
    pub(crate) query: Option<String>,
    #[serde(default)]
    pub(crate) form: Option<String>,
    #[serde(default)]
    pub(crate) json: Option<String>,
    /// The value is one of several `name=value` entries, with this character between them.
    #[serde(default)]
    pub(crate) pairs: Option<char>,
    /// The name of that entry.
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTime {
    pub(crate) part: String,
    pub(crate) unit: TimeUnit,
    pub(crate) of: TimeOf,
    /// Seconds. Absent: 300 where every attempt is signed anew, else the retry horizon.
    #[serde(default)]
    pub(crate) tolerance: Option<u32>,
    #[serde(default)]
    pub(crate) side: Side,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHttp {
    /// The bare status the sender demands for a refusal.
    #[serde(default)]
    pub(crate) refusal: Option<u16>,
    /// Methods beside POST that the sender probes with.
    #[serde(default)]
    pub(crate) probes: Vec<String>,
    /// Statuses that count as delivered; empty: every 2xx.
    #[serde(default)]
    pub(crate) success: Vec<u16>,
    /// Seconds from the first to the last automatic attempt; 0: never retried; absent: not known.
    #[serde(default)]
    pub(crate) retry: Option<u32>,
    /// Bytes.
    #[serde(default)]
    pub(crate) max_body: Option<usize>,
}
