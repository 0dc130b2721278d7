"""`Verifier` and `sign` without Django settings: one code path with the decorator, for any framework."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hookseal import Reason, Secret, Verifier, WebhookRejected, sign
from hookseal._engine import LIMITS, Record, RecordError, SecretError
from hookseal.conf import endpoint
from hookseal.schemes import mac
from tests.catalog import LOCAL, keys_of
from tests.ids import shown

NOW = 1_790_000_000
SECRET = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"
BODY = b'{"id":"evt_1"}'
SIGNED = sign("stripe", secret=SECRET, body=BODY, now=NOW)
((NAME, VALUE),) = [pair for pair in SIGNED.headers.items() if pair[0].lower() == "stripe-signature"]


def refusal(verifier: Verifier, **delivery) -> Reason:
    """Have a delivery refused, and tell why."""
    with pytest.raises(WebhookRejected) as caught:
        verifier.verify(**{"headers": SIGNED.headers, "body": BODY, "now": NOW} | delivery)
    return caught.value.reason


@pytest.mark.parametrize(
    "headers",
    [
        {NAME: VALUE},
        {NAME.upper(): VALUE},
        [(NAME, VALUE)],
        [(NAME.encode(), VALUE.encode())],
        (pair for pair in [(NAME.lower(), VALUE)]),
        {"X-Other": "\xff", NAME: VALUE},
    ],
    ids=["mapping", "upper case", "pairs", "bytes", "generator", "strange neighbour"],
)
def test_headers_of_any_framework(headers):
    """A mapping or pairs, str or bytes, in any case."""
    assert "evt_1" == Verifier("stripe", secrets=[SECRET]).verify(headers=headers, body=BODY, now=NOW).event_id


def test_T10_a_repeated_header_is_not_the_first_or_the_last_of_them():
    """Pairs may repeat a name; the engine hears all of them."""
    other = sign("stripe", secret=SECRET, body=BODY, now=NOW + 1).headers[NAME]
    assert refusal(Verifier("stripe", secrets=[SECRET]), headers=[(NAME, VALUE), (NAME, other)]) is not None


def test_the_clock_is_python_s(time_machine):
    """Without `now` it is time.time(), so frozen time holds."""
    time_machine.move_to(NOW + 299, tick=False)
    verifier = Verifier("stripe", secrets=[SECRET])
    assert NOW == verifier.verify(headers=SIGNED.headers, body=BODY).timestamp
    time_machine.move_to(NOW + 301, tick=False)
    with pytest.raises(WebhookRejected) as caught:
        verifier.verify(headers=SIGNED.headers, body=BODY)
    assert caught.value.reason is Reason.STALE


def test_T68_the_defaults_are_the_endpoints(settings):
    """A tolerance that is left out is the provider's, here as under the decorator."""
    settings.HOOKSEAL = {"stripe": {"SECRETS": [SECRET]}}
    verifier = Verifier("stripe", secrets=[SECRET])
    assert endpoint("stripe").tolerance == verifier.record.tolerance == 300
    assert refusal(verifier, now=NOW + 301) is Reason.STALE


def test_a_tolerance_can_be_given():
    """Seconds, both sides; None is the explicit opt-out."""
    assert refusal(Verifier("stripe", secrets=[SECRET], tolerance=5), now=NOW + 6) is Reason.STALE
    assert refusal(Verifier("stripe", secrets=[SECRET], tolerance=5), now=NOW - 6) is Reason.FUTURE
    verifier = Verifier("stripe", secrets=[SECRET], tolerance=None)
    assert NOW == verifier.verify(headers=SIGNED.headers, body=BODY, now=NOW + 10**7).timestamp


def test_basic_credentials_can_be_demanded_beside_the_signature():
    """Both must hold."""
    verifier = Verifier("stripe", secrets=[SECRET], basic_auth=["user:long-enough-password"])
    assert refusal(verifier) is Reason.MISSING_CREDENTIALS
    basic = sign("basic", secret="user:long-enough-password", body=BODY, now=NOW).headers
    assert BODY == verifier.verify(headers=basic | SIGNED.headers, body=BODY, now=NOW).body


