"""Anymail's settings, read as Anymail reads them, as the settings of endpoints.

What fails open there (an empty key, a missing environment variable that became None) is an error here. No finding
repeats a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings as site
from django.core.signals import setting_changed

from hookseal import settings
from hookseal._engine import Record, Secret, SecretError
from hookseal.conf import forget
from hookseal.contrib.anymail.esps import ESPS, Direction, Esp, Option
from hookseal.entry import Entry, Given, Inherited
from hookseal.origins import origin_of, register
from hookseal.schemes import Scheme
from hookseal.signing import record_of

__all__ = ["AnymailOrigin", "alias_of", "setting_of"]


@dataclass(frozen=True)
class AnymailOrigin:
    """Where the settings of `anymail.<name>.<direction>` come from beside HOOKSEAL.

    Attributes:
        name: what the ESP's settings begin with, in lower case.
        direction: which of its webhooks.
    """

    name: str
    direction: Direction
    parent: str = "anymail"

    @property
    def probes(self) -> frozenset[str]:
        """HEAD and OPTIONS for all of them, as Anymail answers them; GET where the ESP probes with it."""
        return frozenset({"HEAD", "OPTIONS"}) | self.esp.probes

    @property
    def signs_credentials(self) -> bool:
        """Whether it signs the URL, which has the credentials in it where there are any."""
        return self.esp.url is not None

    @property
    def options(self) -> tuple[Option, ...]:
        """The options that hold its keys; empty where its credentials are all it proves."""
        return self.esp.options(self.direction)

    def read(self, entry: Entry) -> Inherited:
        """Find keys, credentials and URL; what is wrong with them is reported to the entry."""
        keys = next(
            (_judged_keys(entry, self.name, option) for option in self.options if _find(self.name, option)), None
        )
        found = _find_setting("WEBHOOK_SECRET")
        credentials = _judged_credentials(entry, found) if found is not None else None
        has_keys = keys is not None or entry.find(settings.SECRETS) is not None
        given = dict(self._others())
        provider = entry.find(settings.PROVIDER)
        if provider is None and self.name in ESPS:
            falls_back = bool(self.options) and not has_keys and not self.esp.signs_always and credentials is not None
            name = "basic" if falls_back else self.esp.record(self.direction)
            given["PROVIDER"] = provider = Given(name, entry.path(settings.PROVIDER))
        by_secret = provider is not None and _shares_secret(provider.value)
        proof, beside = (credentials, None) if by_secret else (keys, credentials)
        given |= {} if proof is None else {"SECRETS": proof}
        given |= {} if beside is None else {"BASIC_AUTH": beside}
        proves = proof is not None or has_keys or self._lists_topics(entry)
        return Inherited(given, "" if proves else self._lacks())

    @property
    def esp(self) -> Esp:
        """What is known of the ESP; of an unknown one, nothing."""
        return ESPS.get(self.name, _UNKNOWN)

    def _others(self) -> Iterator[tuple[str, Given]]:
        url = _find(self.name, self.esp.url) if self.esp.url is not None else None
        if url is not None and url.value is not None:
            yield "PUBLIC_URL", url
        if self.direction == "inbound":
            yield "MAX_BODY", Given(_LARGEST_MAIL, "the default for inbound mail")

    def _lists_topics(self, entry: Entry) -> bool:
        """Whether TOPICS says whose messages are ours; without, a site that uses the ESP for anything is warned."""
        if not self.esp.challenges:
            return False
        listed = entry.find(_TOPICS) is not None
        if not listed and _mentions(self.name):
            hint = "If its webhooks are used, list the topics that are yours; until then they answer 503."
            entry.report("W011", f'HOOKSEAL["{self.parent}"]', f"has no TOPICS, and Anymail has {self.name}", hint)
        return listed

    def _lacks(self) -> str:
        if self.name not in ESPS:
            return f"this version of hookseal does not know {self.name}"
        if self.esp.challenges:
            return f'HOOKSEAL["{self.parent}"] has no TOPICS'
        names = [setting_of(self.name, option) for option in self.options[:1]]
        if not (names and self.esp.signs_always):
            names.append("WEBHOOK_SECRET")
        return f"ANYMAIL has no {' and no '.join(names)}"


def alias_of(esp_name: str, *, inbound: bool) -> str:
    """Name the endpoint of an ESP, "anymail.mailgun.tracking", and note where its settings come from.

    Args:
        esp_name: as Anymail writes it, "Amazon SES".
        inbound: whether it is for inbound mail; where one view takes both, it is the tracking endpoint.
    """
    name = esp_name.lower().replace(" ", "_")
    webhooks = ESPS.get(name, _UNKNOWN).webhooks
    direction: Direction = "inbound" if inbound and "inbound" in webhooks else "tracking"
    origin = AnymailOrigin(name, direction)
    alias = f"{origin.parent}.{name}.{direction}"
    if origin_of(alias) is None:
        register(alias, origin)
    return alias


def setting_of(name: str, option: Option) -> str:
    """Name an option as the settings do: "MAILGUN_WEBHOOK_SIGNING_KEY"."""
    return f"{name}_{option.name}".upper()


_TOPICS = settings.SETTINGS["TOPICS"]
_UNKNOWN = Esp("")
# What ESPs accept as a message, 25 MB, with room for its encoding.
_LARGEST_MAIL = 52_428_800


def _find(name: str, option: Option) -> Given | None:
    """Find an option; one that may be None counts as absent then."""
    given = _find_setting(setting_of(name, option), bare=option.bare)
    if given is not None and given.value is None and (option.sends or option.later):
        return None
    return given


def _find_setting(name: str, *, bare: bool = False) -> Given | None:
    """Look a setting up in Anymail's order."""
    anymail = getattr(site, "ANYMAIL", None)
    if isinstance(anymail, dict) and name in anymail:
        return Given(anymail[name], f'ANYMAIL["{name}"]')
    for spelling in (f"ANYMAIL_{name}", *((name,) if bare else ())):
        if hasattr(site, spelling):
            return Given(getattr(site, spelling), spelling)
    return None


