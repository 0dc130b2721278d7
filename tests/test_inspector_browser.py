"""The inspector in a real browser, under a real server: what a developer sees, presses and types."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hookseal.inspector.models import Delivery, Verdict
from tests.browsing import CHROMIUM, CONTRAST, ENDPOINTS, HOSTILE, keep, send, serving, watched
from tests.live import Server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", autouse=True)
def _writes_between_turns() -> Iterator[None]:
    """Playwright runs an event loop in this thread; the tests use the database between its turns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the dependency group test")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_blocker) -> Iterator[Server]:
    """The served project with the inspector, under DEBUG, over a file of SQLite."""
    with serving(tmp_path_factory.mktemp("inspector"), django_db_blocker, DEBUG=True) as server:
        yield server


@pytest.fixture
def page(browser, site: Server):
    """A new page of the browser; whatever it complains about, in console, network or policy, fails the test."""
    Delivery.objects.using("inspected").all().delete()
    with watched(browser, site) as opened:
        yield opened


def test_the_list_updates_by_itself(page, site: Server):
    """A delivery that arrives while somebody looks appears on top, and is announced, without a reload."""
    page.goto("/hookseal/")
    page.evaluate("window.loaded = 'once'")
    assert page.locator("#nothing").is_visible()
    send(site)
    page.locator("#rows tr .accepted").wait_for()
    assert page.locator("#live").text_content() == "1 new"
    assert page.locator("#nothing").count() == 0
    send(site, secret="another-secret-of-github-0123456789")
    page.locator("#rows tr:first-child .refused").wait_for()
    assert page.evaluate("window.loaded") == "once"


def test_the_list_is_filtered_while_it_lives(page, site: Server):
    """Choosing a verdict shows those alone, and new rows obey it."""
    send(site)
    page.goto("/hookseal/")
    page.select_option("select[name=verdict]", "refused")
    page.wait_for_url("**verdict=refused**")
    send(site, body=b'{"id":"evt_2"}')
    send(site, secret="another-secret-of-github-0123456789")
    page.locator("#rows .refused").wait_for()
    assert page.locator("#rows tr").count() == 1


def test_a_search_finds_bytes_of_a_body(page, site: Server):
    """What a body holds is found, and nothing else."""
    send(site, body=b'{"order":"needle-77"}')
    send(site, body=b'{"order":"hay"}')
    page.goto("/hookseal/")
    page.fill("#search", "needle-77")
    page.press("#search", "Enter")
    page.wait_for_url("**q=needle-77**")
    assert page.locator("#rows tr").count() == 1


def test_a_refusal_is_explained(page, site: Server):
    """A test-mode event at the live URL: the page names the endpoint whose secret made the signature."""
    assert (
        send(site, "stripe", b'{"id":"evt_1","livemode":false}', secret=ENDPOINTS["stripe-test"]["SECRETS"][0]) == 400
    )
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    page.locator("text=Why it was refused").wait_for()
    assert page.locator(".reason").text_content() == "signature_mismatch"
    assert 'secret of endpoint "stripe-test"' in page.locator(".causes li").first.text_content()
    assert re.search(r"\d+ combinations? tried", page.locator("#tried").text_content())


def test_a_delivery_is_sent_again_as_it_was(page, site: Server):
    """The view gets the same bytes; replay protection says that they were handled before, as a new row."""
    send(site, "stripe", b'{"id":"evt_again"}')
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    before = page.url
    page.locator("text=Resend as it was").click()
    page.wait_for_url(lambda url: url != before)
    assert page.locator(".title .duplicate").is_visible()
    page.goto("/hookseal/")
    assert page.locator("#rows tr").count() == 2
    assert page.locator("#rows tr:first-child .tag").is_visible()


def test_a_delivery_is_sent_again_signed_afresh(page, site: Server):
    """A forged one, signed with the site's own secret, is accepted."""
    send(site, body=b'{"id":"evt_forged"}', secret="another-secret-of-github-0123456789")
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    before = page.url
    page.locator("text=Resend signed afresh").click()
    page.wait_for_url(lambda url: url != before)
    assert page.locator(".title .accepted").is_visible()
    assert page.locator("text=Sent again from").is_visible()


