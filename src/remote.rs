//! Keys that are fetched: whose addresses are the sender's own, and which certificate behind them is his. One table says both.
//!
//! An address is held against its rule before anything is fetched; a key is judged again for each message that it is to verify.

mod address;
mod request;

use std::fmt;

pub use request::KeyRequest;

use serde::Deserialize;

use crate::certificate::Chain;
use crate::error::SecretError;
use crate::public_key::{KeyText, PublicKey, Scheme};
use crate::time::UnixMillis;

/// A sender whose keys are fetched.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Amazon SNS.
    Sns,
    /// Scaleway Topics and Events, in the format of SNS.
    Scaleway,
    /// `PayPal`.
    Paypal,
    /// Plaid; it serves single keys.
    Plaid,
}

impl Source {
    /// Every source.
    pub(crate) const ALL: [Self; 4] = [Self::Sns, Self::Scaleway, Self::Paypal, Self::Plaid];

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sns => "sns",
            Self::Scaleway => "scaleway",
            Self::Paypal => "paypal",
            Self::Plaid => "plaid",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// What its keys verify.
    fn schemes(self) -> &'static [Scheme] {
        match self {
            Self::Sns | Self::Scaleway => &[Scheme::RsaPkcs1Sha1, Scheme::RsaPkcs1Sha256],
            Self::Paypal => &[Scheme::RsaPkcs1Sha256],
            Self::Plaid => &[Scheme::EcdsaP256Raw],
        }
    }

    /// Whom a certificate must name, when it must be valid, and where it must lead; nothing for single keys.
    fn trust(self) -> Option<Trust> {
        match self {
            // SNS serves a leaf alone: that it came from the host of the rule, over TLS, stands for the chain.
            Self::Sns => Some(Trust { name: Some(|name| name == "sns.amazonaws.com"), at: At::Signed, roots: None }),
            Self::Scaleway => Some(Trust { name: None, at: At::Signed, roots: Some(SCALEWAY) }),
            Self::Paypal => {
                Some(Trust { name: Some(|name| name.ends_with(".paypal.com")), at: At::Now, roots: Some(PAYPAL) })
            }
            Self::Plaid => None,
        }
    }
}

/// Why a key is not taken for the sender's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// What was fetched is no certificate, or no key of the kind that the sender uses.
    NoKey,
    /// The location is not the sender's, or belongs to another region than the topic.
    Location,
    /// It names somebody else.
    Name,
    /// It is not valid at the time that counts.
    Time,
    /// It does not lead to a root that is trusted.
    Chain,
}

impl Distrust {
    /// What is wrong with the key.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoKey => "no certificate or key of this sender",
            Self::Location => "its location is not the sender's, or of another region than the topic",
            Self::Name => "it names somebody else",
            Self::Time => "it is not valid at the time that counts",
            Self::Chain => "it does not lead to a trusted root",
        }
    }
}

/// A fetched key, parsed once.
pub struct RemoteKey {
    source: Source,
    location: Box<str>,
    chain: Option<Chain>,
    keys: Vec<(Scheme, PublicKey)>,
}

impl RemoteKey {
    /// The key in a text that was fetched: a PEM chain, the leaf first, or a JWK whose `kid` is the location.
    ///
    /// # Errors
    /// [`Distrust::Location`] or [`Distrust::NoKey`].
    pub fn parse(source: Source, location: &str, text: &[u8]) -> Result<Self, Distrust> {
        if !source.owns(location) {
            return Err(Distrust::Location);
        }
        let chain = source.trust().map(|_| Chain::parse(text).ok_or(Distrust::NoKey)).transpose()?;
        let key = |scheme: Scheme| match &chain {
            Some(chain) => PublicKey::from_spki(scheme, chain.spki(), LEAST_BITS),
            None => PublicKey::parse(scheme, KeyText::Jwk, text, LEAST_BITS),
        };
        if chain.is_none() && !is_single(location, text) {
            return Err(Distrust::NoKey);
        }
        let keys = source.schemes().iter().map(|scheme| Ok((*scheme, key(*scheme)?)));
        let keys = keys.collect::<Result<_, SecretError>>().map_err(|_| Distrust::NoKey)?;
        Ok(Self { source, location: location.into(), chain, keys })
    }

