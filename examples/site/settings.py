"""Settings of the example site: eight endpoints, their secrets from the environment, SQLite, one Guard, the inspector.

`python examples/demo.py` makes the secrets up and starts the site. By hand, without them,
`python examples/site/manage.py check` shows what hookseal says about a site whose secrets are missing.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from hookseal import Secret
from hookseal.schemes import Header, Json, mac

env = os.environ.get

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = env("DJANGO_SECRET_KEY") or get_random_secret_key()
DEBUG = env("DJANGO_DEBUG") == "1"  # then the inspector is at /hookseal/, for this machine
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "urls"
TIME_ZONE = "UTC"
INSTALLED_APPS = ["hookseal", "hookseal.inspector"]
MIDDLEWARE = [
    "hookseal.middleware.Guard",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
SQLITE = env("SITE_DATABASE") or BASE_DIR / "db.sqlite3"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": SQLITE}}

HOOKSEAL = {
    "*": {"CAPTURE": "all"},
    "stripe": {"SECRETS": [env("STRIPE_WHSEC"), Secret(env("STRIPE_WHSEC_OLD"), label="old")]},
    "github": {"SECRETS": [env("GITHUB_WEBHOOK_SECRET")]},
    "slack": {"SECRETS": [env("SLACK_SIGNING_SECRET")]},
    "svix": {"SECRETS": [env("SVIX_WHSEC")]},
    "orders": {"PROVIDER": "standard-webhooks", "SECRETS": [env("ORDERS_WHSEC")]},
    "mailgun": {"SECRETS": [env("MAILGUN_SIGNING_KEY")], "BASIC_AUTH": [env("MAILGUN_BASIC")]},  # both must hold
    "partner": {"PROVIDER": "basic", "SECRETS": [env("PARTNER_BASIC")]},
    "acme": {
        "PROVIDER": mac(
            header="X-Acme-Signature",
            digest="sha256",
            encoding="hex",
            prefix="sha256=",
            signed="{ts}.{body}",
            parts={"ts": Header("X-Acme-Time")},
            event=Json("/id"),
        ),
        "SECRETS": [env("ACME_SECRET")],
        "MAX_BODY": 64_000,
    },
}

# With DEBUG off, Django prints nothing by itself: here the site's own lines and every refusal go to stderr.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
