"""Run the Python blocks of one Markdown page as one program: `python tests/docs_program.py docs/quickstart.md`.

The blocks share one namespace. Those that open with `# settings.py` run first, then Django is set up with what
they define, then the others run in the order of the page, and at the end every function named `test_*`; one that asks
for `webhook_client` finds each guarded view of the page at `/hooks/ENDPOINT/`. A traceback shows the page's own lines.

Blocks that open with the path of a file (`# shop/models.py`) are left out: they are a project, which
`tests/test_testing_docs.py` writes down and runs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

BLOCK = re.compile(r"(?ms)^```python\n(.*?)^```$")
SETTINGS = "# settings.py\n"
FILE = re.compile(r"# (\w+/[\w/]+\.\w+)\n")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRONMENT = {"STRIPE_WHSEC": SECRET, "STRIPE_WHSEC_OLD": f"{SECRET}Old0", "PARTNER_BASIC": "partner:long-password"}
DEFAULTS: dict[str, Any] = {
    "SECRET_KEY": "only for these pages",
    "ALLOWED_HOSTS": ["testserver", "localhost"],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    "INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.auth"],
    "MIDDLEWARE": [],
    "ROOT_URLCONF": "page",
    "USE_TZ": True,
}


def main(page: Path) -> None:
    """Run the page; whatever it raises, ends the process."""
    os.environ.update(ENVIRONMENT)
    module = ModuleType("page")
    sys.modules["page"] = module
    space = module.__dict__
    space["urlpatterns"] = []
    program = list(blocks(page.read_text()))
    for line, code in program:
        if code.startswith(SETTINGS):
            run(page, line, code, space)
    set_up(space)
    for line, code in program:
        if not code.startswith(SETTINGS):
            run(page, line, code, space)
    for name in [name for name in space if name.startswith("test_")]:
        test = space[name]
        if "webhook_client" in signature(test).parameters:
            prove(test, space)
        else:
            test()


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Give each Python block with the number of lines above it."""
    for match in BLOCK.finditer(text):
        if not FILE.match(match[1]):
            yield text.count("\n", 0, match.start(1)), match[1]


def run(page: Path, line: int, code: str, space: dict[str, Any]) -> None:
    """Run one block as if the page were the source file."""
    exec(compile("\n" * line + code, str(page), "exec"), space)  # noqa: S102 - the pages are ours


def set_up(space: dict[str, Any]) -> None:
    """Configure Django with the upper-case names that the settings blocks left behind."""
    import django
    from django.conf import settings

    given = {name: value for name, value in space.items() if name.isupper()}
    for name in ("INSTALLED_APPS", "MIDDLEWARE"):
        more = [entry for entry in given.get(name, []) if entry is not ...]
        given[name] = [*DEFAULTS[name], *more]
    settings.configure(**{**DEFAULTS, **given})
    django.setup()


def prove(test: Any, space: dict[str, Any]) -> None:
    """Run a test as the pytest plugin would, on a site of the page's guarded views."""
    from django.test.utils import override_settings, setup_test_environment, teardown_test_environment
    from django.urls import path

    from hookseal.testing import WebhookClient

    urls = ModuleType("urls_of_the_page")
    endpoints = {name: view for view in space.values() for name in getattr(view, "webhook_endpoints", ())}
    urls.__dict__["urlpatterns"] = [path(f"hooks/{name}/", view) for name, view in endpoints.items()]
    setup_test_environment()
    with override_settings(ROOT_URLCONF=urls):
        test(WebhookClient())
    teardown_test_environment()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