def _mentions(name: str) -> bool:
    """Whether the settings hold anything of an ESP."""
    anymail = getattr(site, "ANYMAIL", None)
    names = [*(anymail if isinstance(anymail, dict) else ()), *(each.removeprefix("ANYMAIL_") for each in dir(site))]
    return any(str(each).startswith(f"{name}_".upper()) for each in names)


def _judged_keys(entry: Entry, name: str, option: Option) -> Given | None:
    given = _find(name, option)
    if given is not None and option.sends and isinstance(given.value, list | tuple | set | frozenset):
        hint = f'Leave one key there, and list all of them in HOOKSEAL["{entry.alias}"]["SECRETS"].'
        entry.report("W011", given.path, "holds several keys, but Anymail sends with this setting and takes one", hint)
    return None if given is None else _judged(entry, given)


def _judged(entry: Entry, given: Given) -> Given:
    """Make of a value what SECRETS may hold: a str is never a path here, and bytes are a mistake."""
    value = given.value
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if not isinstance(value, list | tuple | Secret):
        value = Secret(value)
    if any(isinstance(each, bytes | bytearray) for each in _each(given.value)):
        entry.report("E006", given.path, "holds bytes", "Use a str, or a list of str.")
    return Given(value, given.path)


def _judged_credentials(entry: Entry, given: Given) -> Given:
    """As `_judged`; reports what HTTP Basic cannot carry as well, also where the record would take it for a token."""
    judged = _judged(entry, given)
    for each in _each(judged.value):
        secret = each if isinstance(each, Secret) else Secret(each)
        try:
            Record.named("basic").check(secret)
        except SecretError as error:
            if secret.flaw is None:
                entry.report("E003", given.path, *error.args)
    return judged


def _each(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)


def _shares_secret(provider: object) -> bool:
    try:
        return isinstance(provider, str | Scheme) and record_of(provider, "custom").shares_secret
    except (LookupError, ValueError):
        return False


def _forget(*, setting: str, **_: object) -> None:
    if setting.startswith(("ANYMAIL", *(f"{name}_".upper() for name in ESPS))):
        forget()


setting_changed.connect(_forget, dispatch_uid="hookseal.contrib.anymail")
