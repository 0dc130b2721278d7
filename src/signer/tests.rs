//! The signer's own rules; that verifiers accept what it signs is shown beside the verifier.

use zeroize::Zeroizing;

use serde_json::Value;

use super::*;

fn sign(provider: &str, body: &str, content_type: &str) -> Result<Signed, SignError> {
    let record = Arc::new(Record::named(provider).unwrap());
    let secret = Arc::new(Secret::new(Zeroizing::new(b"a good enough secret".to_vec())).unwrap());
    let now = UnixMillis::new(1_700_000_000_000);
    let message = Message { body: body.as_bytes(), now, event_id: None, method: "POST", url: None, content_type };
    let signer = Signer::new(record, secret, Options::default());
    signer.map_err(|error| SignError(error.to_string().into()))?.sign(&message)
}

#[test]
fn a_list_header_holds_time_and_signature() {
    let signed = sign("stripe", "{}", "application/json").unwrap();
    let (name, value) = signed.headers.last().unwrap();
    assert_eq!("Stripe-Signature", name);
    assert!(value.starts_with("t=1700000000,v1=") && value.len() == "t=1700000000,v1=".len() + 64);
}

#[test]
fn fields_are_written_into_the_body() {
    let json = sign("mailgun", r#"{"event-data":{"id":1}}"#, "application/json").unwrap();
    let value: Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(Some("1700000000"), value.pointer("/signature/timestamp").and_then(Value::as_str));
    assert_eq!(Some(64), value.pointer("/signature/signature").and_then(Value::as_str).map(str::len));
    let form = sign("mailgun", "subject=x", "application/x-www-form-urlencoded").unwrap();
    let fields = crate::form::parse(&form.body).unwrap();
    assert_eq!(Some("x"), crate::form::last(&fields, "subject"));
    assert_eq!(Some("1700000000"), crate::form::last(&fields, "timestamp"));
    let linear = sign("linear", "{}", "application/json").unwrap();
    assert_eq!(br#"{"webhookTimestamp":1700000000000}"#, linear.body.as_slice());
}

#[test]
fn a_signed_field_that_is_there_stays() {
    let body = r#"{"signature":{"token":"mine"}}"#;
    let signed = sign("mailgun", body, "application/json").unwrap();
    let value: Value = serde_json::from_slice(&signed.body).unwrap();
    assert_eq!(Some("mine"), value.pointer("/signature/token").and_then(Value::as_str));
}

#[test]
fn a_body_without_fields_stays_as_it_is() {
    let body = "{ \"a\" : 1 }\r\n";
    assert_eq!(body.as_bytes(), sign("github", body, "application/octet-stream").unwrap().body);
}

#[test]
fn what_cannot_be_signed_is_said() {
    assert!(sign("mailgun", "[]", "application/json").unwrap_err().0.contains("JSON object"));
    assert!(sign("mailgun", "x", "text/plain").unwrap_err().0.contains("content type"));
    assert!(sign("basic", "", "text/plain").unwrap_err().0.contains("user"));
}

#[test]
fn a_part_that_a_requirement_writes_is_signed_as_it_is_sent() {
    let text = r#"
title = "Digested"
docs = "https://example.com"
grade = "A"
[[proof]]
algorithm = "hmac-sha256"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "X-Sig" }, shape = "plain", encoding = "hex" }
signed = "{digest}"
parts.digest = { header = "X-Digest" }
require = [{ at = { header = "X-Digest" }, equals = "{sha256-hex:body}" }]
"#;
    let record = Arc::new(Record::from_toml("digested", text).unwrap());
    let secret = Arc::new(Secret::new(Zeroizing::new(b"a good enough secret".to_vec())).unwrap());
    let now = UnixMillis::new(1_700_000_000_000);
    let kind = "application/json";
    let message = Message { body: b"{}", now, event_id: None, method: "POST", url: None, content_type: kind };
    let signed = Signer::new(record, secret, Options::default()).unwrap().sign(&message).unwrap();
    let of = |name: &str| -> Vec<String> {
        signed.headers.iter().filter(|(known, _)| known == name).map(|(_, text)| text.clone()).collect()
    };
    let digest = Encoding::Hex.encode(&crate::keyed::sha256(b"{}"));
    assert_eq!(vec![digest.clone()], of("X-Digest"));
    let key = MacKey::new(Hash::Sha256, b"a good enough secret").unwrap();
    let expected = Encoding::Hex.encode(key.digest(&[digest.as_bytes()]).unwrap().bytes(32));
    assert_eq!(vec![expected], of("X-Sig"));
}

#[test]
fn an_envelope_names_the_slot_of_its_key() {
    let signed = |provider: &str, slot: Option<&str>| {
        let record = Arc::new(Record::named(provider).unwrap());
        let text = Zeroizing::new(b"YSBnb29kIGVub3VnaCBzZWNyZXQsIGluIGJhc2U2NA==".to_vec());
        let secret = Arc::new(Secret::new(text).unwrap().in_slot(slot.map(Arc::from)));
        let (now, url, kind) = (UnixMillis::new(1_700_000_000_000), Some("https://example.com/"), "application/json");
        let message = Message { body: b"{}", now, event_id: None, method: "POST", url, content_type: kind };
        Signer::new(record, secret, Options::default()).unwrap().sign(&message)
    };
    let of = |made: Signed, name: &str| made.headers.into_iter().find(|(known, _)| known == name).unwrap().1;
    let named = of(signed("rfc9421-hmac-sha256", Some("key 1")).unwrap(), "Signature-Input");
    assert!(named.contains(r#";created=1700000000;keyid="key 1";alg="hmac-sha256""#), "{named}");
    assert!(!of(signed("rfc9421-hmac-sha256", None).unwrap(), "Signature-Input").contains("keyid"));
    assert!(signed("rfc9421-hmac-sha256", Some("\u{e9}")).is_err());
    let token = of(signed("qstash", Some("key 1")).unwrap(), "Upstash-Signature");
    let header = crate::encoding::decode_base64_url(token.split('.').next().unwrap().as_bytes()).unwrap();
    assert_eq!(br#"{"alg":"HS256","kid":"key 1","typ":"JWT"}"#, header.as_slice());
}
