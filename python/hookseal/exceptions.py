"""The two exceptions of the package: a refused delivery, and a configuration that cannot be right."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation

from hookseal.findings import Finding
from hookseal.reasons import Reason

__all__ = ["WebhookConfigurationError", "WebhookRejected"]


class WebhookRejected(SuspiciousOperation):
    """A delivery was refused. `str()` is the whole log line; it holds no secret, body or expected signature.

    There is one class for every reason, because Django names the logger after it: `django.security.WebhookRejected`.

    Args:
        reason: a `Reason` or its code.
        endpoint: the alias of the endpoint.
        provider: the name of its provider.
        detail: what was seen, as counts and names of the owner's choice, for instance "412 s, tolerance 300 s".

    Attributes:
        method, path, address: the request, as safe text; empty while no request is known.
        delivery: the number under which the inspector keeps it; None where it does not.
    """

    def __init__(self, reason: Reason | str, endpoint: str = "", provider: str = "", detail: str = "") -> None:
        super().__init__(str(reason), endpoint, provider, detail)
        self.reason = Reason(reason)
        self.endpoint = endpoint
        self.provider = provider
        self.detail = detail
        self.method = ""
        self.path = ""
        self.address = ""
        self.delivery: int | None = None

    @property
    def hint(self) -> str:
        """What the owner of the endpoint can do about it."""
        return self.reason.fix

    def __str__(self) -> str:
        subject = self.endpoint or "hookseal"
        if self.provider and self.provider != self.endpoint:
            subject += f" ({self.provider})"
        request = [self.method, self.path, f"from {self.address}" if self.address else ""]
        head = " ".join(filter(None, [subject, f"refused [{self.reason}]", *request]))
        detail = f" ({self.detail})" if self.detail else ""
        kept = f" (delivery {self.delivery})" if self.delivery is not None else ""
        return f"{head}: {self.reason.sentence}{detail}. Fix: {self.hint}.{kept}"


class WebhookConfigurationError(ImproperlyConfigured):
    """The configuration holds errors, so the process must not serve. `findings` has every one of them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        count = len(self.findings)
        head = f"hookseal found {count} error{'' if count == 1 else 's'} in the configuration:"
        return "\n".join([head, *map(str, self.findings)])
