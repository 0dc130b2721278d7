"""Which deliveries the list shows: by endpoint, verdict and text, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, Count, F, Func, IntegerField, Max, Q, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.http import QueryDict

from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.pretty import visible

__all__ = ["PAGE_SIZE", "Filter", "Page", "known_endpoints", "page_of", "version_of"]

PAGE_SIZE = 50


@dataclass(frozen=True)
class Filter:
    """What somebody wants to see.

    Attributes:
        endpoint: one endpoint alone; empty: all.
        verdict: one verdict alone; empty: all.
        text: what path, event id, reason, endpoint or body holds. Headers and queries are not searched: who may not see
            what is redacted there could guess it piece by piece.
        before: only what is older than the delivery of this number.
    """

    endpoint: str = ""
    verdict: str = ""
    text: str = ""
    before: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> Filter:
        """Read it from the query of a URL; what makes no sense there is left out."""
        verdict, before = query.get("verdict", ""), query.get("before", "")
        return cls(
            endpoint=visible(query.get("endpoint", ""))[:200],
            verdict=verdict if verdict in Verdict.values else "",
            text=visible(query.get("q", "")).strip()[:200],
            before=int(before) if before.isascii() and before.isdigit() and len(before) <= _MOST_DIGITS else None,
        )

    @property
    def query(self) -> str:
        """The query of a URL that says the same."""
        said = {"endpoint": self.endpoint, "verdict": self.verdict, "q": self.text, "before": self.before}
        return urlencode({name: value for name, value in said.items() if value})

    def matching(self) -> QuerySet[Delivery]:
        """Find the deliveries, whichever page they are on."""
        found = Delivery.objects.all()
        if self.endpoint:
            found = found.filter(endpoint=self.endpoint)
        if self.verdict:
            found = found.filter(verdict=self.verdict)
        if self.text:
            places = [Q(**{f"{field}__icontains": self.text}) for field in ("path", "event_id", "reason", "endpoint")]
            found = found.alias(position=_Position(Value(self.text.encode(), BinaryField()), F("body")))
            found = found.filter(Q(position__gt=0) | places[0] | places[1] | places[2] | places[3])
        return found


@dataclass(frozen=True)
class Page:
    """One page of the list.

    Attributes:
        rows: its deliveries, newest first; their bodies are not loaded.
        older: the query that leads to the next page; empty: this is the last one.
        version: changes whenever other deliveries may have to be shown.
    """

    rows: list[Delivery]
    older: str
    version: str


def page_of(wanted: Filter) -> Page:
    """Find one page of the list."""
    version = version_of(wanted)
    found = wanted.matching()
    if wanted.before is not None:
        found = found.filter(pk__lt=wanted.before)
    rows = list(found.defer("body", "headers", "url").order_by("-pk")[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    return Page(rows, replace(wanted, before=rows[-1].pk).query if more else "", version)


def known_endpoints() -> list[str]:
    """Name the endpoints of which deliveries are kept."""
    names = Delivery.objects.exclude(endpoint="").order_by("endpoint").values_list("endpoint", flat=True)
    return list(names.distinct())


def version_of(wanted: Filter) -> str:
    """Say which state of the list this is, in one query; what is searched for is left out, as that reads every body."""
    state: dict[str, Any] = replace(wanted, text="").matching().aggregate(newest=Max("pk"), count=Count("pk"))
    return f"{state['newest'] or 0}-{state['count']}"


_MOST_DIGITS = 18


class _Position(Func):
    """Where bytes stand in a binary column, from 1; 0: nowhere. The standard's POSITION, which SQLite calls INSTR."""

    output_field = IntegerField()
    template = "POSITION(%(expressions)s)"
    arg_joiner = " IN "

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Any:
        """Write it as INSTR(column, bytes)."""
        turned = self.copy()
        turned.set_source_expressions(self.get_source_expressions()[::-1])
        return turned.as_sql(compiler, connection, template="INSTR(%(expressions)s)", arg_joiner=", ")
