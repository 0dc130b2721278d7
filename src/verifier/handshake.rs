//! The verifier's answer to requests that are no deliveries: challenges over GET and HEAD, and the few unproven POSTs.

use super::Verifier;
use crate::handshake::Reply;
use crate::rejection::Rejection;
use crate::request::{Body, Head};
use crate::time::UnixMillis;

impl Verifier {
    /// The methods that [`Verifier::handshake`] answers.
    pub fn greets(&self) -> impl Iterator<Item = &'static str> {
        self.responder.methods()
    }

    /// Whether a request has the shape of a handshake, judged without any secret. `body` is looked at for POST alone.
    ///
    /// # Errors
    /// [`crate::Reason::MalformedChallenge`]; what is wrong with the head.
    pub fn expects(&self, head: &Head<'_>, body: &[u8]) -> Result<bool, Rejection> {
        Ok(self.responder.asked(head, body)?.is_some())
    }

    /// The reply to a handshake, once what proves it has held; nothing for a request that is none.
    ///
    /// # Errors
    /// As [`Verifier::expects`]; the rejection of what was to prove it.
    pub fn handshake(&self, head: &Head<'_>, body: &[u8], now: UnixMillis) -> Result<Option<Reply>, Rejection> {
        let Some(asked) = self.responder.asked(head, body)? else { return Ok(None) };
        if let Some(basic_auth) = &self.basic_auth {
            basic_auth.judge(basic_auth.admit(head)?, now)?;
        }
        if asked.proves_itself() {
            let _receipt = self.admit(head)?.verify(Body::Unread, now, None)?;
        }
        self.responder.answer(&asked, head, now, &self.options).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::*;
    use crate::encoding::Encoding;
    use crate::keyed::{Hash, MacKey};
    use crate::request::Header;
    use crate::signer::{Message, Signer};
    use crate::verifier::{Outcome, Settings};
    use crate::{Options, Reason, Receipt, Record, Secret};

    const NOW: UnixMillis = UnixMillis::new(1_700_000_000_000);
    const KEY: &str = "handshake-key-0123456789";
    const MAC: &str = r#"
title = "Acme"
docs = "https://example.com"
grade = "A"
[[proof]]
algorithm = "hmac-sha256"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "X-Sig" }, shape = "plain", encoding = "hex" }
signed = "{body}"
[[handshake]]
name = "validation"
method = "POST"
when = { at = { json = "/type" }, equals = "1" }
proof = "delivery"
challenge = { at = { json = "/token" }, alphabet = "base64", length = 8 }
reply.json = { token = "{challenge}", mac = "<{mac}>" }
[[handshake]]
name = "crc"
method = "GET"
proof = "none"
opt_in = true
challenge = { at = { query = "crc" }, alphabet = "hex", length = 16 }
reply.text = "{mac}"
[[handshake]]
name = "subscribe"
method = "GET"
when = { at = { query = "mode" }, equals = "subscribe" }
proof.secret = { at = { query = "token" }, slot = "verify-token" }
challenge = { at = { query = "challenge" }, alphabet = "token", length = 8 }
reply.text = "{challenge}"
[[handshake]]
name = "probe"
method = "HEAD"
proof = "none"
"#;
    const BEARER: &str = r#"
