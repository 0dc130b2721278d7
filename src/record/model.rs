//! The provider record as it is written: one short TOML file (or the same as JSON), parsed by serde, with nothing derived yet.
//!
//! Every value a record needs is a named part, and a part is a place. What is signed, what must be read, whether the body is
//! authenticated: all of that follows from the template and is never declared, so it cannot be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::encoding::Encoding;
use crate::public_key::KeyText;
use crate::record::addresses::Addresses;
use crate::record::algorithm::Algorithm;
use crate::record::handshake::RawHandshake;
use crate::remote::Source;
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
    /// What the settings have to say beside the secrets: names that templates use as `{option:NAME}`.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    #[serde(default)]
    pub(crate) http: RawHttp,
    #[serde(default)]
    pub(crate) handshake: Vec<RawHandshake>,
    /// What the owner of an endpoint should know of this sender, for the documentation.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// What the provider publishes of the addresses that it sends from.
    #[serde(default)]
    pub(crate) addresses: Option<Addresses>,
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
    /// The template of the signed bytes; absent where the secret itself is sent, and where the envelope says what is signed.
    #[serde(default)]
    pub(crate) signed: Option<String>,
    #[serde(default)]
    pub(crate) parts: BTreeMap<String, RawPlace>,
    /// What must hold beside the signature.
    #[serde(default)]
    pub(crate) require: Vec<RawRequirement>,
    /// Which spellings of the URL are tried.
    #[serde(default)]
    pub(crate) url: Urls,
    /// The pointer of an array in the body of which every item is signed by itself; `item` places are pointers within one.
    #[serde(default)]
    pub(crate) each: Option<String>,
    /// How a token or a signed HTTP message is judged.
    #[serde(default)]
    pub(crate) envelope: RawEnvelope,
}

/// What a token (JWT) or a signed HTTP message (RFC 9421) has to satisfy beside its signature.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEnvelope {
    /// Seconds by which the two clocks may differ where `exp`, `nbf` or `expires` are judged.
    #[serde(default)]
    pub(crate) leeway: u32,
    /// Claims or parameters that must be there: `exp`.
    #[serde(default)]
    pub(crate) demands: Vec<String>,
    /// The components that a signed HTTP message must cover: `@method`, `content-digest`.
    #[serde(default)]
    pub(crate) covers: Vec<String>,
}

/// A value that must equal a text made from the delivery, or must not be there at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRequirement {
    pub(crate) at: RawPlace,
    /// A template, as that of the signed bytes.
    #[serde(default)]
    pub(crate) equals: Option<String>,
    /// Whether it must be absent, because it vouches for a body of another kind.
    #[serde(default)]
    pub(crate) absent: bool,
}

/// Which spellings of the URL may have been signed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Urls {
    /// The one that the sender saw.
    #[default]
    AsSent,
    /// With and without the port; both are always computed (Twilio).
    PortVariants,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKey {
    pub(crate) kind: KeyKind,
    /// How the configured text becomes a key; each entry gives one candidate.
    #[serde(default)]
    pub(crate) text: Vec<Decoding>,
    /// The shortest RSA modulus that is taken, in bits.
    #[serde(default)]
    pub(crate) min_bits: Option<u16>,
    /// Whence a remote key comes.
    #[serde(default)]
    pub(crate) source: Option<Source>,
}

/// What a key is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// Both sides hold the same bytes.
    Shared,
    /// The settings hold the sender's public key.
    Public,
    /// The sender's public key is fetched from the sender.
    Remote,
}

/// How the text of a secret becomes key bytes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(crate) enum Decoding {
    /// The UTF-8 bytes of the text.
    Verbatim,
    /// The UTF-8 bytes of the text in Unicode's normal form KD.
    Nfkd,
    /// The UTF-8 bytes of the text behind a prefix, or of the whole where it lacks the prefix.
    Strip(Box<str>),
    /// `whsec_` (optional) and base64, padding optional.
    Whsec,
    /// With `whsec_` base64, without it the UTF-8 bytes of the text.
    WhsecOrRaw,
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// The SHA-1 digest of the text (Braintree).
    Sha1,
    /// `user:password`.
    Basic,
    /// A bearer token: the characters of RFC 6750 (token68).
    Token68,
    /// A public key, in one of its ways of writing.
    Public(KeyText),
}

const DECODINGS: &[(&str, Decoding)] = &[
    ("verbatim", Decoding::Verbatim),
    ("nfkd", Decoding::Nfkd),
    ("whsec", Decoding::Whsec),
    ("whsec-or-raw", Decoding::WhsecOrRaw),
    ("base64", Decoding::Base64),
    ("hex", Decoding::Hex),
    ("sha1", Decoding::Sha1),
    ("basic", Decoding::Basic),
    ("token68", Decoding::Token68),
    ("spki", Decoding::Public(KeyText::Spki)),
    ("hex-32", Decoding::Public(KeyText::Hex32)),
    ("base64-32", Decoding::Public(KeyText::Base64_32)),
    ("whpk", Decoding::Public(KeyText::Whpk)),
    ("jwk", Decoding::Public(KeyText::Jwk)),
];

impl TryFrom<String> for Decoding {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(prefix) = text.strip_prefix("strip:").filter(|prefix| !prefix.is_empty()) {
            return Ok(Self::Strip(prefix.into()));
        }
        let known = DECODINGS.iter().find(|(name, _)| *name == text).map(|(_, decoding)| decoding.clone());
        known.ok_or_else(|| {
            let names: Vec<_> = DECODINGS.iter().map(|(name, _)| *name).collect();
            format!("{text:?} is no way to write a key; there are {} strip:PREFIX", names.join(" "))
        })
    }
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
    /// In pairs: what stands between name and value, where that is no equals sign.
    #[serde(default)]
    pub(crate) join: Option<char>,
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
    /// `name=value` entries; those named `version` are signatures (Stripe), or all of them without it (Braintree).
    Pairs,
    /// One signature in each of several headers that are numbered from 1: `{n}` in the header's name (`DocuSign`).
    Numbered,
    /// `version,value` entries (Standard Webhooks).
    Versions,
}

/// Where a value stands in a request: exactly one location, or JSON within a form field.
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
    /// A pointer within an item of `each`.
    #[serde(default)]
    pub(crate) item: Option<String>,
    /// A claim of a token, or a parameter of a signed HTTP message.
    #[serde(default)]
    pub(crate) claim: Option<String>,
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
