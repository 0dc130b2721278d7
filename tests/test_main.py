"""`python -m hookseal`: run as people run it, in a fresh interpreter, without a project and without settings."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from hookseal import Verifier, providers, sign
from hookseal._engine import Record
from hookseal.captured import from_http
from hookseal.samples import new_keys
from hookseal.signing import key_pair

ROOT = Path(__file__).resolve().parent.parent
SECRET = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"
OTHER = "whsec_0tS9rQ8pO7nM6lK5jI4hG3fE2dC1bA0z"
THEN = 1_790_000_000
FAMILIES = (
    *("stripe", "github", "twilio", "mailgun", "svix", "basic", "adyen-standard", "pusher", "livekit"),
    *("discord", "sendgrid", "fusionauth-es256", "rfc9421-ed25519", "unisender-go"),
)


def environment(**variables: str) -> dict[str, str]:
    """Make the environment of a program that knows no project."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    if "PYTHONPATH" in bare:
        bare["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, bare["PYTHONPATH"].split(os.pathsep)))
    return {**bare, "STRIPE": SECRET, "WRONG": OTHER, "TERM": "xterm", **variables}


def shell(*words: str, given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run it, every warning an error."""
    command = [sys.executable, "-W", "error", "-m", "hookseal", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False, env=environment(**variables))


def shells(*commands: tuple[str, ...], **variables: str) -> list[subprocess.CompletedProcess[str]]:
    """Run it many times, each in a process of its own that is split off one which has imported everything."""
    command = [sys.executable, "-W", "error", "-c", _MANY, json.dumps(commands)]
    done = subprocess.run(command, capture_output=True, check=True, env=environment(**variables))
    told = [subprocess.CompletedProcess(words, *ended) for words, ended in json.loads(done.stdout)]
    assert len(commands) == len(told)
    return told


_MANY = """
import json, os, sys, tempfile
from importlib import import_module
from hookseal.__main__ import TASKS, main

for module, _ in TASKS.values():
    import_module(module)

told = []
for words in json.loads(sys.argv[1]):
    files = [tempfile.TemporaryFile() for _ in "oe"]
    if not (process := os.fork()):
        for number, file in enumerate(files, 1):
            os.dup2(file.fileno(), number)
            file.close()
        sys.argv = ["__main__.py", *words]
        sys.exit(main())
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    told.append((words, (code, *(os.pread(file.fileno(), 1_000_000, 0).decode() for file in files))))
    [file.close() for file in files]
print(json.dumps(told))
"""


def facts(*words: str, **changes: object) -> object:
    """Run it with --json."""
    return json.loads(shell(*words, "--json", **changes).stdout)


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    """Write a delivery of Stripe to a file, as it was received long ago."""
    signed = sign("stripe", secret=SECRET, body=b'{"id": "evt_1"}', now=THEN)
    head = ["# received: 2026-09-21T14:13:22+00:00", "POST /hooks/ HTTP/1.1", "Host: hooks.example.com"]
    head += [f"{name}: {value}" for name, value in signed.headers.items()]
    (tmp_path / "request.http").write_bytes("\r\n".join([*head, "", ""]).encode() + signed.body)
    return str(tmp_path / "request.http")


def test_help_names_every_task():
    """And each task its words."""
    tasks = ("demo", "sign", "verify", "explain", "providers")
    told, *each = shells(("--help",), *((task, "--help") for task in tasks))
    assert (0, "") == (told.returncode, told.stderr)
    for task, words in zip(tasks, each, strict=True):
        assert re.search(rf"(?m)^    {task}\b", told.stdout)
        assert "--json" in words.stdout


def test_help_is_quick():
    """It needs neither Django nor the engine."""
    program = (
        "import sys; from hookseal.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(any(name.split('.')[0] == 'django' or name == 'hookseal._engine' for name in sys.modules))"
    )
    assert 0 == subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode


def test_wrong_words_have_an_exit_code_of_their_own():
    """As everywhere: 2, and a usage on stderr."""
    for told in shells((), ("nothing",), ("sign",), ("verify", "--provider", "stripe")):
        assert (2, "") == (told.returncode, told.stdout)
        assert told.stderr.startswith("usage: python -m hookseal")


def test_the_demo_is_right_anywhere(tmp_path: Path):
    """Without a file of the repository: every verdict is the one that is due."""
    command = [sys.executable, "-W", "error", "-m", "hookseal", "demo", "--json"]
    done = subprocess.run(command, capture_output=True, check=False, env=environment(), cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (0, b"", True) == (done.returncode, done.stderr, told["right"])
    got = {(each["provider"], each["got"]["reason"]) for each in told["deliveries"]}
    assert {
        *(("stripe", reason) for reason in ("", "signature_mismatch", "stale", "future", "missing_signature")),
        *((name, "already handled") for name in ("stripe", "github", "slack", "twilio", "discord")),
        ("basic", "bad_credentials"),
        ("basic", "missing_credentials"),
    } <= got


def test_the_demo_is_a_table_for_people():
    """With a line of the log that it is about."""
    told = shell("demo").stdout.decode()
    assert re.search(r"(?m)^ok  stale: signed too long ago +400 stale +400 stale$", told)
    assert re.search(r"(?m)^\d+ deliveries of 7 providers: \d+ refused, \d+ answered, 0 wrong\.$", told)
    assert "stripe refused [signature_mismatch] POST /hooks/stripe/ from 127.0.0.1" in told
    assert "\x1b" not in told


def test_a_wrong_verdict_is_an_exit_code():
    """A demo that cannot fail shows nothing: one that expects what is not so says WRONG."""
    program = (
        "import sys; from hookseal.shell.demo import cast; from hookseal.__main__ import main;"
        "cast._WHAT['body'] = 'bent'; due = cast._due;"
        "cast._due = lambda record, way: cast.Verdict(200) if way == 'body' else due(record, way);"
        "sys.exit(main(['demo']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=environment())
    assert 1 == done.returncode
    assert re.search(r"(?m)^WRONG +bent +200 +400 signature_mismatch$", done.stdout.decode())


def test_providers_lists_the_catalog():
    """Without any settings."""
    assert providers() == [each["provider"] for each in facts("providers")]
    assert b"https://docs.stripe.com/webhooks" in shell("providers").stdout


def test_what_is_signed_is_verified(tmp_path: Path):
    """For one provider of each family; by this program, and by the library."""
    words = {name: _words_of(name, tmp_path) for name in FAMILIES}
    signed = shells(*(("sign", *words[name], "--secret-file", str(tmp_path / f"{name}.signs")) for name in FAMILIES))
    assert [] == [each.stderr for each in signed if each.returncode]
    commands = []
    for name, each in zip(FAMILIES, signed, strict=True):
        (tmp_path / name).write_text(each.stdout, newline="")
        request = from_http(each.stdout.encode())
        options = dict.fromkeys(Record.named(name).options, "made-up")
        verifier = Verifier(name, secrets=[(tmp_path / f"{name}.verifies").read_text().strip()], options=options)
        verifier.verify(headers=request.headers, body=request.body, url=request.url)
        key = ("--secret-file", str(tmp_path / f"{name}.verifies"))
        # Some write what they sign into the query, so the URL is that of the file.
        commands.append(("verify", *words[name], "--url", request.url, *key, str(tmp_path / name)))
    told = shells(*commands)
    assert [f"accepted  {name}, secret {name}.verifies" for name in FAMILIES] == [
        ",".join(each.stdout.strip().split(",")[:2]) for each in told
    ]


def test_a_body_is_signed_to_the_last_byte():
    """From stdin, whatever its line ends, and printed so."""
    body = 'é\r\n{"a": 1}\n\n'.encode()
    signed = shell("sign", "--provider", "stripe", "--secret-env", "STRIPE", "-", given=body)
    request = from_http(signed.stdout)
    assert body == request.body
    Verifier("stripe", secrets=[SECRET]).verify(headers=request.headers, body=request.body)
    told = facts("sign", "--provider", "stripe", "--secret-env", "STRIPE", "-", given=b"\xff\x00")
    assert (None, b"\xff\x00") == (told["body"], b64decode(told["body_base64"]))


def test_other_forms_of_what_is_signed():
    """Its headers alone, or a command; a type of event of its own."""
    named = ["sign", "--provider", "github", "--secret-env", "STRIPE", "--template", "issues"]
    assert shell(*named, "--header-only").stdout.count(b"X-Hub-Signature-256: sha256=") == 1
    assert shell(*named, "--curl").stdout.startswith(b"curl --globoff")
    assert ["X-GitHub-Event", "issues"] in facts(*named)["headers"]


def test_a_secret_never_stands_in_the_command_line(tmp_path: Path):
    """It is read from the environment or a file, whose last line break is none of it; and no word takes it."""
    (tmp_path / "secret").write_text(f"{SECRET}\r\n")
    named = ("sign", "--provider", "stripe", "--header-only")
    ways = [("--secret-file", str(tmp_path / "secret")), (), ("--secret-env", "NOBODY"), ("--secret", SECRET)]
    told = shells(*(named + way for way in ways))
    assert [0, 1, 1, 2] == [each.returncode for each in told]
    assert "Name the secret" in told[1].stderr
    assert "The environment has no variable NOBODY." in told[2].stderr


def test_a_pair_of_keys_is_made_where_the_provider_has_one(tmp_path: Path):
    """The private key is written to a file, the public one shown; together they sign and verify."""
    private = tmp_path / "private"
    named = ["--provider", "discord"]
    made = facts("sign", *named, "--new-key", str(private))
    assert 0o600 == stat.S_IMODE(private.stat().st_mode)
    signed = shell("sign", *named, "--secret-file", str(private))
    (tmp_path / "request.http").write_bytes(signed.stdout)
    public = ["--secret-env", "PUBLIC", str(tmp_path / "request.http")]
    assert 0 == shell("verify", *named, *public, PUBLIC=made["public_key"]).returncode
    assert 3 == shell("verify", *named, *public, PUBLIC=key_pair("discord")[1]).returncode
    assert b"make a pair of keys with `sign --new-key`" in shell("sign", *named).stderr


def test_a_file_is_judged_at_the_moment_it_names(request_file: str):
    """Or now, if that is asked for; it was fresh then."""
    named = ("verify", "--provider", "stripe", "--secret-env", "STRIPE", request_file)
    changes = [(), ("--now", "now"), ("--tolerance", "1"), ("--tolerance", "2")]
    then, *others = shells(*(named + change for change in changes))
    assert "accepted  stripe, secret STRIPE, event evt_1, signed 2026-09-21T14:13:20+00:00\n" == then.stdout
    assert [(3, "refused [stale]"), (3, "refused [stale]"), (0, "accepted")] == [
        (each.returncode, each.stdout.partition("  ")[0]) for each in others
    ]


def test_a_refusal_says_why_and_what_to_do(request_file: str):
    """Exit code 3, the reason, a sentence and a fix."""
    named = ["verify", "--provider", "stripe", "--secret-env", "WRONG"]
    told = shell(*named, request_file)
    assert (3, b"") == (told.returncode, told.stderr)
    assert re.match(r"refused \[signature_mismatch\]  stripe\n  no configured.*\.\n  Fix: .*\.\n", told.stdout.decode())
    given = Path(request_file).read_bytes()
    reason = facts(*named, "-", given=given)
    assert ("refused", "signature_mismatch") == (reason["verdict"], reason["reason"])
    assert 0 == shell(*named, "--secret-env", "STRIPE", request_file).returncode


def test_a_cause_is_named(request_file: str):
    """The secret was copied with a space; that is no error of the command, but what it is asked for."""
    named = ("explain", "--provider", "stripe", "--secret-env")
    told, genuine, forged, as_json = shells(
        (*named, "SPACED", request_file),
        (*named, "STRIPE", request_file),
        (*named, "WRONG", request_file),
        (*named, "SPACED", request_file, "--json"),
        SPACED=f"{SECRET} ",
    )
    assert (3, "") == (told.returncode, told.stderr)
    head, cause, fix, *_ = told.stdout.splitlines()
    assert head.endswith("  2026-09-21 14:13:22 UTC  POST /hooks/  15 bytes")
    assert cause.startswith("  Right once")
    assert fix.startswith("  Fix: ")
    assert "secret_whitespace" == json.loads(as_json.stdout)["causes"][0]["code"]
    assert (0, "stripe  accepted") == (genuine.returncode, genuine.stdout[:16])
    assert (3, True) == (forged.returncode, " combinations tried in " in forged.stdout)


def test_T44_no_answer_holds_a_secret(request_file: str):
    """Nor a signature that would be right."""
    named = ["--provider", "stripe", "--secret-env", "WRONG"]
    commands = [(task, *named, request_file, *more) for task in ("verify", "explain") for more in ((), ("--json",))]
    commands.append(("sign", *named))
    assert not any(OTHER in told.stdout + told.stderr for told in shells(*commands))


def test_mistakes_are_told_without_a_traceback(request_file: str, tmp_path: Path):
    """Exit code 1, and one sentence on stderr."""
    (tmp_path / "none").write_bytes(b"hello")
    named = ["--provider", "stripe", "--secret-env", "STRIPE"]
    cases = {
        ("verify", "--provider", "strip", "--secret-env", "STRIPE", request_file): 'Did you mean "stripe"',
        ("verify", *named, str(tmp_path / "none")): "holds no request",
        ("verify", *named, "missing"): "holds no request",
        ("verify", "--provider", "stripe", request_file): "Name the secret",
        ("verify", "--provider", "stripe", "--secret-env", "SPACED", request_file): "SPACED begins or ends with",
        ("verify", "--provider", "braintree", "--secret-env", "STRIPE", request_file): "public_key",
        ("sign", "--provider", "braintree", "--secret-env", "STRIPE"): "needs --option public_key=",
        ("sign", *named, "--option", "a=b"): "has no option 'a'",
        ("sign", *named, "missing"): "cannot be read",
        ("sign", "--provider", "amazon-sns"): "keys that it publishes itself",
        ("sign", "--provider", "github", "--new-key", str(tmp_path / "key")): "signs with a shared secret",
    }
    for told, sentence in zip(shells(*cases, SPACED=f"{SECRET} "), cases.values(), strict=True):
        assert (1, "") == (told.returncode, told.stdout), told.args
        assert sentence in told.stderr, told.args
        assert "Traceback" not in told.stderr, told.args


def test_what_a_record_takes_beside_the_secret_is_given(tmp_path: Path):
    """Pusher's key names the application."""
    named = ["--provider", "pusher", "--secret-env", "STRIPE", "--option", "app_key=a1b2c3"]
    (tmp_path / "request.http").write_bytes(shell("sign", *named).stdout)
    assert 0 == shell("verify", *named, str(tmp_path / "request.http")).returncode


def test_colours_are_for_terminals(request_file: str):
    """Not for pipes, nor for those who do not want them."""
    words = ["verify", "--provider", "stripe", "--secret-env", "STRIPE", request_file]
    assert "\x1b[32maccepted\x1b[0m" in on_a_terminal(*words)
    assert "\x1b" not in on_a_terminal(*words, NO_COLOR="1")
    assert b"\x1b" not in shell(*words).stdout


def test_long_work_draws_a_line_on_a_terminal():
    """How many deliveries of the demo were sent; gone at the end."""
    drawn = on_a_terminal("demo", NO_COLOR="1")
    assert re.search(r"\r\x1b\[2K\[[#-]{30}\] +\d+%  \d+ of \d+ deliveries", drawn)
    assert drawn.index("\r\x1b[2K    DELIVERY") > 0


@pytest.mark.parametrize("words", [["providers"], ["sign", "--provider", "github", "--secret-env", "STRIPE"]])
def test_a_reader_who_goes_away_is_no_error(words: list[str]):
    """As with `| head`: no traceback, and the code that shells know."""
    command = [sys.executable, "-m", "hookseal", *words]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, env=environment())
    os.close(writer)
    assert (141, b"") == (done.returncode, done.stderr)


def test_an_interrupted_task_ends_at_once():
    """By Ctrl-C, while it waits for a secret: exit code 130, without a traceback."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "hookseal", "sign", "--provider", "github", "--secret-prompt"]
    waiting = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(),
        start_new_session=True,  # without a terminal to control it, the secret is asked for on stderr
    )
    os.close(terminal)
    written = b""
    while b"Secret: " not in written:
        written += os.read(controller, 1000)
    waiting.send_signal(signal.SIGINT)
    assert 130 == waiting.wait(20)
    assert b"Traceback" not in written + _rest(controller)


def test_the_console_command_is_the_same():
    """`hookseal`, where it is installed as a command."""
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert 'hookseal = "hookseal.__main__:main"' in pyproject


def _words_of(name: str, folder: Path) -> tuple[str, ...]:
    """Write the keys of a provider to files, and name what else it takes."""
    keys = new_keys(name)
    (folder / f"{name}.signs").write_text(f"{keys.signs}\n")
    (folder / f"{name}.verifies").write_text(f"{keys.verifies}\n")
    options = (word for option in Record.named(name).options for word in ("--option", f"{option}=made-up"))
    return ("--provider", name, "--url", "https://hooks.example.com/in/?a=1", *options)


def on_a_terminal(*words: str, **variables: str) -> str:
    """Run it on a terminal, and give all that it wrote there."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "hookseal", *words]
    running = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment(**variables))
    os.close(terminal)
    written = _rest(controller)
    running.wait()
    return written.decode()


def _rest(controller: int) -> bytes:
    """Read what is written on a terminal until nobody is left who could write, and close it."""
    written = b""
    while True:
        try:
            chunk = os.read(controller, 65_536)
        except OSError:  # so Linux says that the last one has gone
            chunk = b""
        if not chunk:
            os.close(controller)
            return written
        written += chunk
