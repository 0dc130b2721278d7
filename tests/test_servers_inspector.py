"""The inspector's pages and its catch address under real servers, WSGI and ASGI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from hookseal.inspector.models import Delivery
from tests.browsing import send, serving
from tests.live import Answer, Server, message

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=["gunicorn", "uvicorn", "waitress", "hypercorn"])
def site(request, tmp_path_factory, django_db_blocker) -> Iterator[Server]:
    """A site under DEBUG, with its database at hand."""
    folder = tmp_path_factory.mktemp("inspected")
    with serving(folder, django_db_blocker, server=request.param, DEBUG=True) as server:
        yield server


def get(site: Server, path: str) -> Answer:
    """Ask for a page."""
    return site.exchange(message(path, method="GET"))


def post(site: Server, path: str, **fields: str) -> Answer:
    """Send a form of the inspector, with the token that a page holds."""
    number = Delivery.objects.using("inspected").first().pk
    page = get(site, f"/hookseal/{number}/edit/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.body.decode())[1]
    body = urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
    cookie = page.headers["set-cookie"].partition(";")[0]
    headers = [("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded")]
    return site.exchange(message(path, *headers, body=body))


def test_what_arrives_is_listed(site: Server):
    """A delivery over HTTP is a row of the list, and its page opens."""
    send(site, body=b'{"id":"evt_listed"}')
    number = Delivery.objects.using("inspected").first().pk
    assert f'id="row-{number}"' in get(site, "/hookseal/").body.decode()
    assert "evt_listed" in get(site, f"/hookseal/{number}/").body.decode()


@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_a_delivery_reaches_its_view_again(site: Server, path):
    """Sync and async views alike are reached from within the process, signed afresh."""
    send(site, body=path.encode(), path=path, secret="another-secret-of-github-0123456789")
    number = Delivery.objects.using("inspected").first().pk
    answer = post(site, f"/hookseal/{number}/resend/", resign="1")
    again = Delivery.objects.using("inspected").get(replay_of=number)
    assert (answer.status, answer.headers["location"]) == (302, f"/hookseal/{again.pk}/")
    assert (again.verdict, again.status) == ("accepted", 200)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_sender_is_caught(site: Server, chunked):
    """Whatever the framing, every byte of a body is kept, where the server hands it over."""
    page = get(site, "/hookseal/catch/").body.decode()
    path = re.search(r"http://localhost(/hookseal/catch/[^/]+/)", page)[1]
    body = bytes(range(256)) * 40
    sent = message(path, body=body)
    if chunked:
        sent = message(path, ("Transfer-Encoding", "chunked"), body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert site.exchange(sent).status == 200
    row = Delivery.objects.using("inspected").first()
    assert (row.verdict, bytes(row.body), row.is_cut) == ("caught", body, False)
