//! The keys under which accepted deliveries are claimed.

use super::*;

/// The key of what a record's signer signs; `None` where the delivery was accepted without one.
fn replay_key(record: &Arc<Record>, body: &[u8], event_id: &str, now: UnixMillis) -> Option<ReplayKey> {
    let (signing, verifying) = keys_for(record, "bbbb");
    let kind = if body == BODY { "application/json" } else { sample(record).1 };
    let message = Message { body, now, event_id: Some(event_id), method: "POST", url: Some(URL), content_type: kind };
    let signed = Signer::new(Arc::clone(record), signing, options_for(record)).unwrap().sign(&message).unwrap();
    verdict(&verifier(record, &[verifying]), &signed.headers, &signed.body, now).unwrap().replay_key()
}

#[test]
fn t22_every_delivery_but_one_of_a_shared_secret_has_a_key_that_stays() {
    for record in catalog() {
        let key = || replay_key(&record, sample(&record).0, "msg_1", NOW);
        let (first, again) = (key(), key());
        assert_eq!(first, again, "{}", record.name());
        assert_eq!(record.shares_secret(), first.is_none(), "{}", record.name());
    }
}

#[test]
fn t22_an_event_that_is_sent_again_later_keeps_its_key() {
    let later = UnixMillis::new(NOW.get() + 60_000);
    for name in ["stripe", "svix", "standard-webhooks"] {
        let record = Arc::new(Record::named(name).unwrap());
        assert_eq!(replay_key(&record, BODY, "msg_1", NOW), replay_key(&record, BODY, "msg_1", later), "{name}");
    }
}

#[test]
fn t88_equal_bodies_of_different_events_have_different_keys() {
    let record = Arc::new(Record::named("svix").unwrap());
    assert_ne!(replay_key(&record, BODY, "msg_1", NOW), replay_key(&record, BODY, "msg_2", NOW));
}

#[test]
fn t87_a_body_without_an_id_is_known_by_the_signed_bytes() {
    let record = Arc::new(Record::named("stripe").unwrap());
    let key = |body: &[u8], now| replay_key(&record, body, "", now).unwrap();
    for body in [&b"{}"[..], br#"{"id":""}"#, br#"{"id":null}"#, br#"{"id":"a","id":"a"}"#, b"no json", b"\xff"] {
        assert_eq!(key(body, NOW), key(body, NOW));
        assert_ne!(key(body, NOW), key(body, UnixMillis::new(NOW.get() + 1_000)));
    }
    assert_ne!(key(b"{}", NOW), key(b"{ }", NOW));
}

#[test]
fn t64_the_key_of_signed_bytes_does_not_know_where_a_part_ends() {
    let text = r#"
title = "Parted"
docs = "https://example.com"
grade = "A"
[[proof]]
algorithm = "hmac-sha256"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "X-Sig" }, shape = "plain", encoding = "hex" }
signed = "{day}{token}"
parts.day = { header = "X-Day" }
parts.token = { header = "X-Token" }
"#;
    let record = Arc::new(Record::from_toml("parted", text).unwrap());
    let secrets = [secret_for(&record, "bbbb")];
    let signed = sign(&record, &secrets[0], BODY);
    let verifier = verifier(&record, &secrets);
    let key = |headers: &[(String, String)]| verdict(&verifier, headers, BODY, NOW).unwrap().replay_key().unwrap();
    let mut shifted = signed.headers.clone();
    let at = |name: &str| signed.headers.iter().position(|(known, _)| known == name).unwrap();
    let moved = shifted[at("X-Token")].1.remove(0);
    shifted[at("X-Day")].1.push(moved);
    assert_eq!(key(&signed.headers), key(&shifted));
}
