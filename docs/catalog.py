"""Lay out the page of providers: what the catalog's files say, and what follows from them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from hookseal._engine import Record

CATALOG = Path(__file__).resolve().parent.parent / "src" / "record" / "catalog"
Raw: TypeAlias = Mapping[str, Any]

FAMILIES = {
    "equal": "shared secret",
    "hmac": "MAC",
    "jwt": "token (JWT)",
    "http": "signed message (RFC 9421)",
    "sns": "SNS message",
    "unisender": "self-hash",
}
KEYS = {
    "verbatim": "as it stands",
    "whsec": "base64, `whsec_` before it or not",
    "whsec-or-raw": "base64 after `whsec_`, else as it stands",
    "base64": "base64",
    "hex": "hex",
    "nfkd": "in Unicode's form NFKD",
    "sha1": "its SHA-1 digest",
    "spki": "a public key, as PEM or its base64 alone",
    "hex-32": "a public key in hex",
    "base64-32": "a public key in base64",
    "whpk": "a public key after `whpk_`",
    "jwk": "a public key as JWK",
    "basic": "`user:password`",
    "token68": "a bearer token",
}


def page() -> str:
    """Lay out the catalog: a list of all, then a section for each."""
    files = {path.stem: tomllib.loads(path.read_text()) for path in sorted(CATALOG.glob("*.toml"), key=stem)}
    head = ["provider", "grade", "family", "body authenticated", "freshness", "event id"]
    rows = (summary(name, raw, Record.named(name)) for name, raw in files.items())
    return "\n\n".join([table(head, rows), *(section(name, raw) for name, raw in files.items())])


def stem(path: Path) -> str:
    """Name a file without its ending, by which the engine sorts them too."""
    return path.stem


def summary(name: str, raw: Raw, record: Record) -> Sequence[str]:
    """Give one line of the list."""
    signed_id = "yes" if "event" in raw else "no"
    return f"[{name}](#{name})", record.grade, family(raw), record.body_authenticated, freshness(record), signed_id


def section(name: str, raw: Raw) -> str:
    """Describe one provider."""
    record = Record.named(name)
    also = f" (also `{'`, `'.join(record.aliases)}`)" if record.aliases else ""
    proofs: Sequence[Raw] = raw["proof"]
    facts = {
        "grade": record.grade,
        "family": family(raw),
        **{f"proof{number}": text for number, text in numbered(map(proof, proofs))},
        "not signed": unsigned(proofs, record),
        "headers": ", ".join(f"`{header}`" for header in spelt(proofs)) or "none",
        "secret": " or ".join(dict.fromkeys(key for each in proofs for key in keys(each["key"]))),
        **({"options": ", ".join(f"`{option}`" for option in record.options)} if record.options else {}),
        **({"topics": "needed"} if record.needs_topics else {}),
        "body authenticated": record.body_authenticated,
        "freshness": freshness(record),
        "event id": event(raw),
        "retries": retries(record.retry),
        "delivered": ", ".join(map(str, record.success)) or "every 2xx",
        "refusal": f"bare {record.refusal}" if record.refusal else "400",
        "handshakes": "; ".join(map(handshake, raw.get("handshake", ()))) or "none",
        "settings": f"`{settings(name, record)}`",
    }
    lines = [f"- *{fact}*: {value}" for fact, value in facts.items()]
    lines += [f"- {note}" for note in raw.get("notes", ())]
    title = f"[{record.title}]({record.docs})" if record.docs else record.title
    return "\n".join([f"## {name}\n\n{title}{also}\n", *lines])


def handshake(raw: Raw) -> str:
    """Say in one line how a handshake is told, what proves it, and what it is answered."""
    when, challenge, reply, secret = raw.get("when"), raw.get("challenge"), raw.get("reply", {}), raw["proof"]
    told = f" with {place(when['at'])}" if when else ""
    told += f" = `{when['equals']}`" if when and "equals" in when else ""
    if challenge:
        told += f", challenge in {place(challenge['at'])} ({challenge['alphabet']}, at most {challenge['length']})"
    proven = {"delivery": "proven like a delivery", "none": "unproven"}
    by = proven[secret] if isinstance(secret, str) else secret_of(secret["secret"])
    body = reply.get("text") or json.dumps(reply.get("json"))
    answer = f"answered `{body}`" if reply else "answered with nothing"
    off = "; off unless `HANDSHAKE` is True" if raw.get("opt_in") else ""
    return f"`{raw['name']}`: {raw['method']}{told}; {by}; {answer}{off}"


def secret_of(secret: Raw) -> str:
    """Say where the secret of a handshake stands, and how the settings name it."""
    return f'proven by `Secret(..., slot="{secret["slot"]}")` in {place(secret["at"])}'


def family(raw: Raw) -> str:
    """Name the families of a record's proofs, each once."""
    names = (proof["algorithm"].partition("-")[0] for proof in raw["proof"])
    return ", ".join(dict.fromkeys(FAMILIES.get(name, "public key") for name in names))


