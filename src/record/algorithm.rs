//! What a proof computes. Pinned by the record; no input chooses it.

use serde::Deserialize;

use crate::jwt::JwtAlgorithm;
use crate::keyed::Hash;
use crate::public_key::Scheme;

/// A way to sign: what is wrapped around the signed bytes, and what is computed over them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(crate) struct Algorithm {
    pub(crate) envelope: Envelope,
    pub(crate) primitive: Primitive,
}

/// What says which bytes are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// The template of the record.
    Template,
    /// A compact token: RFC 7515, RFC 7519.
    Token(JwtAlgorithm),
    /// The components that the delivery names: RFC 9421; the algorithm by its registered name.
    Message(&'static str),
}

/// What is computed over the signed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    /// Nothing: the delivery carries the secret itself.
    Equal,
    /// A message authentication code.
    Mac(Hash),
    /// A signature that a public key verifies.
    Public(Scheme),
    /// RSA with the hash that the message names by its version: Amazon SNS.
    Sns,
    /// MD5 of the body with the key in the place of the digest: Unisender Go.
    SelfHash,
}

/// How hard a proof is to forge. The proofs of one record are of one strength, so that nobody can choose a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// The secret is there to be read.
    Readable,
    /// Rests on SHA-1 or MD5.
    Aged,
    /// 128 bits or more.
    Strong,
}

impl Algorithm {
    const fn of(envelope: Envelope, primitive: Primitive) -> Self {
        Self { envelope, primitive }
    }

    pub(crate) const fn strength(self) -> Strength {
        match self.primitive {
            Primitive::Equal => Strength::Readable,
            Primitive::Mac(Hash::Sha1) | Primitive::Public(Scheme::RsaPkcs1Sha1) | Primitive::SelfHash => {
                Strength::Aged
            }
            Primitive::Mac(_) | Primitive::Public(_) | Primitive::Sns => Strength::Strong,
        }
    }
}

impl TryFrom<String> for Algorithm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = NAMES.iter().find(|(name, _)| *name == text).map(|(_, algorithm)| *algorithm);
        known.ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("{text:?} is no algorithm; there are {}", names.join(" "))
        })
    }
}

const NAMES: &[(&str, Algorithm)] = &[
    ("equal", Algorithm::of(Envelope::Template, Primitive::Equal)),
    ("hmac-sha1", Algorithm::of(Envelope::Template, Primitive::Mac(Hash::Sha1))),
    ("hmac-sha256", Algorithm::of(Envelope::Template, Primitive::Mac(Hash::Sha256))),
    ("hmac-sha384", Algorithm::of(Envelope::Template, Primitive::Mac(Hash::Sha384))),
    ("hmac-sha512", Algorithm::of(Envelope::Template, Primitive::Mac(Hash::Sha512))),
    ("ed25519", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::Ed25519))),
    ("ecdsa-p256-sha256-der", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::EcdsaP256Der))),
    ("ecdsa-p256-sha256-raw", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::EcdsaP256Raw))),
    ("rsa-pkcs1-sha1", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::RsaPkcs1Sha1))),
    ("rsa-pkcs1-sha256", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::RsaPkcs1Sha256))),
    ("rsa-pss-sha512", Algorithm::of(Envelope::Template, Primitive::Public(Scheme::RsaPssSha512))),
    ("sns", Algorithm::of(Envelope::Template, Primitive::Sns)),
    ("unisender-md5", Algorithm::of(Envelope::Template, Primitive::SelfHash)),
    ("jwt-hs256", Algorithm::of(Envelope::Token(JwtAlgorithm::Hs256), Primitive::Mac(Hash::Sha256))),
    ("jwt-hs384", Algorithm::of(Envelope::Token(JwtAlgorithm::Hs384), Primitive::Mac(Hash::Sha384))),
    ("jwt-hs512", Algorithm::of(Envelope::Token(JwtAlgorithm::Hs512), Primitive::Mac(Hash::Sha512))),
    ("jwt-es256", Algorithm::of(Envelope::Token(JwtAlgorithm::Es256), Primitive::Public(Scheme::EcdsaP256Raw))),
    ("jwt-rs256", Algorithm::of(Envelope::Token(JwtAlgorithm::Rs256), Primitive::Public(Scheme::RsaPkcs1Sha256))),
    ("jwt-eddsa", Algorithm::of(Envelope::Token(JwtAlgorithm::EdDsa), Primitive::Public(Scheme::Ed25519))),
    ("http-signature-hmac-sha256", Algorithm::of(Envelope::Message("hmac-sha256"), Primitive::Mac(Hash::Sha256))),
    ("http-signature-ed25519", Algorithm::of(Envelope::Message("ed25519"), Primitive::Public(Scheme::Ed25519))),
    (
        "http-signature-ecdsa-p256-sha256",
        Algorithm::of(Envelope::Message("ecdsa-p256-sha256"), Primitive::Public(Scheme::EcdsaP256Raw)),
    ),
    (
        "http-signature-rsa-pss-sha512",
        Algorithm::of(Envelope::Message("rsa-pss-sha512"), Primitive::Public(Scheme::RsaPssSha512)),
    ),
    (
        "http-signature-rsa-v1_5-sha256",
        Algorithm::of(Envelope::Message("rsa-v1_5-sha256"), Primitive::Public(Scheme::RsaPkcs1Sha256)),
    ),
];
