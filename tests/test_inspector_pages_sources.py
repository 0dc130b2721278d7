"""What is taken along from the pages: exports without secrets, and types that are code; and sending again."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client

from hookseal.captured import from_http
from hookseal.inspector.models import Delivery
from tests.inspected import BODY, kept, refused, signed, user
from tests.site import views
from tests.site.settings import SECRETS_OF

pytestmark = pytest.mark.django_db

FORMS = ("curl", "http", "json", "pytest")
HEADERS = {
    "typeddict": "TypedDict",
    "dataclass": "@dataclass",
    "pydantic": "BaseModel",
    "ts": "interface",
    "jsonschema": "$schema",
}


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = "tests.site.inspected"
    settings.DEBUG = True


def with_secrets(**fields: object) -> Delivery:
    """Keep a delivery with a secret in a header and in its query."""
    return kept(url="https://testserver/to/github/?token=query-canary", **fields)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_holds_no_secret(client: Client, form):
    """Neither on its page nor in the file."""
    path = f"/hookseal/{with_secrets().pk}/export/{form}/"
    assert b"canary" not in client.get(path).content
    assert b"canary" not in client.get(f"{path}?download=1").content


def test_an_export_with_secrets_is_asked_for_and_logged(client: Client, caplog):
    """By POST, with the permission, and the log names who did it."""
    row = with_secrets()
    with caplog.at_level(logging.INFO, "hookseal.inspector"):
        page = client.post(f"/hookseal/{row.pk}/export/curl/").content.decode()
    assert "bearer-canary" in page
    assert "query-canary" in page
    assert f"exported delivery {row.pk} with its secrets" in caplog.text


def test_an_export_with_secrets_needs_the_permission(client: Client, settings):
    """Who may look alone gets the redacted one, and no button for the other."""
    settings.DEBUG = False
    client.force_login(user("view_delivery"))
    path = f"/hookseal/{with_secrets().pk}/export/curl/"
    assert client.post(path).status_code == 403
    assert "With secrets" not in client.get(path).content.decode()


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_a_file(client: Client, form):
    """The download is what it says: no browser opens it, and tools read it."""
    row = kept()
    answer = client.get(f"/hookseal/{row.pk}/export/{form}/?download=1")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
    assert answer.headers["Content-Type"] == "application/octet-stream"
    if form == "json":
        assert json.loads(answer.content)["body"] == BODY.decode()
    if form == "http":
        assert from_http(answer.content).body == BODY
    if form == "pytest":
        compile(answer.content, "test", "exec")


def test_there_are_no_other_exports(client: Client):
    """What is no form of a delivery is no page."""
    assert client.get(f"/hookseal/{kept().pk}/export/exe/").status_code == 404


def test_what_was_cut_is_no_test(client: Client):
    """A body that was not kept whole cannot be sent again by a test; the page says so."""
    answer = client.get(f"/hookseal/{kept(body_size=10_000_000).pk}/export/pytest/")
    assert (answer.status_code, b"not kept whole" in answer.content) == (422, True)


@pytest.mark.parametrize(("form", "head"), HEADERS.items())
def test_types_are_made_of_accepted_deliveries(client: Client, form, head):
    """In each language; what was refused is anybody's, and no part of them."""
    kept(body=b'{"id":"evt_1","amount":1}')
    kept(body=b'{"id":"evt_2","amount":null,"note":"x"}')
    refused(body=b'{"forged":true}')
    kept(body=b"no json")
    page = client.get(f"/hookseal/types/?endpoint=github&form={form}").content.decode()
    assert head in page
    assert "amount" in page
    assert "note" in page
    assert "forged" not in page
    assert "From 2 deliveries." in page


@pytest.mark.parametrize("query", ["", "endpoint=nobody", "endpoint=github&form=nonsense", "endpoint=%3Cscript%3E"])
def test_without_deliveries_there_are_no_types(client: Client, query):
    """The page says what they are made of."""
    page = client.get(f"/hookseal/types/?{query}").content.decode()
    assert "No types yet" in page
    assert "<script>" not in page


def test_a_delivery_reaches_its_view_again(client: Client, caplog):
    """The view gets the bytes; the new row names the old one; the log names who did it."""
    row = kept(**signed())
    with caplog.at_level(logging.INFO, "hookseal.inspector"):
        answer = client.post(f"/hookseal/{row.pk}/resend/")
    new = row.replays.get()
    assert answer.headers["Location"] == f"/hookseal/{new.pk}/"
    assert (new.verdict, [receipt.body for receipt in views.handled]) == ("accepted", [BODY])
    assert f"sent delivery {row.pk} again" in caplog.text


def test_a_forged_delivery_is_refused_again(client: Client):
    """As it was, it meets the same check as before."""
    row = refused(**signed(secret="another-secret-of-github-0123456789"))
    client.post(f"/hookseal/{row.pk}/resend/")
    assert (row.replays.get().reason, views.handled) == ("signature_mismatch", [])


def test_a_forged_delivery_is_accepted_once_signed_afresh(client: Client):
    """With the endpoint's own secret, which no page shows."""
    row = refused(**signed(secret="another-secret-of-github-0123456789"))
    page = client.post(f"/hookseal/{row.pk}/resend/", {"resign": "1"}, follow=True).content.decode()
    assert row.replays.get().verdict == "accepted"
    assert SECRETS_OF["github"] not in page


def test_what_cannot_be_signed_says_why(client: Client):
    """An endpoint that is gone from the settings has no secret."""
    row = kept(endpoint="gone")
    answer = client.post(f"/hookseal/{row.pk}/resend/", {"resign": "1"})
    assert answer.status_code == 422
    assert not row.replays.exists()


def test_an_edit_reaches_the_view(client: Client):
    """What was typed is what the view gets, signed afresh."""
    row = kept(**signed())
    headers = "\n".join(f"{name}: [redacted]" if "Sig" in name else f"{name}: {value}" for name, value in row.headers)
    form = {"method": "POST", "target": "/to/github/", "headers": headers, "body": '{"id":"changed"}', "resign": "1"}
    client.post(f"/hookseal/{row.pk}/edit/", form)
    assert row.replays.get().verdict == "accepted"
    assert [receipt.body for receipt in views.handled] == [b'{"id":"changed"}']


@pytest.mark.parametrize("target", ["/hookseal/", "/up/", "/nowhere/", "/to/%67ithub/../../admin/"])
def test_an_edit_reaches_webhooks_alone(client: Client, target):
    """From within, with headers of one's choice, no other view of the site is to be reached."""
    row = kept(**signed())
    form = {"method": "POST", "target": target, "headers": "X-Forwarded-For: 127.0.0.1", "body": ""}
    page = client.post(f"/hookseal/{row.pk}/edit/", form).content.decode()
    assert "no view behind @webhook" in page
    assert not row.replays.exists()


def test_an_edit_without_a_change_is_the_same_delivery(client: Client):
    """Headers that are hidden in the form go as they came, so the signature holds."""
    row = kept(**signed())
    page = client.get(f"/hookseal/{row.pk}/edit/").content.decode()
    headers = page.partition('name="headers"')[2].partition(">\n")[2].partition("</textarea>")[0]
    form = {"method": "POST", "target": "/to/github/", "headers": headers.replace("&quot;", '"'), "body": BODY.decode()}
    client.post(f"/hookseal/{row.pk}/edit/", form)
    assert row.replays.get().verdict == "accepted"
