"""The shape of the code, held by reading it: layers, forbidden imports, sizes, first lines and names."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "hookseal"
CRATE = ROOT / "src"

# From the ground up. A module imports only from layers below its own.
PYTHON_LAYERS = (
    {"_engine", "findings", "guards", "https", "places", "replay", "signals", "tally", "tap", "transactions"},
    {"deferred"},
    {"drafts", "ranges", "routes", "templates"},
    {"reasons", "schemes"},
    {"settings"},
    {"exceptions", "entry"},
    {"origins"},
    {"receipt", "secrets", "requests", "body", "logging", "errands"},
    {"keysource", "mails", "sharing", "signing", "unguarded"},
    {"verifier", "keyring", "particulars", "protection", "vouched"},
    {"endpoints"},
    {"conf", "claims"},
    {"rate", "uses", "audit", "captured", "confirmations", "handshakes", "outcomes", "answers"},
    {"samples"},
    {"pipeline", "rotation", "curl"},
    {"deliveries", "recording", "trial"},
    {"resigning"},
    {"decorators"},
    {"urls", "checks", "middleware", "contrib", "fingerprints"},
    {"explain"},
    {"testing"},
    {"inspector"},
    {"apps", "management"},
    {"shell"},
    {"__main__"},
    {"__init__"},
)
# From the ground up. Modules of one layer may use each other, as long as there is no circle.
RUST_LAYERS = (
    {
        *("rejection", "error", "secret", "time", "limits", "encoding", "constant_time", "address", "json", "form"),
        *("keyed", "replay", "request", "self_hash", "url", "canonical", "sns_message", "jwt"),
        "options",
        *("pem", "public_key", "private_key", "certificate", "remote"),
        *("http_signature", "signature_base", "content_digest", "text"),
    },
    {"record"},
    {"proof", "handshake", "values", "receipt", "presented", "opened"},
    {"ring"},
    {"verifier", "signer", "search", "misread", "anatomy"},
    {"py", "probe"},
    {"lib"},
)
# What a bridge may import, beside Django: the package that it leads to.
BRIDGES = {
    "anymail": "anymail",
    "drf": "rest_framework",
    "ninja": "ninja",
    "opentelemetry": "opentelemetry",
    "prometheus": "prometheus_client",
}
RUST_HOMES = {"pyo3": "py/", "subtle": "constant_time.rs", "base64": "encoding.rs"}
OUTSIDE_WORLD = r"\bstd::(time|env|fs|process|thread|io)\b|\b(Tcp\w+|Udp\w+|ToSocketAddrs|SystemTime|Instant)\b"
BANNED_WORDS = {"utils", "util", "helper", "helpers", "manager", "data", "info", "misc"}

PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))
RUST_FILES = sorted(CRATE.rglob("*.rs"))
PROGRAMS = sorted(
    path
    for folder in ("python", "src", "tests", "examples", "benches", "docs", "fuzz")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".rs", ".pyi"} and "target" not in path.parts
)


def name(path: Path) -> str:
    """Name a file as one reads it, for test ids."""
    return path.relative_to(ROOT).as_posix()


every_python_file = pytest.mark.parametrize("path", PYTHON_FILES, ids=name)
every_rust_file = pytest.mark.parametrize("path", RUST_FILES, ids=name)
every_program = pytest.mark.parametrize("path", PROGRAMS, ids=name)


@every_python_file
def test_python_imports_point_down(path: Path):
    """A module of the package imports only from the layers below it."""
    module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    level = level_of(module, PYTHON_LAYERS)
    wrong = [used for used in used_by_python(path) - {module} if level_of(used, PYTHON_LAYERS) >= level]
    assert wrong == []


@every_python_file
def test_T55_the_package_needs_django_alone(path: Path):
    """Nothing but the standard library, Django and hookseal itself is imported; by a bridge, what it leads to."""
    bridge = path.relative_to(PACKAGE / "contrib").parts[0] if PACKAGE / "contrib" in path.parents else ""
    bridged = {BRIDGES[bridge.removesuffix(".py")]} if bridge not in {"", "__init__.py"} else set()
    if path == PACKAGE / "testing" / "plugin.py":  # which pytest alone imports
        bridged = {"pytest"}
    if PACKAGE / "inspector" in path.parents:  # imported when they are needed, with a word on how to get them
        bridged = {"genson", "pygments"}
    allowed = sys.stdlib_module_names | {"django", "asgiref", "hookseal"} | bridged
    assert [imported for imported in imports(path) if imported.split(".")[0] not in allowed] == []


@every_python_file
def test_the_verdict_is_the_engines(path: Path):
    """No module of the package computes a digest or compares secrets."""
    assert {"hmac", "hashlib", "base64", "pickle"}.isdisjoint(imports(path))


@every_python_file
def test_T43_connections_are_opened_in_one_place(path: Path):
    """Only https.py names what reaches the network, so that it can be judged there."""
    banned = {"socket", "ssl", "urllib.request", "http.client", "asyncio.open_connection", "ftplib", "smtplib"}
    assert path.name == "https.py" or banned.isdisjoint(imports(path))


@every_python_file
def test_nothing_listens_but_the_demo(path: Path):
    """The package runs within a server, and is none; the demo serves itself on the loopback address."""
    banned = {"socketserver", "http.server", "wsgiref.simple_server", "xmlrpc.server", "asyncio.start_server"}
    assert path == PACKAGE / "shell" / "demo" / "site.py" or banned.isdisjoint(imports(path))


@every_rust_file
def test_rust_imports_point_down(path: Path):
    """A module of the crate names only modules of its own layer and those below."""
    module = rust_module(path)[0]
    level = level_of(module, RUST_LAYERS)
    wrong = [used for used in used_by_rust(path) if level_of(used[0], RUST_LAYERS) > level]
    assert wrong == []


def test_rust_modules_make_no_circle():
    """Modules that may use each other do so in one direction only; their tests may look around."""
    uses: dict[str, set[str]] = {}
    for path in (path for path in RUST_FILES if path.stem != "tests"):
        module = rust_module(path)[0]
        uses.setdefault(module, set()).update(used[0] for used in used_by_rust(path) if used[0] != module)
    assert circle(uses) is None


def test_a_proof_family_never_names_another():
    """Each file of src/proof stands alone; only its mod.rs knows them all."""
    families = {path.stem for path in (CRATE / "proof").glob("*.rs")} - {"mod"}
    crossings = {
        (family, used[1])
        for family in families
        for used in used_by_rust(CRATE / "proof" / f"{family}.rs")
        if used[0] == "proof" and used[1:] and used[1] in families - {family}
    }
    assert crossings == set()


@pytest.mark.parametrize(("crate", "home"), RUST_HOMES.items())
def test_a_crate_is_named_in_its_home_alone(crate: str, home: str):
    """pyo3, subtle and base64 each have one place, so that each can be judged there."""
    pattern = re.compile(rf"(?<![\w:]){crate}::|\b(use|extern crate) {crate}\b")
    strangers = [name(path) for path in RUST_FILES if pattern.search(rust_code(path))]
    assert [stranger for stranger in strangers if not stranger.startswith(f"src/{home}")] == []


@every_rust_file
def test_the_engine_has_no_clock_and_no_world(path: Path):
    """Time, randomness, environment, files and sockets come from Python or not at all."""
    assert re.search(OUTSIDE_WORLD, rust_code(path)) is None


@every_rust_file
def test_T54_no_unsafe_code(path: Path):
    """The crate forbids unsafe code and no file asks for it."""
    assert 'unsafe_code = "forbid"' in (ROOT / "Cargo.toml").read_text()
    assert re.search(r"\bunsafe\b", rust_code(path).replace("unsafe_code", "")) is None


@every_program
def test_the_first_line_says_the_purpose(path: Path):
    """Whoever opens a file reads first what it is for."""
    first = path.read_text().partition("\n")[0]
    opening = "//! " if path.suffix == ".rs" else '"""'
    assert first.startswith(opening)
    assert len(first.strip('/!" ')) > len("purpose")


