"""`manage.py webhooks`: what the owner of a site sees of endpoints, providers, ranges, secrets and rotations."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from datetime import date, datetime, timezone
from io import StringIO
from itertools import filterfalse

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from hookseal import Secret, conf, providers, webhook
from hookseal._engine import Record
from hookseal.management.commands.webhooks import TASKS, Command
from hookseal.ranges import published
from tests.backends import REDIS_CACHE
from tests.site.settings import SECRETS_OF

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DAY = 86_400
NEW = "new-canary-7c5e3a1b9d8f6042"

urlpatterns = [path("hooks/partner/", webhook("partner")(lambda request: HttpResponse()))]


def run(*words: str) -> tuple[str, int]:
    """Run the command, and say what it wrote and its exit code."""
    written = StringIO()
    try:
        call_command("webhooks", *words, stdout=written, no_color=True)
    except SystemExit as end:
        return written.getvalue().strip(), int(end.code)
    return written.getvalue().strip(), 0


def facts(*words: str) -> tuple[object, int]:
    """Run the command with --json."""
    written, code = run(*words, "--json")
    return json.loads(written), code


def shares_key(provider: str) -> bool:
    """Whether a provider and the site hold one and the same key."""
    return Record.named(provider).key_kind == "shared"


@pytest.fixture
def configure(settings, tmp_path):
    """Set HOOKSEAL to one endpoint under the URL /to/github/, whose cache is in files."""
    settings.MIDDLEWARE = []
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}

    def build(*secrets: object, **entry: object):
        listed = list(secrets) or [SECRETS_OF["github"]]
        settings.HOOKSEAL = {"github": {"SECRETS": listed, "REPLAY": "memory", **entry}}
        return conf.endpoint("github")

    return build


def test_endpoints_tells_what_there_is(configure, client: Client, send):
    """Provider, paths, store, and each secret with its window and last use."""
    configure(Secret(SECRETS_OF["github"], label="2026", not_after=date(2027, 12, 31)), NEW)
    with time_machine.travel(NOON, tick=False):
        send(client, "/to/github/", "github")
        ((known,), code) = facts("endpoints")
        text, _ = run("endpoints")
    assert 0 == code
    assert ("github", "github", True, "memory", "kept", False) == (
        known["endpoint"],
        known["provider"],
        known["enabled"],
        known["store"],
        known["uses"],
        known["secrets_by_function"],
    )
    assert "/to/github/" in known["paths"]
    assert [
        {
            "label": "2026",
            "not_before": None,
            "not_after": "2027-12-31T23:59:59+00:00",
            "last_used": "2026-11-22T12:00:00+00:00",
            "counted_since": "2026-11-22T12:00:00+00:00",
            "count": 1,
        },
        {
            "label": "github[1]",
            "not_before": None,
            "not_after": None,
            "last_used": None,
            "counted_since": "2026-11-22T12:00:00+00:00",
            "count": 0,
        },
    ] == known["secrets"]
    assert "2026       until 2027-12-31T23:59Z  last used 0 seconds ago, 1 times since 2026-11-22" in text
    assert "github[1]  always valid             not used since 2026-11-22" in text


def test_endpoints_tells_what_is_wrong_and_fails(configure):
    """The command runs though `check` would stop it, and scripts see the exit code."""
    configure(SECRETS_OF["github"] + "\n", TOLERANCES=3)
    ((known,), code) = facts("endpoints")
    assert 1 == code
    assert {"E001", "E002"} == {finding["id"] for finding in known["findings"]}
    assert "canary" not in json.dumps(known)
    text, code = run("endpoints")
    assert (1, True) == (code, 'E002 HOOKSEAL["github"]["SECRETS"][0] begins or ends' in text)


def test_endpoints_tells_what_its_uses_mean(configure, client: Client, send):
    """A secret that can go is a finding of the endpoint."""
    configure(SECRETS_OF["github"], NEW)
    with time_machine.travel(NOON, tick=False) as clock:
        send(client, "/to/github/", "github")
        clock.shift(8 * DAY)
        send(client, "/to/github/", "github", b'{"second":1}')
        ((known,), code) = facts("endpoints")
    assert (["W020"], 0) == ([finding["id"] for finding in known["findings"]], code)


def test_endpoints_lists_what_is_demanded_beside_the_proof(configure):
    """Of BASIC_AUTH no use is counted, and it is said so, lest it be taken for unused."""
    until = Secret("user:long-password-beside", label="proxy", not_after=date(2027, 12, 31))
    configure(BASIC_AUTH=["user:long-password-0123", until])
    ((known,), _) = facts("endpoints")
    assert known["basic_auth"] == [
        {"label": "BASIC_AUTH[0]", "not_before": None, "not_after": None},
        {"label": "proxy", "not_before": None, "not_after": "2027-12-31T23:59:59+00:00"},
    ]
    lines = [line.split() for line in run("endpoints")[0].splitlines() if "basic auth" in line]
    assert [line[-3:] for line in lines] == [["use", "not", "counted"]] * 2


def test_endpoints_says_that_a_use_is_not_known(configure, settings):
    """Not kept at all, or kept where nobody answers."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    configure(SECRETS_OF["github"], NEW)
    assert "last use not kept" in run("endpoints")[0]
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://127.0.0.1:1"}}
    ((known,), code) = facts("endpoints")
    assert ("unknown: ConnectionError", ["I003"], 0) == (
        known["uses"],
        [each["id"] for each in known["findings"]],
        code,
    )


