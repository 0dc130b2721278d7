"""Who sees the inspector: a developer at this machine, or staff with permission; for all others it is not there."""

from __future__ import annotations

import django
import pytest
from django.test import Client

from hookseal.inspector.access import visitor_of
from hookseal.inspector.urls import inspector_urls
from tests.inspected import PAGES, POSTED, kept, paths, refused, user

pytestmark = pytest.mark.django_db

LOOK = "view_delivery"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = "tests.site.inspected"


@pytest.fixture
def debug(settings):
    """DEBUG is on."""
    settings.DEBUG = True


def statuses(client: Client, addresses: list[str], **extra: object) -> set[int]:
    """Ask for each, and say which statuses came back."""
    return {client.get(address, **extra).status_code for address in addresses}


def test_there_are_no_urls_unless_debug_or_enabled(settings):
    """A site that says nothing has no inspector where DEBUG is off, whatever else it asks for."""
    settings.DEBUG = False
    assert inspector_urls() == inspector_urls(catch=True) == []
    assert len(inspector_urls(enabled=True)) == 1
    settings.DEBUG = True
    assert len(inspector_urls()) == 1


@pytest.mark.parametrize("method", ["get", "post", "head", "put", "options"])
def test_strangers_find_what_they_find_where_nothing_is(client: Client, method):
    """Outside DEBUG each page answers an anonymous visitor as a path without a view does, by any method."""
    client = Client(enforce_csrf_checks=True)
    nowhere = getattr(client, method)("/nowhere/")
    assert nowhere.status_code == 404
    for path in paths(kept(), PAGES + POSTED):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer.content, dict(answer.items())) == (
            404,
            nowhere.content,
            dict(nowhere.items()),
        )


def test_strangers_find_nothing_without_a_demand_to_log_in(client: Client, settings):
    """Likewise where the site does not demand a login for all its views: not even `Vary` tells that somebody asked."""
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "LoginRequired" not in each]
    nowhere, answer = client.get("/nowhere/"), client.get("/hookseal/")
    assert (answer.status_code, dict(answer.items())) == (404, dict(nowhere.items()))


def test_strangers_learn_nothing_from_a_missing_slash(client: Client):
    """Django would redirect to a page that is there, and so tell that it is."""
    assert client.get("/hookseal").status_code == client.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("permissions", "fields"),
    [((), {}), ((LOOK,), {"is_staff": False}), ((LOOK,), {"is_active": False}), (("replay_delivery",), {})],
    ids=["no permission", "no staff", "not active", "another permission"],
)
def test_whoever_lacks_something_is_a_stranger(client: Client, permissions, fields):
    """It takes an active account, the staff's mark and the permission to look."""
    client.force_login(user(*permissions, **fields))
    row = kept()
    assert statuses(client, paths(row)) == {404}
    assert {client.post(path).status_code for path in paths(row, POSTED)} == {404}


def test_staff_with_permission_sees_the_pages(client: Client):
    """Outside DEBUG the permission to look opens every page that only shows."""
    client.force_login(user(LOOK))
    looking = [path for path in paths(kept()) if "edit" not in path]
    assert statuses(client, looking) == {200}


def test_looking_is_not_sending(client: Client):
    """Who may look may neither send again, edit, remove, nor see secrets; those pages say so."""
    client.force_login(user(LOOK))
    row = kept()
    assert {client.post(path).status_code for path in paths(row, POSTED)} == {403}
    assert client.get(f"/hookseal/{row.pk}/edit/").status_code == 403
    page = client.get(f"/hookseal/{row.pk}/").content.decode()
    assert "resend/" not in page
    assert "reveal/" not in page


def test_signing_afresh_is_for_developers(client: Client, settings):
    """A delivery signed afresh proves whatever one wants, so outside DEBUG nobody may make one."""
    client.force_login(user(LOOK, "replay_delivery"))
    row = kept()
    assert client.post(f"/hookseal/{row.pk}/resend/", {"resign": "1"}).status_code == 403
    assert client.post(f"/hookseal/{row.pk}/edit/", {"resign": "1"}).status_code == 403
    assert "signed afresh" not in client.get(f"/hookseal/{row.pk}/").content.decode()


@pytest.mark.usefixtures("debug")
def test_a_developer_at_this_machine_sees_the_pages(client: Client):
    """Under DEBUG no login is needed on the loopback address."""
    row = refused()
    assert statuses(client, paths(row)) == {200}
    assert statuses(client, paths(row), REMOTE_ADDR="::1") == {200}


