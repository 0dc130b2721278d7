"""What the figures were taken on: processor, Python and its build, versions, load."""

from __future__ import annotations

import os
import platform
import ssl
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "hookseal",
    "Django",
    "stripe",
    "svix",
    "standardwebhooks",
    "slack_sdk",
    "django-anymail",
    "cryptography",
    "sendgrid",
    "pynacl",
)
SHA_FLAGS = {"sha_ni", "sha2"}
"""How Linux names the processor's SHA instructions on x86-64 and on aarch64."""


def facts() -> dict[str, str]:
    """Everything one needs to know before comparing two runs."""
    return {
        "processor": _cpu("model name") or platform.processor() or platform.machine(),
        "SHA instructions": ", ".join(sorted(SHA_FLAGS.intersection(_cpu("flags", "Features").split()))) or "none",
        "processors": str(os.cpu_count()),
        "system": platform.platform(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {_build()}",
        "OpenSSL": ssl.OPENSSL_VERSION,
    } | {package: version(package) for package in PACKAGES}


def load() -> str:
    """The load averages over 1, 5 and 15 minutes."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def _cpu(*names: str) -> str:
    """The first processor's line of that name; "" where the system has no such file."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.split("\t")[0].strip() in names), "")


def _build() -> str:
    """How this interpreter was built: with or without profile guided and link time optimisation."""
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    flags = str(sysconfig.get_config_var("PY_CFLAGS_NODIST")) + str(sysconfig.get_config_var("PY_CORE_CFLAGS"))
    pgo = "--enable-optimizations" in options or "-fprofile-use" in flags
    lto = "--with-lto" in options or "-flto" in flags
    return f"{'PGO' if pgo else 'no PGO'}, {'LTO' if lto else 'no LTO'}, {sys.platform} {platform.machine()}"
