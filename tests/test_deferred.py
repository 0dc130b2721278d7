"""Names that are imported when somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hookseal
import hookseal.testing
from hookseal.deferred import deferred


@pytest.mark.parametrize("package", [hookseal, hookseal.testing], ids=lambda package: package.__name__)
def test_every_name_is_there(package):
    """What a package lists, it has."""
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_another_name_is_not():
    """With the error that Python gives."""
    with pytest.raises(AttributeError, match="module 'hookseal' has no attribute 'webhok'"):
        hookseal.webhok  # noqa: B018 - asking for it is what fails


def test_a_module_of_the_package_is_still_imported():
    """`from hookseal import conf` asks for a name first, and for the module then."""
    from hookseal import conf

    assert conf.__name__ == "hookseal.conf"


def test_a_name_is_looked_up_once(monkeypatch):
    """After that it is the package's own."""
    monkeypatch.delitem(vars(hookseal), "Reason", raising=False)
    find = deferred("hookseal", {"Reason": "hookseal.reasons"})
    assert vars(hookseal).get("Reason") is None
    assert find("Reason") is vars(hookseal)["Reason"]


def test_the_package_alone_imports_no_django():
    """Nor the engine: a test run beside it pays for neither."""
    listing = "print([name for name in sys.modules if 'django' in name or '_engine' in name])"
    code = f"import sys, hookseal, hookseal.testing.plugin; {listing}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