@pytest.mark.usefixtures("debug")
def test_internal_addresses_see_the_pages(client: Client, settings):
    """INTERNAL_IPS names further machines of developers."""
    assert client.get("/hookseal/", REMOTE_ADDR="192.0.2.1").status_code == 404
    settings.INTERNAL_IPS = ["192.0.2.1"]
    assert client.get("/hookseal/", REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"])
def test_what_was_forwarded_is_not_from_this_machine(client: Client, header):
    """A tunnel connects from the loopback address, too; what it adds gives it away."""
    assert client.get("/hookseal/", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("address", ["", "unix:", "203.0.113.9", "127.0.0.1, 203.0.113.9"])
def test_no_address_is_no_address_of_this_machine(client: Client, address):
    """Behind a socket of the file system nobody knows who asks."""
    assert client.get("/hookseal/", REMOTE_ADDR=address).status_code == 404


@pytest.mark.usefixtures("debug")
def test_a_name_that_leads_here_is_not_this_site(rf):
    """A stranger's page can make its own name lead to the loopback address (DNS rebinding); ALLOWED_HOSTS lacks it."""
    assert visitor_of(rf.get("/hookseal/", headers={"Host": "evil.example"})) is None
    assert visitor_of(rf.get("/hookseal/", headers={"Host": "localhost"})) is not None


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize(
    ("site", "mode", "destination", "status"),
    [
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 404),
        ("cross-site", "cors", "empty", 404),
        ("same-site", "cors", "empty", 404),
        ("cross-site", "no-cors", "script", 404),
    ],
)
def test_scripts_of_other_pages_read_nothing(client: Client, site, mode, destination, status):
    """A site that lets every origin read it does not hand the inspector to another page's script."""
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
    assert client.get("/hookseal/", headers=headers).status_code == status


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 404), ("null", 404), ("http://[", 404), ("http://testserver", 200)]
)
def test_older_browsers_name_the_page_that_asks(client: Client, origin, status):
    """Where a browser sends no fetch metadata, the origin of a script tells it apart."""
    headers = {"Origin": origin, "Host": "testserver"}
    assert client.get("/hookseal/", headers=headers).status_code == status


def test_no_transaction_is_open_around_a_page():
    """What is sent again runs within a page's view, and opens and ends its transactions itself."""
    (pages,) = inspector_urls(enabled=True, catch=True)
    assert all("any" in each.callback._non_atomic_requests for each in pages.url_patterns)


@pytest.mark.usefixtures("debug")
def test_every_post_needs_its_token():
    """Another site's form does nothing, even on a site without the middleware against it."""
    client = Client(enforce_csrf_checks=True)
    row = kept()
    assert {client.post(path).status_code for path in paths(row, POSTED)} == {403}
    assert row.replays.count() == 0


@pytest.mark.usefixtures("debug")
def test_the_token_is_checked_without_the_middleware(settings):
    """The pages bring their own check along."""
    settings.MIDDLEWARE = []
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/hookseal/{kept().pk}/delete/").status_code == 403


@pytest.mark.usefixtures("debug")
def test_acting_is_posting(client: Client):
    """What changes something is never done by following a link; what only shows is not posted to."""
    row = kept()
    for page in ("resend", "reveal", "delete"):
        assert client.get(f"/hookseal/{row.pk}/{page}/").status_code == 405
    for page in ("", "rows/", "types/", "catch/", f"{row.pk}/", f"{row.pk}/body/"):
        assert client.post(f"/hookseal/{page}").status_code == 405


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("number", ["0", "999999", "9" * 40])
def test_what_is_not_there_is_said_to_be_gone(client: Client, number):
    """A delivery may be pruned while somebody looks at the list."""
    answer = client.get(f"/hookseal/{number}/")
    assert answer.status_code == 404
    assert b"removed" in answer.content
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("debug")
def test_every_answer_has_the_headers(client: Client):
    """Nothing from elsewhere, no frames, no guessing of types, nothing kept; errors included."""
    row = refused()
    answers = [client.get(path) for path in [*paths(row), "/hookseal/999999/"]]
    answers += [client.post(path) for path in paths(row, POSTED)]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert {"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.usefixtures("debug")
def test_no_code_and_no_style_stands_in_a_page(client: Client):
    """The policy allows files alone: no inline script, handler or style is in any page."""
    for path in paths(refused()):
        answer = client.get(path)
        if answer.headers["Content-Type"].startswith("text/html"):
            text = answer.content.decode()
            assert "<style" not in text
            assert " style=" not in text
            assert text.count("<script") == text.count("<script src=")
            assert not [word for word in text.split() if word.startswith("on") and "=" in word]


@pytest.mark.skipif(django.VERSION < (6,), reason="Django 6 brought the middleware")
def test_djangos_own_policy_leaves_ours_alone(client: Client, settings):
    """A site with Django's middleware, and a looser policy, gets ours on these pages."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.csp.ContentSecurityPolicyMiddleware"]
    settings.SECURE_CSP = {"default-src": ["*"]}
    client.force_login(user(LOOK))
    assert client.get("/hookseal/").headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "*" in client.get("/nowhere/").headers["Content-Security-Policy"]


@pytest.mark.usefixtures("debug")
def test_the_files_may_be_kept_and_nothing_else(client: Client):
    """Style sheet and script are kept by browsers under an address that changes with them."""
    page = client.get("/hookseal/").content.decode()
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "max-age" in client.get(address).headers["Cache-Control"]
    assert client.get(address).headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.get("/hookseal/assets/views.py").status_code == 404