title = "Acme"
docs = "https://example.com"
grade = "A"
[[proof]]
algorithm = "equal"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "Authorization" }, shape = "plain", encoding = "text" }
[[handshake]]
name = "verification"
method = "GET"
proof = "delivery"
challenge = { at = { header = "X-Challenge" }, alphabet = "token", length = 8 }
reply.json.verification = "{challenge}"
"#;

    fn verifier(record: &str, handshake: Option<bool>) -> Verifier {
        let key = Secret::new(Zeroizing::new(KEY.into())).unwrap();
        let other = Secret::new(Zeroizing::new(b"another-key-0123456789".to_vec())).unwrap();
        let token =
            Secret::new(Zeroizing::new(b"our verify token".to_vec())).unwrap().in_slot(Some("verify-token".into()));
        let record = Arc::new(Record::from_toml("acme", record).unwrap());
        let secrets: Vec<_> = if record.token_slots().next().is_some() { vec![token, other, key] } else { vec![key] };
        let secrets: Vec<_> = secrets.into_iter().map(Arc::new).collect();
        let settings = Settings {
            endpoint: "acme",
            process_key: [7; 32],
            tolerance: None,
            basic_auth: &[],
            replay: true,
            options: Options::default(),
            topics: &[],
            handshake,
        };
        Verifier::new(record, &secrets, &settings).unwrap()
    }

    fn asked(verifier: &Verifier, method: &str, query: &str, headers: &[&str]) -> Result<Option<String>, Reason> {
        let url = format!("https://example.com/hook?{query}");
        let mut headers: Vec<_> = headers.iter().map(|text| Header::One(text)).collect();
        let reply = Head::new(method, Some(&url), &mut headers).and_then(|head| verifier.handshake(&head, b"", NOW));
        reply.map(|reply| reply.map(|reply| reply.body().to_owned())).map_err(|rejection| rejection.reason())
    }

    fn delivered(verifier: &Verifier, body: &str) -> Result<Outcome, Reason> {
        let key = Arc::new(Secret::new(Zeroizing::new(KEY.into())).unwrap());
        let message = Message {
            body: body.as_bytes(),
            now: NOW,
            event_id: None,
            method: "POST",
            url: None,
            content_type: "application/json",
        };
        let signed =
            Signer::new(Arc::clone(verifier.record()), key, Options::default()).unwrap().sign(&message).unwrap();
        let signature = signed.headers.iter().find(|(name, _)| name == "X-Sig").map(|(_, value)| value.as_str());
        let mut headers = [Header::One(signature.unwrap())];
        let head = Head::new("POST", None, &mut headers).unwrap();
        verifier
            .admit(&head)
            .and_then(|admitted| admitted.verify(Body::Raw(body.as_bytes()), NOW, None))
            .map_err(|r| r.reason())
    }

    fn replied(outcome: Result<Outcome, Reason>) -> Result<Option<(Reply, Receipt)>, Reason> {
        Ok(match outcome? {
            Outcome::Handshake(receipt, reply) => Some((*reply, receipt)),
            Outcome::Accepted(_) | Outcome::Wanted(_) => None,
        })
    }

    fn mac(text: &str) -> String {
        let digest = MacKey::new(Hash::Sha256, KEY.as_bytes()).unwrap().digest(&[text.as_bytes()]).unwrap();
        Encoding::Hex.encode(digest.bytes(32))
    }

    #[test]
    fn a_proven_challenge_is_answered_with_the_key_that_proved_it() {
        let verifier = verifier(MAC, None);
        let (reply, receipt) = replied(delivered(&verifier, r#"{"type":1,"token":"a+/b-_1"}"#)).unwrap().unwrap();
        assert_eq!(
            ("acme[2]", "validation", "application/json"),
            (receipt.secret(), reply.name(), reply.content_type())
        );
        assert_eq!(format!(r#"{{"mac":"<{}>","token":"a+/b-_1"}}"#, mac("a+/b-_1")), reply.body());
    }

    #[test]
    fn a_proven_delivery_that_is_no_challenge_stays_one() {
        for body in
            [r#"{"type":2,"token":"abc"}"#, r#"{"token":"abc"}"#, r#"{"type":[1],"token":"abc"}"#, "[1]", "<a/>"]
        {
            assert!(matches!(delivered(&verifier(MAC, None), body), Ok(Outcome::Accepted(_))), "{body}");
        }
        assert!(matches!(
            delivered(&verifier(MAC, Some(false)), r#"{"type":1,"token":"a"}"#),
            Ok(Outcome::Accepted(_))
        ));
    }

    #[test]
    fn a_challenge_is_short_and_of_its_alphabet() {
        for token in ["", "123456789", "<b>", "a=b", "a b", "é", "a\\r\\nb", "a\\u0000", "a.b", "{}"] {
            let found = delivered(&verifier(MAC, None), &format!(r#"{{"type":1,"token":"{token}"}}"#));
            assert_eq!(Some(Reason::MalformedChallenge), found.err(), "{token}");
        }
        let missing = delivered(&verifier(MAC, None), r#"{"type":1}"#);
        assert_eq!(Some(Reason::MalformedChallenge), missing.err());
    }

    #[test]
    fn what_was_given_its_mac_is_no_delivery() {
        for answered in [None, Some(true), Some(false)] {
            for body in ["abc", "12345678", "true", "null", "a-_+/", "0123456789abcdef"] {
                let found = delivered(&verifier(MAC, answered), body);
                assert_eq!(Some(Reason::MalformedBody), found.err(), "{body}");
            }
            for body in ["", "{}", "[]", "\"abc\"", "0123456789abcdef0", "ABCDEFGHI", "a=b"] {
                assert!(matches!(delivered(&verifier(MAC, answered), body), Ok(Outcome::Accepted(_))), "{body}");
            }
        }
    }

    #[test]
    fn an_unproven_challenge_is_the_owners_choice() {
        assert_eq!(Ok(None), asked(&verifier(MAC, None), "GET", "crc=00ff", &[""]));
        assert_eq!(
            Ok(Some(mac("00ff").len())),
            asked(&verifier(MAC, Some(true)), "GET", "crc=00ff", &[""]).map(|reply| reply.map(|text| text.len()))
        );
        for query in ["crc=", "crc=00FF", "crc=0123456789abcdef0", "crc=%3Cb%3E", "crc=0+0", "crc=%7B%7D"] {
            let found = asked(&verifier(MAC, Some(true)), "GET", query, &[""]);
            assert_eq!(Err(Reason::MalformedChallenge), found, "{query}");
        }
    }

    #[test]
    fn a_secret_of_its_own_opens_a_handshake_and_nothing_else() {
        let query = |token: &str| format!("mode=subscribe&token={token}&challenge=a.b~c%3D");
        let ask = |query: &str| asked(&verifier(MAC, None), "GET", query, &[""]);
        assert_eq!(Ok(Some("a.b~c=".to_owned())), ask(&query("our+verify+token")));
        for wrong in ["", "our", "our+verify+token+", KEY, "another-key-0123456789", "OUR+VERIFY+TOKEN"] {
            assert_eq!(Err(Reason::BadCredentials), ask(&query(wrong)), "{wrong}");
        }
        assert_eq!(Err(Reason::MissingCredentials), ask("mode=subscribe&challenge=abc"));
        assert_eq!(Err(Reason::MalformedChallenge), ask("mode=subscribe&token=our+verify+token"));
        assert_eq!(Ok(None), ask("mode=unsubscribe&token=our+verify+token&challenge=abc"));
        assert_eq!(Err(Reason::MalformedHeader), ask("mode=%zz"));
    }

    #[test]
    fn a_probe_is_answered_with_nothing() {
        assert_eq!(Ok(Some(String::new())), asked(&verifier(MAC, None), "HEAD", "", &[""]));
        assert_eq!(Ok(None), asked(&verifier(MAC, Some(false)), "HEAD", "", &[""]));
        for method in ["PUT", "POST", "get", "DELETE"] {
            assert_eq!(Ok(None), asked(&verifier(MAC, Some(true)), method, "crc=00ff", &[""]), "{method}");
        }
    }

    #[test]
    fn a_bearer_secret_proves_a_challenge_as_it_proves_deliveries() {
        let ask = |headers: [&str; 2]| asked(&verifier(BEARER, None), "GET", "", &headers);
        assert_eq!(Ok(Some(r#"{"verification":"abc"}"#.to_owned())), ask([KEY, "abc"]));
        assert_eq!(Err(Reason::BadCredentials), ask(["another", "abc"]));
        assert_eq!(Err(Reason::MissingCredentials), ask(["", "abc"]));
        assert_eq!(Err(Reason::MalformedChallenge), ask([KEY, "<b>"]));
        assert_eq!(Ok(None), ask([KEY, ""]));
    }

    #[test]
    fn the_methods_are_those_of_what_is_on() {
        let greets = |record, answered| verifier(record, answered).greets().collect::<Vec<_>>();
        assert_eq!(vec!["GET", "HEAD"], greets(MAC, None));
        assert_eq!(vec!["GET", "GET", "HEAD"], greets(MAC, Some(true)));
        assert!(greets(MAC, Some(false)).is_empty());
    }
}
