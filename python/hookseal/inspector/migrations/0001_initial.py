"""Makes the table of kept deliveries."""

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
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "endpoint",
                    models.CharField(
                        help_text="its alias; empty where nobody knows", max_length=200, verbose_name="endpoint"
                    ),
                ),
                ("provider", models.CharField(blank=True, max_length=200, verbose_name="provider")),
                ("received_at", models.DateTimeField(db_index=True, verbose_name="received at")),
                ("method", models.CharField(max_length=32, verbose_name="method")),
                ("url", models.TextField(help_text="as this server received it", verbose_name="URL")),
                ("path", models.TextField(help_text="as it arrived, without the query", verbose_name="path")),
                (
                    "headers",
                    models.JSONField(
                        default=list, help_text="pairs of name and value, in their order", verbose_name="headers"
                    ),
                ),
                (
                    "body",
                    models.BinaryField(
                        blank=True, help_text="its first bytes, where it is longer than is kept", verbose_name="body"
                    ),
                ),
                (
                    "body_size",
                    models.PositiveBigIntegerField(
                        help_text="bytes as received or as declared; null where nobody knows",
                        null=True,
                        verbose_name="body size",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                            ("duplicate", "duplicate"),
                            ("handshake", "handshake"),
                            ("caught", "caught"),
                        ],
                        max_length=16,
                        verbose_name="verdict",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="the code of a refusal", max_length=64, verbose_name="reason"
                    ),
                ),
                (
                    "sentence",
                    models.TextField(blank=True, help_text="what the log says of a refusal", verbose_name="sentence"),
                ),
                ("fix", models.TextField(blank=True, verbose_name="fix")),
                (
                    "secret",
                    models.CharField(
                        blank=True, help_text="the label of the one that matched", max_length=200, verbose_name="secret"
                    ),
                ),
                (
                    "event_id",
                    models.CharField(
                        blank=True, help_text="proven; cut where longer", max_length=200, verbose_name="event id"
                    ),
                ),
                ("signed_at", models.DateTimeField(help_text="the proven time", null=True, verbose_name="signed at")),
                (
                    "status",
                    models.PositiveSmallIntegerField(
                        help_text="what the sender was answered", null=True, verbose_name="status"
                    ),
                ),
                (
                    "duration_ms",
                    models.PositiveIntegerField(help_text="milliseconds", null=True, verbose_name="duration"),
                ),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="address")),
                (
                    "replay_of",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="replays",
                        to="hookseal_inspector.delivery",
                        verbose_name="replay of",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["-id"],
                "permissions": [
                    ("replay_delivery", "Can send a kept delivery to its view again"),
                    ("reveal_secrets", "Can see kept headers and URLs unredacted"),
                ],
                "default_permissions": ("view", "delete"),
                "indexes": [models.Index(fields=["endpoint", "verdict", "id"], name="hookseal_delivery_newest")],
            },
        ),
    ]
