"""`manage.py webhooks`: a deliberate redelivery gets through once more, and old rows go."""

from __future__ import annotations

import json
import logging
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.http import HttpResponse

from hookseal import webhook
from hookseal.logging import DELIVERIES


def run(*words: str) -> str:
    """Run the command, and say what it wrote."""
    written = StringIO()
    call_command("webhooks", *words, stdout=written, no_color=True)
    return written.getvalue().strip()


@pytest.fixture
def handled() -> list[str]:
    """The ids of the deliveries that reached the view."""
    return []


def view_of(alias: str, handled: list[str]):
    """Make a view that notes what reaches it."""

    @webhook(alias)
    def view(request):
        handled.append(request.webhook.event_id)
        return HttpResponse()

    return view


@pytest.mark.parametrize("store", ["memory", "cache", "database"])
def test_T22_a_forgotten_event_is_handled_once_more(protect, deliver, handled, store, transactional_db):
    """GitHub's "Redeliver" and Stripe's "Resend" bring the same event again, on purpose."""
    protect(store, "stripe")
    view = view_of("stripe", handled)
    for _ in range(2):
        deliver(view, sender="stripe")
    assert "stripe: 'evt_1' is handled when it comes again." == run("forget", "stripe", "evt_1")
    for _ in range(2):
        deliver(view, sender="stripe")
    assert ["evt_1", "evt_1"] == handled


def test_a_delivery_without_an_id_is_named_by_the_digits_of_its_log_line(protect, deliver, handled, caplog):
    """What the INFO line of a duplicate says is what the command takes."""
    protect("memory")
    view = view_of("github", handled)
    with caplog.at_level(logging.INFO, DELIVERIES):
        for _ in range(2):
            deliver(view)
    digits = caplog.messages[-1].split()[1]
    assert {"endpoint": "github", "forgotten": digits} == json.loads(run("forget", "github", digits, "--json"))
    deliver(view)
    assert 2 == len(handled)


def test_what_is_not_known_is_an_error(protect):
    """A typing error must not pass for success: the exit code says so."""
    protect("memory", "stripe")
    with pytest.raises(CommandError, match="knows nothing of 'evt_9'"):
        run("forget", "stripe", "evt_9")
    with pytest.raises(CommandError, match=r'no endpoint .*Did you mean "stripe"'):
        run("forget", "strip", "evt_9")
    protect(store=False, alias="stripe")
    with pytest.raises(CommandError, match="remembers no deliveries"):
        run("forget", "stripe", "evt_9")


def test_prune_removes_what_is_past_its_retention(protect, deliver, handled, transactional_db):
    """Rows that are still needed stay."""
    protect("database", "stripe", RETENTION=600)
    view = view_of("stripe", handled)
    with time_machine.travel(1_790_000_000, tick=False):
        deliver(view, sender="stripe")
        assert "0 deliveries removed." == run("prune").splitlines()[0]
    with time_machine.travel(1_790_000_601, tick=False):
        assert {"removed": 1, "captured_removed": 0} == json.loads(run("prune", "--json"))


def test_prune_says_where_there_is_nothing_to_prune(protect, settings):
    """Caches forget by themselves."""
    settings.INSTALLED_APPS = ["hookseal"]
    protect("cache")
    with pytest.raises(CommandError, match="nothing to prune"):
        run("prune")
