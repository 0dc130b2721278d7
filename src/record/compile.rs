//! Turns a record as it is written into the plan that is run; a record that compiles can be run.
//!
//! Each level adds its own name to an error, so that the message reads as a path: `proof 2: parts.ts: ...`.

use crate::error::RecordError;
use crate::json::Pointer;
use crate::limits::PARTS;
use crate::record::addresses::Addresses;
use crate::record::algorithm::Primitive;
use crate::record::model::{KeyKind, RawKey, RawProof, RawRecord, RawRequirement, RawSignature, RawTime, Shape};
use crate::record::place::{self, Part, Place};
use crate::record::places::{Headers, Places, ascii, pointer};
use crate::record::plan::{Condition, EventId, Facts, Keys, Proof, Requirement, Signature, TimeRule};
use crate::record::template::{self, Computed, Piece};
use crate::record::{Http, Record, handshake, rules};
use crate::rejection::Reason;
use crate::time::{TimeOf, TimeUnit};

/// Compiles a record.
pub(super) fn record(name: &str, raw: RawRecord) -> Result<Record, RecordError> {
    let mut headers = Headers::default();
    let mut proofs = Vec::with_capacity(raw.proof.len());
    for (proof, number) in raw.proof.into_iter().zip(1_usize..) {
        let compiled = compile_proof(proof, raw.time.as_ref(), raw.event.as_deref(), &mut headers);
        proofs.push(compiled.map_err(|error| error.within(format_args!("proof {number}")))?);
    }
    rules::check_record(&proofs, &raw.options)?;
    raw.addresses.as_ref().map_or(Ok(()), Addresses::check)?;
    let handshakes = handshake::compile(raw.handshake, &proofs, &raw.options, &mut headers)?;
    let by_content =
        |proof: &Proof| proof.reads_form() || proof.reads_json() || matches!(proof.when, Some(Condition::Body(_)));
    let content_type = proofs.iter().any(by_content).then(|| headers.index("Content-Type"));
    let retry = raw.http.retry;
    let http = Http { refusal: raw.http.refusal, success: raw.http.success, retry, max_body: raw.http.max_body };
    Ok(Record {
        name: name.into(),
        title: raw.title,
        docs: raw.docs,
        aliases: raw.aliases,
        grade: raw.grade,
        notes: raw.notes,
        addresses: raw.addresses,
        options: raw.options,
        headers: headers.0,
        content_type,
        proofs,
        time: raw.time.map(|time| time_rule(&time, retry)),
        http,
        handshakes,
    })
}

/// The tolerance of a record that names none follows from what its time means: a sender that signs every attempt anew is
/// fresh within 300 s; one that signs once may come as late as its last retry (a day, where that is not known).
fn time_rule(raw: &RawTime, retry: Option<u32>) -> TimeRule {
    let by_meaning = if raw.of == TimeOf::Attempt { 300 } else { retry.unwrap_or(86_400) };
    TimeRule { unit: raw.unit, of: raw.of, tolerance: raw.tolerance.unwrap_or(by_meaning), side: raw.side }
}

fn compile_proof(
    raw: RawProof,
    time: Option<&RawTime>,
    event: Option<&str>,
    headers: &mut Headers,
) -> Result<Proof, RecordError> {
    let mut places = Places::new(headers);
    let when = raw.when.as_ref().map(|when| places.condition(when)).transpose()?;
    let signature = compile_signature(&raw.signature, &mut places).map_err(|error| error.within("signature"))?;
    let (parts, event_place) = compile_parts(&raw, time, event, &mut places)?;
    let mut computed = Vec::new();
    let template = raw.signed.as_deref().unwrap_or_default();
    let signed = template::parse(template, &parts, &mut computed).map_err(|error| error.within("signed"))?;
    let require = compile_require(&raw.require, &parts, &mut places, &mut computed)?;
    let index = |name: Option<&str>| parts.iter().position(|part| Some(&*part.name) == name);
    let time = time.map(|time| time.part.as_str());
    let (time_index, event_index) = (index(time), index(event));
    let proof = Proof {
        when,
        algorithm: raw.algorithm,
        keys: compile_keys(raw.key).map_err(|error| error.within("key"))?,
        slot: raw.slot.map(Into::into),
        signature,
        signed,
        computed,
        require,
        urls: raw.url,
        each: raw.each.as_deref().map(pointer).transpose().map_err(|error| error.within("each"))?,
        envelope: raw.envelope,
        pointers: places.into_pointers()?,
        time: time_index,
        event: event_index.map(EventId::Part).or(event_place.map(EventId::Json)),
        parts,
        facts: Facts::default(),
    }
    .with_facts();
    rules::check_proof(&proof, time, event)?;
    Ok(proof)
}

