//! The mirror of the verifier: signs a message as the provider would. For tests, tools and demonstrations.
//!
//! It runs the same compiled record as the verifier, so the two cannot drift apart; what a provider fills with chance (tokens,
//! ids) is derived from the message here, because the core knows no randomness.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::encoding::Encoding;
use crate::error::SecretError;
use crate::keyed::{Hash, MacKey};
use crate::options::Options;
use crate::private_key::PrivateKey;
use crate::proof::{self, Key};
use crate::public_key::Scheme;
use crate::record::Record;
use crate::record::algorithm::{Envelope, Primitive};
use crate::record::plan::{Condition, Proof};
use crate::request::Content;
use crate::secret::Secret;
use crate::time::UnixMillis;
use draft::Draft;

mod draft;
mod editable;
mod envelope;

/// Signs with one secret; where the provider signs with a private key, with that.
pub struct Signer {
    record: Arc<Record>,
    secret: Arc<Secret>,
    options: Options,
}

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// The body, as the provider would write it.
    pub body: &'m [u8],
    /// When it is signed.
    pub now: UnixMillis,
    /// The event id, for providers that sign one outside the body; without it one is derived from the message.
    pub event_id: Option<&'m str>,
    /// The method, upper case.
    pub method: &'m str,
    /// The URL, for providers that sign it.
    pub url: Option<&'m str>,
    /// The Content-Type of the body.
    pub content_type: &'m str,
}

/// What goes over the wire.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Header names and values, Content-Type included.
    pub headers: Vec<(String, String)>,
    /// The body, with the fields of the signature where the provider puts them there.
    pub body: Vec<u8>,
    /// The URL, with the fields of the query where the provider puts some there.
    pub url: Option<String>,
}

/// Why a message cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignError(pub Cow<'static, str>);

impl SignError {
    const fn new(message: &'static str) -> Self {
        Self(Cow::Borrowed(message))
    }
}

const IMPOSSIBLE: SignError = SignError::new("the record cannot be signed");
const NO_PROOF: SecretError = SecretError {
    sentence: "is a key of no proof of this provider",
    fix: "Remove slot=..., or use one of the names that the provider's page lists.",
};

/// What a secret is to a signer.
enum SigningKey {
    /// The secret itself is sent.
    Sent(proof::key::KeyBytes),
    Mac(Box<MacKey>),
    Private(Box<PrivateKey>),
    Own(proof::key::KeyBytes),
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({}, ..)", self.record.name())
    }
}

impl Signer {
    /// A signer. Its secret is a private key where the provider signs with one, otherwise what the verifier takes.
    ///
    /// # Errors
    /// The secret can be no key of the record.
    pub fn new(record: Arc<Record>, secret: Arc<Secret>, options: Options) -> Result<Self, SecretError> {
        let mut first = None;
        for proof in record.proofs.iter().filter(|proof| proof.takes(secret.slot())) {
            match SigningKey::of(proof, &secret) {
                Ok(_) => return Ok(Self { record, secret, options }),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(NO_PROOF))
    }

    /// Signs a message with the first proof that fits its content type and this secret.
    ///
    /// # Errors
    /// No proof fits, or the body is not of the shape that the proof takes fields from.
    pub fn sign(&self, message: &Message<'_>) -> Result<Signed, SignError> {
        let content = Content::of(message.content_type);
        let applies = |proof: &&Proof| match &proof.when {
            Some(Condition::Body(kind)) => *kind == content.kind,
            Some(Condition::Header(_)) | None => true,
        };
        let takes = |proof: &&Proof| proof.takes(self.secret.slot());
        let keyed = |proof| Some((proof, SigningKey::of(proof, &self.secret).ok()?));
        let mut proofs = self.record.proofs.iter().filter(applies).filter(takes).filter_map(keyed);
        let (proof, key) =
            proofs.next().ok_or(SignError::new("no proof of this provider fits the content type and the secret"))?;
        let mut draft = Draft::new(&self.record, proof, &self.options, message, content);
        if proof.algorithm.envelope == Envelope::Template {
            draft.by_template(&key)?;
        } else {
            envelope::seal(&mut draft, &key, self.secret.slot())?;
        }
        Ok(draft.finish())
    }
}

/// A new pair of keys for providers that sign with one: the private text for [`Signer`], the public one as `SECRETS` takes it (for
/// remote keys: as `SubjectPublicKeyInfo`). Nothing for those that share a secret.
///
/// # Errors
/// The provider signs in a way in which nothing new is signed.
pub fn key_pair(record: &Record) -> Result<Option<(String, String)>, SecretError> {
    let scheme = |proof: &Proof| Some((signing_scheme(proof.algorithm.primitive)?, proof.public_form()));
    let Some((scheme, form)) = record.proofs.iter().find_map(scheme) else { return Ok(None) };
    let key = PrivateKey::generate(scheme)?;
    let private = key.private_text(form).map(|text| text.to_string());
    Ok(private.zip(key.public_text(form)))
}

impl SigningKey {
    fn of(proof: &Proof, secret: &Secret) -> Result<Self, SecretError> {
        if let Some(scheme) = signing_scheme(proof.algorithm.primitive) {
            return PrivateKey::parse(scheme, secret.expose()).map(|key| Self::Private(Box::new(key)));
        }
        let key = proof::keys_of(proof, secret)?.into_iter().next();
        match (proof.algorithm.primitive, key) {
            (Primitive::Equal, Some(Key::Shared(bytes))) => Ok(Self::Sent(bytes)),
            (Primitive::SelfHash, Some(Key::Shared(bytes))) => Ok(Self::Own(bytes)),
            (Primitive::Mac(hash), Some(Key::Shared(bytes))) => {
                MacKey::new(hash, &bytes).map(|key| Self::Mac(Box::new(key))).ok_or(NO_PROOF)
            }
            _ => Err(NO_PROOF),
        }
    }

    /// The raw signature of these pieces.
    fn sign(&self, primitive: Primitive, pieces: &[&[u8]]) -> Result<Vec<u8>, SignError> {
        match (self, primitive) {
            (Self::Mac(key), Primitive::Mac(hash)) => {
                key.digest(pieces).map(|digest| digest.bytes(hash.length()).to_vec()).ok_or(IMPOSSIBLE)
            }
            (Self::Private(key), _) => key.sign(pieces).ok_or(IMPOSSIBLE),
            _ => Err(IMPOSSIBLE),
        }
    }
}

/// The scheme by which a private key signs. SNS messages are signed as version 2: version 1 rests on SHA-1, with which nothing new
/// should be signed.
fn signing_scheme(primitive: Primitive) -> Option<Scheme> {
    match primitive {
        Primitive::Public(scheme) => Some(scheme),
        Primitive::Sns => Some(Scheme::RsaPkcs1Sha256),
        Primitive::Equal | Primitive::Mac(_) | Primitive::SelfHash => None,
    }
}

/// A text that differs for each name, message and moment: the core knows no randomness. With 64 digits it is longer than
/// what Braintree may be asked to sign, which is no payload.
fn derived(name: &str, message: &Message<'_>) -> Result<String, SignError> {
    let moment = message.now.get().to_le_bytes();
    let mac = MacKey::new(Hash::Sha256, name.as_bytes()).and_then(|key| key.digest(&[&moment, message.body]));
    mac.map(|digest| Encoding::Hex.encode(digest.bytes(32))).ok_or(IMPOSSIBLE)
}

#[cfg(test)]
mod tests;