def test_a_delivery_is_edited_and_sent_again(page, site: Server):
    """The changed body reaches the view, once it is signed afresh; the hidden signature is not."""
    send(site, body=b'{"id":"evt_edited","amount":1}\n')
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    page.locator("text=Edit and resend").click()
    page.fill("textarea[name=body]", '{"id":"evt_edited",\n"amount":2}')
    page.check("input[name=resign]")
    page.locator("text=Send to this site").click()
    page.locator(".title .accepted").wait_for()
    assert bytes(Delivery.objects.using("inspected").first().body) == b'{"id":"evt_edited",\n"amount":2}'


def test_an_edit_left_alone_sends_the_same_bytes(page, site: Server):
    """A form that nobody changed sends what arrived, whatever the browser does to lines, and the signature fits."""
    send(site, "stripe", b'{"id":"evt_x",\r\n"a":"\xc3\xbc"}\n\n')
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    page.locator("text=Edit and resend").click()
    page.locator("text=Send to this site").click()
    page.locator(".title .duplicate").wait_for()


def test_a_mistake_in_an_edit_is_told(page, site: Server):
    """What cannot be sent comes back with what was typed, and why."""
    send(site)
    page.goto("/hookseal/")
    page.locator("#rows .open").first.click()
    page.locator("text=Edit and resend").click()
    page.fill("input[name=target]", "//evil.example/")
    page.locator("text=Send to this site").click()
    page.locator("[role=alert]").wait_for()
    assert page.locator("input[name=target]").input_value() == "//evil.example/"


def test_hostile_text_stays_inert(page):
    """In body, headers, path, ids and every other field: no dialog, no element, no complaint of the policy."""
    bodies = [
        (HOSTILE.encode(), "text/html"),
        (b'{"a":"%s"}' % HOSTILE.replace('"', '\\"').encode(), "application/json"),
        (f"<a>{HOSTILE}</a>".encode(), "text/xml"),
        (f"a={HOSTILE}".encode(), "application/x-www-form-urlencoded"),
        (f"</textarea></pre>{HOSTILE}".encode(), "text/plain"),
    ]
    fields = dict.fromkeys(("path", "sentence", "fix", "event_id", "secret", "provider"), HOSTILE)
    fields |= {"url": f"http://localhost/{HOSTILE}", "address": HOSTILE[:40], "method": HOSTILE[:30]}
    fields["reason"] = HOSTILE[:60]
    for number, (body, kind) in enumerate(bodies):
        headers = [["Content-Type", kind], [HOSTILE, HOSTILE], ["X-Hub-Signature-256", HOSTILE]]
        row = keep(**fields, body=body, headers=headers, verdict=("refused", "caught")[number % 2])
        for part in ("", "?show=raw", "?show=hex", "edit/", "export/curl/", "export/pytest/", "export/json/"):
            page.goto(f"/hookseal/{row.pk}/{part}")
            assert page.locator("img, svg, main script, iframe").count() == 0, part
    page.goto("/hookseal/")
    assert page.locator("#rows tr").count() == 5
    keep(**fields, body=bodies[0][0])
    page.locator("#rows tr").nth(5).wait_for()
    assert page.locator("img, svg, main script").count() == 0


def test_every_page_is_without_complaint(page, site: Server):
    """Each page loads its files, and neither console nor policy says a word; its secrets are shown on demand."""
    send(site)
    send(site, secret="another-secret-of-github-0123456789")
    number = Delivery.objects.using("inspected").first().pk
    for path in (
        "",
        "types/",
        "catch/",
        *(f"{number}/{part}" for part in ("", "edit/", "export/curl/", "export/pytest/")),
    ):
        page.goto(f"/hookseal/{path}")
        assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == "sticky"
        assert page.locator("[data-keys]").is_visible(), "the script runs"
    page.goto(f"/hookseal/{number}/")
    page.locator("text=Show what is hidden").click()
    page.locator("text=That you looked was logged").wait_for()