/// The parts that verification needs, and the pointer of an event id that lies in the signed body and can wait.
fn compile_parts(
    raw: &RawProof,
    time: Option<&RawTime>,
    event: Option<&str>,
    places: &mut Places<'_>,
) -> Result<(Vec<Part>, Option<Pointer>), RecordError> {
    let (mut parts, mut event_pointer) = (Vec::new(), None);
    for (name, raw_place) in &raw.parts {
        let within = |error: RecordError| error.within(format_args!("parts.{name}"));
        if template::RESERVED.contains(&name.as_str()) {
            return Err(within(RecordError::new("is a name that templates use for something else")));
        }
        let needed = is_needed(raw, name) || time.is_some_and(|time| time.part == *name);
        match &raw_place.json {
            Some(text) if can_wait(raw, raw_place.form.as_ref()) && !needed && event == Some(name.as_str()) => {
                event_pointer = Some(pointer(text).map_err(within)?);
            }
            _ if !needed && event != Some(name.as_str()) => {
                return Err(within(RecordError::new("is used nowhere: neither in signed, nor as time, nor as event")));
            }
            _ => parts.push(Part {
                name: name.as_str().into(),
                place: places.place(raw_place).map_err(within)?,
                shown: place::shown(raw_place),
                optional: raw_place.optional,
                commas: time.is_some_and(|time| time.part == *name && time.unit == TimeUnit::Rfc1123)
                    || raw.signed.as_ref().is_some_and(|template| template::lists(template, name)),
            }),
        }
    }
    if parts.len() > PARTS {
        return Err(RecordError::new(format!("parts: at most {PARTS} are possible")));
    }
    Ok((parts, event_pointer))
}

/// Whether a template names the part, or the family takes it by its name.
fn is_needed(raw: &RawProof, name: &str) -> bool {
    let templates = raw.signed.iter().chain(raw.require.iter().filter_map(|rule| rule.equals.as_ref()));
    let remote = raw.key.kind == KeyKind::Remote && name == rules::CERTIFICATE;
    remote || templates.into_iter().any(|template| template::mentions(template, name))
}

/// Whether an event id in the JSON body is read only when it is asked for; a shared secret's is read at once.
fn can_wait(raw: &RawProof, form: Option<&String>) -> bool {
    !matches!(raw.algorithm.primitive, Primitive::Equal | Primitive::Sns) && raw.each.is_none() && form.is_none()
}

fn compile_keys(raw: RawKey) -> Result<Keys, RecordError> {
    match (raw.kind, raw.source) {
        (KeyKind::Remote, Some(source)) if raw.text.is_empty() => Ok(Keys::Remote(source)),
        (KeyKind::Remote, _) => Err(RecordError::new("a remote key has a source, and no text")),
        (_, Some(_)) => Err(RecordError::new("source belongs to remote keys")),
        (kind, None) => {
            let public = |decoding: &_| matches!(decoding, crate::record::model::Decoding::Public(_));
            if raw.text.is_empty() {
                return Err(RecordError::new("text: names at least one decoding"));
            }
            if !raw.text.iter().all(|decoding| public(decoding) == (kind == KeyKind::Public)) {
                return Err(RecordError::new(
                    "text: spki, hex-32, base64-32, whpk and jwk are for public keys, the others for shared",
                ));
            }
            Ok(Keys::Secrets { decodings: raw.text, min_bits: raw.min_bits.unwrap_or(2_048) })
        }
    }
}

