"""What is wrong with a configuration: one `Finding` for each flaw, and the catalogue of their ids.

A finding's text is a sentence whose subject is its path: 'HOOKSEAL["github"]["SECRETS"][0]' + 'ends with a newline
...'. No finding holds the value of a setting, which may be a secret; only the name of an unknown provider is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["CATALOGUE", "DEPLOY", "Finding", "Level", "nearest"]

Level: TypeAlias = Literal["error", "warning", "info"]
"""error: can never be right, the endpoint answers 503; warning: works, but should be looked at; info: worth knowing."""

CATALOGUE = MappingProxyType(
    {
        "E001": "unknown provider, settings key or keyword, or a record of the site's own that does not compile",
        "E002": "a secret is missing, empty, a placeholder, or was mangled on its way into the settings",
        "E003": "a secret cannot be a key of this provider, or a path to a function that finds secrets does not import",
        "E004": "a decorator or include names an endpoint that the settings lack",
        "E005": "TOPICS or OPTIONS lack what the provider needs, or OPTIONS hold what it does not know",
        "E006": "a setting has a value of the wrong type or out of its range",
        "E007": "the inspector's pages are on where DEBUG is off, and nobody can log in to see them",
        "W001": "an endpoint whose secret travels with each delivery, and no setting says how https reaches the site",
        "W002": "a replay store that forgets deliveries, or that other processes do not share",
        "W003": "only a method of a class-based view is guarded, so the view is not exempt from CSRF and login",
        "W004": "no secret is valid now, or one stops being valid soon",
        "W005": "ALLOW_IPS or RATE_LIMIT without TRUSTED_PROXIES on a site that says it is behind a proxy",
        "W006": "MAX_BODY is below what the provider may send",
        "W007": "the provider signs the URL, and nothing says what it looks like from outside",
        "W008": "the inspector's pages are on where DEBUG is off: what senders write about people can be seen there",
        "W009": "a handler of the site's logging would mail each refusal",
        "W010": "an async view, for which neither ATOMIC_REQUESTS nor the database store opens a transaction",
        "W011": "Anymail's webhooks lack a key, credentials or TOPICS, or a key is set as Anymail cannot send with it",
        "W012": "a view of the site looks like a webhook, is exempt from CSRF, and has no guard",
        "W013": "a setting lets a recorded delivery be handled again, or an old one be taken for a fresh one",
        "W014": "a secret is short or repeats one character",
        "W015": "endpoints of different providers share one secret",
        "W016": "the Guard line is missing in MIDDLEWARE",
        "W017": "one endpoint lists the same secret or label twice",
        "W018": "a value that looks like a secret stands where Django's error page shows it",
        "W019": "LEASE is longer than the sender's retries leave room for",
        "W020": "a secret was not used for a week or longer, while another of its endpoint was: it can go",
        "W021": "a secret that has expired is still used, so deliveries are refused",
        "W022": "CAPTURE is set, but the inspector that would keep anything is not installed",
        "I002": "the provider's signature does not cover the body",
        "I003": "when secrets were last used cannot be told, because the cache that knows does not answer",
        "I004": "a secret without its prefix is taken for a shared one, though it could be a public key",
    }
)
"""Each id and when it is reported. Ids are API and never reused; a gap belongs to a part that is not there yet."""

DEPLOY = frozenset({"W001", "W002", "W008", "W020", "W021", "I003"})
"""Ids that only `manage.py check --deploy` shows: normal on a developer's machine, or told by asking a cache."""

_LEVELS: dict[str, Level] = {"E": "error", "W": "warning", "I": "info"}


@dataclass(frozen=True)
class Finding:
    """One flaw of the configuration.

    Args:
        id: its id in `CATALOGUE`, "E002".
        path: where the owner finds it: a setting, a decorator call, a view.
        message: the rest of the sentence that begins with the path.
        hint: how to mend it.

    Raises:
        KeyError: the id is not in the catalogue.
    """

    id: str
    path: str
    message: str
    hint: str

    def __post_init__(self) -> None:
        CATALOGUE[self.id]

    @property
    def level(self) -> Level:
        """How grave it is; told by the first letter of the id."""
        return _LEVELS[self.id[0]]

    @property
    def check_id(self) -> str:
        """The id under which Django knows it, "hookseal.E002"."""
        return f"hookseal.{self.id}"

    @property
    def sentence(self) -> str:
        """Path and message, as `manage.py check` prints them."""
        return f"{self.path} {self.message}"

    def __str__(self) -> str:
        return f"({self.check_id}) {self.sentence}\n    HINT: {self.hint}"


def nearest(name: object, known: Iterable[object]) -> str:
    """Name the nearest spelling among the known names, else all of them: the second half of a hint."""
    names = sorted(map(str, known))
    close = get_close_matches(str(name).casefold(), [each.casefold() for each in names], n=1)
    if close:
        match = next(each for each in names if each.casefold() == close[0])
        return f'Did you mean "{match}"?'
    return "Known: " + ", ".join(names) + "." if names else "None is known."
