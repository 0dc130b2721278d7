"""`expect_rejection`: what came of the deliveries of a block, and the failure that says so where another was due."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from hookseal.exceptions import WebhookRejected
from hookseal.outcomes import Outcome, unwatch, watch
from hookseal.reasons import Reason
from hookseal.signals import webhook_rejected

__all__ = ["Expectation"]


class Expectation:
    """A block in which every delivery has to be refused for one reason; `with` or `async with`.

    Args:
        reason: the reason, or its code; None: any.
        among: where those who send find it while the block lasts.

    Attributes:
        rejections: the refusals in the block, in their order.
        answers: what the site answered in the block, "400 to POST /hooks/stripe/"; written by those who send.

    Raises:
        ValueError: there is no such reason.
        AssertionError: at the end of the block, where anything else came of a delivery, or none was sent.
    """

    def __init__(self, reason: Reason | str | None, among: list[Expectation]) -> None:
        self._among = among
        self.reason = None if reason is None else Reason(reason)
        self.rejections: list[WebhookRejected] = []
        self.answers: list[str] = []
        self._outcomes: list[Outcome] = []

    def __enter__(self) -> Expectation:  # noqa: PYI034 - Python 3.10 has no Self
        self._among.append(self)
        watch(self._outcomes.append, self._name)
        webhook_rejected.connect(self._keep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._among.remove(self)
        unwatch(self._name)
        webhook_rejected.disconnect(self._keep)
        if error is None:
            self._judge()

    async def __aenter__(self) -> Expectation:  # noqa: PYI034 - likewise
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def _name(self) -> str:
        return f"hookseal.testing.{id(self)}"

    def _keep(self, rejection: WebhookRejected, **_: Any) -> None:
        self.rejections.append(rejection)

    def _judge(self) -> None:
        expected = "a refusal" if self.reason is None else f"a refusal with {self.reason.value}"
        if not self.answers and not self._outcomes:
            raise AssertionError(f"expected {expected}, but nothing was sent")
        if not self._outcomes:
            raise AssertionError(f"expected {expected}, but no endpoint was reached: {', '.join(self.answers)}")
        for outcome in self._outcomes:
            if outcome.name != "refused" or self.reason not in {None, outcome.reason}:
                raise AssertionError(f"expected {expected}, but {_told(outcome)}; answered {', '.join(self.answers)}")


def _told(outcome: Outcome) -> str:
    if outcome.name == "refused":
        return f'"{outcome.endpoint}" refused with {outcome.reason}: {Reason(outcome.reason).sentence}'
    by = f" by the secret {outcome.receipt.secret}" if outcome.receipt is not None else ""
    return f'"{outcome.endpoint}" let it pass as {outcome.name}{by}'
