"""Senders that follow Standard Webhooks, under its own header names or Svix's."""

from __future__ import annotations

from dataclasses import replace

from .model import TEXTS, WHSECS, Delivery, Sender, b64, mac, whsec


def standard(name: str, prefix: str = "webhook", secret: str = WHSECS[0], *, like: bool = False) -> Sender:
    """Describe a sender of id, time and signature in headers that begin with `prefix`."""
    header, clock, identity = f"{prefix}-signature", f"{prefix}-timestamp", f"{prefix}-id"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = b64(mac(key, f"{event}.{time}.".encode() + body))
        return Delivery({identity: event, clock: time, header: f"v1,{signature}"}, body, signature)

    bare, unpadded = secret.removeprefix("whsec_"), secret.rstrip("=")
    return Sender(
        *(name, secret, make, WHSECS[1:], header),
        key=whsec,
        encoding="base64",
        entry="v1,{}",
        split=" ",
        needed=(identity, clock, header),
        like=like,
        tolerance=300,
        wrong_keys={"verbatim": secret.encode(), "without-prefix": bare.encode()},
        same_keys={"without-prefix": bare, "without-padding": unpadded},
        joined={identity: "duplicate_header", clock: "duplicate_header", header: None},
    )


def _raw(sender: Sender) -> Sender:
    """Let a sender take its secret as it stands."""
    key = {"decoded": whsec(sender.secret)}
    return replace(sender, key=str.encode, others=TEXTS[1:], wrong_keys=key, same_keys={})


SENDERS = [
    standard("anthropic", like=True),
    standard("clerk", "svix", like=True),
    standard("clerk/unbranded", like=True),
    standard("etsy", "svix", like=True),
    standard("etsy/unbranded", like=True),
    standard("gitlab-signed", like=True),
    standard("increase", like=True),
    standard("lithic", like=True),
    replace(standard("openai"), same_keys={}),
    _raw(standard("openai/raw", secret=b64(TEXTS[0].encode()))),
    replace(_raw(standard("polar", secret=f"polar_whs_{TEXTS[0]}", like=True)), wrong_keys={}),
    replace(standard("polar/decoded", like=True), wrong_keys={}),
    standard("replicate", like=True),
    standard("resend", "svix"),
    standard("resend/unbranded"),
    standard("sardine", "svix", like=True),
    standard("sardine/unbranded", like=True),
    standard("signatureapi", like=True),
    standard("standard-webhooks"),
    standard("supabase", "svix", like=True),
    standard("supabase/unbranded", like=True),
    standard("svix", "svix"),
    standard("svix/unbranded"),
]
"""Each by its provider, and by the set of names or the kind of secret where it has two."""
