//! An envelope that says itself what is signed, opened: a token (JWT), or the signature of an HTTP message (RFC 9421).

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::constant_time::Digest;
use crate::content_digest;
use crate::http_signature::{Demands, HttpSignature, SignatureParameters};
use crate::json::{Finds, Found};
use crate::jwt::Token;
use crate::proof::Claimed;
use crate::record::algorithm::{Envelope, Primitive};
use crate::record::model::RawEnvelope;
use crate::record::place::Fields;
use crate::record::plan::Proof;
use crate::rejection::{Reason, Rejection};
use crate::request::Head;
use crate::signature_base::Request;
use crate::time::UnixMillis;
use crate::url::Url;

/// What was found in one. Nothing of it is proven before its signature holds.
#[derive(Debug)]
pub(crate) enum Opened<'h> {
    Token(Token<'h>),
    /// The signature, and the field that vouches for the body where it has to be covered.
    Message(HttpSignature, Option<String>),
}

impl<'h> Opened<'h> {
    /// Opens what stands in the signature's header; nothing for proofs whose template says what is signed.
    ///
    /// # Errors
    /// [`Reason::WrongAlgorithm`], [`Reason::MalformedSignature`], [`Reason::BodyNotCovered`], [`Reason::MissingSignature`].
    pub(crate) fn read(proof: &Proof, text: &'h str, head: &Head<'h>) -> Result<Option<Self>, Rejection> {
        match proof.algorithm.envelope {
            Envelope::Template => Ok(None),
            Envelope::Token(algorithm) => {
                let text = bare(text, proof.signature.scheme.as_deref()).ok_or(Reason::MalformedSignature)?;
                Ok(Some(Self::Token(Token::parse(text, algorithm)?)))
            }
            Envelope::Message(algorithm) => message(&proof.envelope, algorithm, head).map(Some),
        }
    }

    /// The signature it carries.
    ///
    /// # Errors
    /// [`Reason::MalformedSignature`] for a code that is longer than any.
    pub(crate) fn claimed(&self, primitive: Primitive) -> Result<Claimed, Rejection> {
        let signature = match self {
            Self::Token(token) => token.signature(),
            Self::Message(message, _) => &message.signature,
        };
        Ok(match primitive {
            Primitive::Mac(hash) if signature.len() == hash.length() => {
                Claimed::Codes(SmallVec::from_iter([Digest::of(signature).ok_or(Reason::MalformedSignature)?]))
            }
            Primitive::Mac(_) => return Err(Reason::MalformedSignature.into()),
            _ => Claimed::Signatures(SmallVec::from_iter([signature.to_vec()])),
        })
    }

    /// The claims or parameters that the proof takes from it.
    ///
    /// # Errors
    /// [`Reason::MalformedSignature`].
    pub(crate) fn fields(&self, proof: &Proof) -> Result<Fields<'_>, Rejection> {
        Ok(Fields::Json(match self {
            Self::Token(token) => token.claims(&proof.pointers)?,
            Self::Message(message, _) => {
                let name = |tokens: &[String]| tokens.first().map(String::as_str).unwrap_or_default().to_owned();
                let found =
                    proof.pointers.iter().map(|pointer| parameter(&message.parameters, &name(pointer.tokens())));
                found.collect::<Finds<'_>>()
            }
        }))
    }

    /// The signed bytes.
    pub(crate) fn signed(&self) -> &[u8] {
        match self {
            Self::Token(token) => token.signing_input(),
            Self::Message(message, _) => &message.base,
        }
    }

    /// The name of the key that it says it was signed with.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Token(token) => token.kid(),
            Self::Message(message, _) => message.parameters.keyid.as_deref(),
        }
    }

    /// Whether a digest that it signs is the body's, where that is not for the record's requirements to say.
    ///
    /// # Errors
    /// [`Reason::BodyNotCovered`].
    pub(crate) fn covers(&self, body: &[u8]) -> Result<(), Reason> {
        match self {
            Self::Message(_, Some(digest)) => content_digest::check(digest, body),
            Self::Message(_, None) | Self::Token(_) => Ok(()),
        }
    }

    /// Whether it is valid now, by the times it carries itself. To be asked once the signature holds.
    ///
    /// # Errors
    /// [`Reason::Stale`], [`Reason::Future`], and [`Reason::MissingSignature`] for a time that is demanded.
    pub(crate) fn judge(&self, rule: &RawEnvelope, now: UnixMillis) -> Result<(), Rejection> {
        match self {
            Self::Token(token) => {
                let demanded: SmallVec<[&str; 3]> = rule.demands.iter().map(String::as_str).collect();
                token.times(&demanded, rule.leeway, now)
            }
            Self::Message(message, _) => message.parameters.holds_at(now, rule.leeway),
        }
    }
}

fn message<'h>(rule: &RawEnvelope, algorithm: &str, head: &Head<'h>) -> Result<Opened<'h>, Rejection> {
    let headers: Vec<_> = head.every.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let url = Url::parse(head.url.unwrap_or_default()).ok_or(Reason::MalformedHeader)?;
    let request = Request { method: head.method, url, headers: &headers };
    let components: Vec<_> = rule.covers.iter().map(String::as_str).collect();
    let demands = Demands { algorithm, components: &components, label: None, tag: None };
    let signature = HttpSignature::read(&request, &demands)?;
    let digest = components.contains(&"content-digest").then(|| request.field("content-digest")).flatten();
    Ok(Opened::Message(signature, digest))
}

fn parameter<'f>(parameters: &SignatureParameters, name: &str) -> Option<Found<'f>> {
    let number = |seconds: Option<i64>| seconds.map(|seconds| seconds.to_string());
    let text = match name {
        "created" => number(parameters.created),
        "expires" => number(parameters.expires),
        "keyid" => parameters.keyid.clone(),
        "nonce" => parameters.nonce.clone(),
        "tag" => parameters.tag.clone(),
        _ => None,
    };
    text.map(|text| Found::Text(Cow::Owned(text)))
}

/// What follows the word in front of credentials.
fn bare<'t>(text: &'t str, scheme: Option<&str>) -> Option<&'t str> {
    let Some(scheme) = scheme.filter(|scheme| !scheme.is_empty()) else { return Some(text) };
    text.split_once(' ').filter(|(word, _)| word.eq_ignore_ascii_case(scheme)).map(|(_, bare)| bare)
}
