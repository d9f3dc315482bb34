"""The house: imports point down, heavy libraries have one door, and nothing read is ever executed."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest
from architecture import DOORS, ELSEWHERE, FLOORS, PACKAGE, ROOT, cycles, habits, imports, sources, uphill, wrong_doors

MODULES = sources()
IMPORTS = imports(MODULES)
WRITTEN = [
    "forecaster/**/*.py",
    "docs/**/*",
    "configs/*",
    "data/*",
    "benchmarks/*",
    "*.md",
    "pyproject.toml",
    ".ci/run",
]


def planted(**modules):
    return imports({name.replace("__", "."): source for name, source in modules.items()})


def test_every_import_points_down():
    assert uphill(IMPORTS) == []


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("series.panel", "from forecaster.training.loop import fit"),
        ("series.panel", "from forecaster.models import sizes"),
        ("series.panel", "import forecaster.cli"),
        ("series.panel", "from forecaster import train"),
        ("series.panel", "from . import clock"),
        ("series.panel", "def late():\n    from forecaster.runs.versions import Run"),
        ("series.clock", "from forecaster.series.tables import read_table"),
        ("store.files", "import importlib\nimportlib.import_module('forecaster.config.schema')"),
        ("config.schema", "if TYPE_CHECKING:\n    from forecaster.cli import app"),
    ],
)
def test_an_import_that_points_up_or_sideways_is_caught(importer, source):
    assert len(uphill(planted(**{importer: source}))) == 1


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("cli.app", "from forecaster.workflows import train"),
        ("series.tables", "from forecaster.series.clock import Clock"),
        ("series.panel", "if TYPE_CHECKING:\n    from forecaster.series.windows import Window"),
        ("models.sizes", "if TYPE_CHECKING:\n    from forecaster.series.windows import Window"),
        ("runs.manifest", "from forecaster import __version__"),
        ("errors", "import json"),
    ],
)
def test_an_import_that_points_down_is_not_caught(importer, source):
    assert uphill(planted(**{importer: source})) == []


def test_every_package_stands_on_a_floor():
    packages = {name.split(".")[0] for name in MODULES if name} - {"__main__"}

    assert packages <= set(FLOORS)


def test_no_two_modules_import_each_other():
    assert cycles(IMPORTS) == []


def test_a_cycle_over_three_modules_is_caught():
    found = planted(
        a="import forecaster.b",
        b="def f():\n    import forecaster.c",
        c="from forecaster.a import x",
        d="import forecaster.a",
    )

    assert cycles(found) == [("a", "b", "c")]


def test_every_heavy_library_comes_in_by_its_door():
    assert wrong_doors(IMPORTS) == []


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_heavy_library_beside_its_door_is_caught(library):
    beside = planted(**{"workflows.train": f"def late():\n    import {library}.something"})
    for_types = planted(**{"workflows.train": f"if TYPE_CHECKING:\n    from {library} import something"})

    assert len(wrong_doors(beside)) == 1
    assert wrong_doors(for_types) == []


def test_every_library_that_is_imported_is_a_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {word.split(">=")[0].lower() for word in project["dependencies"]} | {"yaml", "pydantic_core"}

    used = {each.imported[1:].split(".")[0] for each in IMPORTS if each.imported.startswith(":") and not each.typing}

    assert used - set(sys.stdlib_module_names) - declared == set()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_asserts_prints_swallows_or_executes_what_it_reads(name):
    assert habits(name, MODULES[name]) == []


@pytest.mark.parametrize(
    "source",
    [
        "assert x",
        "print(x)",
        "raise Exception('x')",
        "raise Exception",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept Exception:\n    pass",
        "x = 1  # TODO: later",
        "import pickle",
        "from joblib import load",
        "keras.models.load_model(x)",
        "from keras.models import clone_model",
        "np.load(x, allow_pickle=True)",
        "layer.from_config(x)",
        "eval(x)",
        "exec(x)",
        "compile(x, '', 'exec')",
    ],
)
def test_a_bad_habit_is_caught(source):
    assert len(habits("series.panel", source)) == 1


@pytest.mark.parametrize(
    "source", ["model.compile(x)", "re.compile(x)", "try:\n    f()\nexcept Exception as e:\n    raise E from e"]
)
def test_a_good_habit_is_not_caught(source):
    assert habits("series.panel", source) == []


def test_nothing_mentions_the_place_where_it_was_written():
    texts = {path: path.read_text(encoding="utf-8") for glob in WRITTEN for path in ROOT.glob(glob) if _is_text(path)}

    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if ELSEWHERE.search(text)] == []
    assert len(texts) > len(MODULES)


def _is_text(path):
    return path.is_file() and path.suffix in {".py", ".md", ".yaml", ".json", ".toml", ".csv", ""}


@pytest.mark.parametrize("text", ["see " + "shared/design.md", "in ../" + "shared/data", "/" + "work/main"])
def test_a_mention_of_that_place_is_caught(text):
    assert ELSEWHERE.search(text)


@pytest.mark.parametrize("text", ["weights are shared/ reused", "framework", "a/workflows", "docs/working.md"])
def test_an_ordinary_word_is_not_taken_for_that_place(text):
    assert not ELSEWHERE.search(text)


def test_importing_the_package_loads_no_library():
    code = "import sys; before = set(sys.modules); import forecaster; print(*sorted(set(sys.modules) - before))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}

    assert loaded - {"forecaster"} <= set(sys.stdlib_module_names)


def test_every_name_that_the_package_offers_is_there():
    package = importlib.import_module("forecaster")

    assert [name for name in package.__all__ if not callable(getattr(package, name))] == []


def test_what_a_type_checker_is_shown_is_what_the_package_offers():
    package = importlib.import_module("forecaster")
    block = next(node for node in ast.parse(MODULES[""]).body if isinstance(node, ast.If))

    shown = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(shown) == sorted(package.__all__)


def test_every_list_of_public_names_is_honest():
    with_list = [name for name, source in MODULES.items() if name and "\n__all__" in source]
    modules = [importlib.import_module(f"forecaster.{name}") for name in with_list]

    assert [f"{m.__name__}.{name}" for m in modules for name in m.__all__ if not hasattr(m, name)] == []


def test_a_name_that_is_not_offered_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match=r"no attribute 'trian'; it offers Config, Forecast"):
        importlib.import_module("forecaster").trian  # noqa: B018


def test_git_ignores_no_package():
    """`runs/` without a slash in front would leave `forecaster/runs` out of every commit and every wheel."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    anywhere = {line.strip("/") for line in lines if not line.startswith("/")}

    assert (
        anywhere & {folder.name for folder in PACKAGE.rglob("*") if folder.is_dir() and folder.name != "__pycache__"}
        == set()
    )


def test_the_package_says_that_it_is_typed():
    assert (files("forecaster") / "py.typed").is_file()
    assert (PACKAGE / "py.typed").is_file()
