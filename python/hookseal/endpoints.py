"""What is known of one endpoint, once its settings were read: everything that a request is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field

from hookseal._engine import LIMITS, Networks, Record, Secret, Verifier
from hookseal.findings import Finding
from hookseal.particulars import Particulars
from hookseal.protection import Protection
from hookseal.secrets import SecretSource
from hookseal.settings import RateLimit

__all__ = ["Endpoint"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint, ready to judge deliveries, or with the errors that keep it from that.

    Attributes:
        alias: its name.
        record: what is known of its provider; None where that is an error.
        verifier: judges deliveries; without a key where `secret_source` is set; None where there are errors, or where
            it is switched off.
        secret_source: finds the secrets of each request.
        meta_keys: the keys of `request.META` that hold the verifier's headers, in its order.
        secrets: its secrets.
        basic_auth: Basic credentials demanded beside the proof.
        tolerance: seconds a signed time may lie from now; None: not judged.
        enabled: False: answers 503.
        https: whether http is refused.
        public_url: the URL as the sender knows it.
        max_body: the largest body, in bytes.
        allow_ips: the ranges that may send; None: any.
        trusted_hops: how many proxies stand in front.
        trusted_proxies: or the ranges they stand in.
        rate_limit: requests of one address, before the body is read; None: no limit.
        rate_cache: the cache in which all processes count them together; None: each counts its own.
        uses_cache: the cache that keeps when each secret was last used; None: that is not kept.
        handshake: whether handshakes are answered; None: those that the record does not leave to the owner.
        refusal_status: the bare status of refusals that are the sender's fault; None: they are raised.
        probes: methods the provider probes with, answered 200, empty, whatever else is right or wrong.
        greets: methods of the handshakes that are answered, beside those that deliveries prove.
        protection: how replays are noticed; None: they are not.
        signs_credentials: whether its sender signs the URL with user and password in it.
        parent: the entry in HOOKSEAL that it inherits, where another package's settings configure it.
        lacks: what would have to be set before it can accept anything; it answers 503 until then, and is no error.
        particulars: topics, options and the like.
        capture: what the inspector keeps: "none", "refused" or "all".
        errors: what can never be right.
        warnings: what should be looked at.
        provider: the name of its provider; empty where that is an error.
        reads_body: whether any proof of its provider needs the body.
        needs_url: whether its provider signs the URL.
        needs_headers: whether its provider chooses which headers it signs.
        fetches_keys: whether its provider publishes the keys, so that judging a delivery may wait for the network.
        may_wait: whether judging, handling or keeping a delivery may do I/O, which has no place in an event loop.
        may_conclude: whether a proven delivery may ask for an answer of its own, and for no view.
    """

    alias: str
    record: Record | None = None
    verifier: Verifier | None = None
    secret_source: SecretSource | None = None
    meta_keys: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    basic_auth: tuple[Secret, ...] = ()
    tolerance: int | None = None
    enabled: bool = True
    https: bool = True
    public_url: str | None = field(default=None, repr=False)  # may hold user and password
    max_body: int = LIMITS["body_bytes"]
    allow_ips: Networks | None = None
    trusted_hops: int = 0
    trusted_proxies: Networks | None = None
    rate_limit: RateLimit | None = None
    rate_cache: str | None = None
    uses_cache: str | None = None
    handshake: bool | None = None
    refusal_status: int | None = None
    probes: frozenset[str] = frozenset()
    greets: frozenset[str] = frozenset()
    protection: Protection | None = None
    signs_credentials: bool = False
    parent: str | None = None
    lacks: str = ""
    particulars: Particulars = field(default_factory=Particulars)
    capture: str = "none"
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    provider: str = field(init=False, default="")
    reads_body: bool = field(init=False, default=False)
    needs_url: bool = field(init=False, default=False)
    needs_headers: bool = field(init=False, default=False)
    fetches_keys: bool = field(init=False, default=False)
    may_wait: bool = field(init=False, default=False)
    may_conclude: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Work out once what every delivery asks for."""
        record, found = self.record, dict[str, object]()
        if record is not None:
            replies = any(method == "POST" for method, _ in record.handshakes)
            found |= {
                "provider": record.name,
                "reads_body": record.reads_body,
                "needs_url": record.needs_url,
                "needs_headers": record.reads_every_header,
                "fetches_keys": record.source is not None,
                "may_conclude": replies or self.particulars.auto_confirm,
            }
        stored = self.protection is not None or self.secret_source is not None or self.rate_cache is not None
        found["may_wait"] = stored or bool(found.get("fetches_keys")) or self.capture != "none"
        for name, value in found.items():
            object.__setattr__(self, name, value)
