"""Our own conformance vectors, through the Python API: every provider, made by a second telling of its scheme."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from hookseal import Reason, Verifier, WebhookRejected, providers

VECTORS = Path(__file__).resolve().parent / "vectors"
CASES: dict[str, list[dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(VECTORS.glob("*.json"))
    if path.name != "schema.json"
}


def verdict(case: dict[str, Any]) -> str | None:
    """Judge a delivery: None where it is accepted, else the reason."""
    verifier = Verifier(
        case["provider"], secrets=case["secrets"], **({"tolerance": case["tolerance"]} if "tolerance" in case else {})
    )
    pairs = [
        (name, value)
        for name, values in case["headers"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
    body = case["body"].encode() if "body" in case else base64.b64decode(case["body_base64"])
    try:
        verifier.verify(headers=pairs, body=body, method=case["method"], url=case["url"], now=case["now"])
    except WebhookRejected as rejection:
        return rejection.reason.value
    return None


def test_every_provider_has_its_vectors():
    """Who adds a provider tells its scheme a second time, in tests/vectors/senders/, and runs make.py."""
    assert providers() == sorted(CASES)


@pytest.mark.parametrize("provider", CASES)
def test_every_case_gets_its_verdict(provider: str):
    """Accepted, or refused for the very reason that the vector names."""
    seen = {case["id"]: verdict(case) for case in CASES[provider]}
    assert {case["id"]: case.get("reason") for case in CASES[provider]} == seen


@pytest.mark.parametrize("provider", CASES)
def test_every_provider_has_cases_of_both_kinds(provider: str):
    """A genuine delivery, an altered one, a wrong key, and a stale one where a time is signed."""
    names = {case["id"].rpartition("/")[2] for case in CASES[provider]}
    timed = {"stale", "future"} if Verifier(provider, secrets=CASES[provider][0]["secrets"]).record.time_of else set()
    assert {"genuine", "wrong-key", "right-secret-first", "right-secret-middle", "right-secret-last"} | timed <= names
    assert names & {"altered-body", "altered-body-declared-unsigned"}


def test_what_is_declared_unsigned_is_what_the_record_says():
    """T23: a body may be altered unnoticed just where the record says that it is not authenticated."""
    unsigned = {
        provider
        for provider, cases in CASES.items()
        if any(case["id"].endswith("altered-body-declared-unsigned") for case in cases)
    }
    secret = {provider: CASES[provider][0]["secrets"] for provider in CASES}
    derived = {name for name in CASES if Verifier(name, secrets=secret[name]).record.body_authenticated == "no"}
    assert derived == unsigned


SCHEMA = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))
valid = fastjsonschema.compile(SCHEMA)


def test_every_file_is_of_the_schema():
    """Whoever reads the files in another language can rely on it."""
    for cases in CASES.values():
        valid(cases)


@pytest.mark.parametrize(
    "bent",
    [
        {"reason": "stale"},
        {"valid": False},
        {"body_base64": ""},
        {"now": "1790000000"},
        {"secrets": []},
        {"headers": {"X": 1}},
        {"headers": {"X": ["one"]}},
        {"url": "/hooks/"},
        {"id": "github"},
        {"other": 1},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_case(bent: dict[str, Any]):
    """Else it would say nothing."""
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        valid([CASES["github"][0] | bent])


def test_the_schema_says_what_each_field_means():
    """It is all the documentation that a reader in another language has to have."""
    fields = SCHEMA["definitions"]["case"]["properties"]
    assert all(field["description"] for field in fields.values())
    page = (VECTORS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+)`", page.partition("| --- |")[2])) >= set(fields)


def test_ids_are_unique_and_name_their_provider():
    """An id in a failure message leads to one case of one file."""
    ids = [case["id"] for cases in CASES.values() for case in cases]
    assert len(ids) == len(set(ids))
    assert all(case["id"].startswith(f"{name}/") and case["provider"] == name for name in CASES for case in CASES[name])
    assert {case["reason"] for cases in CASES.values() for case in cases if "reason" in case} <= set(Reason)


def test_the_files_are_up_to_date():
    """They say what make.py says; nobody edits them by hand."""
    subprocess.run([sys.executable, "-W", "error", VECTORS / "make.py"], check=True)
