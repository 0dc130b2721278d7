"""The wheel holds what it must and nothing else, and the engine stands on few crates."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path

import pytest

import hookseal

ROOT = Path(__file__).resolve().parent.parent
MOST_CRATES = 60
# The C of aws-lc-sys is compiled by crates of which nothing stays.
MOST_BUILDERS = 12


@pytest.fixture(scope="module")
def wheel() -> zipfile.ZipFile:
    """Open the wheel under test; `make test` names it."""
    if "HOOKSEAL_WHEEL" not in os.environ:
        pytest.skip("no wheel under test; make test builds one")
    return zipfile.ZipFile(ROOT / os.environ["HOOKSEAL_WHEEL"])


def test_the_wheel_is_for_every_python_from_3_10(wheel: zipfile.ZipFile):
    """One stable-ABI wheel serves all supported versions."""
    assert re.fullmatch(r"hookseal-[\d.]+-cp310-abi3-\w+\.whl", Path(wheel.filename).name)


def test_the_tests_run_against_the_wheel(wheel: zipfile.ZipFile):
    """What is imported here is the installed wheel, not the checkout."""
    assert ROOT not in Path(hookseal.__file__).resolve().parents
    assert Path(hookseal.__file__).read_bytes() == wheel.read("hookseal/__init__.py")


def test_the_wheel_holds_the_package_alone(wheel: zipfile.ZipFile):
    """Beside its own metadata it holds `hookseal/`: no tests, no sources of the engine, no build leftovers."""
    folders = {name.split("/")[0] for name in wheel.namelist()}
    strangers = [name for name in wheel.namelist() if re.search(r"test_|conftest|\.rs$|\.toml$|__pycache__", name)]
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"hookseal"}
    assert strangers == []


def test_the_wheel_holds_every_module(wheel: zipfile.ZipFile):
    """Each module of the checkout is in it, each file of the inspector's pages, and the engine once."""
    inspector = ROOT / "python" / "hookseal" / "inspector"
    files = [*(ROOT / "python").rglob("*.py"), *inspector.glob("templates/*"), *inspector.glob("assets/*")]
    modules = {path.relative_to(ROOT / "python").as_posix() for path in files}
    packed = {name for name in wheel.namelist() if name.startswith("hookseal/")}
    engines = [name for name in packed if name.endswith((".so", ".pyd", ".dylib"))]
    assert packed >= modules | {"hookseal/py.typed", "hookseal/_engine.pyi"}
    assert len(engines) == 1


def test_T55_the_wheel_requires_django_alone(wheel: zipfile.ZipFile):
    """Installing hookseal installs Django and nothing else, unless an extra is asked for; the licence comes along."""
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())
    required = metadata.get_all("Requires-Dist")
    assert [each for each in required if "extra ==" not in each] == ["django>=5.2"]
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_all("License-File") == ["LICENSE"]


def test_the_wheel_brings_a_command(wheel: zipfile.ZipFile):
    """`hookseal` is what `python -m hookseal` is."""
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    points = ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert dict(points["console_scripts"]) == {"hookseal": "hookseal.__main__:main"}


def test_T55_the_wheel_lists_its_crates(wheel: zipfile.ZipFile):
    """A bill of materials is in it, so that an advisory can be matched against what is installed."""
    assert [name for name in wheel.namelist() if "/sboms/" in name] != []


@pytest.mark.skipif(shutil.which("cargo") is None, reason="no cargo on PATH; make test has one")
def test_T55_few_crates():
    """The engine stands on few crates: those that are in the wheel or write its code, and those that only build it."""
    inside = crates("normal")
    assert len(inside) <= MOST_CRATES
    assert len(crates("normal,build") - inside) <= MOST_BUILDERS


def crates(edges: str) -> set[str]:
    """List the crates of the engine, without what only its tests need."""
    tree = ["cargo", "tree", "--locked", "--features", "python", "--edges", edges, "--prefix", "none"]
    done = subprocess.run(tree, capture_output=True, text=True, check=True, cwd=ROOT)
    return {line.split(" (")[0] for line in done.stdout.splitlines()}


def test_T54_crates_are_locked():
    """The lock file is kept with the sources, and the wheel is built from it alone."""
    assert (ROOT / "Cargo.lock").is_file()
    assert "locked = true" in (ROOT / "pyproject.toml").read_text()
