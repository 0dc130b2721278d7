"""The table: one row for each delivery that was kept, with its bytes and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hookseal.captured import Captured

__all__ = ["Delivery", "Verdict"]


class Verdict(models.TextChoices):
    """What became of a delivery."""

    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    DUPLICATE = "duplicate", _("duplicate")
    HANDSHAKE = "handshake", _("handshake")
    CAUGHT = "caught", _("caught")


class Delivery(models.Model):
    """One delivery as it arrived. All of it is the sender's text, proven only where the verdict says so.

    Headers and body are kept as they came, so that they can be verified and sent again; who shows them redacts them.
    """

    endpoint = models.CharField(_("endpoint"), max_length=200, help_text=_("its alias; empty where nobody knows"))
    provider = models.CharField(_("provider"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received at"), db_index=True)
    method = models.CharField(_("method"), max_length=32)
    url = models.TextField(_("URL"), help_text=_("as this server received it"))
    path = models.TextField(_("path"), help_text=_("as it arrived, without the query"))
    headers = models.JSONField(_("headers"), default=list, help_text=_("pairs of name and value, in their order"))
    body = models.BinaryField(_("body"), blank=True, help_text=_("its first bytes, where it is longer than is kept"))
    body_size = models.PositiveBigIntegerField(
        _("body size"), null=True, help_text=_("bytes as received or as declared; null where nobody knows")
    )
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=64, blank=True, help_text=_("the code of a refusal"))
    sentence = models.TextField(_("sentence"), blank=True, help_text=_("what the log says of a refusal"))
    fix = models.TextField(_("fix"), blank=True)
    secret = models.CharField(_("secret"), max_length=200, blank=True, help_text=_("the label of the one that matched"))
    event_id = models.CharField(_("event id"), max_length=200, blank=True, help_text=_("proven; cut where longer"))
    signed_at = models.DateTimeField(_("signed at"), null=True, help_text=_("the proven time"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, help_text=_("what the sender was answered"))
    duration_ms = models.PositiveIntegerField(_("duration"), null=True, help_text=_("milliseconds"))
    address = models.CharField(_("address"), max_length=45, blank=True)
    replay_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="replays", verbose_name=_("replay of"), editable=False
    )

    class Meta:
        """Newest first; rows are made by the recorder alone, so nobody is permitted to add or change them."""

        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-id"]
        default_permissions = ("view", "delete")
        permissions: ClassVar = [
            ("replay_delivery", "Can send a kept delivery to its view again"),
            ("reveal_secrets", "Can see kept headers and URLs unredacted"),
        ]
        indexes: ClassVar = [models.Index(fields=["endpoint", "verdict", "id"], name="hookseal_delivery_newest")]

    def __str__(self) -> str:
        return f"{self.pk} {self.endpoint} {self.verdict}"

    @property
    def is_cut(self) -> bool:
        """Whether the kept body is not the whole one, or nobody knows."""
        return self.body_size is None or len(self.body) < self.body_size

    def captured(self) -> Captured:
        """Give the request as it arrived, in the shape that all tools work with."""
        headers = tuple((str(name), str(value)) for name, value in self.headers)
        moment = self.received_at.timestamp()
        return Captured(self.method, self.url, headers, bytes(self.body), moment, self.endpoint)
