"""Takes the pictures of the inspector that the pages show: the example site, real deliveries, a headless Chromium.

`python docs/screenshots.py` writes docs/images/*.png. It needs a Chromium on PATH; `make screenshots` brings the rest.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "examples"))

from demo import send  # noqa: E402 - found through the line above
from keys import Keys  # noqa: E402
from senders import Message, Sender, all_senders  # noqa: E402
from servers import prepare, start  # noqa: E402

SIZE: ViewportSize = {"width": 1120, "height": 620}


def main() -> int:
    """Take every picture; the exit status is 1 where there is no Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("No Chromium on PATH: apt-get install chromium", file=sys.stderr)
        return 1
    keys = Keys()
    with tempfile.TemporaryDirectory(prefix="hookseal-screenshots-") as folder:
        prepare(keys.environment(), Path(folder))
        server = start("inspector", keys.environment(), Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                take_all(browser, server.address, {sender.endpoint: sender for sender in all_senders(keys)})
                browser.close()
        finally:
            server.stop()
    return 0


def take_all(browser: Browser, address: str, senders: Mapping[str, Sender]) -> None:
    """Send deliveries, and take a picture of each page that the documentation shows."""
    send_all(address, senders)
    light = browser.new_page(base_url=address, viewport=SIZE, color_scheme="light")
    dark = browser.new_page(base_url=address, viewport=SIZE, color_scheme="dark")
    light.goto("/hookseal/catch/")
    caught = senders["github"].message(time.time(), body=event(15))
    deliver(str(light.locator("#address").text_content()), caught)
    take(light, "/hookseal/", "list")
    number = light.locator("tr", has_text="orders").filter(has_text="signature_mismatch").first
    take(light, str(number.locator(".open").get_attribute("href")), "refused")
    take(dark, str(light.locator("a[rel=prev]").get_attribute("href")), "accepted-dark")
    light.goto("/hookseal/?verdict=caught")
    take(light, str(light.locator(".open").first.get_attribute("href")), "caught")
    take(dark, "/hookseal/types/?endpoint=stripe&form=typeddict", "types-dark")


def take(page: Page, path: str, name: str) -> None:
    """Take the picture of one page, as far as a window shows it."""
    page.goto(path)
    page.screenshot(path=IMAGES / f"inspector-{name}.png")


def send_all(address: str, senders: Mapping[str, Sender]) -> None:
    """Send what a site gets on a quiet morning: most of it right, some of it stale, twice, or with a wrong secret."""
    now = time.time()
    for number in range(6):
        for endpoint in ("stripe", "github", "acme", "svix")[: 2 + number % 3]:
            deliver(address, senders[endpoint].message(now, body=event(number)))
    repeated = senders["stripe"].message(now, body=event(9))
    for message in (repeated, repeated, senders["slack"].message(now - 900, body=event(10))):
        deliver(address, message)
    deliver(address, senders["orders"].message(now, body=event(11)))
    deliver(address, senders["partner"].message(now).having("Authorization", None))
    deliver(address, senders["mailgun"].message(now))
    deliver(address, senders["orders"].message(now, body=event(12), secret=senders["svix"].secret))
    for number in (13, 14):
        deliver(address, senders["stripe"].message(now, body=event(number)))


def deliver(address: str, message: Message) -> None:
    """Send one message to the site; to the path of the address, where it has one."""
    target = urlsplit(address)
    send(target.port or 80, replace(message, path=target.path if len(target.path) > 1 else message.path))


def event(number: int) -> bytes:
    """Write an event such as shops send."""
    paid = {"id": f"in_{1042 + number}", "amount_paid": 4200 + 150 * number, "currency": "eur", "paid": True}
    return json.dumps({"id": f"evt_1Q8xK{number:03}", "type": "invoice.paid", "data": {"object": paid}}).encode()


if __name__ == "__main__":
    sys.exit(main())
