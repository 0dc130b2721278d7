"""The page on testing is a project: its blocks are files, and its tests pass."""

from __future__ import annotations

import re
from pathlib import Path

from hookseal._engine import REASONS
from hookseal.samples import new_keys
from hookseal.signing import providers
from hookseal.testing import TAMPERINGS
from tests.docs_program import FILE
from tests.projects import SETTINGS, Project

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "testing.md").read_text()
BLOCK = re.compile(r"(?ms)^```(?:python|http)\n(.*?)^```$")


def test_the_tests_on_the_page_pass(tmp_path):
    """In a shop of their own, with pytest-django, and with the plugin as an installation brings it."""
    project = Project(tmp_path)
    project.write("shop/settings.py", SETTINGS)
    blocks = [match[1] for match in BLOCK.finditer(PAGE)]
    for block in blocks:
        project.write(FILE.match(block)[1], block)
    said = project.pytest("-q", settings="shop.settings")
    assert re.search(r"^3\d passed", said.splitlines()[-1])


def test_every_way_to_tamper_is_on_the_page():
    """With its other names, and with reasons that exist."""
    section = PAGE.partition("### What is bent")[2].partition("### Keys")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith('| `"')]
    assert [re.findall(r'"(\w+)"', row[1]) for row in rows] == [[way.name, *way.also] for way in TAMPERINGS]
    named = {code for row in rows for code in re.findall(r"`(\w+)`", row[3])}
    assert named <= {code for code, *_ in REASONS}


def test_every_provider_that_cannot_be_signed_for_is_on_the_page():
    """And no other."""
    section = PAGE.partition("### Providers that cannot be signed for")[2].partition("## Recordings")[0]
    named = {name for row in re.findall(r"(?m)^\| (`.*?) \|", section) for name in re.findall(r"`([\w-]+)`", row)}
    assert named == {name for name in providers() if not _can_be_signed_for(name)}


def _can_be_signed_for(provider: str) -> bool:
    try:
        new_keys(provider)
    except ValueError:
        return False
    return True
