"""What the house rules are, and how a file is measured against them.

Every check takes sources, so that a test can plant a violation and see it caught.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "forecaster"

FLOORS = {
    "cli": 8,
    "workflows": 7,
    "runs": 6,
    "views": 6,
    "evaluation": 5,
    "forecasters": 4,
    "training": 4,
    "series": 3,
    "models": 3,
    "config": 2,
    "store": 1,
    "jobs": 1,
    "errors": 0,
}
TOP = 9  # `forecaster` itself, which offers the names of every floor, and `python -m forecaster`

# Inside a package each may import those to its right. A module that is not named only has to be free of cycles.
ORDER = {
    "runs": ("versions", "ledger"),
    "views": ("report", "plots"),
    "evaluation": ("verdict", "backtest", "metrics"),
    "forecasters": ("runtime", "calibration", "baselines"),
    "training": ("export", "checkpoint", "loop"),
    "series": ("choice", "windows", "synthetic", "tables", "forecast", "panel", "clock"),
    "models": ("build", "decoders", "outputs", "layers", "gates"),
    "config": ("reading", "schema"),
}

# A library that is slow to import, or dangerous, comes in by one door; a door is a package, a module, or its beginning.
DOORS = {
    "keras": ("models.backend",),
    "tensorflow": ("models.backend",),
    "tf2onnx": ("models", "training"),
    "scipy": ("models",),
    "holidays": ("series.calendar",),
    "onnx": ("models", "training"),
    "onnxruntime": ("forecasters.runtime",),
    "pandas": ("series.tables", "series.clock"),
    "matplotlib": ("views",),
    "typer": ("cli",),
    "click": ("cli",),
    "rich": ("cli",),
    "pydantic": ("config",),
    "pydantic_core": ("config",),
    "yaml": ("config",),
    "sqlite3": ("runs.ledger",),
    "ray": ("jobs",),
    "optuna": ("workflows.tune",),
    "jinja2": ("views.report",),
}
FORBIDDEN_IMPORTS = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
FORBIDDEN_NAMES = {"load_model", "model_from_json", "from_config", "clone_model", "load_weights", "allow_pickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "print", "breakpoint"}
BOUNDARY = ("cli",)  # where what nobody foresaw becomes a crash report
ELSEWHERE = re.compile(
    r"(?<![\w./-])(?:\.\./)?shared/(?:design|config|style|reliability|findings|anchors|data|tools)|/work\b"
)


@dataclass(frozen=True)
class Import:
    """One import: who, whom, where, and whether only a type checker sees it."""

    importer: str
    imported: str
    line: int
    typing: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def sources(package: Path = PACKAGE) -> dict[str, str]:
    """The source of every module, by its name below `forecaster` (`series.panel`; the package itself is "")."""
    files = sorted(package.rglob("*.py"))
    return {_name(file.relative_to(package)): file.read_text(encoding="utf-8") for file in files}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(modules: dict[str, str]) -> list[Import]:
    """Every import of every module, those inside functions included; our own ones by their name below `forecaster`."""
    return [each for name, source in modules.items() for each in _imports_of(name, ast.parse(source), modules)]


def _imports_of(name: str, tree: ast.Module, modules: dict[str, str]) -> list[Import]:
    typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return [
        Import(name, imported, node.lineno, id(node) in typing)
        for node in ast.walk(tree)
        for imported in _targets(node, modules)
    ]


def _targets(node: ast.AST, modules: dict[str, str]) -> list[str]:
    match node:
        case ast.Import():
            return [_ours(alias.name) for alias in node.names]
        case ast.ImportFrom(level=0, module=str(module)):
            base = _ours(module)
            inside = [f"{base}.{alias.name}".removeprefix(".") for alias in node.names]
            return [_home(full, base, modules) for full in inside]
        case ast.ImportFrom():
            return ["." * node.level + (node.module or "")]
        case ast.Call(args=[ast.Constant(value=str(module)), *_]):
            return [_ours(module)] if ast.unparse(node.func).endswith(("import_module", "__import__")) else []
    return []


def _home(full: str, base: str, modules: dict[str, str]) -> str:
    """The module that an imported name comes from; the version number stands as low as anything can."""
    if full == "__version__":
        return "errors"
    return full if full in modules or not base else base


def _ours(name: str) -> str:
    """A name below `forecaster`; other libraries keep theirs, with a colon in front."""
    if name == "forecaster":
        return ""
    return name.removeprefix("forecaster.") if name.startswith("forecaster.") else f":{name}"


def floor(name: str) -> int:
    """On which floor a module stands."""
    return FLOORS.get(name.split(".", maxsplit=1)[0], TOP)


def uphill(found: list[Import]) -> list[str]:
    """Imports of a floor that is not below, and inside a package against its order.

    What only a type checker sees may also point to the same floor.
    """
    return [str(each) for each in found if not each.imported.startswith(":") and not _down(each)]


def _down(each: Import) -> bool:
    if each.imported.startswith("."):
        return False
    from_package, to_package = each.importer.split(".")[0], each.imported.split(".")[0]
    if from_package == to_package:
        return each.typing or _ordered(each)
    above, below = floor(each.importer), floor(each.imported)
    return below < above or (each.typing and below == above)


def _ordered(each: Import) -> bool:
    order = ORDER.get(each.importer.split(".")[0], ())
    rooms = [name.partition(".")[2].partition(".")[0] for name in (each.importer, each.imported)]
    if not all(room in order for room in rooms):
        return True
    return order.index(rooms[0]) <= order.index(rooms[1])


def wrong_doors(found: list[Import]) -> list[str]:
    """Heavy libraries that come in elsewhere than by their door; what only a type checker sees costs nothing."""
    return [
        str(each)
        for each in found
        if each.imported.startswith(":") and not each.typing
        for door in [DOORS.get(each.imported[1:].split(".")[0])]
        if door is not None and not each.importer.startswith(door)
    ]


def cycles(found: list[Import]) -> list[list[str]]:
    """Modules that import each other, by whatever way round, while the program runs."""
    ways: dict[str, set[str]] = {}
    for each in found:
        if not each.typing and not each.imported.startswith((":", ".")) and each.importer != "":
            ways.setdefault(each.importer, set()).add(each.imported)
    reached = {name: _reachable(name, ways) for name in ways}
    return sorted(
        {tuple(sorted(m for m in seen if name in reached.get(m, ()))) for name, seen in reached.items()} - {()}
    )


def _reachable(name: str, ways: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(ways.get(name, ()))
    while ahead:
        if (module := ahead.pop()) not in seen:
            seen.add(module)
            ahead += ways.get(module, ())
    return seen


def habits(name: str, source: str) -> list[str]:
    """What the package does without: asserts, prints, bare exceptions, and everything that runs what it reads."""
    found = [f"{name}:{node.lineno} {what}" for node in ast.walk(ast.parse(source)) for what in _habit(name, node)]
    comments = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT]
    return found + [f"{name}:{t.start[0]} TODO" for t in comments if re.search(r"\b(TODO|FIXME|XXX)\b", t.string)]


def _habit(name: str, node: ast.AST) -> list[str]:
    found: list[str] = []
    match node:
        case ast.Assert():
            found = ["assert"]
        case ast.Raise(exc=ast.Name(id="Exception") | ast.Call(func=ast.Name(id="Exception"))):
            found = ["bare Exception"]
        case ast.ExceptHandler() if not name.startswith(BOUNDARY) and _swallows(node):
            found = ["swallows every exception"]
        case ast.Call(func=ast.Name(id=called)) if called in FORBIDDEN_CALLS:
            found = [called]
        case ast.Attribute(attr=word) | ast.keyword(arg=str(word)) | ast.alias(name=word) | ast.Name(id=word):
            found = [word] if word in FORBIDDEN_NAMES | FORBIDDEN_IMPORTS else []
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in FORBIDDEN_IMPORTS:
            found = [module]
    return found


def _swallows(handler: ast.ExceptHandler) -> bool:
    every = handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
    return every and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
