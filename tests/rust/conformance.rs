//! Every conformance vector through the engine without Python: the same files that the Python tests read.

#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a vector file of ours that does not read is a failure of the test"
)]

use std::path::Path;
use std::sync::Arc;
use std::{fs, iter};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hookseal::{
    Body, Head, Header, Headers, Need, Options, Outcome, Reason, Record, Rejection, RemoteKey, Secret, Settings,
    UnixMillis, Verifier,
};
use serde_json::Value;
use zeroize::Zeroizing;

#[test]
fn every_vector_has_its_verdict() {
    let mut seen = 0;
    for file in vector_files() {
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for case in &cases {
            let expected = if case["valid"].as_bool().unwrap() { None } else { Some(case["reason"].as_str()) };
            let found = verdict(case).err().map(|rejection| rejection.reason().code());
            match (expected, found) {
                (None, None) | (Some(None), Some(_)) => {}
                (Some(Some(reason)), Some(code)) if reason == code => {}
                _ => panic!("{}: expected {expected:?}, found {found:?}", case["id"]),
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} vectors were found");
}

/// The vectors as seeds: bytes of their texts are changed at random (the same way in every run), and whatever comes of it is a
/// verdict.
#[test]
fn what_is_made_of_a_vector_by_chance_has_a_verdict_too() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(bound.max(1)).unwrap()).unwrap()
    };
    let mut judged = 0;
    for file in vector_files() {
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for case in cases.iter().filter(|case| case["valid"] == true) {
            let mut bent = case.clone();
            let headers = bent["headers"].as_object_mut().unwrap().values_mut();
            let mut texts: Vec<&mut Value> = headers.filter(|value| value.is_string()).collect();
            let which = chance(texts.len());
            if let Some(text) = texts.get_mut(which) {
                **text = bend(text.as_str().unwrap(), &mut chance).into();
            }
            for name in ["body", "url", "method"] {
                if let Some(text) = case[name].as_str().filter(|_| chance(2) == 0) {
                    bent[name] = bend(text, &mut chance).into();
                }
            }
            // A panic fails the test; both verdicts are fine, for not all that is bent was signed.
            let _either = verdict(&bent);
            judged += 1;
        }
    }
    assert!(judged > 1_000, "only {judged} seeds were found");
}

/// The text with one character cut, doubled or replaced.
fn bend(text: &str, chance: &mut impl FnMut(usize) -> usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = chance(letters.len());
    match (chance(3), letters.get(at).copied()) {
        (_, None) => letters.push('{'),
        (0, Some(_)) => drop(letters.remove(at)),
        (1, Some(letter)) => letters.insert(at, letter),
        (_, Some(_)) => letters[at] = ['\0', '"', '=', ',', '.', '\u{e9}', '9', ' '][chance(8)],
    }
    letters.into_iter().collect()
}

fn vector_files() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_cases = |file: &Path| file.extension() == Some("json".as_ref()) && !file.ends_with("schema.json");
    files.filter(|file| of_cases(file)).collect()
}

fn verdict(case: &Value) -> Result<(), Rejection> {
    let record = Arc::new(Record::named(case["provider"].as_str().unwrap()).unwrap());
    let secrets: Vec<_> = case["secrets"].as_array().unwrap().iter().map(secret).collect();
    let tolerance = case["tolerance"].as_u64().map_or(record.tolerance(), |seconds| u32::try_from(seconds).ok());
    let topics: Vec<String> = serde_json::from_value(case["topics"].clone()).unwrap_or_default();
    let settings = Settings {
        endpoint: "vector",
        process_key: [1; 32],
        tolerance,
        basic_auth: &[],
        replay: false,
        handshake: None,
        options: options(case),
        topics: &topics,
    };
    let verifier = Verifier::new(record, &secrets, &settings).unwrap();
    let values: Vec<Vec<String>> = verifier.headers().iter().map(|name| header(case, name)).collect();
    let headers = values.iter().map(|texts| match texts.as_slice() {
        [] => Header::Absent,
        [text] => Header::One(text),
        texts => Header::Several(texts.iter().map(String::as_str).collect()),
    });
    let every = every_header(case);
    let mut headers: Headers<'_> = headers.collect();
    let head = Head::new(case["method"].as_str().unwrap_or("POST"), case["url"].as_str(), &mut headers)?;
    let head = head.with_every(&every)?;
    let body = body(case);
    let decide = |remote: Option<&RemoteKey>| {
        let admitted = verifier.admit(&head)?;
        let read = if admitted.need() == Need::Nothing { Body::Unread } else { Body::Raw(&body) };
        admitted.verify(read, now(case), remote)
    };
    match decide(None)? {
        Outcome::Wanted(wanted) => {
            let text = case["remote"].as_str().ok_or(Reason::KeyUnavailable)?;
            let key = RemoteKey::parse(wanted.source(), wanted.location(), text.as_bytes());
            decide(Some(&key.map_err(|_| Reason::KeyUnavailable)?)).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// What the settings say beside secrets: a vector writes an object.
fn options(case: &Value) -> Options {
    let members = case["options"].as_object().into_iter().flatten();
    members.map(|(name, text)| (name.as_str(), text.as_str().unwrap())).collect()
}

fn every_header(case: &Value) -> Vec<(String, String)> {
    let headers = case["headers"].as_object().unwrap();
    let names = headers.keys().flat_map(|name| header(case, name).into_iter().map(|text| (name.to_lowercase(), text)));
    names.collect()
}

/// A secret: a vector writes its text, or an object with text and slot.
fn secret(written: &Value) -> Arc<Secret> {
    let text = written["text"].as_str().or_else(|| written.as_str()).unwrap();
    let secret = Secret::new(Zeroizing::new(text.into())).unwrap();
    Arc::new(secret.in_slot(written["slot"].as_str().map(Into::into)))
}

/// The texts of a header: a vector writes one text, or a list of them.
fn header(case: &Value, name: &str) -> Vec<String> {
    let headers = case["headers"].as_object().unwrap();
    let ours = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    ours.flat_map(|(_, value)| match value {
        Value::Array(texts) => texts.clone(),
        text => iter::once(text.clone()).collect(),
    })
    .map(|text| text.as_str().unwrap().to_owned())
    .collect()
}

fn body(case: &Value) -> Vec<u8> {
    match case["body_base64"].as_str() {
        Some(text) => BASE64_STANDARD.decode(text).unwrap(),
        None => case["body"].as_str().unwrap_or_default().into(),
    }
}

fn now(case: &Value) -> UnixMillis {
    UnixMillis::new(case["now"].as_i64().unwrap_or(1_700_000_000) * 1_000)
}