@pytest.mark.parametrize(
    ("delivery", "reason"),
    [
        ({"body": BODY + b" "}, Reason.SIGNATURE_MISMATCH),
        ({"headers": {}}, Reason.MISSING_SIGNATURE),
        ({"headers": {NAME: "t=1"}}, Reason.MALFORMED_SIGNATURE),
    ],
)
def test_a_forged_delivery_is_refused(delivery, reason):
    """By the same reasons as in a view."""
    assert refusal(Verifier("stripe", secrets=[SECRET]), **delivery) is reason


@pytest.mark.parametrize("body", ["{}", bytearray(b"{}"), memoryview(b"{}"), None, {"id": 1}], ids=shown)
def test_the_body_must_be_bytes(body):
    """Anything else was parsed or decoded already, so its signature is lost; also where none is over the body."""
    for verifier in (Verifier("stripe", secrets=[SECRET]), Verifier("token", secrets=["x" * 8 + "y" * 8])):
        with pytest.raises(TypeError, match="raw bytes"):
            verifier.verify(headers={}, body=body)


def test_a_header_must_be_text():
    """A number has no one spelling."""
    with pytest.raises(TypeError, match="str or bytes, not int"):
        Verifier("stripe", secrets=[SECRET]).verify(headers=[("Stripe-Signature", 5)], body=b"")


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "multipart/form-data"])
def test_I1_a_multipart_body_without_fields_is_refused(content_type):
    """Its fields were not given, so nothing is proven; the sender chose the type, so it is a refusal."""
    verifier = Verifier("mailgun", secrets=["mailgun-canary-7c5e3a1b9d8f6042"])
    assert refusal(verifier, headers={"Content-Type": content_type}, body=b"--x--") is not None


def test_the_fields_of_a_multipart_body_can_be_given():
    """Flask and FastAPI parse the form; the engine judges the fields."""
    secret = "mailgun-canary-7c5e3a1b9d8f6042"
    signed = sign("mailgun", secret=secret, body=b"", now=NOW, content_type="application/x-www-form-urlencoded")
    fields = [tuple(pair.split("=")) for pair in signed.body.decode().split("&")]
    receipt = Verifier("mailgun", secrets=[secret]).verify(
        headers={"Content-Type": "multipart/form-data; boundary=x"}, body=b"...", now=NOW, fields=fields
    )
    assert NOW == receipt.timestamp


def test_fields_change_nothing_where_the_body_is_signed():
    """A framework may hand over whatever it parsed."""
    verifier = Verifier("stripe", secrets=[SECRET])
    receipt = verifier.verify(headers=SIGNED.headers, body=BODY, now=NOW, fields=[("a", "1")])
    assert BODY == receipt.body


@pytest.mark.parametrize(
    "secrets", [None, "", [], (), [""], ["None"], [None], [SECRET, ""], 7, {}, "changeme"], ids=shown
)
def test_T05_no_verifier_without_a_secret(secrets):
    """There is no value that accepts all, or skips."""
    with pytest.raises(SecretError):
        Verifier("stripe", secrets=secrets)


def test_T07_the_secrets_cannot_be_left_out():
    """A verifier that verifies nothing cannot be written down."""
    with pytest.raises(SecretError):
        Verifier("stripe")


@pytest.mark.parametrize("provider", ["strpe", "Stripe", "stripe ", "", "hmac-sha512x"])
def test_T58_an_unknown_provider_is_an_error(provider):
    """No spelling falls back to anything."""
    with pytest.raises(LookupError):
        Verifier(provider, secrets=[SECRET])


def test_T58_a_record_that_does_not_compile_is_an_error():
    """Nor does a digest that nobody knows."""
    with pytest.raises(RecordError):
        Verifier(mac(header="X-Sig", digest="sha257", encoding="hex"), secrets=[SECRET])  # type: ignore[arg-type]


def test_a_negative_tolerance_is_an_error():
    """It would refuse everything."""
    with pytest.raises(ValueError, match="tolerance"):
        Verifier("stripe", secrets=[SECRET], tolerance=-1)


def test_too_many_secrets_are_an_error():
    """The cap is the engine's."""
    with pytest.raises(ValueError, match=str(LIMITS["secrets"])):
        Verifier("stripe", secrets=[f"whsec_{number:032}" for number in range(LIMITS["secrets"] + 1)])


