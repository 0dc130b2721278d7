"""Cases of Amazon SNS: topic, headers, address and certificate are judged, and each for its own reason."""

from __future__ import annotations

import json
from dataclasses import replace

from senders.certificates import certificate
from senders.certified import AMAZON, TOPIC, notification, signed
from senders.clocks import ISO_MILLIS, NOW
from senders.model import EVENT, Delivery, Sender
from senders.pairs import RSA_KEYS

from .case import BODY, Cases


def sns(sender: Sender) -> Cases:
    """A message, bent in every field."""
    good = sender.sign(BODY)
    plain = notification(BODY, ISO_MILLIS.spell(NOW), EVENT)

    def sent(version: str = "2", **changes: str) -> Delivery:
        return signed(sender.secret, {**plain, **changes}, version)

    document = json.loads(good.body)
    visit = f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=made-up"
    confirmation = {"Type": "SubscriptionConfirmation", "Token": "made-up", "SubscribeURL": visit}
    return {
        "version-1": (sent("1"), None),
        "with-a-subject": (sent(Subject="made up"), None),
        "confirmation": (sent(**confirmation), None),
        "confirmation-elsewhere": (
            sent(**{**confirmation, "SubscribeURL": visit.replace("amazonaws", "example")}),
            "malformed_body",
        ),
        "re-serialised": (replace(good, body=json.dumps(document, indent=1).encode()), None),
        "field-beside": (replace(good, body=json.dumps({**document, "UnsubscribeURL": "x"}).encode()), None),
        "subject-added": (replace(good, body=json.dumps({**document, "Subject": "x"}).encode()), "signature_mismatch"),
        "version-3": (
            replace(good, body=json.dumps({**document, "SignatureVersion": "3"}).encode()),
            "wrong_algorithm",
        ),
        "other-version-announced": (
            replace(good, body=json.dumps({**document, "SignatureVersion": "1"}).encode()),
            "signature_mismatch",
        ),
        "topic-not-listed": (sent(TopicArn=f"{TOPIC}2"), "topic_not_listed"),
        "topic-of-another-account": (sent(TopicArn=TOPIC.replace("123456789012", "210987654321")), "topic_not_listed"),
        **_headers(good),
        **{
            f"address-{name}": (sent(SigningCertURL=address), "untrusted_certificate")
            for name, address in ELSEWHERE.items()
        },
        "certificate-of-somebody": (_under(good, "sns.example.com"), "untrusted_certificate"),
        "certificate-expired": (_under(good, times=("250101000000Z", "260101000000Z")), "untrusted_certificate"),
        "certificate-not-yet-valid": (_under(good, times=("270101000000Z", "280101000000Z")), "untrusted_certificate"),
        "certificate-not-to-be-had": (replace(good, remote=""), "key_unavailable"),
        "certificate-that-is-none": (replace(good, remote="<html>"), "key_unavailable"),
    }


def _headers(good: Delivery) -> Cases:
    names = ("x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn")
    return {
        **{f"without-{name}": (good.but(**{name: None}), "signature_mismatch") for name in names},
        **{f"other-{name}": (good.but(**{name: "other"}), "signature_mismatch") for name in names},
    }


def _under(good: Delivery, name: str = "sns.amazonaws.com", times: tuple[str, str] | None = None) -> Delivery:
    return replace(good, remote=certificate(RSA_KEYS[0], name, *([times] if times else [])))


ELSEWHERE = {
    "over-http": AMAZON.replace("https", "http"),
    "of-another-host": AMAZON.replace("amazonaws.com", "amazonaws.com.example.com"),
    "of-another-region": AMAZON.replace("us-east-1", "eu-west-1"),
    "with-a-port": AMAZON.replace(".com/", ".com:443/"),
    "with-a-user": AMAZON.replace("https://", "https://user@"),
    "with-a-query": f"{AMAZON}?x",
    "with-a-fragment": f"{AMAZON}#x",
    "of-another-path": AMAZON.replace("SimpleNotificationService", "Other"),
    "in-a-bucket": AMAZON.replace("sns.us-east-1", "sns.s3-us-west-2"),
    "escaped": AMAZON.replace("sns.us", "sns%2eus"),
    "with-a-final-dot": AMAZON.replace(".com/", ".com./"),
}
