"""TOPICS, OPTIONS and AUTO_CONFIRM: what an endpoint says beside its secrets, as its provider demands or allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hookseal import settings
from hookseal._engine import Record
from hookseal.entry import Entry
from hookseal.findings import nearest
from hookseal.keysource import DEMANDED_OPTIONS, PLAID_HOSTS, PlaidAccount
from hookseal.settings import Options

__all__ = ["Particulars", "read_particulars"]


@dataclass(frozen=True, slots=True)
class Particulars:
    """What an endpoint says beside its secrets.

    Attributes:
        topics: the topics that may send; empty where the provider has none.
        options: what the provider's record takes into its proofs, by name.
        account: who asks Plaid for its keys.
        auto_confirm: whether a proven request to confirm a subscription is answered by confirming it.
    """

    topics: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=Options)
    account: PlaidAccount | None = None
    auto_confirm: bool = False


def read_particulars(entry: Entry, record: Record | None) -> Particulars:
    """Read them from an entry; what is missing, unknown or wrong is reported to it."""
    topics, options = entry.read(settings.TOPICS), entry.read(settings.OPTIONS)
    auto_confirm = entry.read(settings.AUTO_CONFIRM)
    if record is None:
        return Particulars()
    if record.needs_topics and entry.find(settings.TOPICS) is None:
        hint = "List the ARNs of your topics: anybody's topic is signed as well as yours."
        entry.report("E005", entry.path(settings.TOPICS), "is not set, and this provider signs for every topic", hint)
    _judge_names(entry, record, options)
    return Particulars(
        topics=topics if record.needs_topics else (),
        options=Options({name: options[name] for name in record.options if name in options}),
        account=_account(entry, options) if record.source == "plaid" else None,
        auto_confirm=auto_confirm,
    )


_ALLOWED: Mapping[str | None, tuple[str, ...]] = {"plaid": ("environment",)}
# What is longer may be a secret that stands in the wrong place, and is not repeated.
_LONGEST_NAME = 24


def _judge_names(entry: Entry, record: Record, options: Mapping[str, str]) -> None:
    demanded = dict.fromkeys((*record.options, *DEMANDED_OPTIONS.get(record.source, ())))
    known = (*demanded, *_ALLOWED.get(record.source, ()))
    path = entry.path(settings.OPTIONS)
    for name in demanded:
        if name not in options:
            hint = f'Give it: "OPTIONS": {{"{name}": ...}}. The provider\'s page says where to find it.'
            entry.report("E005", f'{path}["{name}"]', "is not set, and this provider needs it", hint)
    for name in options:
        if name not in known:
            shown = f'{path}["{name}"]' if name.isidentifier() and len(name) <= _LONGEST_NAME else path
            entry.report("E005", shown, "is no option of this provider", nearest(name, known))


def _account(entry: Entry, options: Mapping[str, str]) -> PlaidAccount | None:
    environment = options.get("environment", "production")
    if environment not in PLAID_HOSTS:
        path = f'{entry.path(settings.OPTIONS)}["environment"]'
        entry.report("E005", path, "is none of Plaid's environments", nearest(environment, PLAID_HOSTS))
    elif "client_id" in options and "secret" in options:
        return PlaidAccount(options["client_id"], options["secret"], environment)
    return None
