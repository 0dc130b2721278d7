"""How each provider signs, told a second time and apart from the package: what the vectors are made of."""

from __future__ import annotations

from . import body, fields, shared, standard, timed

SENDERS = sorted(
    [*body.SENDERS, *fields.SENDERS, *shared.SENDERS, *standard.SENDERS, *timed.SENDERS],
    key=lambda sender: sender.name,
)
"""Every way of every provider of the catalog."""
