"""Keys that a provider publishes, fetched when a delivery wants one; and the URLs that confirm subscriptions.

The engine says which key it wants, after the provider's rule for such locations was held against what the sender wrote,
and judges what was fetched. How often anything is fetched is decided in `errands`, and how, in `https`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial

from hookseal._engine import RemoteKey, Wanted
from hookseal.errands import Errand, Errands, Fetch, Withdrawn
from hookseal.exceptions import WebhookRejected
from hookseal.https import Https
from hookseal.reasons import Reason

__all__ = ["DEMANDED_OPTIONS", "PLAID_HOSTS", "KeySource", "PlaidAccount", "process_keys", "use"]

PLAID_HOSTS = {"production": "production.plaid.com", "sandbox": "sandbox.plaid.com"}
"""Where Plaid answers, by its name for the environment."""


DEMANDED_OPTIONS: Mapping[str | None, tuple[str, ...]] = {"plaid": ("client_id", "secret")}
"""What OPTIONS must give for the keys of a source to be fetched."""


class PlaidAccount:
    """What Plaid wants to know of whoever asks for a key.

    Args:
        client_id: Plaid's name of the account.
        secret: its secret in this environment; never shown.
        environment: a name in `PLAID_HOSTS`.
    """

    __slots__ = ("_secret", "client_id", "host")

    def __init__(self, client_id: str, secret: str, environment: str = "production") -> None:
        self.client_id = client_id
        self.host = PLAID_HOSTS[environment]
        self._secret = secret

    def question(self, key_id: str) -> bytes:
        """Ask for a key, as JSON in the words of Plaid's /webhook_verification_key/get."""
        return json.dumps({"client_id": self.client_id, "secret": self._secret, "key_id": key_id}).encode()

    def __repr__(self) -> str:
        return f"<PlaidAccount at {self.host}>"


class KeySource:
    """Finds the keys that deliveries want. Safe to share between threads, event loops and forked processes.

    Args:
        fetch: fetches one URL; left out: `Https()`.
        clock: seconds that only grow.
    """

    def __init__(self, *, fetch: Fetch | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._errands = Errands(fetch or Https(), clock)

    def key(self, wanted: Wanted, account: PlaidAccount | None = None) -> RemoteKey:
        """Find the key that the engine wants.

        Args:
            wanted: as the engine said it.
            account: who asks, where the source is Plaid.

        Raises:
            WebhookRejected: `key_unavailable`: it cannot be had now; `unknown_key`: its provider withdrew it.
        """
        return self._errands.run(_errand(wanted, account))

    async def akey(self, wanted: Wanted, account: PlaidAccount | None = None) -> RemoteKey:
        """As `key`, while the event loop goes on."""
        return await self._errands.arun(_errand(wanted, account))

    def visit(self, url: str) -> None:
        """Open a URL that confirms a subscription; asked for once more within a minute or two, nothing happens.

        Raises:
            WebhookRejected: `key_unavailable`: it did not answer with status 200.
        """
        self._errands.run(_visit(url))

    async def avisit(self, url: str) -> None:
        """As `visit`, while the event loop goes on."""
        await self._errands.arun(_visit(url))


def process_keys() -> KeySource:
    """Give the key source of this process, which all its endpoints share."""
    return _of_process[0]


def use(source: KeySource) -> None:
    """Make another key source that of this process: one that passes a proxy, for instance, or that trusts another CA.

    Example:
        use(KeySource(fetch=Https(resolve=every_address)))  # Amazon is reached within a private network
    """
    _of_process[:] = [source]


_of_process = [KeySource()]
_MINUTE = 60.0
_HOUR = 60 * _MINUTE
# What stands at the URL of a certificate never changes; a key of Plaid's may be withdrawn.
_DAY = 24 * _HOUR


def _errand(wanted: Wanted, account: PlaidAccount | None) -> Errand[RemoteKey]:
    source, location = wanted.source, wanted.location
    if source != "plaid":
        return Errand(source, (source, location), location, partial(RemoteKey, source, location), _DAY)
    if account is None:
        raise WebhookRejected(Reason.KEY_UNAVAILABLE, detail="plaid: OPTIONS hold no account")

    def read(answer: bytes) -> RemoteKey:
        return RemoteKey(source, location, _jwk(answer, location))

    name = (source, account.host, account.client_id, location)
    url = f"https://{account.host}/webhook_verification_key/get"
    return Errand(source, name, url, read, _HOUR, account.question(location))


def _visit(url: str) -> Errand[None]:
    return Errand("confirmation", ("confirmation", url), url, lambda _answer: None, _MINUTE)


def _jwk(answer: bytes, key_id: str) -> bytes:
    """Take the key out of Plaid's answer: the one that was asked for, and only as long as it has not expired."""
    published = json.loads(answer)
    key = published.get("key") if isinstance(published, dict) else None
    if not isinstance(key, dict) or key.get("kid") != key_id:
        raise ValueError("not the key that was asked for")
    if key.get("expired_at") is not None:
        raise Withdrawn
    return json.dumps(key).encode()
