"""Endpoints for explaining: one made without Django's settings, and what one says before any proof is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import EllipsisType, MappingProxyType
from typing import Any

from django.conf import settings as site
from django.urls import Resolver404, resolve
from django.utils.datastructures import CaseInsensitiveMapping

from hookseal._engine import Secret, client_address
from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain.trials import Sent, split_url, verifier_of
from hookseal.findings import Finding
from hookseal.particulars import Particulars
from hookseal.reasons import Reason
from hookseal.requests import is_local
from hookseal.schemes import Scheme
from hookseal.secrets import read_secrets
from hookseal.signing import record_of

__all__ = ["endpoint_of", "refused_before_proof", "secrets_of"]


def endpoint_of(
    provider: str | Scheme,
    secrets: object = (),
    *,
    alias: str = "",
    tolerance: int | EllipsisType | None = ...,
    public_url: str | None = None,
    options: Mapping[str, str] = MappingProxyType({}),
    topics: Sequence[str] = (),
    basic_auth: object = (),
) -> Endpoint:
    """Make an endpoint for `explain`, without Django's settings. A secret with a flaw is no error: it is explained.

    Args:
        provider: a name of the catalog, or a record from `hookseal.schemes`.
        secrets: one str, bytes or `Secret`, or a list of them.
        alias: its name in what is said; the provider's where left out.
        tolerance: seconds that a signed time may lie from the moment of arrival; left out: the provider's.
        public_url: the URL as the sender knows it, as the setting PUBLIC_URL.
        options: what the provider's record takes beside the secrets.
        topics: the topics that may send, for SNS.
        basic_auth: Basic credentials that are demanded beside the proof.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: the record does not compile.
    """
    record = record_of(provider, alias or "custom")
    keys = read_secrets(secrets)
    made = Endpoint(
        alias=alias or record.name,
        record=record,
        secrets=keys,
        basic_auth=read_secrets(basic_auth),
        tolerance=record.tolerance if isinstance(tolerance, EllipsisType) else tolerance,
        public_url=public_url,
        particulars=Particulars(topics=tuple(topics), options=dict(options)),
    )
    flaws = [secret.flaw for secret in keys if secret.flaw is not None]
    errors = tuple(Finding("E002", "the secret", sentence, fix) for _, sentence, fix in flaws)
    verifier = None if errors else verifier_of(record, keys, made, basic_auth=made.basic_auth)
    greets = frozenset(verifier.greets if verifier else ())
    return replace(made, verifier=verifier, errors=errors, greets=greets, probes=frozenset(record.probes))


def secrets_of(endpoint: Endpoint, captured: Captured) -> tuple[Secret, ...]:
    """List an endpoint's secrets; where a function of the site finds them for each request, those of this one."""
    if endpoint.secret_source is None:
        return endpoint.secrets
    try:
        return endpoint.secret_source.secrets(CaseInsensitiveMapping(captured.headers), _url_kwargs(captured))
    except Exception:  # noqa: BLE001 - whatever the site's function raises, it gave no secrets
        return ()


def refused_before_proof(captured: Captured, sent: Sent, endpoint: Endpoint) -> Reason | None:
    """Judge what needs no proof, as the way of a request does: configuration, method, transport, size, address.

    The address of the peer is not captured, so one is judged only where trusted proxies have written it down.
    """
    if captured.method != "POST" and captured.method not in endpoint.greets | endpoint.probes:
        return Reason.METHOD_NOT_ALLOWED
    if endpoint.verifier is None:
        return Reason.NOT_CONFIGURED if endpoint.enabled else Reason.DISABLED
    return _by_transport(captured, endpoint) or _by_address(sent, endpoint)


def _by_transport(captured: Captured, endpoint: Endpoint) -> Reason | None:
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in captured.headers}
    if endpoint.https and split_url(captured.url)[0] == "http" and not is_local(meta):
        return Reason.INSECURE_TRANSPORT
    if len(captured.body) > endpoint.max_body:
        return Reason.TOO_LARGE
    return None


def _by_address(sent: Sent, endpoint: Endpoint) -> Reason | None:
    if endpoint.allow_ips is not None and endpoint.trusted_hops:
        address = client_address("", sent.header("x-forwarded-for"), hops=endpoint.trusted_hops)
        if address is None:
            return Reason.ADDRESS_UNKNOWN
        if address not in endpoint.allow_ips:
            return Reason.ADDRESS_DENIED
    return None


def _url_kwargs(captured: Captured) -> Mapping[str, Any]:
    """The arguments that the site's URLs take from the path."""
    if not site.configured:
        return {}
    try:
        return resolve(split_url(captured.url)[3].partition("?")[0]).kwargs
    except Resolver404:
        return {}
