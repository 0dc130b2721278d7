"""What the tests of the inspector's pages share: kept deliveries, who looks at them, and every page there is."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from django.contrib.auth.models import Permission, User

from hookseal import sign
from hookseal.inspector.models import Delivery, Verdict
from tests.site.settings import SECRETS_OF

BODY = b'{"id":"evt_1","type":"invoice.paid","amount":42.00}'
HEADERS = [["Content-Type", "application/json"], ["X-Plain", "seen"], ["Authorization", "Bearer bearer-canary"]]

PAGES = (
    *("", "rows/", "types/", "types/?endpoint=github&form=typeddict", "catch/", "assets/inspector.css"),
    *("{id}/", "{id}/?show=raw", "{id}/?show=hex", "{id}/body/", "{id}/edit/"),
    *("{id}/export/curl/", "{id}/export/pytest/", "{id}/export/json/"),
)
"""Every page that is asked for with GET, below the inspector's first."""

POSTED = ("{id}/resend/", "{id}/edit/", "{id}/reveal/", "{id}/delete/", "{id}/export/curl/")
"""Every page that is posted to."""


def kept(database: str = "default", **fields: object) -> Delivery:
    """Keep a delivery, accepted unless it is said otherwise."""
    body = fields.get("body", BODY)
    path = fields.get("path", "/to/github/")
    row = {
        "endpoint": "github",
        "provider": "github",
        "received_at": datetime.now(tz=timezone.utc),
        "method": "POST",
        "url": f"https://testserver{path}",
        "path": path,
        "headers": HEADERS,
        "body": body,
        "body_size": len(body),
        "verdict": Verdict.ACCEPTED,
        "status": 200,
        "duration_ms": 12,
        "address": "192.0.2.7",
    }
    return Delivery.objects.using(database).create(**{**row, **fields})


def refused(**fields: object) -> Delivery:
    """Keep a delivery that was refused for its signature."""
    told = {"sentence": "none of the secrets made this signature", "fix": "Compare the secrets."}
    return kept(**{"verdict": Verdict.REFUSED, "reason": "signature_mismatch", "status": 400, **told, **fields})


def signed(endpoint: str = "github", body: bytes = BODY, **options: object) -> dict[str, object]:
    """Make the fields of a delivery that the endpoint's sender has signed."""
    made = sign(endpoint, secret=options.pop("secret", SECRETS_OF[endpoint]), body=body, **options)
    return {"endpoint": endpoint, "body": made.body, "headers": [list(pair) for pair in made.headers.items()]}


def user(*permissions: str, **fields: object) -> User:
    """Make a member of the staff with permissions of the inspector."""
    made = User.objects.create_user(**{"username": "ada", "is_staff": True, **fields})
    made.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return made


def paths(row: Delivery, pages: tuple[str, ...] = PAGES) -> list[str]:
    """Give the paths of pages, of one delivery where they are of one."""
    return [f"/hookseal/{page.format(id=row.pk)}" for page in pages]


def indented(value: object) -> str:
    """Write JSON as the pages show it."""
    return json.dumps(value, indent=2)
