"""A case of one sender alone: what is sent, and the reason for its refusal, None where it is accepted."""

from __future__ import annotations

from typing import TypeAlias

from senders.model import Delivery

BODY = b'{"id":"evt_1","text":"fine"}'
Cases: TypeAlias = "dict[str, tuple[Delivery, str | None]]"