def test_T22_a_receipt_has_a_key_where_replays_are_looked_for():
    """The same for each attempt to deliver the event, another for another endpoint; none where nobody asked."""
    again = sign("stripe", secret=SECRET, body=BODY, now=NOW + 5)
    keys = [
        Verifier("stripe", secrets=SECRET, endpoint=endpoint, replay=True)
        .verify(headers=headers, body=BODY, now=NOW)
        .replay_key
        for endpoint, headers in (("a", SIGNED.headers), ("a", again.headers), ("b", SIGNED.headers))
    ]
    assert [32, 32, 32] == [len(key) for key in keys]
    assert keys[0] == keys[1] != keys[2]
    assert Verifier("stripe", secrets=SECRET).verify(headers=SIGNED.headers, body=BODY, now=NOW).replay_key is None


def test_a_receipt_without_a_view_holds_nothing():
    """There is no store behind it."""
    receipt = Verifier("stripe", secrets=SECRET, replay=True).verify(headers=SIGNED.headers, body=BODY, now=NOW)
    for call in (receipt.extend, lambda: receipt.fresh(["a"])):
        with pytest.raises(RuntimeError, match="needs a view under @webhook"):
            call()


def test_labels_follow_the_endpoint():
    """So that logs and receipts name the secret that matched."""
    verifier = Verifier("stripe", secrets=[SECRET[::-1], SECRET], endpoint="live")
    assert "live[1]" == verifier.verify(headers=SIGNED.headers, body=BODY, now=NOW).secret


def test_sign_reuses_a_secret():
    """The same `Secret` may sign and verify."""
    secret = Secret(SECRET, label="2025")
    assert SIGNED == sign("stripe", secret=secret, body=BODY, now=NOW)
    assert "2025" == Verifier("stripe", secrets=secret).verify(headers=SIGNED.headers, body=BODY, now=NOW).secret


def test_sign_says_what_to_send():
    """Method, URL, headers and body of the delivery."""
    signed = sign("github", secret=SECRET, body=BODY, url="https://example.com/hooks/", content_type="text/plain")
    assert ("POST", "https://example.com/hooks/", BODY) == (signed.method, signed.url, signed.body)
    assert "text/plain" == signed.headers["Content-Type"]


@pytest.mark.parametrize("body", [b'{ "id" : "evt_1" }\n', b'{"a": 1e2, "a": 2}', b"\xff", b"", b"[1, 2]"])
@pytest.mark.parametrize("provider", ["github", "stripe", "slack", "standard-webhooks"])
def test_sign_leaves_the_body_alone(provider, body):
    """Where the signature stands in a header, what is sent is what was given, byte for byte."""
    assert body == sign(provider, secret=SECRET, body=body, now=NOW, event_id="evt_1").body


@pytest.mark.parametrize("name", sorted(set(LOCAL) - {"adyen-standard", "braintree", "standard-webhooks"}))
def test_every_provider_verifies_what_it_signs(name):
    """The signer is the verifier's mirror: all but those that want a body of their own, or have keys of two kinds."""
    record, (private, secret) = Record.named(name), keys_of(name)
    url = "https://example.com/hooks/" if record.needs_url else None
    signed = sign(name, secret=private, body=b'{"id": "evt_1"}', now=NOW, event_id="evt_1", url=url)
    verifier = Verifier(name, secrets=[secret])
    receipt = verifier.verify(headers=signed.headers, body=signed.body, now=NOW, url=signed.url)
    assert (name, signed.body) == (receipt.provider, receipt.body)


def test_no_settings_are_needed():
    """Flask and FastAPI have none: a fresh process imports, signs and verifies."""
    program = (
        "from hookseal import Verifier, sign\n"
        f"signed = sign('stripe', secret={SECRET!r}, body=b'[1]')\n"
        f"receipt = Verifier('stripe', secrets={SECRET!r}).verify(headers=signed.headers, body=signed.body)\n"
        "print(receipt.json())\n"
        "from django.conf import settings\n"
        "assert not settings.configured\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env={})
    assert ("[1]\n", "") == (run.stdout, run.stderr)
