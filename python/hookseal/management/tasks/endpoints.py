"""`webhooks endpoints`: every endpoint with its paths, its secrets and when each was last used, and what is wrong."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hookseal._engine import Secret
from hookseal.audit import audit
from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.findings import Finding
from hookseal.management.answer import Answer, columns
from hookseal.replay.stores import name_of
from hookseal.rotation import judge_uses, utc
from hookseal.routes import guarded_paths
from hookseal.uses import Use, labelled, read_uses

__all__ = ["HELP", "add_words", "run"]

HELP = "list the endpoints, their secrets and when each was last used, and what is wrong"


def add_words(parser: ArgumentParser) -> None:
    """Take no words."""


def run(words: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - as every task
    """List them in the order of HOOKSEAL; the exit code is 1 where one of them has an error."""
    site = audit()
    paths = guarded_paths()
    facts = [_facts(endpoint(alias), paths.get(alias, ()), site) for alias in aliases()]
    errors = any(finding["id"].startswith("E") for each in facts for finding in each["findings"])
    text = "\n\n".join(map(_text, facts)) if facts else "HOOKSEAL has no endpoints."
    return Answer(facts, text, code=int(errors))


def _facts(known: Endpoint, paths: Iterable[str], site: Iterable[Finding]) -> dict[str, Any]:
    try:
        uses: Mapping[str, Use] = read_uses(known)
        kept = "kept" if known.uses_cache is not None else "not kept"
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        uses, kept = {}, f"unknown: {type(error).__name__}"
    around = (each for each in site if _concerns(each, known.alias))
    findings = dict.fromkeys([*known.errors, *known.warnings, *around, *judge_uses([known])])
    return {
        "endpoint": known.alias,
        "provider": known.record.name if known.record is not None else None,
        "enabled": known.enabled,
        "paths": list(paths),
        "store": name_of(known.protection.store) if known.protection is not None else None,
        "secrets": [_secret_facts(label, secret, uses.get(label)) for label, secret in labelled(known)],
        "secrets_by_function": known.secret_source is not None,
        "basic_auth": [_credential_facts(index, secret) for index, secret in enumerate(known.basic_auth)],
        "uses": kept,
        "findings": [
            {"id": each.id, "path": each.path, "message": each.message, "hint": each.hint} for each in findings
        ],
    }


def _concerns(finding: Finding, alias: str) -> bool:
    return finding.path.startswith((f'HOOKSEAL["{alias}"]', f'@webhook("{alias}"'))


def _credential_facts(index: int, secret: Secret) -> dict[str, Any]:
    """Credentials beside the proof: a receipt names the secret that signed, so of these no use is counted."""
    window = {"not_before": _moment(secret.not_before), "not_after": _moment(secret.not_after)}
    return {"label": secret.label or f"BASIC_AUTH[{index}]", **window}


def _secret_facts(label: str, secret: Secret, use: Use | None) -> dict[str, Any]:
    return {
        "label": label,
        "not_before": _moment(secret.not_before),
        "not_after": _moment(secret.not_after),
        "last_used": _moment(use.last) if use is not None else None,
        "counted_since": _moment(use.since) if use is not None else None,
        "count": use.count if use is not None else None,
    }


def _moment(value: float | None) -> str | None:
    return None if value is None else utc(value)


def _text(facts: Mapping[str, Any]) -> str:
    store = f"replays: {facts['store']}" if facts["store"] else "replays are not looked for"
    state = "" if facts["enabled"] else "switched off"
    head = [facts["endpoint"], facts["provider"] or "no provider", ", ".join(facts["paths"]) or "no path", store, state]
    secrets = [("  secret", each["label"], _window(each), _use(each, facts["uses"])) for each in facts["secrets"]]
    beside = [("  basic auth", each["label"], _window(each), "use not counted") for each in facts["basic_auth"]]
    lines = [columns([tuple(filter(None, head))]), columns([*secrets, *beside]) if secrets or beside else ""]
    if facts["secrets_by_function"]:
        lines.append("  secrets are found by a function for each request; their use is not counted")
    lines += [f"  {each['id']} {each['path']} {each['message']}" for each in facts["findings"]]
    return "\n".join(filter(None, lines))


def _window(facts: Mapping[str, Any]) -> str:
    edges = [("from", facts["not_before"]), ("until", facts["not_after"])]
    return " ".join(f"{word} {moment[:16]}Z" for word, moment in edges if moment) or "always valid"


def _use(facts: Mapping[str, Any], kept: str) -> str:
    if kept != "kept":
        return f"last use {kept}"
    if facts["counted_since"] is None:
        return "no use counted yet"
    since = facts["counted_since"][:10]
    if facts["last_used"] is None:
        return f"not used since {since}"
    return f"last used {_ago(facts['last_used'])}, {facts['count']} times since {since}"


def _ago(moment: str) -> str:
    seconds = max(0, int(time.time() - datetime.fromisoformat(moment).timestamp()))
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} seconds ago"
