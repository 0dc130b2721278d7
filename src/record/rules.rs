//! What a record must not say: times and ids that nobody signed, and fields that belong to another family.

use crate::encoding::Encoding;
use crate::error::RecordError;
use crate::record::algorithm::{Envelope, Primitive};
use crate::record::model::{Decoding, Shape, Urls};
use crate::record::place::{Part, Place};
use crate::record::plan::{EventId, Keys, Proof, Signature};
use crate::record::template::{Computed, Piece};

/// The part that says where a certificate is to be had.
pub(crate) const CERTIFICATE: &str = "certificate";

/// What one proof must not say. `time` and `event` are the names that the record gives.
pub(super) fn check_proof(proof: &Proof, time: Option<&str>, event: Option<&str>) -> Result<(), RecordError> {
    check_time(proof, time)?;
    check_event(proof, event)?;
    let problem = match (proof.algorithm.envelope, proof.algorithm.primitive) {
        (_, Primitive::Equal) => shared_secret_problem(proof),
        (Envelope::Template, _) => signature_problem(proof),
        (Envelope::Token(_) | Envelope::Message(_), _) => envelope_problem(proof),
    };
    let problem = problem.or_else(|| key_problem(proof)).or_else(|| item_problem(proof));
    problem.map_or(Ok(()), |message| Err(RecordError::new(message)))
}

/// What the proofs of a record must not say together.
pub(super) fn check_record(proofs: &[Proof], options: &[String]) -> Result<(), RecordError> {
    if proofs.is_empty() {
        return Err(RecordError::new("proof: a record needs at least one"));
    }
    let same =
        |of: fn(&Proof, &Proof) -> bool| proofs.windows(2).all(|pair| matches!(pair, [left, right] if of(left, right)));
    if !same(|left, right| left.algorithm.strength() == right.algorithm.strength()) {
        return Err(RecordError::new("proof: the algorithms of one record must not differ in strength"));
    }
    if proofs.iter().any(is_public) && proofs.iter().any(takes_any_text) {
        return Err(RecordError::new(
            "proof: beside a public key, a shared secret has to be told apart from it: whsec, hex or base64, not verbatim",
        ));
    }
    let named = proofs.iter().flat_map(|proof| &proof.computed).filter_map(|computed| match computed {
        Computed::Option(name) => Some(&**name),
        _ => None,
    });
    for name in named {
        if !options.iter().any(|option| option == name) {
            return Err(RecordError::new(format!("{{option:{name}}} is not among the record's options")));
        }
    }
    Ok(())
}

/// A time that is not signed says nothing, and one that may be absent can be left out by a forger.
fn check_time(proof: &Proof, time: Option<&str>) -> Result<(), RecordError> {
    let Some(name) = time else { return Ok(()) };
    let within = |message| Err(RecordError::new(message).within(format_args!("time.part {name:?}")));
    match proof.time.and_then(|index| proof.parts.get(index).map(|part| (index, part))) {
        None => within("is no part of this proof"),
        Some((_, part)) if part.optional => within("must not be optional"),
        Some((index, part)) if is_signed(proof, index, part) => Ok(()),
        Some(_) => within("is not signed: it stands neither in the template nor in a signed body"),
    }
}

fn check_event(proof: &Proof, event: Option<&str>) -> Result<(), RecordError> {
    let Some(name) = event else { return Ok(()) };
    let within = |message| Err(RecordError::new(message).within(format_args!("event {name:?}")));
    match &proof.event {
        None => within("is no part of this proof"),
        Some(EventId::Json(_)) if proof.signs_body() => Ok(()),
        Some(EventId::Part(index)) if proof.parts.get(*index).is_some_and(|part| is_signed(proof, *index, part)) => {
            Ok(())
        }
        Some(_) => within("is not signed: anybody could change it"),
    }
}

fn is_signed(proof: &Proof, index: usize, part: &Part) -> bool {
    let authenticated = proof.signs_body() || proof.shares_secret() || proof.signs_fields();
    let in_body = part.place.is_late() && (authenticated || proof.algorithm.envelope != Envelope::Template);
    in_body || proof.signed.contains(&Piece::Part(index)) || proof.lists_header(&part.place)
}

