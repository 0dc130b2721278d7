"""The counters for Prometheus: in one process, over several, and where the package is absent."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from prometheus_client import REGISTRY

from hookseal import sign
from hookseal.contrib.prometheus.apps import PrometheusConfig
from hookseal.contrib.prometheus.metrics import BUCKETS
from tests.ids import shown
from tests.live import message, proof, starting
from tests.site.settings import SECRETS_OF
from tests.site.stores import Fragile

NEEDED = ("django", "asgiref", "sqlparse", "typing_extensions", "hookseal")
WITHOUT = """
import sys, logging
from importlib.util import find_spec
import django
from django.conf import settings
from django.test import Client
assert find_spec("prometheus_client") is None and find_spec("opentelemetry") is None
apps = ["hookseal", "hookseal.contrib.prometheus", "hookseal.contrib.opentelemetry"]
settings.configure(INSTALLED_APPS=apps, ALLOWED_HOSTS=["testserver"], ROOT_URLCONF="__main__", MIDDLEWARE=[],
                   HOOKSEAL={"github": {"SECRETS": ["a secret of this test"], "REPLAY": False}})
logging.basicConfig(level=logging.INFO, format="%(message)s")
django.setup()
from django.http import HttpResponse
from django.urls import path
from hookseal import sign, webhook
urlpatterns = [path("", webhook("github")(lambda request: HttpResponse()))]
signed = sign("github", secret="a secret of this test", body=b"{}")
for body in (signed.body, b"[]"):
    print(Client().post("/", body, "application/json", headers=signed.headers, secure=True).status_code)
"""
NOW = 1_800_000_000
AGE = "hookseal_delivery_age_seconds"


@pytest.fixture
def counted(unwatched, settings):
    """Count as an app in INSTALLED_APPS does; ask for what was added: `counted(name, **labels)`."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "hookseal.contrib.prometheus"]
    assert isinstance(apps.get_app_config("hookseal_prometheus"), PrometheusConfig)
    before = samples()

    def value(name: str, **labels: str) -> float:
        return total(samples(), name, labels) - total(before, name, labels)

    return value


def total(samples, name: str, labels: dict[str, str]) -> float:
    """Sum up the samples of a name that have at least these labels."""
    return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


def samples():
    """List every sample of the package in the default registry."""
    return [each for metric in REGISTRY.collect() if metric.name.startswith("hookseal") for each in metric.samples]


def deliveries(counted, **labels: str) -> float:
    """Ask for deliveries to GitHub's endpoint."""
    return counted("hookseal_deliveries_total", endpoint="github", provider="github", **labels)


def test_an_accepted_delivery_is_counted(client: Client, send, counted):
    """With neither reason nor fault."""
    send(client, "/to/github/", "github")
    assert deliveries(counted, outcome="accepted", reason="", fault="") == 1
    assert deliveries(counted) == 1


def test_a_refusal_is_counted_by_reason_and_fault(client: Client, send, counted):
    """A forgery is the sender's fault, an endpoint without settings the site's."""
    send(client, "/to/github/", "github", data=b"[]")
    send(client, "/to/off/", "github")
    assert deliveries(counted, outcome="refused", reason="signature_mismatch", fault="sender") == 1
    assert counted("hookseal_deliveries_total", endpoint="off", reason="disabled", fault="site") == 1


async def test_async_views_are_counted_too(async_client, send, counted):
    """Once each."""
    await send(async_client, "/async-function/", "github")
    await send(async_client, "/async-function/", "github", data=b"[]")
    assert (deliveries(counted, outcome="accepted"), deliveries(counted, outcome="refused")) == (1, 1)


def test_an_unprotected_delivery_has_a_counter_of_its_own(client: Client, send, protect, counted):
    """So that the outcomes of a delivery add up to one."""
    protect("tests.site.stores.Fragile", REPLAY_FAIL_OPEN=True)
    Fragile.down.add("claim")
    send(client, "/to/github/", "github")
    assert deliveries(counted) == 1
    assert counted("hookseal_unprotected_deliveries_total", endpoint="github", reason="store_unavailable") == 1


