"""What the browser's tests of the inspector share: the served site, a watched page, deliveries, measured contrast."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from hookseal import sign
from hookseal.inspector.models import Delivery, Verdict
from tests.backends import installed, sqlite_file
from tests.live import ANSWER_SECONDS, Server, message, starting
from tests.served.settings import SECRETS_OF

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "hookseal",
    "hookseal.inspector",
]
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
ENDPOINTS = {
    "*": {"CAPTURE": "all", "REPLAY": "memory"},
    "github": {"SECRETS": [SECRETS_OF["github"]]},
    "stripe": {"SECRETS": [SECRETS_OF["stripe"]]},
    "stripe-test": {"PROVIDER": "stripe", "SECRETS": ["whsec_" + "k3Jw9Qz7Xb1Vn5Lm" * 2]},
}


@contextmanager
def serving(
    folder: Path, blocker, alias: str = "inspected", server: str = "gunicorn", **changes: object
) -> Iterator[Server]:
    """Serve the project; its database can be written to under an alias."""
    entry = sqlite_file(folder)
    settings = {
        "ROOT_URLCONF": "tests.served.inspected",
        "INSTALLED_APPS": APPS,
        "DATABASES": {"default": entry},
        "HOOKSEAL": ENDPOINTS,
        "ENDPOINTS": [alias for alias in ENDPOINTS if alias != "*"],
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2_500_000,
    } | changes
    with blocker.unblock(), installed(alias, entry), starting(server, **settings) as (started,):
        call_command("migrate", database=alias, verbosity=0)
        connections[alias].close()
        started.connect().close()
        yield started


@contextmanager
def watched(browser, site: Server, **options: object):
    """Open a page in which nothing may go wrong."""
    context = browser.new_context(base_url=f"http://localhost:{site.port}", **options)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.set_default_timeout(8000)
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    opened.on("requestfailed", lambda request: complaints.append(f"{request.url} {request.failure}"))
    opened.on("response", lambda answer: answer.status >= 400 and complaints.append(f"{answer.status} {answer.url}"))
    yield opened
    assert [each for each in complaints if "ERR_ABORTED" not in each] == []  # what was left before it was loaded
    context.close()


def send(site: Server, endpoint: str = "github", body: bytes = b'{"id":"evt_1"}', **changes: str) -> int:
    """Send a delivery to the site as its provider would; gives the status."""
    secret = changes.get("secret", SECRETS_OF.get(endpoint, ""))
    rows = Delivery.objects.using("inspected")
    before = rows.count()
    made = sign("stripe" if "stripe" in endpoint else endpoint, secret=secret, body=body)
    path = changes.get("path", f"/{endpoint}/")
    status = site.exchange(message(path, *made.headers.items(), body=made.body)).status
    deadline = time.monotonic() + ANSWER_SECONDS
    while rows.count() == before and time.monotonic() < deadline:  # it is kept after the answer
        time.sleep(0.02)
    return status


def keep(**fields: object) -> Delivery:
    """Keep a delivery that was never sent."""
    row = {"endpoint": "github", "received_at": datetime.now(tz=timezone.utc), "method": "POST", "path": "/github/"}
    row |= {"url": "http://localhost/github/", "verdict": Verdict.ACCEPTED, "body": b"{}", "headers": [], "status": 200}
    return Delivery.objects.using("inspected").create(**{**row, "body_size": len(fields.get("body", b"{}")), **fields})


CONTRAST = """() => {
  const made = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
  const canvas = made.getContext('2d', {willReadFrequently: true});
  const rgb = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(color)) return rgb(color);
    }
    return [255, 255, 255];
  };
  const speaks = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll('body *')].filter((element) => element.getClientRects().length
    && !element.closest(':disabled') && speaks(element));
  return texts.map((element) => {
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), element.className, element.textContent.slice(0, 30)];
  }).filter(([ratio]) => ratio < 4.5);
}"""
