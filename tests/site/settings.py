"""Settings of the test project: one endpoint for each kind of sender that the tests need, with made-up secrets."""

from __future__ import annotations

import django

from hookseal.schemes import Http, basic, mac, token

SECRETS_OF = {
    "stripe": "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u",
    "github": "github-canary-3f9c1e7a5b2d8064",
    "partner": "partner:canary-9d2f4b6a8c0e1357",
    "mailgun": "mailgun-canary-7c5e3a1b9d8f6042",
    "tenants": "tenant-canary-1b3d5f7a9c2e4068",
}

SECRET_KEY = "not-a-secret-but-fifty-characters-long-for-the-tests"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "hooks.example.com", "localhost"]
ADMINS = ["owner@example.com"] if django.VERSION >= (6,) else [("Owner", "owner@example.com")]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
ROOT_URLCONF = "tests.site.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "hookseal",
    "hookseal.replay.database",
    "hookseal.inspector",
]
MIDDLEWARE = [
    "hookseal.middleware.Guard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
USE_TZ = True

HOOKSEAL = {
    "stripe": {"SECRETS": [SECRETS_OF["stripe"]]},
    "github": {"SECRETS": [SECRETS_OF["github"]]},
    "partner": {"PROVIDER": "basic", "SECRETS": [SECRETS_OF["partner"]]},
    "mailgun": {"SECRETS": [SECRETS_OF["mailgun"]]},
    "tenants": {"PROVIDER": "github", "SECRETS": "tests.site.views.secrets_for_request"},
    "tenants-async": {"PROVIDER": "github", "SECRETS": "tests.site.views.asecrets_for_request"},
    "told": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "REFUSAL_STATUS": 406},
    "challenged": {
        "PROVIDER": basic(http=Http(refusal=401, probes=("HEAD",))),
        "SECRETS": [SECRETS_OF["partner"]],
    },
    "off": {"PROVIDER": "github", "ENABLED": False},
    "nearby": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "ALLOW_IPS": ["203.0.113.7", "2001:db8::7"]},
    "limited": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "RATE_LIMIT": "2/m"},
    "exact": {
        "PROVIDER": token(header="X-Token", http=Http(success=(200,))),
        "SECRETS": [SECRETS_OF["github"]],
    },
    "addressed": {
        "PROVIDER": mac(header="X-Signature", digest="sha256", encoding="hex", signed="{url}{body}"),
        "SECRETS": [SECRETS_OF["github"]],
    },
}
