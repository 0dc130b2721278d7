//! Turns a record as it is written into the plan that is run; a record that compiles can be run.
//!
//! Each level adds its own name to an error, so that the message reads as a path: `proof 2: parts.ts: ...`.

use crate::encoding::Encoding;
use crate::error::RecordError;
use crate::json::Pointer;
use crate::limits::PARTS;
use crate::record::model::{
    Algorithm, Decoding, KeyKind, RawPlace, RawProof, RawRecord, RawSignature, RawTime, Shape, When,
};
use crate::record::place::{self, Part, Place};
use crate::record::plan::{Condition, EventId, HeaderName, Proof, Signature, TimeRule};
use crate::record::template::{self, Piece};
use crate::record::{Http, Record};
use crate::time::{TimeOf, TimeUnit};

/// Compiles a record.
pub(super) fn record(name: &str, raw: RawRecord) -> Result<Record, RecordError> {
    let mut headers = Headers::default();
    let mut proofs = Vec::with_capacity(raw.proof.len());
    for (proof, number) in raw.proof.into_iter().zip(1_usize..) {
        let compiled = compile_proof(proof, raw.time.as_ref(), raw.event.as_deref(), &mut headers);
        proofs.push(compiled.map_err(|error| error.within(format_args!("proof {number}")))?);
    }
    if proofs.is_empty() {
        return Err(RecordError::new("proof: a record needs at least one"));
    }
    same_strength(&proofs)?;
    let by_content =
        |proof: &Proof| proof.reads_form() || proof.reads_json() || matches!(proof.when, Some(Condition::Body(_)));
    let content_type = proofs.iter().any(by_content).then(|| headers.index("Content-Type"));
    let retry = raw.http.retry;
    let http = Http {
        refusal: raw.http.refusal,
        probes: raw.http.probes,
        success: raw.http.success,
        retry,
        max_body: raw.http.max_body,
    };
    Ok(Record {
        name: name.into(),
        title: raw.title,
        docs: raw.docs,
        aliases: raw.aliases,
        grade: raw.grade,
        headers: headers.0,
        content_type,
        proofs,
        time: raw.time.map(|time| time_rule(&time, retry)),
        http,
    })
}

/// The header names of a record, each once.
#[derive(Default)]
struct Headers(Vec<HeaderName>);

impl Headers {
    fn index(&mut self, name: &str) -> usize {
        let known = self.0.iter().position(|header| header.lower.eq_ignore_ascii_case(name));
        known.unwrap_or_else(|| {
            self.0.push(HeaderName { lower: name.to_ascii_lowercase().into(), shown: name.into() });
            self.0.len().saturating_sub(1)
        })
    }
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
    let KeyKind::Shared = raw.key.kind;
    let mut places = Places { headers, pointers: Vec::new() };
    let when = raw.when.as_ref().map(|when| places.condition(when)).transpose()?;
    let signature = compile_signature(&raw.signature, &mut places).map_err(|error| error.within("signature"))?;
    let template = raw.signed.as_deref().unwrap_or_default();
    let (parts, event_place) = compile_parts(&raw, template, time, event, &mut places)?;
    let index = |name: Option<&str>| parts.iter().position(|part| Some(&*part.name) == name);
    let time = time.map(|time| time.part.as_str());
    let (time_index, event_index) = (index(time), index(event));
    let proof = Proof {
        when,
        algorithm: raw.algorithm,
        decodings: raw.key.text,
        slot: raw.slot.map(Into::into),
        signature,
        signed: template::parse(template, &parts)?,
        pointers: places.pointers,
        time: time_index,
        event: event_index.map(EventId::Part).or(event_place.map(EventId::Json)),
        parts,
    };
    check_time(&proof, time)?;
    check_event(&proof, event)?;
    check_family(&proof)?;
    Ok(proof)
}

/// What `{body}`, `{url}` and `{method}` stand for is no part.
const RESERVED: [&str; 3] = ["body", "url", "method"];

/// The parts that verification needs, and the pointer of an event id that lies in the signed body and can wait.
fn compile_parts(
    raw: &RawProof,
    template: &str,
    time: Option<&RawTime>,
    event: Option<&str>,
    places: &mut Places<'_>,
) -> Result<(Vec<Part>, Option<Pointer>), RecordError> {
    let (mut parts, mut event_pointer) = (Vec::new(), None);
    for (name, raw_place) in &raw.parts {
        let within = |error: RecordError| error.within(format_args!("parts.{name}"));
        if RESERVED.contains(&name.as_str()) {
            return Err(within(RecordError::new("is a name that templates use for something else")));
        }
        let needed = template.contains(&format!("{{{name}}}")) || time.is_some_and(|time| time.part == *name);
        match &raw_place.json {
            Some(text) if !needed && event == Some(name.as_str()) && raw.algorithm != Algorithm::Equal => {
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
                commas: time.is_some_and(|time| time.part == *name && time.unit == TimeUnit::Rfc1123),
            }),
        }
    }
    if parts.len() > PARTS {
        return Err(RecordError::new(format!("parts: at most {PARTS} are possible")));
    }
    Ok((parts, event_pointer))
}

