//! The verifier held against messages of its own signer and against forgeries of them, for every provider of the catalog.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::form::Field;
use crate::replay::ReplayKey;
use crate::request::{Body, Need};
use crate::request::{Header, Headers};
use crate::secret::Window;
use crate::signer::{Message, Signed, Signer};
use crate::time::UnixMillis;

mod keys;

const NOW: UnixMillis = UnixMillis::new(1_700_000_000_000);
const BODY: &[u8] = br#"{"id":"evt_1","event_id":"evt_1","data":{"id":"evt_1"},"amount":100}"#;

fn secret(text: &str) -> Arc<Secret> {
    Arc::new(Secret::new(Zeroizing::new(text.into())).unwrap())
}

/// What signs for a record, and what its verifier is given: a secret that the record reads, or a pair of keys.
fn keys_for(record: &Record, variant: &str) -> (Arc<Secret>, Arc<Secret>) {
    static PAIRS: Mutex<BTreeMap<String, (String, String)>> = Mutex::new(BTreeMap::new());
    let mut pairs = PAIRS.lock().unwrap();
    let name = format!("{} {variant}", record.name());
    let made = if pairs.contains_key(&name) { None } else { crate::key_pair(record).unwrap() };
    pairs.extend(made.map(|pair| (name.clone(), pair)));
    if let Some((private, public)) = pairs.get(&name) {
        return (secret(private), secret(public));
    }
    let candidates = [format!("user:password-{variant}"), format!("whsec_{variant}AAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
    let texts = candidates.iter().map(|text| secret(text)).chain([secret(&format!("{variant}{variant}"))]);
    let found = texts.into_iter().find(|secret| crate::check_secret(record, secret).is_ok()).unwrap();
    (Arc::clone(&found), found)
}

fn secret_for(record: &Record, variant: &str) -> Arc<Secret> {
    keys_for(record, variant).1
}

fn options_for(record: &Record) -> Options {
    record.options().iter().map(|name| (name.as_str(), "something")).collect()
}

fn verifier(record: &Arc<Record>, secrets: &[Arc<Secret>]) -> Verifier {
    let settings = Settings {
        endpoint: "hook",
        process_key: [7; 32],
        tolerance: record.tolerance(),
        basic_auth: &[],
        replay: true,
        options: options_for(record),
        handshake: None,
        topics: &[],
    };
    Verifier::new(Arc::clone(record), secrets, &settings).unwrap()
}

const URL: &str = "https://example.com/hook?a=1";
const FORM: &str = "application/x-www-form-urlencoded";

/// A body of the shape that the provider sends, and its type.
fn sample(record: &Record) -> (&'static [u8], &'static str) {
    match record.proofs.first() {
        Some(proof) if proof.each.is_some() => {
            (br#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"1"}}]}"#, "application/json")
        }
        Some(proof) if proof.reads_form() => (b"id=evt_1&amount=100", FORM),
        _ => (BODY, "application/json"),
    }
}

fn sign(record: &Arc<Record>, secret: &Arc<Secret>, body: &[u8]) -> Signed {
    let content_type = if body == BODY { "application/json" } else { sample(record).1 };
    let message = Message { body, now: NOW, event_id: Some("msg_1"), method: "POST", url: Some(URL), content_type };
    let signer = Signer::new(Arc::clone(record), Arc::clone(secret), options_for(record)).unwrap();
    signer.sign(&message).unwrap_or_else(|error| panic!("{}: {error:?}", record.name()))
}

/// What the provider sends.
fn genuine(record: &Arc<Record>, variant: &str) -> Signed {
    sign(record, &keys_for(record, variant).0, sample(record).0)
}

fn looked_at<'h>(verifier: &Verifier, headers: &'h [(String, String)]) -> Headers<'h> {
    let value = |name: &Arc<str>| {
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(Header::Absent, |(_, value)| Header::One(value))
    };
    verifier.headers().iter().map(value).collect()
}

fn verdict(
    verifier: &Verifier,
    headers: &[(String, String)],
    body: &[u8],
    now: UnixMillis,
) -> Result<Receipt, Rejection> {
    let every: Vec<_> = headers.iter().map(|(name, text)| (name.to_lowercase(), text.clone())).collect();
    let mut headers = looked_at(verifier, headers);
    let head = Head::new("POST", Some(URL), &mut headers)?.with_every(&every)?;
    match verifier.admit(&head)?.verify(Body::Raw(body), now, None)? {
        Outcome::Accepted(receipt) | Outcome::Handshake(receipt, _) => Ok(receipt),
        Outcome::Wanted(_) => Err(Reason::KeyUnavailable.into()),
    }
}

fn reason(verdict: Result<Receipt, Rejection>) -> Option<Reason> {
    verdict.err().map(|rejection| rejection.reason())
}

/// The providers for which we can sign, and whose keys are at hand.
fn catalog() -> impl Iterator<Item = Arc<Record>> {
    let records = Record::names().map(|name| Arc::new(Record::named(name).unwrap()));
    records.filter(|record| record.key_kind() != "remote" && crate::key_pair(record).is_ok())
}

#[test]
fn every_provider_accepts_what_its_signer_signs() {
    for record in catalog() {
        let secrets = [secret_for(&record, "bbbb"), secret_for(&record, "cccc")];
        let signed = genuine(&record, "cccc");
        let receipt = verdict(&verifier(&record, &secrets), &signed.headers, &signed.body, NOW);
        let receipt = receipt.unwrap_or_else(|error| panic!("{}: {error}", record.name()));
        assert_eq!("hook[1]", receipt.secret());
        assert_eq!(record.time_of().map(|_| NOW), receipt.timestamp(), "{}", record.name());
    }
}

#[test]
fn every_provider_refuses_another_secret() {
    for record in catalog() {
        let signed = genuine(&record, "bbbb");
        let expected = if record.shares_secret() { Reason::BadCredentials } else { Reason::SignatureMismatch };
        let found = verdict(&verifier(&record, &[secret_for(&record, "cccc")]), &signed.headers, &signed.body, NOW);
        assert_eq!(Some(expected), reason(found), "{}", record.name());
    }
}

#[test]
fn every_provider_refuses_a_delivery_without_its_headers() {
    for record in catalog() {
        let verifier = verifier(&record, &[secret_for(&record, "bbbb")]);
        let found = reason(verdict(&verifier, &[], BODY, NOW)).unwrap();
        let expected = [Reason::MissingSignature, Reason::MissingCredentials, Reason::MalformedBody];
        assert!(expected.contains(&found), "{}: {found:?}", record.name());
    }
}

#[test]
fn every_bit_of_a_signed_body_counts() {
    for record in catalog().filter(|record| record.body_authenticated() == crate::BodyAuthenticated::Yes) {
        let verifier = verifier(&record, &[secret_for(&record, "bbbb")]);
        let signed = genuine(&record, "bbbb");
        for bit in 0..signed.body.len() * 8 {
            let mut body = signed.body.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            assert!(verdict(&verifier, &signed.headers, &body, NOW).is_err(), "{} bit {bit}", record.name());
        }
    }
}

#[test]
fn times_are_judged_on_both_sides_after_the_signature() {
    for record in catalog() {
        let Some(tolerance) = record.tolerance() else { continue };
        let secrets = [secret_for(&record, "bbbb")];
        let signed = genuine(&record, "bbbb");
        let verifier = verifier(&record, &secrets);
        let at = |seconds: i64| UnixMillis::new(NOW.get() + seconds * 1_000);
        let tolerance = i64::from(tolerance);
        let both = record.time.as_ref().is_some_and(|rule| rule.side == crate::time::Side::Both);
        for (now, expected) in [
            (at(tolerance), None),
            (at(if both { -tolerance } else { 0 }), None),
            (at(tolerance + 1), Some(Reason::Stale)),
            (at(-tolerance - 1), Some(Reason::Future)),
        ] {
            assert_eq!(expected, reason(verdict(&verifier, &signed.headers, &signed.body, now)), "{}", record.name());
        }
        let forged = genuine(&record, "cccc");
        let late = verdict(&verifier, &forged.headers, &forged.body, at(tolerance + 1));
        assert_eq!(Some(Reason::SignatureMismatch), reason(late), "{}", record.name());
    }
}

#[test]
fn the_event_id_is_the_signed_one() {
    for (name, expected) in
        [("stripe", Some("evt_1")), ("svix", Some("msg_1")), ("mailersend", Some("evt_1")), ("github", None)]
    {
        let record = Arc::new(Record::named(name).unwrap());
        let secrets = [secret_for(&record, "bbbb")];
        let signed = sign(&record, &secrets[0], BODY);
        let receipt = verdict(&verifier(&record, &secrets), &signed.headers, &signed.body, NOW).unwrap();
        assert_eq!(expected, receipt.event_id(&signed.body).as_deref(), "{name}");
    }
}

#[test]
fn an_expired_secret_is_told_apart_and_a_valid_twin_wins() {
    let record = Arc::new(Record::named("github").unwrap());
    let text = || Secret::new(Zeroizing::new(b"the same secret text".to_vec())).unwrap();
    let ended = Window { not_before: None, not_after: Some(UnixMillis::new(NOW.get() - 1)) };
    let expired = Arc::new(text().labelled(Some("2025".into())).valid(ended).unwrap());
    let signed = sign(&record, &expired, BODY);
    let alone = verdict(&verifier(&record, &[Arc::clone(&expired)]), &signed.headers, BODY, NOW).unwrap_err();
    assert_eq!((Reason::ExpiredSecret, &Detail::Label("2025".into())), (alone.reason(), alone.detail()));
    let both = verdict(&verifier(&record, &[expired, Arc::new(text())]), &signed.headers, BODY, NOW).unwrap();
    assert_eq!("hook[1]", both.secret());
}

#[test]
fn a_verifier_without_secrets_accepts_nothing() {
    for record in catalog() {
        let signed = genuine(&record, "bbbb");
        let found = verdict(&verifier(&record, &[]), &signed.headers, &signed.body, NOW);
        assert_eq!(Some(Reason::NotConfigured), reason(found), "{}", record.name());
    }
}

#[test]
fn basic_credentials_are_demanded_beside_the_signature() {
    let record = Arc::new(Record::named("github").unwrap());
    let (key, credentials) = (secret("a good enough secret"), [secret("user:long-password")]);
    let settings = Settings {
        endpoint: "hook",
        process_key: [7; 32],
        tolerance: None,
        basic_auth: &credentials,
        replay: false,
        handshake: None,
        options: Options::default(),
        topics: &[],
    };
    let verifier = Verifier::new(Arc::clone(&record), &[Arc::clone(&key)], &settings).unwrap();
    let mut headers = sign(&record, &key, BODY).headers;
    assert_eq!(Some(Reason::MissingCredentials), reason(verdict(&verifier, &headers, BODY, NOW)));
    headers.push(("Authorization".into(), "Basic dXNlcjpsb25nLXBhc3N3b3Jk".into()));
    assert_eq!(None, reason(verdict(&verifier, &headers, BODY, NOW)));
    headers.pop();
    headers.push(("Authorization".into(), "Basic dXNlcjpvdGhlci1wYXNzd29yZA==".into()));
    assert_eq!(Some(Reason::BadCredentials), reason(verdict(&verifier, &headers, BODY, NOW)));
}

#[test]
fn what_must_be_read_follows_from_record_and_content_type() {
    let need = |name: &str, content_type: &str| {
        let record = Arc::new(Record::named(name).unwrap());
        let secret = secret_for(&record, "bbbb");
        let verifier = verifier(&record, &[Arc::clone(&secret)]);
        let mut headers = sign(&record, &secret, BODY).headers;
        headers[0].1 = content_type.into();
        let mut headers = looked_at(&verifier, &headers);
        let head = Head::new("POST", Some(URL), &mut headers).unwrap();
        verifier.admit(&head).map(|admitted| admitted.need()).map_err(|error| error.reason())
    };
    assert_eq!(Ok(Need::Body), need("github", "text/plain"));
    assert_eq!(Ok(Need::Nothing), need("postmark", "application/json"));
    assert_eq!(Ok(Need::Body), need("mailgun", "application/json"));
    assert_eq!(Ok(Need::Body), need("mailgun", "application/x-www-form-urlencoded"));
    assert_eq!(Ok(Need::Fields), need("mailgun", "multipart/form-data; boundary=x"));
    assert_eq!(Err(Reason::MalformedBody), need("mailgun", "text/plain"));
}

#[test]
fn multipart_fields_are_taken_from_the_framework() {
    let record = Arc::new(Record::named("mailgun").unwrap());
    let key = secret("a good enough secret");
    let message = Message {
        body: b"subject=x",
        now: NOW,
        event_id: None,
        method: "POST",
        url: None,
        content_type: "application/x-www-form-urlencoded",
    };
    let signed =
        Signer::new(Arc::clone(&record), Arc::clone(&key), Options::default()).unwrap().sign(&message).unwrap();
    let fields: Vec<Field> = crate::form::parse(&signed.body).unwrap();
    let verifier = verifier(&record, &[key]);
    let headers = [("Content-Type".to_owned(), "multipart/form-data; boundary=x".to_owned())];
    let mut headers = looked_at(&verifier, &headers);
    let head = Head::new("POST", Some(URL), &mut headers).unwrap();
    let admitted = verifier.admit(&head).unwrap();
    assert!(matches!(admitted.verify(Body::Fields(&fields), NOW, None), Ok(Outcome::Accepted(_))));
    let admitted = verifier.admit(&head).unwrap();
    assert_eq!(Reason::MissingSignature, admitted.verify(Body::Fields(&[]), NOW, None).unwrap_err().reason());
}

#[test]
fn a_form_in_another_charset_is_malformed() {
    let record = Arc::new(Record::named("mailgun").unwrap());
    let key = secret("a good enough secret");
    let mut signed = sign(&record, &key, b"{}");
    signed.headers[0].1 = "application/json; charset=utf-16".into();
    assert_eq!(
        Some(Reason::MalformedBody),
        reason(verdict(&verifier(&record, &[key]), &signed.headers, &signed.body, NOW))
    );
}

proptest! {
    #[test]
    fn any_bytes_anywhere_give_a_receipt_or_a_rejection(
        index in 0..Record::names().count(),
        values in prop::collection::vec("\\PC{0,80}|[tv10=, \\-]{0,40}", 6),
        body: Vec<u8>,
        now: i64,
    ) {
        let record = Arc::new(Record::named(Record::names().nth(index).unwrap()).unwrap());
        prop_assume!(record.key_kind() == "shared");
        let verifier = verifier(&record, &[secret_for(&record, "bbbb")]);
        let mut headers: Headers<'_> =
            values.iter().take(verifier.headers().len()).map(|value| Header::One(value)).collect();
        let head = Head::new("POST", Some(URL), &mut headers);
        if let Ok(admitted) = head.as_ref().map_err(Clone::clone).and_then(|head| verifier.admit(head)) {
            let need = admitted.need();
            let body = if need == Need::Fields { Body::Fields(&[]) } else { Body::Raw(&body) };
            prop_assert!(admitted.verify(body, UnixMillis::new(now), None).is_err());
        }
    }
}

#[test]
fn nothing_is_computed_that_nobody_asked_for() {
    let record = Arc::new(Record::named("stripe").unwrap());
    let secrets = [secret_for(&record, "bbbb")];
    let settings = Settings {
        endpoint: "hook",
        process_key: [7; 32],
        tolerance: None,
        basic_auth: &[],
        replay: false,
        handshake: None,
        options: Options::default(),
        topics: &[],
    };
    let plain = Verifier::new(Arc::clone(&record), &secrets, &settings).unwrap();
    let signed = sign(&record, &secrets[0], BODY);
    let receipt = verdict(&plain, &signed.headers, &signed.body, NOW).unwrap();
    assert_eq!((None, None), (receipt.replay_key(), receipt.member_key("1")));
}