fn compile_require(
    raw: &[RawRequirement],
    parts: &[Part],
    places: &mut Places<'_>,
    computed: &mut Vec<Computed>,
) -> Result<Vec<Requirement>, RecordError> {
    let compile = |(rule, number): (&RawRequirement, usize)| {
        let within = |error: RecordError| error.within(format_args!("require {number}"));
        if rule.equals.is_some() == rule.absent {
            return Err(within(RecordError::new("a value equals something, or is absent")));
        }
        let template = rule.equals.as_deref().unwrap_or_default();
        let equals = template::parse(template, parts, computed).map_err(within)?;
        let reason = if rule.absent { Reason::BodyNotCovered } else { reason_of(&equals, computed) };
        let padded = template.starts_with("{sha256-base64url:");
        let (place, shown) = (places.place(&rule.at).map_err(within)?, place::shown(&rule.at));
        Ok(Requirement { place, shown, equals, reason, optional: rule.at.optional, absent: rule.absent, padded })
    };
    raw.iter().zip(1_usize..).map(compile).collect()
}

/// What a delivery that does not meet a requirement is refused for, judged by what is compared.
fn reason_of(equals: &[Piece], computed: &[Computed]) -> Reason {
    let made = |piece: &Piece| match piece {
        Piece::Computed(index) => computed.get(*index).cloned(),
        _ => None,
    };
    if equals.iter().filter_map(made).any(|computed| computed.covers_body()) {
        Reason::BodyNotCovered
    } else if equals.iter().filter_map(made).any(|computed| matches!(computed, Computed::Option(_))) {
        Reason::UnknownKey
    } else if equals.iter().all(|piece| matches!(piece, Piece::Literal(_))) {
        Reason::WrongAlgorithm
    } else {
        Reason::SignatureMismatch
    }
}

