//! Messages of the Simple Notification Service: what they hold and the text that their signature covers.
//!
//! The text is `Key\nValue\n` for each signed key in a fixed order. Of all values the message itself alone may hold line ends:
//! the others come after it in a known number, so that a text is that of one message only, and nobody moves a genuine message's
//! last lines into its id to have it handled twice.
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>.

use std::borrow::Cow;

use crate::json::{Found, Pointer, find};
use crate::rejection::Reason;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    /// Something was published.
    Notification,
    /// A subscription waits for a visit to [`SnsMessage::subscribe_url`].
    SubscriptionConfirmation,
    /// A subscription was ended; a visit to [`SnsMessage::subscribe_url`] would renew it.
    UnsubscribeConfirmation,
}

impl MessageType {
    /// The name in `Type` and in the header `x-amz-sns-message-type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Notification, Self::SubscriptionConfirmation, Self::UnsubscribeConfirmation]
            .into_iter()
            .find(|known| known.name() == name)
    }
}

/// The fields of a message that matter to its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnsMessage<'b> {
    pub(crate) kind: MessageType,
    pub(crate) message_id: Cow<'b, str>,
    pub(crate) topic: Cow<'b, str>,
    /// Signed once, when the message was published; ISO 8601 in UTC.
    pub(crate) timestamp: Cow<'b, str>,
    /// Which of the two algorithms: `1` or `2`.
    pub(crate) signature_version: Cow<'b, str>,
    /// In base64.
    pub(crate) signature: Cow<'b, str>,
    /// Not signed: it must be judged before anything is fetched.
    pub(crate) certificate_url: Cow<'b, str>,
    /// In confirmations alone.
    pub(crate) subscribe_url: Option<Cow<'b, str>>,
    message: Cow<'b, str>,
    subject: Option<Cow<'b, str>>,
    token: Option<Cow<'b, str>>,
}

impl<'b> SnsMessage<'b> {
    /// Reads a body, whatever it says its content type is.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`] where it is no such message, [`Reason::MissingSignature`] where a field of one is absent.
    pub(crate) fn parse(body: &'b [u8]) -> Result<Self, Reason> {
        let pointers: Vec<_> = KEYS.iter().filter_map(|key| Pointer::parse(&format!("/{key}"))).collect();
        let found = find(body, &pointers).map_err(|_| Reason::MalformedBody)?;
        let mut fields = KEYS.iter().copied().zip(found);
        // Each key is asked for once, in the order of KEYS.
        let mut optional = || fields.next().map_or(Ok(None), |(key, found)| text(key, found));
        let (kind, message_id, topic) = (optional()?, optional()?, optional()?);
        let (timestamp, signature_version, signature) = (optional()?, optional()?, optional()?);
        let certificate_url = one_of(optional()?, optional()?)?;
        let (message, subject, subscribe_url, token) = (optional()?, optional()?, optional()?, optional()?);
        let kind = MessageType::named(&present(kind)?).ok_or(Reason::MalformedBody)?;
        let parsed = Self {
            kind,
            message_id: present(message_id)?,
            topic: present(topic)?,
            timestamp: present(timestamp)?,
            signature_version: present(signature_version)?,
            signature: present(signature)?,
            certificate_url,
            subscribe_url,
            message: present(message)?,
            subject,
            token,
        };
        let is_whole = kind == MessageType::Notification || (parsed.subscribe_url.is_some() && parsed.token.is_some());
        if is_whole { Ok(parsed) } else { Err(Reason::MissingSignature) }
    }

    /// The text that the signature covers. A field that this kind of message does not sign is no part of it.
    pub(crate) fn text(&self) -> Vec<u8> {
        let (subject, url, token) = match self.kind {
            MessageType::Notification => (self.subject.as_deref(), None, None),
            _ => (None, self.subscribe_url.as_deref(), self.token.as_deref()),
        };
        let lines = [
            ("Message", Some(&*self.message)),
            ("MessageId", Some(&*self.message_id)),
            ("Subject", subject),
            ("SubscribeURL", url),
            ("Timestamp", Some(&*self.timestamp)),
            ("Token", token),
            ("TopicArn", Some(&*self.topic)),
            ("Type", Some(self.kind.name())),
        ];
        let mut text = Vec::new();
        for (key, value) in lines.iter().filter_map(|(key, value)| value.map(|value| (key, value))) {
            text.extend([key.as_bytes(), b"\n", value.as_bytes(), b"\n"].concat());
        }
        text
    }
}

/// The keys that are read, in the order in which they are asked for. Some senders spell the URL's key with small letters.
const KEYS: [&str; 12] = [
    "Type",
    "MessageId",
    "TopicArn",
    "Timestamp",
    "SignatureVersion",
    "Signature",
    "SigningCertURL",
    "SigningCertUrl",
    "Message",
    "Subject",
    "SubscribeURL",
    "Token",
];

/// The text of a field, if it is there. `null` is no text: the libraries of AWS do not agree on what it would sign. Only the
/// message holds control characters.
fn text<'b>(key: &str, found: Option<Found<'b>>) -> Result<Option<Cow<'b, str>>, Reason> {
    match found {
        None => Ok(None),
        Some(Found::Text(text)) if key == "Message" || !text.contains(char::is_control) => Ok(Some(text)),
        Some(_) => Err(Reason::MalformedBody),
    }
}

