"""Published signatures: every case of `../shared/vectors` gets its published verdict. Skipped where absent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hookseal import Verifier, WebhookRejected, providers
from hookseal.schemes import Header, Scheme, mac

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = ROOT.parent / "shared" / "vectors"
CASES: list[dict[str, Any]] = [
    case for path in sorted(PUBLISHED.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))
]
NAMES = {"zendesk-eap-2021": "zendesk"}
"""Published names that are not the catalog's."""


def name_of(case: dict[str, Any]) -> str:
    """Give the catalog's name for the sender of a case."""
    return NAMES.get(case["provider"], case["provider"])


OURS = [case for case in CASES if name_of(case) in providers()]
OTHERS = sorted({name_of(case) for case in CASES} - set(providers()))

EXCEPTIONS: dict[str, str] = {
    "zendesk-eap-2021-01": "the order of an early access programme, body before time, which Zendesk no longer sends",
}
"""Cases whose published verdict we do not give, by id, each with its reason."""

UNDATED = 1_790_000_000


def accepted(case: dict[str, Any]) -> bool:
    """Judge a published delivery."""
    secrets = case.get("secrets") or [case["secret"]]
    tolerance = {"tolerance": case["tolerance"]} if "tolerance" in case else {}
    verifier = Verifier(convoy(case) if "hash" in case else name_of(case), secrets=secrets, **tolerance)
    try:
        verifier.verify(
            headers=case["headers"],
            body=case["body"].encode(),
            method=case["method"],
            url=case["url"],
            now=case.get("now", UNDATED),
        )
    except WebhookRejected:
        return False
    return True


def convoy(case: dict[str, Any]) -> Scheme:
    """Describe the project of a case: at Convoy each chooses digest and encoding, and whether time is signed."""
    digest, header = case["hash"].lower(), "X-Convoy-Signature"
    if case["provider"] == "convoy-simple":
        return mac(header=header, digest=digest, encoding=case["encoding"])
    return mac(
        header=header,
        digest=digest,
        encoding=case["encoding"],
        shape="pairs",
        split=",",
        version="v1",
        signed="{ts},{body}",
        parts={"ts": Header(header, pairs=",", name_in_list="t")},
    )


@pytest.mark.parametrize("case", OURS, ids=lambda case: case["id"])
def test_a_published_delivery_gets_its_published_verdict(case: dict[str, Any]):
    """Genuine ones are accepted, the others refused, as the provider's own rules have it."""
    assert (case["valid"] != (case["id"] in EXCEPTIONS)) is accepted(case)


def test_every_published_provider_is_in_the_catalog():
    """Those that are not yet are named here, so that nobody takes their silence for success."""
    if not CASES:
        pytest.skip(
            f"{PUBLISHED.parent.name}/{PUBLISHED.name} is not there: published signatures are not part of the checkout"
        )
    if OTHERS:
        pytest.skip(f"{len(CASES) - len(OURS)} published cases of providers not in the catalog: {', '.join(OTHERS)}")


@pytest.mark.skipif(not CASES, reason="published signatures are not part of the checkout")
def test_published_cases_are_of_both_kinds():
    """For each provider of ours with several published cases there is one to accept and one to refuse."""
    counts = Counter(name_of(case) for case in OURS)
    kinds = {(name_of(case), case["valid"]) for case in OURS if counts[name_of(case)] > 1}
    assert {(provider, valid) for provider, _ in kinds for valid in (True, False)} == kinds


@pytest.mark.skipif(not CASES, reason="published signatures are not part of the checkout")
def test_every_exception_is_a_published_case():
    """A reason for a case that no longer exists would mislead."""
    assert EXCEPTIONS.keys() <= {case["id"] for case in OURS}
