"""The table: one row for each delivery that runs or was handled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

__all__ = ["Claim"]


class Claim(models.Model):
    """One delivery: running while `done` is null, handled after that."""

    key = models.CharField(max_length=64, help_text="SHA-256 that knows the delivery, in hexadecimal digits")
    owner = models.CharField(max_length=32, help_text="who holds, or held, the lease")
    until = models.BigIntegerField(help_text="end of the lease, or of the retention; milliseconds of Unix time")
    done = models.BigIntegerField(null=True, help_text="when it was handled; milliseconds of Unix time")
    status = models.PositiveSmallIntegerField(null=True, help_text="the status it was handled with")

    class Meta:
        """One row for each key."""

        # A constraint by name, since `unique=True` on text gives PostgreSQL a second index that nothing would use.
        constraints: ClassVar = [models.UniqueConstraint(fields=["key"], name="hookseal_replay_claim_key")]

    def __str__(self) -> str:
        return f"{self.key[:12]} {'running' if self.done is None else 'done'}"
