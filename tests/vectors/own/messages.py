"""Cases of signed HTTP messages (RFC 9421)."""

from __future__ import annotations

from dataclasses import replace

from senders.clocks import NOW, TIME
from senders.messages import COMPONENTS, by_hmac, message
from senders.model import EVENT, Delivery, Sender

from .case import BODY, Cases

PARAMETERS = f';created={TIME};nonce="{EVENT}"'


def message_by_hmac(sender: Sender) -> Cases:
    """What must be covered is covered, and the text is built to the letter."""
    good, key = sender.sign(BODY), sender.key(sender.secret)
    listed, signature = str(good.headers["Signature-Input"]), str(good.headers["Signature"])

    def signed(parameters: str = PARAMETERS, components: tuple[str, ...] = COMPONENTS) -> Delivery:
        return message(by_hmac, key, BODY, parameters, components)

    other_method, other_url = replace(good, method="PUT"), replace(good, url="https://example.com/other/")
    without = {
        f"{name.strip('@')}-not-covered": (
            signed(components=tuple(other for other in COMPONENTS if other != name)),
            "body_not_covered" if name == "content-digest" else "malformed_signature",
        )
        for name in COMPONENTS
    }
    return {
        **without,
        "nothing-covered": (signed(components=()), "malformed_signature"),
        "components-in-another-order": (signed(components=COMPONENTS[::-1]), None),
        "component-twice": (signed(components=(*COMPONENTS, "@method")), "malformed_signature"),
        "other-method": (other_method, "signature_mismatch"),
        "other-url": (other_url, "signature_mismatch"),
        "other-digest": (good.but(Content_Digest="sha-256=:" + "A" * 43 + "=:"), "body_not_covered"),
        "without-digest": (good.but(Content_Digest=None), "missing_signature"),
        "without-signature": (good.but(Signature=None), "missing_signature"),
        "without-input": (good.but(Signature_Input=None), "missing_signature"),
        "label-without-signature": (good.but(Signature=signature.replace("sig1", "sig2")), "malformed_signature"),
        "parameter-changed": (good.but(Signature_Input=listed.replace(TIME, str(NOW - 1))), "signature_mismatch"),
        "without-nonce": (signed(f";created={TIME}"), "missing_signature"),
        "without-created": (signed(f';nonce="{EVENT}"'), "missing_signature"),
        "expired": (signed(f"{PARAMETERS};expires={NOW - 1}"), "stale"),
        "not-yet-expired": (signed(f"{PARAMETERS};expires={NOW + 1}"), None),
        "algorithm-announced": (signed(f'{PARAMETERS};alg="hmac-sha256"'), None),
        "other-algorithm-announced": (signed(f'{PARAMETERS};alg="ed25519"'), "wrong_algorithm"),
        "unknown-parameter": (signed(f'{PARAMETERS};made-up="x"'), None),
    }
