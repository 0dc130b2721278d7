"""Write the parts of the documentation that are made from the code: reasons, causes, checks, providers and samples.

`python docs/generate.py` says which pages are out of date, `--write` brings them up to date. A test asks the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hookseal._engine import REASONS
from hookseal.explain import CAUSES
from hookseal.findings import CATALOGUE, DEPLOY
from hookseal.templates import TEMPLATES

PAGES = Path(__file__).resolve().parent
sys.path.insert(0, str(PAGES))

import catalog  # noqa: E402 - found through the line above

BEGIN, END = "<!-- begin: `make docs` -->\n", "<!-- end -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare or write every generated page; the exit status is the number of pages that were out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the pages up to date")
    write = parser.parse_args(arguments).write
    old = [path for path, text in pages().items() if path.read_text() != text]
    for path in old:
        print(f"{path.name} {'written' if write else 'is out of date: make docs'}")
        if write:
            path.write_text(pages()[path])
    return 0 if write else len(old)


def pages() -> dict[Path, str]:
    """Give each generated page as it should read."""
    parts = {
        "reasons.md": reasons(),
        "explain.md": causes(),
        "checks.md": checks(),
        "providers.md": catalog.page(),
        "commands.md": samples(),
    }
    return {PAGES / name: filled((PAGES / name).read_text(), part) for name, part in parts.items()}


def filled(page: str, part: str) -> str:
    """Put the generated part between its marks; the rest of the page is written by hand."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{part}\n\n{END}{after}"


def reasons() -> str:
    """Lay out the engine's table of reasons."""
    return catalog.table(
        ["code", "fault", "what was seen", "what to do"], ([f"`{row[0]}`", *row[1:]] for row in REASONS)
    )


def causes() -> str:
    """Lay out the table of causes."""
    return catalog.table(["code", "what was found", "what to do"], ([f"`{code}`", *CAUSES[code]] for code in CAUSES))


def checks() -> str:
    """Lay out the catalogue of findings."""
    only = dict.fromkeys(DEPLOY, " [only with --deploy]")
    return catalog.table(["id", "when"], ([f"`{code}`", when + only.get(code, "")] for code, when in CATALOGUE.items()))


def samples() -> str:
    """Lay out the types of events that samples are made up of."""
    rows = ((f"`{name}`", ", ".join(f"`{event}`" for event in each.events)) for name, each in TEMPLATES.items())
    return catalog.table(["provider", "`--template`, the first by default"], rows)


if __name__ == "__main__":
    raise SystemExit(main())
