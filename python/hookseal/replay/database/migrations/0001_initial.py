"""Makes the table of the replay store."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

__all__ = ["Migration"]


class Migration(migrations.Migration):
    """The first one."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(max_length=64, help_text="SHA-256 that knows the delivery, in hexadecimal digits"),
                ),
                ("owner", models.CharField(max_length=32, help_text="who holds, or held, the lease")),
                (
                    "until",
                    models.BigIntegerField(
                        help_text="end of the lease, or of the retention; milliseconds of Unix time"
                    ),
                ),
                (
                    "done",
                    models.BigIntegerField(null=True, help_text="when it was handled; milliseconds of Unix time"),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(null=True, help_text="the status it was handled with"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["key"], name="hookseal_replay_claim_key")]},
        ),
    ]