def test_endpoints_of_every_kind(settings):
    """The whole test site: a function for secrets, no store, switched off, records of its own."""
    listed = {each["endpoint"]: each for each in facts("endpoints")[0]}
    assert list(settings.HOOKSEAL) == list(listed)
    assert listed["tenants"]["secrets_by_function"]
    assert not listed["off"]["enabled"]
    text, _ = run("endpoints")
    assert "secrets are found by a function for each request; their use is not counted" in text
    assert "switched off" in text
    settings.HOOKSEAL = {}
    assert ("HOOKSEAL has no endpoints.", 0) == run("endpoints")


def test_providers_lists_the_catalog():
    """Each once, with what one needs to choose."""
    listed, code = facts("providers")
    assert (list(providers()), 0) == ([each["provider"] for each in listed], code)
    assert "https://docs.stripe.com/webhooks" in run("providers")[0]


def test_ranges_are_lines_for_settings_and_for_nginx():
    """With source and date, and ready to be pasted."""
    text, code = run("ranges", "sendinblue")
    known = published(Record.named("brevo"))
    assert 0 == code
    assert text.count(f"# brevo, {known.source}, as of {known.date}") == 2
    settings_lines = text.partition("# nginx")[0].partition('"ALLOW_IPS": ')[2]
    assert known.ranges == tuple(json.loads(settings_lines.strip().rstrip(",").replace(",\n]", "\n]")))
    assert text.endswith("allow 1.179.112.0/20;\nallow 172.246.240.0/20;\ndeny all;")
    assert list(known.ranges) == facts("ranges", "brevo")[0]["ranges"]


@pytest.mark.parametrize(
    ("provider", "listing", "expected"),
    [
        (
            "github",
            '{"hooks": ["192.0.2.0/24", "2001:db8::/32"], "web": ["203.0.113.0/24"]}',
            ["192.0.2.0/24", "2001:db8::/32"],
        ),
        ("github", '["192.0.2.0/24"]', ["192.0.2.0/24"]),
        ("stripe", "192.0.2.1\n192.0.2.2\r\n\n# a comment\n192.0.2.1\n", ["192.0.2.1", "192.0.2.2"]),
        ("sparkpost", "wh.egress.example.\n192.0.2.9\n", ["192.0.2.9"]),
        ("postmark", " 192.0.2.7 \n", ["192.0.2.7"]),
    ],
)
@time_machine.travel(NOON, tick=False)
def test_ranges_are_read_from_what_the_provider_publishes(tmp_path, monkeypatch, provider, listing, expected):
    """From a file or stdin, under today's date; nothing is fetched."""
    file = tmp_path / "list"
    file.write_text(listing)
    assert {"ranges": expected, "date": "2026-11-22"}.items() <= facts("ranges", provider, "--from", str(file))[
        0
    ].items()
    monkeypatch.setattr(sys, "stdin", StringIO(listing))
    assert expected == facts("ranges", provider, "--from", "-")[0]["ranges"]


@pytest.mark.parametrize(
    "listing",
    ["", "# nothing", "192.0.2.1/24", "<html>moved</html>", "{", '{"web": ["192.0.2.0/24"]}', '{"hooks": [1]}', "[1]"],
)
def test_T82_a_list_that_is_none_prints_nothing(tmp_path, listing):
    """A page of errors must not become an allow-list."""
    file = tmp_path / "list"
    file.write_text(listing)
    with pytest.raises(CommandError, match="holds no"):
        run("ranges", "github", "--from", str(file))


def test_ranges_says_where_a_list_is_that_changes():
    """And by which command it is read."""
    with pytest.raises(
        CommandError, match=r"curl -fsS https://api\.github\.com/meta \| manage\.py webhooks ranges github"
    ):
        run("ranges", "github")
    with pytest.raises(CommandError, match="Copy it to a file"):
        run("ranges", "postmark")
    with pytest.raises(CommandError, match="Nothing is known of addresses that slack publishes"):
        run("ranges", "slack")
    with pytest.raises(CommandError, match='Did you mean "brevo"'):
        run("ranges", "bervo")
    with pytest.raises(CommandError, match="no-such-file holds no list"):
        run("ranges", "github", "--from", "no-such-file")


@pytest.mark.parametrize("name", list(filter(shares_key, providers())))
def test_a_secret_is_made_for_every_provider(name: str):
    """In the form that its record takes, and strong."""
    made, code = facts("secret", name)
    assert (None, 0) == (Record.named(name).check(Secret(made["secret"])), code)
    assert len(made["secret"]) >= 43
    assert made["secret"] != facts("secret", name)[0]["secret"]


