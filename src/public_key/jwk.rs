//! Public keys as JSON Web Keys (RFC 7517, 7518, 8037): one key, its kind and its use named, nothing private in it.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use serde::Deserialize;

use crate::encoding::{Encoding, decode_base64_url};
use crate::error::SecretError;
use crate::json;

use super::text::ED25519_SPKI;
use super::{Kind, Scheme};

/// The `SubjectPublicKeyInfo` of a JWK.
///
/// # Errors
/// What the text is instead of a key for this scheme.
pub(super) fn read(scheme: Scheme, text: &[u8]) -> Result<Vec<u8>, SecretError> {
    json::check(text).map_err(|_| NOT_JWK)?;
    let jwk: Jwk = serde_json::from_slice(text).map_err(|_| NOT_JWK)?;
    if jwk.keys.is_some() {
        return Err(SET);
    }
    if jwk.d.is_some() || jwk.k.is_some() {
        return Err(SECRET);
    }
    if !jwk.may_verify(scheme) {
        return Err(OTHER_USE);
    }
    jwk.spki().ok_or(NOT_JWK)
}

/// The JWK of a `SubjectPublicKeyInfo`. RSA keys are not written so: no sender of ours has one.
pub(super) fn write(scheme: Scheme, spki: &[u8]) -> Option<String> {
    let url = |bytes: &[u8]| Encoding::Base64Url.encode(bytes);
    match scheme.kind() {
        Kind::Ed25519 => {
            let x = url(spki.strip_prefix(&ED25519_SPKI)?);
            Some(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#))
        }
        Kind::P256 => {
            let (x, y) = spki.strip_prefix(&P256_SPKI)?.split_at_checked(32)?;
            Some(format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, url(x), url(y)))
        }
        Kind::Rsa => None,
    }
}

/// The members that matter; others say nothing about the key. serde refuses each of these where it comes twice.
#[derive(Deserialize)]
struct Jwk {
    kty: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    d: Option<serde::de::IgnoredAny>,
    k: Option<serde::de::IgnoredAny>,
    keys: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    /// RFC 7517 sections 4.2 to 4.4: what the key says it is for must be what it is taken for.
    fn may_verify(&self, scheme: Scheme) -> bool {
        let names: &[&str] = match scheme {
            Scheme::Ed25519 => &["EdDSA", "Ed25519"],
            Scheme::EcdsaP256Der | Scheme::EcdsaP256Raw => &["ES256"],
            Scheme::RsaPkcs1Sha1 => &["RS1"],
            Scheme::RsaPkcs1Sha256 => &["RS256"],
            Scheme::RsaPssSha512 => &["PS512"],
        };
        self.alg.as_deref().is_none_or(|alg| names.contains(&alg))
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|uses| uses.iter().any(|of| of == "verify"))
    }

    fn spki(&self) -> Option<Vec<u8>> {
        match (self.kty.as_deref()?, self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Some([&ED25519_SPKI[..], &coordinate(self.x.as_ref())?].concat()),
            ("EC", Some("P-256")) => {
                Some([&P256_SPKI[..], &coordinate(self.x.as_ref())?, &coordinate(self.y.as_ref())?].concat())
            }
            ("RSA", None) => {
                let [n, e] = [&self.n, &self.e].map(|text| decode_base64_url(text.as_ref()?.as_bytes()));
                let key = RsaPublicKeyComponents { n: n?, e: e? };
                key.as_der().ok().map(|spki| spki.as_ref().to_vec())
            }
            _ => None,
        }
    }
}

/// A coordinate of either curve: exactly 32 bytes (RFC 7518 section 6.2.1.2, RFC 8037 section 2).
fn coordinate(text: Option<&String>) -> Option<Vec<u8>> {
    decode_base64_url(text?.as_bytes()).filter(|bytes| bytes.len() == 32)
}

/// What stands before x and y of an uncompressed P-256 point in its `SubjectPublicKeyInfo` (RFC 5480 section 2).
const P256_SPKI: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

const COPY: &str = "Copy the key as the sender shows it: one JSON object with kty, and with x, x and y, or n and e.";
const NOT_JWK: SecretError = SecretError { sentence: "is no JSON Web Key of a public key", fix: COPY };
const SET: SecretError =
    SecretError { sentence: "is a set of JSON Web Keys", fix: "Give the keys one by one, as a list of secrets." };
const SECRET: SecretError = SecretError {
    sentence: "is a JSON Web Key that holds a private or shared key",
    fix: "Only the sender may have it. Give the public key, and have the sender make a new pair, for this one has left its home.",
};
const OTHER_USE: SecretError = SecretError {
    sentence: "is a JSON Web Key for another algorithm or use than this sender's signatures (alg, use, key_ops)",
    fix: COPY,
};
