"""What explaining a refusal takes: the engine's search over 2,000 variants, and the whole of `explain`."""

from __future__ import annotations

import time
from base64 import b64encode

from benches.measure import Contender, contender
from benches.messages import stripe
from hookseal import Reason
from hookseal._engine import Record, Secret, search
from hookseal.captured import Captured
from hookseal.explain import endpoint_of, explain

SEARCH, WHOLE = "2,000 variants", "explain"
_SECRETS, _TEXTS = 40, 50


def of_explaining(body: bytes) -> list[Contender]:
    """Time a search that finds nothing until its last text, and an examination in which nothing fits."""
    return [_search(body), _whole(body)]


def _search(body: bytes) -> Contender:
    secrets = [Secret(f"one-of-many-made-up-secrets-{number}") for number in range(_SECRETS)]
    header = stripe(body, f"one-of-many-made-up-secrets-{_SECRETS - 1}").headers["stripe-signature"]
    moment, digits = (part.partition("=")[2] for part in header.split(","))
    # In base64 it can be the digest of one length alone; as digits it might be two.
    signature = b64encode(bytes.fromhex(digits)).decode()
    texts = [f"{number}.".encode() + body for number in range(_TEXTS - 1)] + [moment.encode() + b"." + body]
    names = {"search": search, "found": _found, "record": Record.named("stripe"), "secrets": secrets, "texts": texts}
    good, bad = names | {"signatures": [signature]}, names | {"signatures": [b64encode(bytes(32)).decode()]}
    return contender(SEARCH, "found(search(record, signatures, secrets, texts))", good, bad)


def _found(outcome: tuple[list[object], int, bool]) -> bool:
    hits, tried, bounded = outcome
    return bool(hits) and tried == _SECRETS * _TEXTS and not bounded


def _whole(body: bytes) -> Contender:
    """Its good message is the one that nothing explains: it is tried in every way."""
    message = stripe(body, "a secret that nobody here knows")
    captured = Captured("POST", "https://h/", tuple(message.headers.items()), body, time.time())
    names = {"explain": explain, "refused": Reason.SIGNATURE_MISMATCH, "captured": captured}
    unknown, known = (endpoint_of("stripe", f"a secret that {who} here knows") for who in ("somebody", "nobody"))
    call = "explain(captured, endpoint).reason is refused"
    return contender(WHOLE, call, names | {"endpoint": unknown}, names | {"endpoint": known})