def test_a_sender_is_caught_and_recognised(page, site: Server):
    """The catch address is copied from its page; what arrives there is told apart, with code to copy."""
    page.goto("/hookseal/catch/")
    page.locator("[data-copies=address]").click()
    address = page.evaluate("navigator.clipboard.readText()")
    send(site, path="/" + address.partition("/hookseal/")[2].join(("hookseal/", "")))
    page.goto("/hookseal/?verdict=caught")
    page.locator("#rows .open").first.click()
    page.locator("text=It looks like GitHub").wait_for()
    page.locator("[data-copies=github-settings]").click()
    assert "GITHUB_SECRET" in page.evaluate("navigator.clipboard.readText()")


def test_the_keyboard_is_enough(page):
    """Search, rows, a delivery, its neighbours, and back, without a mouse."""
    rows = [keep().pk for _ in range(3)]
    page.goto("/hookseal/")
    page.keyboard.press("/")
    page.keyboard.type("github")
    assert page.locator("#search").input_value() == "github"
    page.keyboard.press("Escape")
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == f"#{rows[1]}"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{rows[1]}/")
    page.keyboard.press("j")
    page.wait_for_url(f"**/{rows[0]}/")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{rows[1]}/")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    page.keyboard.press("u")
    page.wait_for_url("**/hookseal/")


def test_focus_stays_where_it_is_while_rows_arrive(page):
    """New rows do not take the row away that the keyboard is on."""
    row = keep()
    page.goto("/hookseal/")
    page.keyboard.press("j")
    keep()
    page.locator("#rows tr").nth(1).wait_for()
    assert page.evaluate("document.activeElement.textContent") == f"#{row.pk}"


def test_the_first_tab_skips_to_the_content(page):
    """Who walks by Tab need not pass the bar on each page, and sees where the focus is."""
    page.goto("/hookseal/")
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("element => element.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser, site: Server, scheme):
    """In light and dark, each text stands out from its ground by 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    body = b'{"a":[1,true,null,"x"],"b":"y"}'
    keep(body=body)
    for verdict in Verdict.values:
        row = keep(verdict=verdict, reason="stale", sentence="said", fix="mend", body=body, headers=[["A", "b"]])
    with watched(browser, site, color_scheme=scheme) as page:
        refused = Delivery.objects.using("inspected").filter(verdict="refused").first()
        for path in ("", f"{row.pk}/", f"{refused.pk}/", f"{row.pk}/edit/", "types/", "catch/"):
            page.goto(f"/hookseal/{path}")
            assert page.evaluate(CONTRAST) == [], path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 384) == (scheme == "light")


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_a_narrow_screen_shows_everything(browser, site: Server, width):
    """Nothing runs out of the window to the side, whatever a sender writes."""
    long = "x" * 300
    row = keep(
        path=f"/{long}",
        event_id=long[:200],
        sentence=long,
        verdict="refused",
        body=long.encode(),
        headers=[[long, long]],
    )
    with watched(browser, site, viewport={"width": width, "height": 800}) as page:
        for path in ("", f"{row.pk}/", f"{row.pk}/edit/", "types/", "catch/"):
            page.goto(f"/hookseal/{path}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_nothing_is_shown_to_strangers(browser, tmp_path, django_db_blocker):
    """Without DEBUG, an anonymous browser finds no page of the inspector, and the catch address still keeps."""
    changes = {
        "DEBUG": False,
        "MIDDLEWARE": [
            "hookseal.middleware.Guard",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    }
    with serving(tmp_path, django_db_blocker, "hidden", **changes) as site:
        context = browser.new_context(base_url=f"http://localhost:{site.port}")
        page = context.new_page()
        for path in ("", "rows/", "types/", "catch/", "1/", "1/edit/", "1/body/", "assets/inspector.css"):
            assert page.goto(f"/hookseal/{path}").status == 404
            assert "hookseal" not in page.content()
        context.close()
