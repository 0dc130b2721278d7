"""What to write for a sender that was caught: its entry in HOOKSEAL, the view and the URL, ready to copy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hookseal._engine import Record
from hookseal.keysource import DEMANDED_OPTIONS
from hookseal.signing import record_of

__all__ = ["Proposal", "propose"]


@dataclass(frozen=True)
class Proposal:
    """Code for one provider.

    Attributes:
        provider: its name.
        title: as people write it.
        docs: its page about webhooks.
        settings: what goes into settings.py.
        view: what goes into views.py.
        url: what goes into urls.py.
        notes: what is worth knowing of this sender.
    """

    provider: str
    title: str
    docs: str
    settings: str
    view: str
    url: str
    notes: tuple[str, ...]


def propose(provider: str, content_type: str = "") -> Proposal:
    """Propose the code for a provider of the catalog.

    Args:
        provider: its name.
        content_type: what was caught: a form is read otherwise than JSON.

    Raises:
        LookupError: the catalog has no such provider.
    """
    record = record_of(provider, provider)
    word = re.sub(r"\W+", "_", record.name).strip("_")
    read = "event = request.webhook.json()" if "json" in content_type.lower() else "body = request.webhook.body"
    if "form" in content_type.lower():
        read = "fields = request.webhook.form"
    view = (
        "from django.http import HttpResponse\nfrom hookseal import webhook\n\n\n"
        f'@webhook("{record.name}")\ndef {word}_events(request):\n    {read}\n    return HttpResponse()'
    )
    return Proposal(
        record.name,
        record.title,
        record.docs,
        settings=_settings(record, word.upper()),
        view=view,
        url=f'path("hooks/{record.name}/", {word}_events),',
        notes=record.notes,
    )


def _settings(record: Record, word: str) -> str:
    members = []
    if record.needs_secrets:
        variable = f"{word}_{'PUBLIC_KEY' if record.key_kind == 'public' else 'SECRET'}"
        members.append(f'"SECRETS": [os.environ["{variable}"]],')
    if record.needs_topics:
        members.append('"TOPICS": ["arn:aws:sns:..."],')
    options = (*record.options, *DEMANDED_OPTIONS.get(record.source, ()))
    if options:
        said = ", ".join(f'"{name}": os.environ["{word}_{name.upper()}"]' for name in dict.fromkeys(options))
        members.append(f'"OPTIONS": {{{said}}},')
    if record.needs_url:
        members.append('"PUBLIC_URL": "https://hooks.example.com",  # it signs the URL, as it knows it')
    lines = "".join(f"        {member}\n" for member in members)
    return f'import os\n\nHOOKSEAL = {{\n    "{record.name}": {{\n{lines}    }},\n}}'