fn compile_signature(raw: &RawSignature, places: &mut Places<'_>) -> Result<Signature, RecordError> {
    let error = |message| Err(RecordError::new(message));
    match (raw.shape, raw.version.is_some(), raw.split.is_some(), raw.join.is_some()) {
        (Shape::Versions, false, ..)
        | (Shape::Versions | Shape::Pairs, _, false, _)
        | (Shape::Pairs, false, _, false) => {
            return error("a list needs version and split");
        }
        (Shape::Plain | Shape::Numbered, true, ..) => {
            return error("version belongs to shape \"pairs\" or \"versions\"");
        }
        (Shape::Plain | Shape::Numbered | Shape::Versions, _, _, true) => {
            return error("join belongs to shape \"pairs\"");
        }
        _ => {}
    }
    let numbered = if raw.shape == Shape::Numbered { places.numbered(&raw.at)? } else { Vec::new() };
    let place = match numbered.first() {
        Some(first) => Place::Header(*first),
        None => places.place(&raw.at)?,
    };
    Ok(Signature {
        place,
        shown: place::shown(&raw.at),
        shape: raw.shape,
        prefix: raw.prefix.as_deref().unwrap_or_default().into(),
        version: raw.version.as_deref().unwrap_or_default().into(),
        split: raw.split.map(ascii).transpose()?,
        join: raw.join.map_or(Ok(b'='), ascii)?,
        numbered: numbered.get(1..).unwrap_or_default().to_vec(),
        scheme: raw.scheme.as_deref().map(Into::into),
        encoding: raw.encoding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "Acme"
docs = "https://example.com"
grade = "A"
event = "id"
time = { part = "ts", unit = "s", of = "attempt" }
[[proof]]
algorithm = "hmac-sha256"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "X-Sig" }, shape = "plain", encoding = "hex" }
signed = "{ts}.{body}"
parts.ts = { header = "X-Time" }
parts.id = { json = "/id" }
"#;

    fn message(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        Record::from_toml("acme", &GOOD.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn a_record_derives_what_it_needs() {
        let record = Record::from_toml("acme", GOOD).unwrap();
        assert_eq!(vec!["x-sig", "x-time"], record.headers().map(|name| &**name).collect::<Vec<_>>());
        assert_eq!((Some(300), true, false), (record.tolerance(), record.reads_body(), record.needs_url()));
    }

    #[test]
    fn the_tolerance_follows_from_the_meaning_of_the_time() {
        let tolerance =
            |text: &str| Record::from_toml("acme", &GOOD.replace("of = \"attempt\"", text)).unwrap().tolerance();
        assert_eq!(Some(86_400), tolerance("of = \"unknown\""));
        assert_eq!(Some(60), tolerance("of = \"event\", tolerance = 60"));
    }

    #[test]
    fn a_wrong_record_says_where() {
        for (from, to, expected) in [
            ("{ts}.{body}", "{ts}.{bodi}", "proof 1: signed: {bodi} is no part"),
            ("{ts}.{body}", "{body}", "proof 1: time.part \"ts\": is not signed"),
            ("{ts}.{body}", "{ts}", "proof 1: event \"id\": is not signed"),
            ("json = \"/id\"", "json = \"id\"", "proof 1: parts.id: \"id\" is no JSON pointer"),
            (
                "header = \"X-Time\"",
                "header = \"X-Time\", optional = true",
                "proof 1: time.part \"ts\": must not be optional",
            ),
            ("header = \"X-Time\"", "header = \"X Time\"", "proof 1: parts.ts: \"X Time\" is no header name"),
            ("header = \"X-Time\"", "header = \"A\", query = \"b\"", "proof 1: parts.ts: a place is exactly one of"),
            ("event = \"id\"", "", "proof 1: parts.id: is used nowhere"),
            ("parts.id", "parts.body", "proof 1: parts.body: is a name that templates use"),
            ("hmac-sha256", "equal", "proof 1: signed: a shared secret signs nothing"),
            ("shape = \"plain\"", "shape = \"pairs\"", "proof 1: signature: a list needs version and split"),
            (
                "signed =",
                "require = [{ at = { header = \"A\" } }]\nsigned =",
                "proof 1: require 1: a value equals something, or is absent",
            ),
            (
                "signed =",
                "require = [{ at = { header = \"A\" }, equals = \"b\", absent = true }]\nsigned =",
                "proof 1: require 1: a value equals something, or is absent",
            ),
        ] {
            let found = message(from, to);
            assert!(found.starts_with(expected), "{from} -> {to}: {found}");
        }
        assert!(message("hmac-sha256", "hmac-md5").contains("hmac-sha512"));
        assert!(message("grade = \"A\"", "grade = \"A\"\ncolour = 1").contains("unknown field `colour`"));
    }

    #[test]
    fn a_signature_is_over_something_of_the_request() {
        let text = "title = \"Acme\"\ndocs = \"https://example.com\"\ngrade = \"A\"\n[[proof]]\nalgorithm = \"hmac-sha256\"\n\
                    key = { kind = \"shared\", text = [\"verbatim\"] }\nsigned = \"{method}{url}hello\"\n\
                    signature = { at = { header = \"X-Sig\" }, shape = \"plain\", encoding = \"hex\" }\n";
        assert!(Record::from_toml("acme", text).unwrap_err().to_string().contains("neither {body} nor a part"));
        assert!(Record::from_toml("acme", &text.replace("hello", "{body}")).is_ok());
    }

    #[test]
    fn strengths_do_not_mix() {
        let second = GOOD.split_once("[[proof]]").unwrap().1.replace("sha256", "sha1");
        let error = Record::from_toml("acme", &format!("{GOOD}[[proof]]{second}")).unwrap_err();
        assert_eq!("proof: the algorithms of one record must not differ in strength", error.to_string());
    }
}
