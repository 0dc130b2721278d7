//! Messages whose envelope says what is signed: tokens, and signed HTTP messages.

use serde_json::{Map, Value};

use super::draft::Draft;
use super::editable::{set, written};
use super::{IMPOSSIBLE, SignError, SigningKey, derived};
use crate::content_digest;
use crate::http_signature::{SignatureParameters, prepare, signature_field};
use crate::jwt::{self, JwtAlgorithm};
use crate::record::algorithm::Envelope;
use crate::record::place::Place;
use crate::remote::Source;
use crate::signature_base::Request;
use crate::url::Url;

/// Makes the envelope, signs it, and puts it where the record says it stands. It names the key where that has a slot, as the
/// verifier takes the name of a key for its slot.
///
/// # Errors
/// The message is not of the shape that the provider signs.
pub(super) fn seal(draft: &mut Draft<'_>, key: &SigningKey, slot: Option<&str>) -> Result<(), SignError> {
    match draft.proof.algorithm.envelope {
        Envelope::Token(algorithm) => token(draft, key, slot, algorithm),
        Envelope::Message(algorithm) => message(draft, key, slot, algorithm),
        Envelope::Template => Err(IMPOSSIBLE),
    }
}

fn token(
    draft: &mut Draft<'_>,
    key: &SigningKey,
    slot: Option<&str>,
    algorithm: JwtAlgorithm,
) -> Result<(), SignError> {
    let mut claims = Value::Object(Map::new());
    let seconds = draft.message.now.get().div_euclid(1_000);
    for (name, moment) in [("nbf", seconds), ("exp", seconds.saturating_add(LIFETIME))] {
        if draft.proof.envelope.demands.iter().any(|demanded| demanded == name) {
            set(&mut claims, &[name.to_owned()], Value::from(moment))?;
        }
    }
    for (part, index) in draft.proof.parts.iter().zip(0_usize..) {
        if let (Place::Json(pointer), Some(text)) = (&part.place, draft.text_of(part, index)?) {
            let tokens = draft.proof.pointers.get(*pointer).ok_or(IMPOSSIBLE)?.tokens();
            set(&mut claims, tokens, written(&text, draft.is_number(index)))?;
        }
    }
    draft.claims = Some(claims.to_string().into_bytes());
    for rule in draft.proof.require.iter().filter(|rule| !rule.absent) {
        if let Place::Json(pointer) = &rule.place {
            let text = String::from_utf8(draft.assembled(&rule.equals)?).map_err(|_| IMPOSSIBLE)?;
            let tokens = draft.proof.pointers.get(*pointer).ok_or(IMPOSSIBLE)?.tokens();
            set(&mut claims, tokens, Value::String(text))?;
        }
    }
    let kid = slot.or_else(|| draft.proof.source().map(Source::usual_location));
    let input = jwt::signing_input(algorithm, kid, claims.to_string().as_bytes());
    let signature = key.sign(draft.proof.algorithm.primitive, &[input.as_bytes()])?;
    draft.place_signature(&jwt::complete(&input, &signature))
}

fn message(draft: &mut Draft<'_>, key: &SigningKey, slot: Option<&str>, algorithm: &str) -> Result<(), SignError> {
    let components: Vec<_> = draft.proof.envelope.covers.iter().map(String::as_str).collect();
    if components.contains(&"content-digest") {
        draft.headers.push(("Content-Digest".to_owned(), content_digest::write(&draft.body.bytes())));
    }
    let nonce = draft.message.event_id.map_or_else(|| derived("nonce", draft.message), |id| Ok(id.to_owned()))?;
    let parameters = SignatureParameters {
        created: Some(draft.message.now.get().div_euclid(1_000)),
        keyid: slot.map(str::to_owned),
        alg: Some(algorithm.to_owned()),
        nonce: Some(nonce),
        ..SignatureParameters::default()
    };
    let named: Vec<_> = draft.headers.iter().map(|(name, text)| (name.to_ascii_lowercase(), text.clone())).collect();
    let headers: Vec<_> = named.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let url = draft.message.url.and_then(Url::parse).ok_or(SignError::new("this provider signs the URL: give url"))?;
    let request = Request { method: draft.message.method, url, headers: &headers };
    let unsigned = prepare(LABEL, &components, &parameters, &request).ok_or(IMPOSSIBLE)?;
    let signature = key.sign(draft.proof.algorithm.primitive, &[&unsigned.base])?;
    let field = signature_field(LABEL, &signature).ok_or(IMPOSSIBLE)?;
    draft.headers.extend([("Signature-Input".to_owned(), unsigned.input), ("Signature".to_owned(), field)]);
    Ok(())
}

/// The name under which the signature stands among others.
const LABEL: &str = "sig1";

/// Seconds from signing to expiry: what the senders of this family use.
const LIFETIME: i64 = 300;
