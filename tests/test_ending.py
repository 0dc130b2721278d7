"""How `manage.py webhooks` ends when it is interrupted: without a traceback, and with the code that shells expect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hookseal.management.ending import orderly

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "django", "webhooks"]
ENVIRONMENT = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.site.settings"}


def test_a_reader_who_goes_away_is_no_error():
    """As with `| head`."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "providers"], stdout=writer, stderr=subprocess.PIPE, check=False, env=ENVIRONMENT, cwd=ROOT
    )
    os.close(writer)
    assert (141, b"") == (done.returncode, done.stderr)


def test_an_interrupted_task_has_the_code_of_ctrl_c():
    """Whatever it was doing."""
    with pytest.raises(SystemExit) as ended, orderly():
        raise KeyboardInterrupt
    assert 130 == ended.value.code


def test_other_errors_are_their_own():
    """Nothing is swallowed."""
    with pytest.raises(ZeroDivisionError), orderly():
        raise ZeroDivisionError


def test_json_and_text_are_told_apart_by_one_word():
    """What is printed ends with a line break, and stderr is silent."""
    done = subprocess.run(
        [*COMMAND, "providers", "--json"], capture_output=True, text=True, check=True, env=ENVIRONMENT, cwd=ROOT
    )
    assert (done.stdout[:1], done.stdout[-2:], done.stderr) == ("[", "]\n", "")