fn compile_signature(raw: &RawSignature, places: &mut Places<'_>) -> Result<Signature, RecordError> {
    let needs_list = |shape| matches!(shape, Shape::Pairs | Shape::Versions);
    if needs_list(raw.shape) && (raw.version.is_none() || raw.split.is_none()) {
        return Err(RecordError::new("a list needs version and split"));
    }
    if !needs_list(raw.shape) && raw.version.is_some() {
        return Err(RecordError::new("version belongs to shape \"pairs\" or \"versions\""));
    }
    Ok(Signature {
        place: places.place(&raw.at)?,
        shown: place::shown(&raw.at),
        shape: raw.shape,
        prefix: raw.prefix.as_deref().unwrap_or_default().into(),
        version: raw.version.as_deref().unwrap_or_default().into(),
        split: raw.split.map(ascii).transpose()?,
        scheme: raw.scheme.as_deref().map(Into::into),
        encoding: raw.encoding,
    })
}

/// The places of one proof: headers go to the record's list, JSON pointers to the proof's.
struct Places<'a> {
    headers: &'a mut Headers,
    pointers: Vec<Pointer>,
}

impl Places<'_> {
    fn condition(&mut self, when: &When) -> Result<Condition, RecordError> {
        match when {
            When::Body(kind) => Ok(Condition::Body(*kind)),
            When::Header(name) => self.header(name).map(Condition::Header).map_err(|error| error.within("when")),
        }
    }

    fn place(&mut self, raw: &RawPlace) -> Result<Place, RecordError> {
        let place = match (&raw.header, &raw.query, &raw.form, &raw.json) {
            (Some(name), None, None, None) => {
                let header = self.header(name)?;
                return match (raw.pairs, &raw.name) {
                    (Some(split), Some(name)) => {
                        Ok(Place::Entry { header, split: ascii(split)?, name: name.as_str().into() })
                    }
                    (None, None) => Ok(Place::Header(header)),
                    _ => Err(RecordError::new("pairs and name go together")),
                };
            }
            (None, Some(name), None, None) => Place::Query(name.as_str().into()),
            (None, None, Some(name), None) => Place::Form(name.as_str().into()),
            (None, None, None, Some(text)) => {
                self.pointers.push(pointer(text)?);
                Place::Json(self.pointers.len().saturating_sub(1))
            }
            _ => return Err(RecordError::new("a place is exactly one of header, query, form, json")),
        };
        if raw.pairs.is_some() || raw.name.is_some() {
            return Err(RecordError::new("pairs and name belong to a header"));
        }
        Ok(place)
    }

    fn header(&mut self, name: &str) -> Result<usize, RecordError> {
        let token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if token { Ok(self.headers.index(name)) } else { Err(RecordError::new(format!("{name:?} is no header name"))) }
    }
}

fn pointer(text: &str) -> Result<Pointer, RecordError> {
    Pointer::parse(text).ok_or_else(|| RecordError::new(format!("{text:?} is no JSON pointer; it begins with a slash")))
}

fn ascii(letter: char) -> Result<u8, RecordError> {
    u8::try_from(letter)
        .ok()
        .filter(u8::is_ascii)
        .ok_or_else(|| RecordError::new(format!("{letter:?} is no ASCII character")))
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
    let authenticated = proof.signs_body() || proof.shares_secret();
    let in_body = matches!(part.place, Place::Json(_) | Place::Form(_)) && authenticated;
    in_body || proof.signed.contains(&Piece::Part(index))
}

/// What only one family may have.
fn check_family(proof: &Proof) -> Result<(), RecordError> {
    let problem = match proof.algorithm {
        _ if proof.decodings.is_empty() => Some("key.text: names at least one decoding"),
        Algorithm::Equal => shared_secret_problem(proof),
        _ => mac_problem(proof),
    };
    problem.map_or(Ok(()), |message| Err(RecordError::new(message)))
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

fn mac_problem(proof: &Proof) -> Option<&'static str> {
    let of_request = |piece: &Piece| matches!(piece, Piece::Body | Piece::Part(_));
    if !proof.signed.iter().any(of_request) {
        Some("signed: holds neither {body} nor a part, so one signature would be good for every delivery")
    } else if proof.signature.encoding == Encoding::Text {
        Some("signature.encoding: a signature is hex, base64 or base64url")
    } else if proof.signature.scheme.is_some() {
        Some("signature.scheme: belongs to a shared secret")
    } else if proof.decodings.iter().any(|decoding| matches!(decoding, Decoding::Basic | Decoding::Token68)) {
        Some("key.text: basic and token68 are no keys of a signature")
    } else {
        None
    }
}

/// A sender may choose between places, never between strengths.
fn same_strength(proofs: &[Proof]) -> Result<(), RecordError> {
    let same = proofs.windows(2).all(|pair| matches!(pair, [left, right] if left.algorithm == right.algorithm));
    if same { Ok(()) } else { Err(RecordError::new("proof: the algorithms of one record must not differ")) }
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
        assert_eq!("proof: the algorithms of one record must not differ", error.to_string());
    }
}
