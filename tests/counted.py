"""Views that count their runs and do what they are told: to be put behind `@webhook` in tests."""

from __future__ import annotations

import asyncio

from django.contrib.auth.models import Group
from django.http import HttpResponse

from hookseal import webhook


def answered(answer):
    """Await what an async view gave back."""
    return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer


class Counted:
    """A view that counts its runs and does what it is told; guarded as `webhook("github")`."""

    def __init__(self, outcome: object = None, alias: str = "github") -> None:
        self.outcome = outcome
        self.runs = 0
        self.guarded = webhook(alias)(self.view)

    def view(self, request):
        """Run once more, then raise or answer."""
        self.runs += 1
        outcome = self.outcome(request) if callable(self.outcome) else self.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        return HttpResponse(b"handled") if outcome is None else outcome


class CountedAsync(Counted):
    """The same as an async view."""

    def __init__(self, outcome: object = None, alias: str = "github") -> None:
        super().__init__(outcome, alias)

        async def view(request):
            return self.view(request)

        self.guarded = webhook(alias)(view)


def writing(*more):
    """Make a view that writes a row and then does more."""

    def view(request):
        Group.objects.create(name=f"written {Group.objects.count()}")
        for step in more:
            step(request)
        return HttpResponse(b"handled")

    return view


def lose_lease(_: object = None) -> None:
    """Let another worker take over every claim, as when its lease has lapsed."""
    from hookseal.replay.database.models import Claim

    Claim.objects.update(owner="another worker")