    /// The key, if it may be trusted with a message of this topic (where the source has topics) that says it was signed at `signed`.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn trusted(
        &self,
        scheme: Scheme,
        topic: Option<&str>,
        signed: UnixMillis,
        now: UnixMillis,
    ) -> Result<&PublicKey, Distrust> {
        if let Some((chain, trust)) = self.chain.as_ref().zip(self.source.trust()) {
            trust.judge(chain, signed, now)?;
        }
        if topic.is_some_and(|topic| !self.source.serves(&self.location, topic)) {
            return Err(Distrust::Location);
        }
        self.keys.iter().find(|(of, _)| *of == scheme).map(|(_, key)| key).ok_or(Distrust::NoKey)
    }
}

impl fmt::Debug for RemoteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RemoteKey({:?}, {:?})", self.source, self.location)
    }
}

/// What makes a certificate a sender's.
struct Trust {
    /// What one of its DNS names must be; where the roots sign for nobody else, it may have any or none.
    name: Option<fn(&str) -> bool>,
    at: At,
    roots: Option<Roots>,
}

/// The time at which a certificate must be valid.
enum At {
    /// The message's: it is delivered again for an hour or more, while certificates change.
    Signed,
    /// The receiver's.
    Now,
}

impl Trust {
    fn judge(&self, chain: &Chain, signed: UnixMillis, now: UnixMillis) -> Result<(), Distrust> {
        let moment = match self.at {
            At::Signed => signed,
            At::Now => now,
        };
        let named = self.name.is_none_or(|is_theirs| chain.dns_names().iter().any(|name| is_theirs(name)));
        let leads = self.roots.is_none_or(|roots| chain.leads_to(roots.anchors, roots.links, moment));
        match (named, chain.valid_at(moment), leads) {
            (false, _, _) => Err(Distrust::Name),
            (_, false, _) => Err(Distrust::Time),
            (_, _, false) => Err(Distrust::Chain),
            _ => Ok(()),
        }
    }
}

/// Where a chain may end, and links that a sender may leave out.
#[derive(Clone, Copy)]
struct Roots {
    anchors: &'static [&'static [u8]],
    links: &'static [&'static [u8]],
}

/// Scaleway's own authority, as it publishes it for its customers to keep: <https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-trust-chain.pem>,
/// the same text for nl-ams. The root lasts until 2032-06-25, the link until 2027-12-05.
const SCALEWAY: Roots = Roots {
    anchors: &[include_bytes!("certificate/roots/scaleway-mnq-root.der")],
    links: &[include_bytes!("certificate/roots/scaleway-mnq.der")],
};

/// The root and the link that PayPal's SDK ships (paypalrestsdk 1.13.3, `data/`), and the roots of the same authority under which it
/// issues certificates of RSA keys today, as Mozilla has them.
const PAYPAL: Roots = Roots {
    anchors: &[
        include_bytes!("certificate/roots/digicert-high-assurance-ev-root.der"),
        include_bytes!("certificate/roots/digicert-global-root-g2.der"),
        include_bytes!("certificate/roots/digicert-trusted-root-g4.der"),
        include_bytes!("certificate/roots/digicert-tls-rsa4096-root-g5.der"),
    ],
    links: &[include_bytes!("certificate/roots/digicert-sha2-extended-validation.der")],
};

/// No certificate of today holds a smaller RSA key.
const LEAST_BITS: u16 = 2_048;

/// Whether a text is a JWK as Plaid publishes it: under its own name, for ES256, and not withdrawn.
fn is_single(location: &str, text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Named {
        kid: String,
        alg: String,
        expired_at: Option<serde::de::IgnoredAny>,
    }
    let jwk = serde_json::from_slice::<Named>(text);
    jwk.is_ok_and(|jwk| jwk.kid == location && jwk.alg == "ES256" && jwk.expired_at.is_none())
}

#[cfg(test)]
mod tests;
