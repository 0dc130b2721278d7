"""One endpoint's entry in HOOKSEAL: looks its settings up, and gathers what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from hookseal.findings import Finding, nearest
from hookseal.settings import PROVIDER, SECRETS, SETTINGS, Setting, Unfit

__all__ = ["SHARED", "Entry", "Given", "Inherited", "Keywords", "Origin", "misshapen"]

SHARED = "*"
"""The key in HOOKSEAL whose settings hold for every endpoint that does not set its own."""

T = TypeVar("T")

# Keywords of `@webhook` that make an endpoint by themselves, without an entry in HOOKSEAL.
_SUFFICIENT = frozenset({"secrets", "topics", "options"})


@dataclass(frozen=True)
class Given:
    """A value that the owner wrote, and where."""

    value: Any
    path: str


@dataclass(frozen=True)
class Inherited:
    """What an endpoint takes from the settings of another package.

    Attributes:
        given: values by the name of the setting, "SECRETS".
        lacks: what would have to be set before the endpoint can accept anything; empty where nothing is missing.
    """

    given: Mapping[str, Given]
    lacks: str = ""


class Origin(Protocol):
    """The settings of another package, which say what HOOKSEAL leaves unsaid of an endpoint."""

    @property
    def parent(self) -> str:
        """The entry in HOOKSEAL whose settings hold for all endpoints of that package."""

    @property
    def signs_credentials(self) -> bool:
        """Whether the sender signs the URL with user and password in it."""

    @property
    def probes(self) -> frozenset[str]:
        """Methods that its views answer without a check."""

    def read(self, entry: Entry) -> Inherited:
        """Read those settings, after HOOKSEAL's own; what is wrong with them is reported to the entry."""


class Keywords(Mapping[str, object]):
    """Keywords of `@webhook`, without their values in repr: error pages show the variables of every frame."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Keywords {', '.join(self._values)}>"


class Entry:
    """Keywords of `@webhook` over the endpoint's own settings over those of "*" over the defaults.

    With an origin, its parent's entry and then its own settings come before "*".

    Args:
        alias: the endpoint's name, as the decorator was given it.
        keywords: what the decorator was given beside the alias.
        hookseal: the value of the setting HOOKSEAL.
        origin: the settings of another package that say what HOOKSEAL does not.

    Attributes:
        findings: what is wrong; grows while the settings are read.
        origin: as given.
        lacks: what would have to be set before the endpoint can accept anything, where nobody said that he uses it.
    """

    def __init__(
        self, alias: object, keywords: Mapping[str, object], hookseal: object, origin: Origin | None = None
    ) -> None:
        self.alias = alias
        self.findings: list[Finding] = []
        self.origin = origin
        self.lacks = ""
        self._layers: tuple[_Layer, ...] = ()
        if isinstance(hookseal, Mapping):
            self._layers = self._layers_of(hookseal, keywords)
            if origin is not None and self._layers:
                self._inherit(origin, is_used=bool(keywords) or alias in hookseal)
        else:
            self.findings.append(misshapen("HOOKSEAL", hookseal))
        for layer in self._layers:
            self._report_unknown(layer)

    @property
    def exists(self) -> bool:
        """Whether there is anything to read: without, one finding already says what is missing."""
        return bool(self._layers)

    @property
    def has_errors(self) -> bool:
        """Whether anything found so far can never be right."""
        return any(finding.level == "error" for finding in self.findings)

    def find(self, setting: Setting[Any]) -> Given | None:
        """Find what the owner wrote for a setting, unread."""
        for layer in self._layers:
            key = layer.spelling(setting.name)
            if key in layer.values:
                return Given(layer.values[key], layer.path(key))
        return None

    def read(self, setting: Setting[T]) -> T:
        """Read a setting; the default stands in for a value that it cannot have, which is reported."""
        given = self.find(setting)
        if given is None:
            return setting.default
        try:
            return setting.read(given.value)
        except Unfit as unfit:
            self.report("E006", given.path, unfit.message, unfit.hint)
            return setting.default

    def path(self, setting: Setting[Any]) -> str:
        """Where a setting is written, or would be."""
        given = self.find(setting)
        return given.path if given else f'HOOKSEAL["{self.alias}"]["{setting.name}"]'

    def report(self, identifier: str, path: str, message: str, hint: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(identifier, path, message, hint))

    def _layers_of(self, hookseal: Mapping[str, object], keywords: Mapping[str, object]) -> tuple[_Layer, ...]:
        alias = self.alias
        configured = isinstance(alias, str) and alias in hookseal and alias != SHARED
        complete = isinstance(alias, str) and alias not in {"", SHARED} and not _SUFFICIENT.isdisjoint(keywords)
        if not configured and not complete and self.origin is None:
            hint = f"{nearest(alias, hookseal.keys() - {SHARED})} Or add an entry of that name."
            self.report("E004", _call(alias), "names an endpoint that HOOKSEAL lacks", hint)
            return ()
        layers = [_Layer(keywords, partial(_call, alias), str.lower)]
        parents = () if self.origin is None else (self.origin.parent,)
        for name in (str(alias), *parents, SHARED):
            values = hookseal.get(name, {})
            if not isinstance(values, Mapping):
                self.findings.append(misshapen(f'HOOKSEAL["{name}"]', values))
                return ()
            layers.append(_Layer(values, partial(_key, name), str))
        return tuple(layers)

    def _inherit(self, origin: Origin, *, is_used: bool) -> None:
        """Put the origin's settings between those of its parent's entry and those of "*"."""
        *own, shared = self._layers
        parent = own[-1]
        for setting in (PROVIDER, SECRETS):
            if setting.name in parent.values:
                hint = "It tells senders apart, so it belongs into the entry of one endpoint."
                self.report("E006", parent.path(setting.name), "would hold for every sender alike", hint)
        self._layers = tuple(own)
        inherited = origin.read(self)
        values = {name: given.value for name, given in inherited.given.items()}
        self._layers = (*own, _Layer(values, lambda name: inherited.given[name].path, str), shared)
        self.lacks = "" if is_used else inherited.lacks

    def _report_unknown(self, layer: _Layer) -> None:
        known = {layer.spelling(name) for name in SETTINGS}
        for key in layer.values:
            if key not in known:
                self.report("E001", layer.path(key), "is no setting of hookseal", nearest(key, known))


def misshapen(path: str, value: object) -> Finding:
    """Report a value that stands where a dict is due."""
    hint = 'Use a dict for each endpoint: HOOKSEAL = {"stripe": {"SECRETS": [...]}}.'
    return Finding("E006", path, f"is of type {type(value).__name__}", hint)


@dataclass(frozen=True)
class _Layer:
    values: Mapping[str, object]
    path: Callable[[str], str]
    spelling: Callable[[str], str]


def _key(name: str, key: str) -> str:
    return f'HOOKSEAL["{name}"]["{key}"]'


def _call(alias: object, keyword: str | None = None) -> str:
    name = f'"{alias}"' if isinstance(alias, str) else repr(alias)
    return f"@webhook({name}, {keyword}=...)" if keyword else f"@webhook({name})"