@pytest.mark.parametrize("name", list(filterfalse(shares_key, providers())))
def test_a_provider_with_a_key_of_its_own_is_asked_for_it(name: str):
    """Nobody can make the public key of somebody else."""
    with pytest.raises(CommandError, match="makes its own keys"):
        run("secret", name)


def test_a_secret_has_the_form_that_the_provider_shows():
    """Digits where anything goes, base64 behind its prefix where that is decoded, credentials for Basic."""
    assert 32 == len(bytes.fromhex(run("secret")[0]))
    assert 32 == len(bytes.fromhex(run("secret", "github")[0]))
    assert 32 == len(b64decode(run("secret", "svix")[0].removeprefix("whsec_"), validate=True))
    secret, url = run("secret", "postmark")[0].splitlines()
    assert "postmark" == secret.partition(":")[0]
    assert f"https://{secret}@HOST/PATH/" == url


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        (None, "https://{}@HOST/hooks/partner/"),
        ("https://hooks.example.com", "https://{}@hooks.example.com/hooks/partner/"),
        ("https://hooks.example.com/here/", "https://{}@hooks.example.com/here/"),
    ],
)
def test_a_secret_for_basic_comes_with_the_url_to_paste(settings, public_url, url):
    """Of the endpoint, as far as the settings and the URLconf tell."""
    settings.ROOT_URLCONF = __name__
    settings.HOOKSEAL = settings.HOOKSEAL | {"partner": settings.HOOKSEAL["partner"] | {"PUBLIC_URL": public_url}}
    made, _ = facts("secret", "partner")
    assert url.format(made["secret"]) == made["url"]


def test_a_secret_for_nobody_is_an_error(settings):
    """A misspelt name is told apart from none."""
    with pytest.raises(CommandError, match='Did you mean "github"'):
        run("secret", "gihtub")
    settings.HOOKSEAL = {"code": {"PROVIDER": "nobody"}}
    with pytest.raises(CommandError, match="names no provider"):
        run("secret", "code")


def test_rotate_walks_through_the_steps(configure, client: Client, send):
    """Add, switch, wait, remove: each told by its exit code, and none asks for anything."""
    old = Secret(SECRETS_OF["github"], label="old")
    steps = []

    def look() -> None:
        told, code = facts("rotate", "github")
        steps.append((told["step"], told["in_use"], told["can_go"], code))

    with time_machine.travel(NOON, tick=False) as clock:
        configure(old)
        send(client, "/to/github/", "github", b"1")
        look()
        configure(Secret(NEW, label="new"), old)
        clock.shift(60)
        send(client, "/to/github/", "github", b"2")
        look()
        configure(Secret(SECRETS_OF["github"], label="new"), Secret(NEW, label="old"))
        clock.shift(60)
        send(client, "/to/github/", "github", b"3")
        look()
        clock.shift(8 * DAY)
        send(client, "/to/github/", "github", b"4")
        look()
    assert [
        ("add", ["old"], [], 0),
        ("switch", ["old"], [], 3),
        ("wait", ["new"], [], 4),
        ("remove", ["new"], ["old"], 5),
    ] == steps


def test_rotate_shows_where_one_is(configure, client: Client, send):
    """An arrow at the step that is next."""
    configure(Secret(NEW, label="new"), Secret(SECRETS_OF["github"], label="old"))
    with time_machine.travel(NOON, tick=False):
        assert "no delivery was counted in the last 7 days" in run("rotate", "github")[0]
        send(client, "/to/github/", "github")
        text, code = run("rotate", "github")
    assert 3 == code
    assert 'github: in use: "old"; not used yet: "new".' in text
    assert "-> 2. Give the new one to the sender." in text
    assert 1 == text.count("->")


def test_rotate_says_why_it_cannot_tell(configure, settings):
    """Unknown, wrong, found by a function, or nobody keeps count: an error, never a guess."""
    configure(SECRETS_OF["github"], NEW)
    with pytest.raises(CommandError, match="no endpoint"):
        run("rotate", "gitlab")
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://127.0.0.1:1"}}
    with pytest.raises(CommandError, match=r"does not answer \(ConnectionError\)"):
        run("rotate", "github")
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with pytest.raises(CommandError, match="Nobody keeps when"):
        run("rotate", "github")
    configure("", NEW)
    with pytest.raises(CommandError, match="has errors"):
        run("rotate", "github")
    configure(ENABLED=False)
    with pytest.raises(CommandError, match="nothing to rotate"):
        run("rotate", "github")


def test_every_task_has_a_word_a_help_and_json(capsys):
    """What a task is called is what its module is called."""
    parser = Command().create_parser("manage.py", "webhooks")
    for word, task in TASKS.items():
        assert word == task.__name__.rpartition(".")[2].removesuffix("_")  # list_, types_: Python has these itself
        assert task.HELP
        with pytest.raises(SystemExit):
            parser.parse_args([word, "--help"])
        assert "--json" in capsys.readouterr().out


def test_the_ranges_are_never_a_default():
    """What a provider publishes is documentation: who may send is the owner's decision."""
    assert all(conf.endpoint(name).allow_ips is None for name in ("stripe", "github"))
