"""The span event for OpenTelemetry, with its real SDK: on the span that is recorded, or nowhere."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from hookseal import webhook

FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}


@pytest.fixture(autouse=True)
def _installed(unwatched, settings):
    """Tell spans as an app in INSTALLED_APPS does."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "hookseal.contrib.opentelemetry"]


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where finished spans are kept."""
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter):
    """Make spans that are recorded."""
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    return tracing.get_tracer("test")


def told(exporter: InMemorySpanExporter) -> list[dict[str, str]]:
    """Give the attributes of every event of the one span; its name is always the same."""
    (span,) = exporter.get_finished_spans()
    assert {event.name for event in span.events} <= {"hookseal.delivery"}
    return [dict(event.attributes) for event in span.events]


def test_an_accepted_delivery(client: Client, send, tracer, exporter):
    """Its event says which secret matched."""
    with tracer.start_as_current_span("request"):
        send(client, "/to/told/", "github")
    assert told(exporter) == [
        {
            "hookseal.endpoint": "told",
            "hookseal.provider": "github",
            "hookseal.outcome": "accepted",
            "hookseal.secret": "told[0]",
        }
    ]


def test_a_refused_delivery(client: Client, send, tracer, exporter):
    """Reason and fault, and nothing that the sender chose."""
    with tracer.start_as_current_span("request"):
        send(client, "/to/github/", "github", headers=FORGED)
    assert told(exporter) == [
        {
            "hookseal.endpoint": "github",
            "hookseal.provider": "github",
            "hookseal.outcome": "refused",
            "hookseal.reason": "signature_mismatch",
            "hookseal.fault": "sender",
        }
    ]


def test_a_duplicate_is_told_with_its_id(protect, deliver, tracer, exporter):
    """The id is proven; it is written as text that no line can be forged with."""
    protect("memory", "stripe")
    view = webhook("stripe")(lambda request: HttpResponse())
    with tracer.start_as_current_span("request"):
        for _ in range(2):
            deliver(view, b'{"id":"evt_1\\n"}', "stripe")
    assert [each["hookseal.outcome"] for each in told(exporter)] == ["accepted", "duplicate"]
    assert {each["hookseal.event_id"] for each in told(exporter)} == {r"evt_1\n"}


async def test_an_async_view_tells_the_span_of_its_own_task(async_client, send, tracer, exporter):
    """Though receivers run in a thread there."""
    with tracer.start_as_current_span("request"):
        await send(async_client, "/async-function/", "github")
        await send(async_client, "/async-function/", "github", headers=FORGED)
    assert [each["hookseal.outcome"] for each in told(exporter)] == ["accepted", "refused"]


def test_nothing_is_told_where_no_span_is_recorded(client: Client, send, exporter):
    """Neither without a span nor on one that is not sampled; the delivery is handled all the same."""
    tracing = TracerProvider(sampler=ALWAYS_OFF)
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    assert send(client, "/to/github/", "github").status_code == 200
    with tracing.get_tracer("test").start_as_current_span("request") as span:
        assert not span.is_recording()
        assert send(client, "/function/", "github", b'{"id":2}').status_code == 200
    assert exporter.get_finished_spans() == ()
