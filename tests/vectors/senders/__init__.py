"""How each provider signs, told a second time and apart from the package: what the vectors are made of."""

from __future__ import annotations

from . import body, certified, fields, messages, public, shared, standard, timed, tokens, urls

FAMILIES = (body, certified, fields, messages, public, shared, standard, timed, tokens, urls)
SENDERS = sorted((sender for family in FAMILIES for sender in family.SENDERS), key=lambda sender: sender.name)
"""Every way of every provider of the catalog."""
