"""`WebhookBattery`: tests that a site inherits, to prove that its own endpoint lets nothing pass but the genuine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from unittest import SkipTest
from urllib.parse import urlsplit

from django.http import HttpResponse

from hookseal import conf
from hookseal.captured import Captured
from hookseal.exceptions import WebhookRejected
from hookseal.outcomes import Outcome, unwatch, watch
from hookseal.reasons import Reason
from hookseal.samples import new_keys, sample
from hookseal.signing import sign
from hookseal.testing.client import WebhookClient
from hookseal.testing.deliveries import Delivery
from hookseal.testing.stand_ins import Found, find, keys_of, standing_in
from hookseal.testing.tampering import Untamperable
from hookseal.transactions import counts_as_delivered
from hookseal.trial import judge

__all__ = ["WebhookBattery"]


class WebhookBattery:
    """Tests of one endpoint, for `class StripeTests(WebhookBattery, TestCase)` or a class that pytest collects.

    A test that cannot hold for a sender is skipped and says why; one that the site does not want is waived by setting
    it to None in the class.

    Attributes:
        endpoint: the alias in the settings.
        url: where it is, a path of the site or a whole URL.
        payload: what the sender would send; left out: a sample. The view has to answer it with success.
        content_type: the type of the payload, where it is not JSON.
        headers: more headers of every request.
        address: the client's address.
    """

    endpoint: str
    url: str
    payload: object = None
    content_type: str | None = None
    headers: Mapping[str, str] = {}
    address: str = "127.0.0.1"

    def test_accepts_a_genuine_delivery(self) -> None:
        """What the sender signed reaches the view, and the view answers it with success."""
        sent = self._deliver(self._genuine())
        sent.forget()
        found = self._found()
        if not sent.outcomes:
            _fail(f"A genuine delivery was answered {sent.status}, and no endpoint judged it. {_hint_at(sent, self)}")
        if (outcome := sent.outcomes[0]).endpoint != self.endpoint:
            _fail(f'The view at {self.url} is guarded as "{outcome.endpoint}", not as "{self.endpoint}".')
        if outcome.name == "refused":
            _fail(f"A genuine delivery was refused with {outcome.reason}: {Reason(outcome.reason).sentence}.")
        if not counts_as_delivered(sent.response, found.record.success):
            _fail(f"The view answered a genuine delivery with {sent.status}: its sender will try again. Set payload.")

    def test_refuses_another_body(self) -> None:
        """A value of the body is another than was signed."""
        self._refuses("body", "A delivery whose body was changed")

    def test_refuses_another_secret(self) -> None:
        """Signed with a secret that is not the endpoint's."""
        self._refuses("secret", "A delivery signed with another secret")

    def test_refuses_a_missing_signature(self) -> None:
        """Without the signature, or the credentials."""
        self._refuses("missing", "A delivery without its signature")

    def test_refuses_a_stale_delivery(self) -> None:
        """Signed longer ago than its sender says it may be."""
        self._judges_time()
        self._refuses("stale", "A delivery that was signed too long ago")

    def test_refuses_a_future_delivery(self) -> None:
        """Signed at a time yet to come."""
        self._judges_time()
        self._refuses("future", "A delivery that was signed in the future")

    def test_refuses_a_siblings_signature(self) -> None:
        """Signed with the secret of another endpoint of the site."""
        with standing_in():
            record = self._found().record
            siblings = [alias for alias in conf.aliases() if alias != self.endpoint and _is_of(alias, record.name)]
            if not siblings or record.source is not None:
                raise SkipTest(f"no other endpoint of the site has secrets of {record.title}")
            genuine = self._genuine()
            theirs = replace(genuine.signing, secret=keys_of(siblings[0], record).signs).sign()
        self._expect_refusal(replace(genuine, signed=theirs), f'A delivery signed for "{siblings[0]}"')

    def test_refuses_another_providers_signature(self) -> None:
        """Signed as another sender signs."""
        genuine, other = self._genuine(), "github" if self._found().record.name != "github" else "stripe"
        keys = new_keys(other)
        theirs = sign(other, secret=keys.signs, body=sample(other, keys).body)
        self._expect_refusal(replace(genuine, signed=theirs), f"A delivery signed as {other} does")

    def test_refuses_an_empty_body(self) -> None:
        """The signature of a body, without the body."""
        genuine = self._genuine()
        if self._found().record.body_authenticated not in {"yes", "fields"}:
            raise SkipTest("the sender does not sign the body")
        bare = replace(genuine, signed=replace(genuine.signed, body=b""), is_multipart=False)
        self._expect_refusal(bare, "A delivery whose body was left out")

    def test_refuses_a_doubled_header(self) -> None:
        """A forged value beside the genuine one, where the sender writes a single one."""
        single = [(name, doubled) for name, doubled in _doubled(self._genuine()) if not self._is_proven(doubled)]
        if not single:
            raise SkipTest("the sender may show several signatures at once, or shows none in a header")
        for name, doubled in single:
            self._expect_refusal(doubled, f"A delivery with two headers {name}")

    def test_refuses_an_oversized_body(self) -> None:
        """More than MAX_BODY, told by its declared size."""
        if not self._found().endpoint.reads_body:
            raise SkipTest("the sender proves nothing of the body: it is left to Django's own limits")
        largest = self._found().endpoint.max_body
        sent = self._deliver(self._genuine(), {"Content-Length": str(largest + 1)})
        if sent.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            _fail(f"A body larger than MAX_BODY ({largest} bytes) was answered {sent.status}, not 413.")

    def test_answers_no_other_method(self) -> None:
        """GET, PUT and the like are no deliveries; a sender's own probes are answered without the view."""
        endpoint, genuine = self._found().endpoint, self._genuine()
        for method in {"GET", "PUT", "PATCH", "DELETE"} - endpoint.probes:
            other = replace(genuine, signed=replace(genuine.signed, method=method))
            sent = self._deliver(other)
            if sent.status < HTTPStatus.BAD_REQUEST:
                _fail(f"{method} was answered {sent.status}: {self.url} takes deliveries by other methods than POST.")

    def test_refuses_plain_http(self) -> None:
        """Over http anybody on the way reads the delivery, and can send it elsewhere."""
        path = urlsplit(str(self.url))._replace(scheme="", netloc="").geturl()
        sent = self._send(lambda client: client.deliver(self._genuine(), f"http://testserver{path}"))
        if any(outcome.name == "accepted" for outcome in sent.outcomes) or counts_as_delivered(sent.response, ()):
            _fail(f"A delivery over http was answered {sent.status}: leave HTTPS as it is by default.")

    def test_handles_a_replay_once(self) -> None:
        """The same delivery again is answered as delivered, without the view."""
        genuine, found = self._genuine(), self._found()
        first = self._deliver(genuine)
        again = self._deliver(genuine)
        first.forget()
        if [outcome.name for outcome in again.outcomes] == ["duplicate"]:
            return
        proven = [outcome.receipt for outcome in again.outcomes if outcome.receipt is not None]
        if found.record.shares_secret and not any(receipt.replay_key for receipt in proven):
            raise SkipTest("the sender proves nothing that tells two deliveries apart: see EVENT_ID")
        _fail(f"The same delivery was handled twice (the second was answered {again.status}): {_why_twice(found)}")

    def test_tells_the_sender_nothing(self) -> None:
        """Why a delivery is refused is the owner's to know: whoever forges hears the same for every reason."""
        answers: dict[tuple[int, bytes], str] = {}
        for way in ("body", "secret", "missing", "stale", "future"):
            for bent in self._bent(way):
                sent = self._deliver(bent)
                said = sent.response.serialize() if hasattr(sent.response, "serialize") else sent.response.content
                for code in {outcome.reason for outcome in sent.outcomes} - {""}:
                    if re.search(rf"\b{code}\b".encode(), said):
                        _fail(f"The answer to a refused delivery names the reason: {code}.")
                answers.setdefault((sent.status, sent.response.content), way)
        if len(answers) > 1:
            _fail(f"Refusals are answered in different ways: {', '.join(answers.values())}. That helps whoever forges.")

    def _found(self) -> Found:
        with standing_in():
            return find(self.endpoint)

    def _genuine(self) -> Delivery:
        return self._client().sign(self.endpoint, self.payload, url=str(self.url), content_type=self.content_type)

    def _client(self) -> WebhookClient:
        return WebhookClient(address=self.address, headers=self.headers)

    def _bent(self, way: str) -> Iterator[Delivery]:
        """Bend a genuine delivery; nothing, where there is nothing of the kind to bend."""
        with standing_in():
            try:
                yield from self._genuine().tampered(way)
            except Untamperable:
                return

    def _is_proven(self, delivery: Delivery) -> bool:
        """Whether the endpoint alone, without the site around it, takes a delivery for genuine."""
        url = f"https://testserver{urlsplit(str(self.url)).path}"
        captured = Captured("POST", url, tuple(delivery.headers.items()), delivery.body, delivery.signing.now)
        with standing_in():
            try:
                judge(captured, find(self.endpoint).endpoint)
            except WebhookRejected:
                return False
        return True

    def _judges_time(self) -> None:
        found = self._found()
        if found.endpoint.tolerance is None and found.record.tolerance is not None:
            _fail("TOLERANCE is None: a recorded delivery stays valid for ever.")

    def _refuses(self, way: str, what: str) -> None:
        bent = list(self._bent(way))
        if not bent:
            raise SkipTest(f"{self._found().record.title} proves nothing of the kind")
        for each in bent:
            self._expect_refusal(each, what)

    def _expect_refusal(self, delivery: Delivery, what: str) -> None:
        sent = self._deliver(delivery)
        if any(outcome.name == "accepted" for outcome in sent.outcomes):
            _fail(f"{what} was accepted, and the view ran.")
        if not sent.outcomes:
            _fail(f"{what} was answered {sent.status}, and no endpoint judged it. {_hint_at(sent, self)}")
        if sent.status < HTTPStatus.BAD_REQUEST:
            _fail(
                f"{what} was refused, but answered {sent.status}: a decorator or middleware around @webhook swallows"
                " WebhookRejected. The sender takes the delivery for received, and so may what comes after the view."
            )

    def _deliver(self, delivery: Delivery, headers: Mapping[str, str] | None = None) -> _Sent:
        return self._send(lambda client: client.deliver(delivery, str(self.url), headers=headers))

    def _send(self, send: Callable[[WebhookClient], HttpResponse]) -> _Sent:
        with _watched() as outcomes:
            response = send(self._client())
        return _Sent(response, tuple(outcomes))


