"""The documentation says what the code does: its blocks run, its tables equal the code's, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from hookseal import Reason, WebhookConfigurationError, WebhookRejected, sign, webhook
from hookseal.__main__ import TASKS as SHELL_TASKS
from hookseal._engine import REASONS
from hookseal.captured import Captured, to_http
from hookseal.conf import endpoint
from hookseal.contrib.prometheus.metrics import AGE, BUCKETS, DELIVERIES, UNPROTECTED
from hookseal.explain import CAUSES, endpoint_of, explain
from hookseal.explain.report import report
from hookseal.findings import CATALOGUE
from hookseal.logging import LOGGER
from hookseal.management.commands.webhooks import TASKS
from hookseal.settings import SETTINGS
from tests.site.settings import SECRETS_OF

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([\w-]+))?\)")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@every_page
def test_the_blocks_of_a_page_run(page: Path):
    """All Python blocks of a page, in their order, are a program that runs without a warning."""
    if "```python\n" not in page.read_text():
        return
    program = [sys.executable, "-W", "error", str(ROOT / "tests" / "docs_program.py"), str(page)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@every_page
def test_links_lead_somewhere(page: Path):
    """Each relative link names a file that exists, and a heading that is in it."""
    broken = []
    for file, anchor in LINK.findall(page.read_text()):
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{file}#{anchor}")
    assert broken == []


def test_generated_parts_are_up_to_date():
    """Reasons, checks and providers on the pages are those of the code; `make docs` writes them."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py")], capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""


def test_every_reason_is_documented():
    """The page of reasons, the enum and the engine's table name the same codes, in the same order."""
    documented = first_cells("reasons.md")
    assert documented == [code for code, *_ in REASONS]
    assert documented == [reason.value for reason in Reason]


def test_every_cause_is_documented():
    """The page of causes names each code of the table, in its order."""
    assert first_cells("explain.md") == list(CAUSES)


def test_every_finding_is_documented():
    """The page of checks names each id of the catalogue, in its order."""
    assert first_cells("checks.md") == list(CATALOGUE)


def test_every_setting_is_documented():
    """The page of settings has a heading for each, and names each default that is written as a value."""
    page = (ROOT / "docs" / "settings.md").read_text()
    sections = dict(re.findall(r"(?ms)^### `(\w+)`\n(.*?)(?=^#|\Z)", page))
    assert set(sections) == set(SETTINGS)
    for name, setting in SETTINGS.items():
        if setting.default is not None and not repr(setting.default).startswith("<"):
            assert f"default `{setting.default!r}`".replace("'", '"') in sections[name], name


def test_every_command_is_documented():
    """The page of commands has a section for each task, in the order of `--help`."""
    page = (ROOT / "docs" / "commands.md").read_text()
    assert re.findall(r"(?m)^## (\w+)$", page) == list(TASKS)


def test_every_metric_is_documented():
    """The page of metrics names each with its labels and its buckets."""
    page = (ROOT / "docs" / "metrics.md").read_text()
    rows = {row[0].strip("`"): row for row in re.findall(r"(?m)^\| (`hookseal_\w+`) \| \w+ \| (.*?) \| (.*) \|$", page)}
    metrics = {f"{each._name}_total": each for each in (DELIVERIES, UNPROTECTED)} | {AGE._name: AGE}
    for name, metric in metrics.items():
        assert re.findall(r"`(\w+)`", rows[name][1]) == list(metric._labelnames)
    assert "buckets " + ", ".join(map(str, BUCKETS)) in rows[AGE._name][2]
    assert set(rows) == set(metrics)


def test_every_task_without_a_project_is_documented():
    """The page has a section for each, in the order of `--help`."""
    page = (ROOT / "docs" / "shell.md").read_text()
    assert re.findall(r"(?m)^## (\w+)$", page) == list(SHELL_TASKS)


def test_the_readme_is_short():
    """The README fits on two screens: at most 120 lines."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_readme_shows_a_refusal_as_it_looks():
    """The refused delivery's log line in the README is the one that a stale delivery really causes."""
    signed = sign("stripe", secret=SECRETS_OF["stripe"], body=b"{}", now=1_800_000_000)
    headers = {**signed.headers, "Content-Type": "application/json"}
    request = RequestFactory().post(
        "/hooks/stripe/",
        signed.body,
        content_type=headers.pop("Content-Type"),
        headers=headers,
        secure=True,
        REMOTE_ADDR="3.18.12.63",
    )
    with time_machine.travel(1_800_000_412, tick=False), pytest.raises(WebhookRejected) as refusal:
        webhook("stripe")(lambda _: HttpResponse())(request)
    assert f"ERROR {LOGGER}: {refusal.value}" in " ".join((ROOT / "README.md").read_text().split())


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/explain.md"])
def test_an_explanation_is_shown_as_it_looks(page: str):
    """What a page shows of one is what is printed of such a delivery; only how long it took is another matter."""
    captured, sibling = explained_on_the_pages()
    live = endpoint_of("stripe", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    siblings = [endpoint_of("stripe", sibling, alias="stripe-test")]
    assert shown(page) in timeless(report(explain(captured, live, siblings=siblings), captured, live, 0))


def test_an_explanation_without_a_project_is_shown_as_it_looks(tmp_path: Path):
    """The page's command prints what the page shows, for a secret that was read with the end of its line."""
    captured, secret = explained_on_the_pages()
    file = tmp_path / "request.http"
    file.write_bytes(to_http(captured))
    words = ["-m", "hookseal", "explain", "--provider", "stripe", "--secret-env", "STRIPE_WHSEC", str(file)]
    environment = os.environ | {"STRIPE_WHSEC": f"{secret}\n"}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert timeless(done.stdout) == shown("docs/shell.md"), done.stderr


def test_the_readme_shows_a_configuration_error_as_it_looks():
    """What the README shows of a wrong configuration is what the Guard says of it."""
    wrong = {"github": {"SECRETS": [SECRETS_OF["github"] + "\n"], "TOLERANCES": 60}}
    with override_settings(HOOKSEAL=wrong):
        error = WebhookConfigurationError(endpoint("github").errors)
    assert str(error) in (ROOT / "README.md").read_text()


@every_page
def test_a_page_opens_with_its_purpose(page: Path):
    """A page is a title, then at once a paragraph that says what it is for."""
    lines = page.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert lines[2][:1].isalnum() or page.name == "SECURITY.md"


def anchors(page: Path) -> set[str]:
    """Name the headings of a page as links do."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def first_cells(page: str) -> list[str]:
    """Read the first column of a page's generated table."""
    generated = (ROOT / "docs" / page).read_text().partition("<!-- begin")[2]
    return re.findall(r"(?m)^\| `(\w+)` \|", generated)


def explained_on_the_pages() -> tuple[Captured, str]:
    """Make the delivery that the pages explain, and name the secret that signed it."""
    secret, when = "whsec_AAKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", 1_795_338_842.0
    body = b'{"id": "evt_1"}'.ljust(1959)
    signed = sign("stripe", secret=secret, body=body, now=when - 1)
    return Captured("POST", "https://example.com/hooks/stripe/", tuple(signed.headers.items()), body, when), secret


def shown(page: str) -> str:
    """Read the explanation that a page shows."""
    return timeless(re.search(r"(?m)^\$ python .*explain.*\n((?:.+\n)+?)```$", (ROOT / page).read_text())[1])


def timeless(text: str) -> str:
    """Leave out how long an examination took."""
    return re.sub(r"in \d+ ms", "in some ms", text.strip())
