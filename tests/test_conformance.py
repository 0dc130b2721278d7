"""Our own conformance vectors, through the Python API: every provider, made by a second telling of its scheme."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import fastjsonschema
import pytest

from hookseal import Reason, providers
from hookseal._engine import Record
from tests.cases import FILES, SCHEMA, VECTORS, cases, refusal

CASES: dict[str, list[dict[str, Any]]] = {path.stem: cases(path.stem) for path in FILES}


def test_every_provider_has_its_vectors():
    """Who adds a provider tells its scheme a second time, in tests/vectors/senders/, and runs make.py."""
    assert providers() == list(CASES)


@pytest.mark.parametrize("provider", CASES)
def test_every_case_gets_its_verdict(provider: str):
    """Accepted, or refused for the very reason that the vector names."""
    told = {case["id"]: rejection.reason for case in CASES[provider] if (rejection := refusal(case))}
    assert {case["id"]: case["reason"] for case in CASES[provider] if not case["valid"]} == told


@pytest.mark.parametrize("provider", CASES)
def test_every_provider_has_cases_of_both_kinds(provider: str):
    """A genuine delivery, an altered one, a wrong key, and a stale one where a time is signed."""
    if provider in {"paypal", "scaleway"}:
        pytest.skip("its certificates lead to an authority that signs none of ours")
    names = {case["id"].rpartition("/")[2] for case in CASES[provider]}
    timed = {"stale", "future"} if Record.named(provider).time_of else set()
    places = {f"right-secret-{place}" for place in ("first", "middle", "last")}
    rotated = places if Record.named(provider).needs_secrets else set()
    assert {"genuine", "wrong-key"} | rotated | timed <= names
    assert names & {"altered-body", "altered-body-declared-unsigned"}


def test_what_is_declared_unsigned_is_what_the_record_says():
    """T23: a body may be altered unnoticed just where the record says that it is not authenticated."""
    unsigned = {
        provider
        for provider, listed in CASES.items()
        if any(case["id"].endswith("altered-body-declared-unsigned") for case in listed)
    }
    derived = {name for name in CASES if Record.named(name).body_authenticated == "no"}
    assert derived == unsigned


FORM = json.loads(SCHEMA.read_text(encoding="utf-8"))
valid = fastjsonschema.compile(FORM)


def test_every_file_is_of_the_schema():
    """Whoever reads the files in another language can rely on it."""
    for listed in CASES.values():
        valid(listed)


@pytest.mark.parametrize(
    "bent",
    [
        {"reason": "stale"},
        {"valid": False},
        {"body_base64": ""},
        {"now": "1790000000"},
        {"secrets": [""]},
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
    fields = FORM["definitions"]["case"]["properties"]
    assert all(field["description"] for field in fields.values())
    page = (VECTORS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+)`", page.partition("| --- |")[2])) >= set(fields)


def test_ids_are_unique_and_name_their_provider():
    """An id in a failure message leads to one case of one file."""
    ids = [case["id"] for listed in CASES.values() for case in listed]
    assert len(ids) == len(set(ids))
    assert all(case["id"].startswith(f"{name}/") and case["provider"] == name for name in CASES for case in CASES[name])
    assert {case["reason"] for listed in CASES.values() for case in listed if "reason" in case} <= set(Reason)


def test_the_files_are_up_to_date():
    """They say what make.py says; nobody edits them by hand."""
    subprocess.run([sys.executable, "-W", "error", VECTORS / "make.py"], check=True)
