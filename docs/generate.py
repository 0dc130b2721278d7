"""Write the parts of the documentation that are made from the code: reasons, checks and providers.

`python docs/generate.py` says which pages are out of date, `--write` brings them up to date. A test asks the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from hookseal._engine import REASONS, Record
from hookseal.findings import CATALOGUE, DEPLOY

PAGES = Path(__file__).resolve().parent
CATALOG = PAGES.parent / "src" / "record" / "catalog"
BEGIN, END = "<!-- begin: `make docs` -->\n", "<!-- end -->"
FAMILIES = {"equal": "shared secret", "hmac": "MAC"}

KEYS = {
    "verbatim": "as it stands",
    "whsec": "base64, `whsec_` before it or not",
    "whsec-or-raw": "base64 after `whsec_`, else as it stands",
    "base64": "base64",
    "hex": "hex",
    "basic": "`user:password`",
    "token68": "a bearer token",
}


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
    parts = {"reasons.md": reasons(), "checks.md": checks(), "providers.md": providers()}
    return {PAGES / name: filled((PAGES / name).read_text(), part) for name, part in parts.items()}


def filled(page: str, part: str) -> str:
    """Put the generated part between its marks; the rest of the page is written by hand."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{part}\n\n{END}{after}"


def reasons() -> str:
    """Lay out the engine's table of reasons."""
    return table(["code", "fault", "what was seen", "what to do"], ([f"`{row[0]}`", *row[1:]] for row in REASONS))


def checks() -> str:
    """Lay out the catalogue of findings."""
    only = dict.fromkeys(DEPLOY, " [only with --deploy]")
    return table(["id", "when"], ([f"`{code}`", when + only.get(code, "")] for code, when in CATALOGUE.items()))


def providers() -> str:
    """Lay out the catalog: a list of all, then a section for each."""
    files = {path.stem: tomllib.loads(path.read_text()) for path in sorted(CATALOG.glob("*.toml"))}
    summary = table(
        ["provider", "family", "body authenticated", "freshness"],
        (
            [f"[{name}](#{name})", family(raw), Record.named(name).body_authenticated, freshness(Record.named(name))]
            for name, raw in files.items()
        ),
    )
    return "\n\n".join([summary, *(section(name, raw) for name, raw in files.items())])


def section(name: str, raw: Mapping[str, Any]) -> str:
    """Describe one provider."""
    record = Record.named(name)
    also = f" (also `{'`, `'.join(record.aliases)}`)" if record.aliases else ""
    facts = {
        "grade": record.grade,
        "family": family(raw),
        **{f"proof{number}": text for number, text in numbered(proof(each) for each in raw["proof"])},
        "secret": " or ".join(dict.fromkeys(KEYS[text] for each in raw["proof"] for text in each["key"]["text"])),
        "body authenticated": record.body_authenticated,
        "freshness": freshness(record),
        "event id": event(raw),
        "retries": retries(record.retry),
        "delivered": ", ".join(map(str, record.success)) or "every 2xx",
        "refusal": f"bare {record.refusal}" if record.refusal else "400",
        "probes": ", ".join(record.probes) or "none",
    }
    lines = "\n".join(f"- *{fact}*: {value}" for fact, value in facts.items())
    title = f"[{record.title}]({record.docs})" if record.docs else record.title
    return f"## {name}\n\n{title}{also}\n\n{lines}"


def family(raw: Mapping[str, Any]) -> str:
    """Name the families of a record's proofs, each once."""
    return ", ".join(dict.fromkeys(FAMILIES[proof["algorithm"].partition("-")[0]] for proof in raw["proof"]))


def proof(raw: Mapping[str, Any]) -> str:
    """Say in one line what a proof computes over what, and where its result stands."""
    signature = raw["signature"]
    when = raw.get("when")
    condition = f"for {next(iter(when))} {next(iter(when.values()))}: " if when else ""
    if "signed" not in raw:
        scheme = f" after `{signature['scheme']}`" if "scheme" in signature else ""
        return f"{condition}the secret itself in {place(signature['at'])}{scheme}"
    mark = "".join(f" {key} `{signature[key]}`" for key in ("prefix", "version") if key in signature)
    parts = "".join(f"; `{part}` in {place(where)}" for part, where in raw.get("parts", {}).items())
    made = f"`{raw['algorithm']}` over `{raw['signed']}`"
    return f"{condition}{made}, {signature['encoding']} in {place(signature['at'])}{mark}{parts}"


def place(where: Mapping[str, Any]) -> str:
    """Name a place of a request."""
    kind = next(kind for kind in ("header", "query", "form", "json") if kind in where)
    entry = f", entry `{where['name']}=`" if "name" in where else ""
    return f"{kind} `{where[kind]}`{entry}"


def event(raw: Mapping[str, Any]) -> str:
    """Say where the authenticated event id stands."""
    if "event" not in raw:
        return "none"
    places = (each["parts"][raw["event"]] for each in raw["proof"] if raw["event"] in each.get("parts", {}))
    return " or ".join(dict.fromkeys(map(place, places)))


def freshness(record: Record) -> str:
    """Say how old a delivery may be, and what its time means."""
    return "no signed time" if record.tolerance is None else f"{record.tolerance:,} s ({record.time_of})"


def retries(horizon: int | None) -> str:
    """Say how long the provider goes on trying."""
    return "not known" if horizon is None else f"for {horizon:,} s" if horizon else "none"


def numbered(texts: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Number the texts, unless there is only one."""
    every = list(texts)
    yield from ((f" {number}" if len(every) > 1 else "", text) for number, text in enumerate(every, 1))


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
