"""The pages of the inspector: what the list finds, what a delivery's page tells, and that hostile text stays text."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import include, path

from hookseal import sign
from hookseal.inspector.listing import PAGE_SIZE, Filter
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.urls import inspector_urls
from tests.backends import installed, sqlite_file
from tests.inspected import BODY, kept, paths, refused, signed, user
from tests.site.settings import SECRETS_OF

pytestmark = pytest.mark.django_db

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7|add:7 }}&lt;b&gt;<!--"""


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = "tests.site.inspected"
    settings.DEBUG = True


def listed(client: Client, query: str = "") -> list[int]:
    """Name the deliveries that the list shows."""
    page = client.get(f"/hookseal/?{query}").content.decode()
    return [int(number) for number in re.findall(r'id="row-(\d+)"', page)]


def text_of(client: Client, row: Delivery, query: str = "") -> str:
    """Give the page of a delivery."""
    return client.get(f"/hookseal/{row.pk}/?{query}").content.decode()


class Elements(HTMLParser):
    """Collects the names of elements and attributes that a browser would find in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        """Note an element."""
        self.found |= {tag, *(f"@{name}" for name, _ in attributes)}

    def handle_comment(self, comment):
        """Note that there is a comment."""
        self.found.add("<!--")


def test_the_list_is_newest_first(client: Client):
    """The delivery that came last stands on top."""
    rows = [kept().pk for _ in range(3)]
    assert listed(client) == rows[::-1]


def test_the_list_is_filtered(client: Client):
    """By endpoint, by verdict, by both."""
    accepted, bad, other = kept(), refused(), refused(endpoint="stripe")
    assert listed(client, "endpoint=github") == [bad.pk, accepted.pk]
    assert listed(client, "verdict=refused") == [other.pk, bad.pk]
    assert listed(client, "verdict=refused&endpoint=stripe") == [other.pk]
    assert listed(client, "verdict=nonsense&before=x") == [other.pk, bad.pk, accepted.pk]


@pytest.mark.parametrize("entry", ["sqlite", "postgresql", "mariadb"])
def test_the_list_is_searched(entry, request, tmp_path, django_db_blocker):
    """Path, event id, reason, endpoint and the bytes of the body; on every database."""
    found = sqlite_file(tmp_path) if entry == "sqlite" else request.getfixturevalue(entry).entry
    with django_db_blocker.unblock(), installed("kept", found):
        call_command("migrate", "hookseal_inspector", database="kept", verbosity=0)
        Delivery.objects.using("kept").all().delete()
        row = kept("kept", path="/Hooks/One/", event_id="evt_77", reason="stale", body="Grüße\0\\%".encode())
        kept("kept", endpoint="stripe", path="/", body=b"\xff")
        for wanted in ("/hooks/one", "EVT_77", "stale", "github", "Grüße", "\\%"):
            assert [each.pk for each in Filter(text=wanted).matching().using("kept")] == [row.pk], wanted
        assert not Filter(text="grüße").matching().using("kept")
        Delivery.objects.using("kept").all().delete()  # the server serves all tests


@pytest.mark.parametrize("secret", ["bearer-canary", "query-canary", "authorization"])
def test_what_is_hidden_is_not_searched(client: Client, secret):
    """Headers and queries could be guessed piece by piece by who may not see them."""
    kept(url="https://testserver/to/github/?token=query-canary")
    assert listed(client, f"q={secret}") == []


def test_nothing_breaks_the_search(client: Client):
    """Whatever is searched for, there is an answer."""
    kept()
    for wanted in ("%00", "%25", "%27%22;--", "%F0%9F%92%A3", "%ED%A0%80", "a" * 5000, "_", "%5C"):
        assert client.get(f"/hookseal/?q={wanted}&endpoint={wanted}&before={wanted}").status_code == 200


def test_the_list_has_pages(client: Client):
    """Older deliveries are behind a link, which keeps the filter; none is shown twice and none is left out."""
    rows = [kept().pk for _ in range(PAGE_SIZE + 3)]
    refused()
    page = client.get("/hookseal/?endpoint=github&verdict=accepted").content.decode()
    older = re.search(r'rel="next" href="/hookseal/\?([^"]+)"', page)[1].replace("&amp;", "&")
    assert listed(client, "endpoint=github&verdict=accepted") == rows[:2:-1]
    assert listed(client, older) == rows[2::-1]
    assert 'rel="next"' not in client.get(f"/hookseal/?{older}").content.decode()


def test_the_list_loads_no_bodies(client: Client, django_assert_max_num_queries):
    """A page of the list is a handful of queries, however many rows it has."""
    for _ in range(20):
        kept(body=b"x" * 10_000)
    with django_assert_max_num_queries(3) as queries:
        client.get("/hookseal/")
    assert not [query for query in queries.captured_queries if '"body"' in query["sql"]]


def test_the_rows_come_anew_only_when_they_changed(client: Client):
    """The script asks with the state that it knows; nothing new is 204, one query and no bytes."""
    kept()
    page = client.get("/hookseal/rows/").content.decode()
    version = re.search(r'data-version="([^"]+)"', page)[1]
    assert client.get(f"/hookseal/rows/?version={version}").status_code == 204
    new = kept()
    fresh = client.get(f"/hookseal/rows/?version={version}")
    assert (fresh.status_code, f'id="row-{new.pk}"' in fresh.content.decode()) == (200, True)
    new.delete()
    assert client.get(f"/hookseal/rows/?version={version}").status_code == 204


def test_an_empty_list_says_how_it_is_filled(client: Client):
    """Nothing is kept by default: the page says which setting changes that."""
    assert "CAPTURE" in client.get("/hookseal/").content.decode()


def test_a_refusal_is_told_with_its_fix(client: Client):
    """Verdict, code, sentence and fix stand on the page."""
    text = text_of(client, refused())
    assert all(said in text for said in ("signature_mismatch", "none of the secrets made", "Compare the secrets."))


def test_a_refusal_is_explained(client: Client):
    """The cause is named, with its fix and with how much was tried; the right signature is nowhere."""
    row = refused(**signed(body=BODY + b"\n") | {"body": BODY, "body_size": len(BODY)})
    text = text_of(client, row)
    assert "<code>body_newline</code>" in text
    assert re.search(r"\d+ combinations? tried", text)
    assert sign("github", secret=SECRETS_OF["github"], body=BODY).headers["X-Hub-Signature-256"][7:] not in text


def test_what_cannot_be_explained_says_why(client: Client):
    """An endpoint that is gone from the settings, and a body that was not kept whole."""
    assert "not in the settings any more" in text_of(client, refused(endpoint="gone"))
    assert "nothing can be tried" in text_of(client, refused(body_size=10_000_000))


def test_a_body_is_shown_in_three_ways(client: Client):
    """Indented and coloured, as it came, and in hex."""
    row = kept()
    assert '<span class="nt">&quot;amount&quot;</span>' in text_of(client, row)
    assert BODY.decode().replace('"', "&quot;") in text_of(client, row, "show=raw")
    assert BODY[:16].hex(" ") in text_of(client, row, "show=hex")


def test_a_body_that_was_cut_says_so(client: Client):
    """Nobody takes the first bytes for the whole, and what is not whole is not sent again."""
    text = text_of(client, refused(body_size=10_000_000))
    assert "were kept" in text
    assert "disabled" in text


def test_secrets_are_hidden_until_they_are_asked_for(client: Client, caplog):
    """The page hides credentials; with the permission, and a line in the log, they are shown."""
    row = kept(url="https://testserver/to/github/?token=query-canary")
    assert "canary" not in text_of(client, row)
    with caplog.at_level(logging.INFO, "hookseal.inspector"):
        shown = client.post(f"/hookseal/{row.pk}/reveal/").content.decode()
    assert "bearer-canary" in shown
    assert "query-canary" in shown
    assert f"delivery {row.pk}" in caplog.text
    assert "canary" not in caplog.text


def test_secrets_stay_hidden_without_the_permission(client: Client, settings):
    """Who may look, and send again, sees no credentials, and none in the form either."""
    settings.DEBUG = False
    client.force_login(user("view_delivery", "replay_delivery"))
    row = kept(url="https://testserver/to/github/?token=query-canary")
    assert client.post(f"/hookseal/{row.pk}/reveal/").status_code == 403
    for page in paths(row):
        assert b"canary" not in client.get(page).content, page


def test_a_delivery_leads_to_its_neighbours(client: Client):
    """The next newer and the next older one are linked."""
    older, row, newer = kept(), kept(), kept()
    text = text_of(client, row)
    assert f'rel="prev" href="/hookseal/{newer.pk}/"' in text
    assert f'rel="next" href="/hookseal/{older.pk}/"' in text


def test_a_refused_delivery_is_compared_with_the_last_good_one(client: Client):
    """The differing line is shown in both forms, with a link to the accepted delivery."""
    kept(body=b'{"id":"evt_0"}')
    good = kept()
    text = text_of(client, refused(body=BODY.replace(b"evt_1", b"evt_2")))
    assert f'<a href="/hookseal/{good.pk}/">' in text
    assert '<span class="minus">-   &quot;id&quot;: &quot;evt_1&quot;,</span>' in text
    assert '<span class="plus">+   &quot;id&quot;: &quot;evt_2&quot;,</span>' in text


def test_a_comparison_shows_no_secret(client: Client):
    """That credentials differ is not shown by showing them."""
    kept(headers=[["Authorization", "Bearer old-canary"]], url="https://testserver/?token=old-canary")
    row = refused(headers=[["Authorization", "Bearer new-canary"]], url="https://testserver/?token=new-canary")
    text = text_of(client, row)
    assert "compared-title" in text
    assert "canary" not in text


def test_what_was_accepted_is_compared_with_nothing(client: Client):
    """There is nothing to explain about an accepted delivery."""
    kept()
    assert "compared-title" not in text_of(client, kept())


def test_a_body_is_downloaded_byte_for_byte(client: Client):
    """As a file that no browser opens."""
    body = bytes(range(256)) + b"<script>alert(1)</script>"
    answer = client.get(f"/hookseal/{kept(body=body, headers=[['Content-Type', 'text/html']]).pk}/body/")
    assert answer.content == body
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_delivery_is_removed(client: Client):
    """One that holds what should not be kept can go at once."""
    row = kept()
    assert client.post(f"/hookseal/{row.pk}/delete/").status_code == 302
    assert listed(client) == []


def hostile() -> list[Delivery]:
    """Keep deliveries whose every field is written by somebody who wants to be run."""
    fields = ("path", "method", "reason", "sentence", "fix", "event_id", "secret", "provider", "address")
    texts = {name: HOSTILE[: Delivery._meta.get_field(name).max_length] for name in fields}
    url = f"https://testserver/?{HOSTILE}"
    headers = [[HOSTILE, HOSTILE], ["Content-Type", HOSTILE], ["X-GitHub-Event", HOSTILE]]
    bodies = [
        HOSTILE.encode(),
        b'{"a":"%s"}' % HOSTILE.replace('"', '\\"').encode(),
        f"<a>{HOSTILE}</a>".encode(),
        f"a={HOSTILE}".encode(),
        "</textarea></pre></table>\u202e".encode(),
    ]
    kinds = ["text/html", "application/json", "text/xml", "application/x-www-form-urlencoded", "text/plain"]
    return [
        kept(**texts, url=url, headers=[*headers, ["content-type", kind]], body=body, verdict=verdict)
        for body, kind, verdict in zip(bodies, kinds, Verdict.values, strict=True)
    ]


def test_hostile_text_makes_no_element(client: Client):
    """Whatever a sender writes, wherever: the pages have the same elements and attributes as for harmless text."""
    allowed = {"@style", "@onerror", "@onload", "img", "iframe", "style", "<!--"}
    kept(verdict=Verdict.ACCEPTED)
    for row in hostile():
        for page in paths(row):
            answer = client.get(page)
            assert answer.status_code == 200, page
            if answer.headers["Content-Type"].startswith("text/html"):
                text = answer.content.decode()
                assert Elements(text).found.isdisjoint(allowed), page
                assert text.count("<script") == text.count("<script src=") <= 1
                assert "14" not in re.findall(r"\d+(?=&amp;lt;b)", text), "a template in the sender's text was run"


def test_an_endpoint_of_any_name_can_be_filtered(client: Client):
    """The alias comes from the settings, and is text all the same."""
    row = kept(endpoint=HOSTILE)
    page = client.get("/hookseal/").content.decode()
    assert Elements(page).found.isdisjoint({"img", "@onerror"})
    assert listed(client, "endpoint=%22%27%3E%3Cscript%3E") == []
    assert row.pk in listed(client)


def test_the_sites_own_engine_changes_nothing(client: Client, settings):
    """A site that turned autoescaping off, or has no engine at all, gets the same pages."""
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"autoescape": False}}
    ]
    (row, *_) = hostile()
    assert "<img" not in text_of(client, row)
    settings.TEMPLATES = []
    assert "<img" not in text_of(client, row)


def test_numbers_in_addresses_have_no_thousands(client: Client, settings):
    """A site that writes 1,234 for people gets links that work."""
    settings.USE_THOUSAND_SEPARATOR = True
    settings.LANGUAGE_CODE = "en"
    row = kept(pk=1234567)
    assert 'href="/hookseal/1234567/"' in client.get("/hookseal/").content.decode()
    assert 'action="/hookseal/1234567/resend/"' in text_of(client, row)


def test_every_link_leads_somewhere(client: Client):
    """From the list, each link that the pages hold is followed once."""
    kept()
    refused()
    kept(endpoint="", verdict=Verdict.CAUGHT)
    waiting, seen = ["/hookseal/"], set()
    while waiting:
        address = waiting.pop()
        page = address.partition("?")[0]
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.headers["Content-Type"].startswith("text/html"):
            links = re.findall(r'(?:href|src)="([^"#]+)', answer.content.decode())
            links = [page + link if link.startswith("?") else link for link in links]
            waiting += {link.replace("&amp;", "&") for link in links} - seen - set(waiting)
    assert len(seen) > 15


def test_the_pages_stand_wherever_they_are_put(client: Client, settings):
    """Behind another prefix, and within a namespace of the site's own."""

    class Nested:
        urlpatterns = (path("tools/", include((inspector_urls("seen/"), "tools"))),)

    settings.ROOT_URLCONF = Nested
    row = kept()
    page = client.get("/tools/seen/").content.decode()
    assert f'href="/tools/seen/{row.pk}/"' in page
    assert client.get(f"/tools/seen/{row.pk}/").status_code == 200


def test_the_pages_speak_the_visitors_language(client: Client, settings):
    """Strings go through gettext, and dates follow the language."""
    kept()
    settings.LANGUAGE_CODE = "de"
    page = client.get("/hookseal/").content.decode()
    assert '<html lang="de">' in page