@every_program
def test_a_file_stays_short(path: Path):
    """No file grows beyond 400 lines, tests within Rust files not counted; a stub mirrors a whole module."""
    bound = 600 if path.suffix == ".pyi" else 400
    assert len(path.read_text().partition("#[cfg(test)]")[0].splitlines()) <= bound


@every_program
def test_names_say_something(path: Path):
    """No file, class or function bears a name that fits everything."""
    named = {path.stem, *defined_names(path)}
    assert {found for found in named if BANNED_WORDS.intersection(words(found))} == set()


@every_python_file
def test_a_function_fits_on_a_screen(path: Path):
    """No function is longer than 50 lines, its docstring not counted."""
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [function.name for function in functions if body_length(function) > 50] == []


def level_of(module: str, layers: tuple[set[str], ...]) -> int:
    """Find a module's layer; one that has none must be given its place above."""
    levels = [level for level, modules in enumerate(layers) if module in modules]
    assert levels, f"{module} has no layer yet: put it where it belongs in {__file__}"
    return levels[0]


def parsed(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    """List the full names of what a Python file imports, wherever the import stands."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield str(node.module)


def used_by_python(path: Path) -> set[str]:
    """Name the package's modules that a Python file imports."""
    modules = {module for layer in PYTHON_LAYERS for module in layer}
    named = {imported.split(".")[1] for imported in imports(path) if imported.startswith("hookseal.")}
    exists = {module for module in named if (PACKAGE / f"{module}.py").exists() or (PACKAGE / module).is_dir()}
    return (named & modules) | exists


def rust_code(path: Path) -> str:
    """Read a Rust file without comments, strings and its own tests."""
    text = path.read_text().partition("#[cfg(test)]")[0]
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'b?"(?:\\.|[^"\\])*"', '""', text)