@dataclass(frozen=True)
class _Sent:
    response: HttpResponse
    outcomes: tuple[Outcome, ...]

    @property
    def status(self) -> int:
        return self.response.status_code

    def forget(self) -> None:
        """Leave nothing of it for the next test to be a replay of."""
        for outcome in self.outcomes:
            if outcome.receipt is not None and outcome.receipt.claims is not None:
                outcome.receipt.claims.forget()


@contextmanager
def _watched() -> Iterator[list[Outcome]]:
    outcomes: list[Outcome] = []
    watch(outcomes.append, _NAME)
    try:
        yield outcomes
    finally:
        unwatch(_NAME)


_NAME = "hookseal.testing.battery"


def _fail(said: str) -> None:
    raise AssertionError(said)


def _is_of(alias: str, provider: str) -> bool:
    record = conf.endpoint(alias).record
    return record is not None and record.name == provider


def _hint_at(sent: _Sent, battery: WebhookBattery) -> str:
    """Say what keeps a delivery from its endpoint, by how it was answered."""
    if sent.status == HTTPStatus.FORBIDDEN:
        return "That is CSRF's: decorate the view or, with method_decorator, `dispatch`, not one of its methods."
    if "Location" in sent.response:
        return f"It leads to {sent.response['Location']!a}: no sender follows that."
    if sent.status == HTTPStatus.NOT_FOUND:
        return f"Nothing is at {battery.url}."
    return f'The view at {battery.url} is not under @webhook("{battery.endpoint}"): it is open to everybody.'


def _why_twice(found: Found) -> str:
    if found.endpoint.protection is None:
        return "REPLAY is False."
    return "the store did not remember it, or the first was not answered with success."


def _doubled(delivery: Delivery) -> Iterator[tuple[str, Delivery]]:
    """Put a forged value before and after each header that depends on the secret, as WSGI joins them."""
    with standing_in():
        (bent,) = delivery.tampered("secret")
    for name, value in delivery.signed.headers.items():
        forged = bent.signed.headers.get(name, value)
        for both in (f"{forged},{value}", f"{value},{forged}") if forged != value else ():
            yield (
                name,
                replace(delivery, signed=replace(delivery.signed, headers={**delivery.signed.headers, name: both})),
            )