@pytest.mark.parametrize("seconds", [0, 45, -20], ids=shown)
def test_the_age_of_a_delivery(client: Client, send, counted, seconds):
    """Where the sender signs a time; a clock ahead of ours makes it young, not negative."""
    signed = sign("stripe", secret=SECRETS_OF["stripe"], body=b"{}", now=NOW - seconds)
    with time_machine.travel(NOW, tick=False):
        send(client, "/to/stripe/", "stripe", headers={"Stripe-Signature": signed.headers["Stripe-Signature"]})
    assert counted(f"{AGE}_count", endpoint="stripe", provider="stripe") == 1
    assert counted(f"{AGE}_sum", endpoint="stripe") == max(0, seconds)


def test_a_delivery_without_a_signed_time_has_no_age(client: Client, send, counted):
    """GitHub signs none."""
    send(client, "/to/github/", "github")
    assert counted(f"{AGE}_count", endpoint="github") == 0


def test_nothing_of_the_sender_is_a_label(client: Client, send, counted):
    """A thousand paths, addresses and headers of a stranger make one time series."""
    before = len(samples())
    for number in range(50):
        headers = {"X-Hub-Signature-256": f"sha256={number:064x}", "X-GitHub-Delivery": str(number)}
        send(client, f"/to/github/?{number}", "github", headers=headers, REMOTE_ADDR=f"192.0.2.{number}")
    assert deliveries(counted, outcome="refused") == 50
    assert len(samples()) <= before + 2  # the counter, and when it was made


def test_the_buckets_are_in_order():
    """As prometheus-client wants them, and with the tolerance of most senders among them."""
    assert list(BUCKETS) == sorted(BUCKETS)
    assert 300 in BUCKETS


def test_the_app_may_be_made_ready_twice(client: Client, send, counted):
    """One delivery is still one."""
    apps.get_app_config("hookseal_prometheus").ready()
    send(client, "/to/github/", "github")
    assert deliveries(counted) == 1


def test_without_the_packages_both_apps_do_nothing(tmp_path: Path):
    """A site that names the apps, where neither package is installed, serves as before; a line says so."""
    for name in NEEDED:
        spec = find_spec(name)
        if spec is not None:
            source = Path(spec.origin)
            package = source.parent if source.name == "__init__.py" else source
            (tmp_path / package.name).symlink_to(package)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    program = [sys.executable, "-S", "-W", "error", "-c", WITHOUT]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert done.stdout.split() == ["200", "400"], done.stderr
    assert "prometheus-client is not installed" in done.stderr
    assert "opentelemetry-api is not installed" in done.stderr


@pytest.mark.servers
def test_several_processes_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two workers of gunicorn, preloaded, write into one folder; any of them shows the sum."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    apps = ["hookseal", "hookseal.contrib.prometheus"]
    with starting("gunicorn-preload", ROOT_URLCONF="tests.served.metrics", INSTALLED_APPS=apps) as (server,):
        processes = set()
        for number in range(400):
            body = b'{"number":%d}' % number
            answer = server.exchange(message("/github/", *proof("github", body), body=body))
            processes.add(answer.headers["x-process"])
            if len(processes) == 2:
                break
        server.exchange(message("/github/", body=b"{}"))
        shown_metrics = server.exchange(message("/metrics/", method="GET")).body.decode()
    assert len(processes) == 2
    accepted = '{endpoint="github",fault="",outcome="accepted",provider="github",reason=""}'
    missing = '{endpoint="github",fault="sender",outcome="refused",provider="github",reason="missing_signature"}'
    assert f"hookseal_deliveries_total{accepted} {number + 1}.0\n" in shown_metrics
    assert f"hookseal_deliveries_total{missing} 1.0\n" in shown_metrics