fn present(field: Option<Cow<'_, str>>) -> Result<Cow<'_, str>, Reason> {
    field.ok_or(Reason::MissingSignature)
}

fn one_of<'b>(first: Option<Cow<'b, str>>, second: Option<Cow<'b, str>>) -> Result<Cow<'b, str>, Reason> {
    if first.is_some() && second.is_some() { Err(Reason::MalformedBody) } else { present(first.or(second)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn notification() -> Value {
        json!({
            "Type": "Notification", "MessageId": "id-1", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Subject": "Hé",
            "Message": "two\nlines \"\u{1F600}\"\n", "Timestamp": "2026-01-02T03:04:05.678Z", "SignatureVersion": "2",
            "Signature": "AA==", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
            "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        })
    }

    fn confirmation() -> Value {
        let mut body = notification();
        body["Type"] = "SubscriptionConfirmation".into();
        body["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription".into();
        body["Token"] = "t0".into();
        body
    }

    fn signed(body: &Value) -> Result<String, Reason> {
        let text = body.to_string();
        SnsMessage::parse(text.as_bytes()).map(|message| String::from_utf8(message.text()).unwrap())
    }

    #[test]
    fn a_notification_signs_its_keys_in_order() {
        let expected = "Message\ntwo\nlines \"\u{1F600}\"\n\nMessageId\nid-1\nSubject\nHé\nTimestamp\n\
                        2026-01-02T03:04:05.678Z\nTopicArn\narn:aws:sns:eu-west-1:1:t\nType\nNotification\n";
        assert_eq!(Ok(expected.to_owned()), signed(&notification()));
    }

    #[test]
    fn a_subject_that_is_not_there_is_not_signed() {
        let mut body = notification();
        body.as_object_mut().unwrap().remove("Subject");
        assert!(!signed(&body).unwrap().contains("Subject"));
        body["Subject"] = Value::Null;
        assert_eq!(Err(Reason::MalformedBody), signed(&body));
        body["Subject"] = "".into();
        assert!(signed(&body).unwrap().contains("\nSubject\n\nTimestamp\n"));
    }

    #[test]
    fn confirmations_sign_url_and_token_and_no_subject() {
        for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
            let mut body = confirmation();
            body["Type"] = kind.into();
            let expected = format!(
                "Message\ntwo\nlines \"\u{1F600}\"\n\nMessageId\nid-1\nSubscribeURL\n\
                 https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription\nTimestamp\n2026-01-02T03:04:05.678Z\n\
                 Token\nt0\nTopicArn\narn:aws:sns:eu-west-1:1:t\nType\n{kind}\n"
            );
            assert_eq!(Ok(expected), signed(&body));
        }
    }

    #[test]
    fn a_notification_signs_no_token_that_it_holds() {
        let mut body = confirmation();
        body["Type"] = "Notification".into();
        assert_eq!(signed(&notification()), signed(&body));
    }

    #[test]
    fn every_key_but_the_subject_is_needed() {
        for key in KEYS.iter().filter(|key| !["Subject", "SigningCertUrl"].contains(*key)) {
            let mut body = confirmation();
            body.as_object_mut().unwrap().remove(*key);
            assert_eq!(Err(Reason::MissingSignature), signed(&body), "{key}");
            body[*key] = json!(["text"]);
            assert_eq!(Err(Reason::MalformedBody), signed(&body), "{key}");
        }
        let mut body = notification();
        body["Type"] = "notification".into();
        assert_eq!(Err(Reason::MalformedBody), signed(&body));
        assert_eq!(Err(Reason::MissingSignature), signed(&json!("Notification")));
        assert_eq!(Err(Reason::MalformedBody), SnsMessage::parse(b"{\"Type\":").map(|_| ()));
    }

    #[test]
    fn the_certificates_key_has_two_spellings_and_comes_once() {
        let mut body = notification();
        body["SigningCertUrl"] = "https://other".into();
        assert_eq!(Err(Reason::MalformedBody), signed(&body));
        body.as_object_mut().unwrap().remove("SigningCertURL");
        let text = body.to_string();
        assert_eq!("https://other", SnsMessage::parse(text.as_bytes()).unwrap().certificate_url);
    }

    #[test]
    fn lines_of_the_message_do_not_become_another_id() {
        let mut body = notification();
        body["Message"] = "m".into();
        body["MessageId"] = "1\nMessageId\nid-1".into();
        assert_eq!(Err(Reason::MalformedBody), signed(&body));
        body["Message"] = "m\nMessageId\n1".into();
        body["MessageId"] = "id-1".into();
        assert!(signed(&body).is_ok());
    }

    proptest! {
        #[test]
        fn a_text_is_that_of_one_message(
            left in ["[\nMSa]{0,6}(\nMessageId\na|\nSubject\na)?", "[a\n]{0,3}", "[a\n]{0,3}"],
            right in ["[\nMSa]{0,6}(\nMessageId\na|\nSubject\na)?", "[a\n]{0,3}", "[a\n]{0,3}"],
        ) {
            let body = |[message, id, subject]: [String; 3]| {
                let mut body = notification();
                body["Message"] = message.into();
                body["MessageId"] = id.into();
                body["Subject"] = subject.into();
                if body["Subject"] == "" {
                    body.as_object_mut().unwrap().remove("Subject");
                }
                body
            };
            let differ = left != right;
            if let (Ok(left), Ok(right)) = (signed(&body(left)), signed(&body(right))) {
                prop_assert_eq!(differ, left != right);
            }
        }

        #[test]
        fn any_bytes_are_judged(body: Vec<u8>) {
            let _ = SnsMessage::parse(&body);
        }
    }
}