def rust_module(path: Path) -> tuple[str, ...]:
    """Name a Rust file's module path, without `crate`."""
    parts = path.relative_to(CRATE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "mod" else parts


def used_by_rust(path: Path) -> set[tuple[str, ...]]:
    """Name the modules of the crate that a Rust file names, as far as two steps down."""
    modules = {rust_module(file)[0] for file in RUST_FILES} - {"lib"}
    here = rust_module(path)
    found: set[tuple[str, ...]] = set()
    for match in re.finditer(r"\b(crate|(?:super::)*super)::", rust_code(path)):
        climbed = match[1].count("super")
        base = here[: len(here) - climbed] if climbed else ()
        found.update((*base, *tail) for tail in paths_after(rust_code(path)[match.end() :]))
    return {used[:2] for used in found if used and used[0] in modules}


def paths_after(text: str) -> list[tuple[str, ...]]:
    """Read what follows `crate::`: a path, or a group of paths in braces."""
    if not text.startswith("{"):
        return [tuple(re.match(r"[\w:]*", text)[0].split("::"))]
    group = re.match(r"\{((?:[^{}]|\{[^{}]*\})*)\}", text)[1]
    flat = re.sub(r"\{[^{}]*\}", "", group)
    return [tuple(item.strip().split("::")) for item in flat.split(",") if item.strip()]


def circle(uses: dict[str, set[str]]) -> list[str] | None:
    """Find a circle in a graph of uses, if there is one."""
    finished: set[str] = set()

    def walk(module: str, trail: list[str]) -> list[str] | None:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in finished:
            return None
        for used in sorted(uses.get(module, ())):
            if found := walk(used, [*trail, module]):
                return found
        finished.add(module)
        return None

    return next((found for module in sorted(uses) if (found := walk(module, []))), None)


def defined_names(path: Path) -> set[str]:
    """Name the classes and functions that a file defines."""
    if path.suffix == ".rs":
        return set(re.findall(r"\b(?:fn|struct|enum|trait|mod|type)\s+(\w+)", rust_code(path)))
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in ast.walk(parsed(path)) if isinstance(node, definitions)}


def words(identifier: str) -> set[str]:
    """Split an identifier into its words, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines below its docstring."""
    start = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - start.lineno + 1