fn shared_secret_problem(proof: &Proof) -> Option<&'static str> {
    let Signature { shape, place, encoding, .. } = &proof.signature;
    if !proof.signed.is_empty() {
        Some("signed: a shared secret signs nothing")
    } else if *shape != Shape::Plain {
        Some("signature.shape: a shared secret is \"plain\"")
    } else if !matches!(place, Place::Header(_) | Place::Query(_)) {
        Some("signature.at: a shared secret stands in a header or in the query")
    } else if !matches!(encoding, Encoding::Text | Encoding::Base64) {
        Some("signature.encoding: a shared secret is \"text\" or \"base64\"")
    } else {
        None
    }
}

fn signature_problem(proof: &Proof) -> Option<&'static str> {
    let of_request = |piece: &Piece| match piece {
        Piece::Body | Piece::Part(_) => true,
        Piece::Computed(index) => !matches!(proof.computed.get(*index), Some(Computed::Option(_)) | None),
        _ => false,
    };
    let implied = matches!(proof.algorithm.primitive, Primitive::SelfHash | Primitive::Sns);
    if implied != proof.signed.is_empty() {
        Some("signed: SNS messages and self-hashes imply it, everything else needs it")
    } else if !implied && !proof.signed.iter().any(of_request) && !proof.signs_body() {
        Some("signed: holds neither {body} nor a part, so one signature would be good for every delivery")
    } else if proof.signature.encoding == Encoding::Text {
        Some("signature.encoding: a signature is hex, base64 or base64url")
    } else if proof.signature.scheme.is_some() {
        Some("signature.scheme: belongs to a shared secret")
    } else if proof.urls == Urls::PortVariants && !proof.signed.contains(&Piece::Url) {
        Some("url: the template has no {url}")
    } else {
        None
    }
}

fn envelope_problem(proof: &Proof) -> Option<&'static str> {
    if !proof.signed.is_empty() {
        Some("signed: a token or a signed message says itself what is signed")
    } else if !matches!(proof.signature.place, Place::Header(_)) || proof.signature.shape != Shape::Plain {
        Some("signature.at: a token or a signature of a message stands in one header, plain")
    } else if matches!(proof.algorithm.envelope, Envelope::Message(_)) && proof.envelope.covers.is_empty() {
        Some("envelope.covers: name the components that have to be signed")
    } else {
        None
    }
}

fn key_problem(proof: &Proof) -> Option<&'static str> {
    match (&proof.keys, proof.algorithm.primitive) {
        (Keys::Secrets { .. }, Primitive::Sns) => Some("key.kind: SNS keys are remote"),
        (Keys::Remote(_), Primitive::Sns | Primitive::Public(_)) => None,
        (Keys::Remote(_), _) => Some("key.kind: only public keys are remote"),
        (Keys::Secrets { decodings, .. }, primitive) => {
            let of_credentials = |decoding: &Decoding| matches!(decoding, Decoding::Basic | Decoding::Token68);
            if decodings.iter().any(of_credentials) && primitive != Primitive::Equal {
                Some("key.text: basic and token68 are no keys of a signature")
            } else if is_public(proof) != matches!(primitive, Primitive::Public(_)) {
                Some("key.kind: public keys go with ed25519, ecdsa and rsa, shared ones with the rest")
            } else {
                None
            }
        }
    }
}

fn item_problem(proof: &Proof) -> Option<&'static str> {
    let item_only = proof.each.is_some()
        && (proof.signs_body() || proof.reads_form() || !matches!(proof.signature.place, Place::Json(_)));
    item_only.then_some("each: signature and parts are \"item\" places, and nothing else of the body is signed")
}

fn is_public(proof: &Proof) -> bool {
    match &proof.keys {
        Keys::Secrets { decodings, .. } => decodings.iter().any(|decoding| matches!(decoding, Decoding::Public(_))),
        Keys::Remote(_) => true,
    }
}

/// Whether the text of a public key would be taken for a shared secret, too.
fn takes_any_text(proof: &Proof) -> bool {
    let any = |decoding: &Decoding| {
        matches!(
            decoding,
            Decoding::Verbatim | Decoding::Nfkd | Decoding::Strip(_) | Decoding::WhsecOrRaw | Decoding::Sha1
        )
    };
    matches!(&proof.keys, Keys::Secrets { decodings, .. } if decodings.iter().any(any))
}
