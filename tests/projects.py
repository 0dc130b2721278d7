"""Small projects of the tests' own, in which pytest runs and finds hookseal's plugin as it does when installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import hookseal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = """SECRET_KEY = "only for this project"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""


class Project:
    """A folder with files, and what pytest says in it.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        """Write a file, or add to it."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".py" and file.parent != self.folder and file.parent.name != "tests":
            (file.parent / "__init__.py").touch()
        with file.open("a", newline="") as opened:
            opened.write(text)

    def pytest(self, *words: str, settings: str = "", status: int = 0) -> str:
        """Run pytest, every warning being an error; give what it prints.

        Args:
            words: for its command line.
            settings: the value of DJANGO_SETTINGS_MODULE.
            status: the exit status that it has to have.
        """
        program = [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", *words]
        known = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        paths = [str(self.folder), str(Path(hookseal.__file__).parents[1]), *self._installed()]
        environment = known | {"PYTHONPATH": os.pathsep.join(paths)}
        environment |= {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
        self.write("pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
        done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=self.folder, env=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def _installed(self) -> list[str]:
        """What an installation writes down beside the package, where the tests run against the checkout."""
        if any(entry.value == "hookseal.testing.plugin" for entry in entry_points(group="pytest11")):
            return []
        named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
        entries = "\n".join(f"{name} = {value}" for name, value in named.items())
        self.write("site/hookseal-0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hookseal\nVersion: 0\n")
        self.write("site/hookseal-0.dist-info/entry_points.txt", f"[pytest11]\n{entries}\n")
        self.write("site/hookseal-0.dist-info/RECORD", "hookseal/__init__.py,,\nhookseal/testing/plugin.py,,\n")
        return [str(self.folder / "site")]
