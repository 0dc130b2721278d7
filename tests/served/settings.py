"""Settings of the served project; a test changes them through the environment, as JSON in SERVED_CHANGES."""

from __future__ import annotations

import json
import os

from hookseal.schemes import Http, basic, http_signature, mac

SECRETS_OF = {
    "github": "github-canary-5e7a9c1b3d2f4068",
    "stripe": "whsec_9tR8sQ7pO6nM5lK4jI3hG2fE1dC0bA9z",
    "partner": "partner:canary-4f6a8c0e2b9d1357",
    "messages": "Y2FuYXJ5LTlkMmY0YjZhOGMwZTEzNTctY2FuYXJ5LTdjNWUzYTFiOWQ4ZjYwNDI=",
}

SECRET_KEY = "not-a-secret-but-fifty-characters-long-for-the-tests"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "hooks.example.com"]
ADMINS = [("Owner", "owner@example.com")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ROOT_URLCONF = "tests.served.urls"
WSGI_APPLICATION = "tests.served.wsgi.application"
INSTALLED_APPS = ["hookseal"]
MIDDLEWARE = [
    "hookseal.middleware.Guard",
    "tests.served.verdict.tell",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TIME_ZONE = "UTC"
USE_TZ = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"]},
}

ADDRESSED = {
    "PROVIDER": mac(header="X-Signature", digest="sha256", encoding="hex", signed="{url}{body}"),
    "SECRETS": [SECRETS_OF["github"]],
}

HOOKSEAL = {
    "github": {"SECRETS": [SECRETS_OF["github"]]},
    "stripe": {"SECRETS": [SECRETS_OF["stripe"]]},
    "partner": {"PROVIDER": "basic", "SECRETS": [SECRETS_OF["partner"]]},
    "challenged": {
        "PROVIDER": basic(http=Http(refusal=401, probes=("HEAD",))),
        "SECRETS": [SECRETS_OF["partner"]],
    },
    "small": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "MAX_BODY": 1000},
    "addressed": ADDRESSED,
    "messages": {"PROVIDER": http_signature(algorithm="hmac-sha256"), "SECRETS": [SECRETS_OF["messages"]]},
    "published": ADDRESSED | {"PUBLIC_URL": "https://user:pass@public.example.com/hook"},
    "moved": ADDRESSED | {"PUBLIC_URL": "https://public.example.com:8443"},
    "direct": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "ALLOW_IPS": ["203.0.113.7"]},
    "one-hop": {
        "PROVIDER": "github",
        "SECRETS": [SECRETS_OF["github"]],
        "ALLOW_IPS": ["203.0.113.7"],
        "TRUSTED_PROXIES": 1,
    },
    "ranges": {
        "PROVIDER": "github",
        "SECRETS": [SECRETS_OF["github"]],
        "ALLOW_IPS": ["203.0.113.7"],
        "TRUSTED_PROXIES": ["127.0.0.0/8", "10.0.0.0/8"],
    },
}

# Lower than most bodies of the tests: hookseal reads them itself, up to MAX_BODY.
DATA_UPLOAD_MAX_MEMORY_SIZE = 100

ENDPOINTS = list(HOOKSEAL)
HOOKSEAL["*"] = {"REPLAY": False}  # most tests send the same delivery many times
globals().update(json.loads(os.environ.get("SERVED_CHANGES", "{}")))

if globals().get("DATABASES", {}).get("default", {}).get("ENGINE", "").endswith(".mysql"):
    import pymysql

    pymysql.install_as_MySQLdb()