def keys(raw: Raw) -> Iterator[str]:
    """Say how the text in SECRETS becomes keys."""
    if raw["kind"] == "remote":
        yield "none: the key is fetched from the sender"
    for text in raw.get("text", ()):
        yield f"without `{text.partition(':')[2]}`" if text.startswith("strip:") else KEYS[text]


def proof(raw: Raw) -> str:
    """Say in one line what a proof computes over what, and where its result stands."""
    signature = raw["signature"]
    when = raw.get("when")
    condition = f"for {next(iter(when))} {next(iter(when.values()))}: " if when else ""
    condition += f"for each of `{raw['each']}`: " if "each" in raw else ""
    if raw["algorithm"] == "equal":
        scheme = f" after `{signature['scheme']}`" if "scheme" in signature else ""
        return f"{condition}the secret itself in {place(signature['at'])}{scheme}"
    mark = "".join(f" {key} `{signature[key]}`" for key in ("prefix", "version") if key in signature)
    mark += f" for the slot `{raw['slot']}`" if "slot" in raw else ""
    parts = "".join(f"; `{part}` in {place(where)}" for part, where in raw.get("parts", {}).items())
    must = "".join(f"; {place(rule['at'])} must be {wanted(rule)}" for rule in raw.get("require", ()))
    made = f"`{raw['algorithm']}`{signed(raw)}"
    return f"{condition}{made}, {signature['encoding']} in {place(signature['at'])}{mark}{parts}{must}"


def wanted(rule: Raw) -> str:
    """Say what a required value has to be."""
    return "absent" if rule.get("absent") else f"`{rule['equals']}`"


def signed(raw: Raw) -> str:
    """Say what is signed."""
    if "signed" in raw:
        text = raw["signed"].replace("\n", "\\n")
        return f" over `{text}`"
    covers = raw.get("envelope", {}).get("covers")
    return f" over at least {', '.join(f'`{name}`' for name in covers)}" if covers else ""


def unsigned(proofs: Sequence[Raw], record: Record) -> str:
    """Say what anybody on the way could change, in any of the proofs."""
    if record.shares_secret:
        return "everything: TLS alone protects it"
    texts = [covered(each) for each in proofs]
    subjects = {
        "the URL": ("{url}", "path}", ":url}", "@target-uri"),
        "the URL up to its path": ("{url}", ":url}", "@target-uri"),
        "the method": ("method",),
    }
    left = [name for name, marks in subjects.items() if not all(any(mark in text for mark in marks) for text in texts)]
    left = [name for name in left if not (name == "the URL up to its path" and "the URL" in left)]
    body = {"no": "the body", "fields": "how the body is written"}.get(record.body_authenticated)
    parts = [where for each in proofs for where in each.get("parts", {}).values()]
    if body == "the body" and any({"json", "form", "item"} & where.keys() for where in parts):
        body = "the rest of the body"
    return ", ".join([*([body] if body else []), *left, "every other header"])


def covered(raw: Raw) -> str:
    """Put together whatever a proof covers."""
    components = raw.get("envelope", {}).get("covers", ())
    return " ".join([raw.get("signed", ""), *components, *(rule.get("equals", "") for rule in raw.get("require", ()))])


def spelt(proofs: Sequence[Raw]) -> Iterable[str]:
    """Name the headers that are looked at, as the provider writes them."""
    places = (
        where
        for each in proofs
        for where in (
            each["signature"]["at"],
            *each.get("parts", {}).values(),
            *(rule["at"] for rule in each.get("require", ())),
        )
    )
    return dict.fromkeys(where["header"] for where in places if "header" in where)


def settings(name: str, record: Record) -> str:
    """Show the entry in HOOKSEAL that an endpoint of this provider needs."""
    variable = re.sub(r"\W", "_", name).upper()
    secret = "PUBLIC_KEY" if record.key_kind == "public" else "SECRET"
    options = ", ".join(f'"{option}": ...' for option in record.options)
    entries = [
        f'"SECRETS": [env("{variable}_{secret}")]' if record.needs_secrets else "",
        f'"OPTIONS": {{{options}}}' if options else "",
        '"TOPICS": [...]' if record.needs_topics else "",
        f'"PUBLIC_URL": "https://example.com/{name}/"' if record.needs_url else "",
        f'"BASIC_AUTH": [env("{variable}_BASIC_AUTH")]' if open_body(record) else "",
    ]
    entry = ", ".join(filter(None, entries))
    return f'"{name}": {{{entry}}}'


def open_body(record: Record) -> bool:
    """Whether a signature leaves the body to anybody."""
    return record.body_authenticated == "no" and not record.shares_secret


def place(where: Raw) -> str:
    """Name a place of a request."""
    if "form" in where and "json" in where:
        return f"form `{where['form']}`, there json `{where['json']}`"
    kind = next(kind for kind in ("header", "query", "form", "json", "item", "claim") if kind in where)
    entry = f", entry `{where['name']}=`" if "name" in where else ""
    return f"{kind} `{where[kind]}`{entry}"


def event(raw: Raw) -> str:
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


def numbered(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Number the texts, unless there is only one."""
    every = list(texts)
    yield from ((f" {number}" if len(every) > 1 else "", text) for number, text in enumerate(every, 1))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
