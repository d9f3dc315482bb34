"""Write every document that is made from the code; with `--check`, only say which of them are stale.

python docs/generate.py            write them
python docs/generate.py --check    leave them, and fail if one differs
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from forecaster.cli.app import app
from forecaster.config.reference import config_markdown, json_schema_text

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
INTRO = """# The command line

Every command and option of `forecast`, which is also `python -m forecaster`. Written by `docs/generate.py` from the
commands themselves; a test compares the two. What the exit codes mean stands in [cron.md](cron.md).
"""


def cli_markdown() -> str:
    """`docs/cli.md`."""
    root = typer.main.get_command(app)
    every = commands(root)
    contents = [
        f"- [`forecast {name}`](#forecast-{name.replace(' ', '-')}): {_summary(c)}" for name, c in every.items()
    ]
    everywhere = ["", "Before any command:", "", *_options(root)]
    sections = [line for name, command in every.items() for line in _section(name, command)]
    return "\n".join([INTRO, *contents, *everywhere, *sections]) + "\n"


def _anchor(name: str) -> str:
    return f"forecast {name}".replace(" ", "-")


def commands(group: Any, above: str = "") -> dict[str, Any]:
    """Every command by its whole name, those below a command after it."""
    found = {}
    for name, command in group.commands.items():
        found[f"{above}{name}"] = command
        if hasattr(command, "commands"):
            found |= commands(command, f"{above}{name} ")
    return found


def _section(name: str, command: Any) -> list[str]:
    """One command: what it does, an example that runs, its arguments and options."""
    text, _, example = command.help.partition("Example: ")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join(["forecast", name, "[OPTIONS]", *(_metavar(p) for p in arguments)])
    what = [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]
    lines = ["", f"## forecast {name}", "", *"\n\n".join(what).splitlines(), "", "```sh", f"# {usage}"]
    lines += [*example.strip().splitlines(), "```", ""]
    lines += [f"- `{_metavar(p)}`: {p.help}" for p in arguments if p.help]
    return [*lines, *([""] if arguments and command.params != arguments else []), *_options(command)]


def _options(command: Any) -> list[str]:
    shown = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    rows = [f"| {_spelling(p)} | {_cell(p.help)} | {_default(p)} |" for p in shown if p.name != "help"]
    return ["| option | what | default |", "|--|--|--|", *rows] if rows else []


def _spelling(option: Any) -> str:
    value = "" if option.is_flag else f" {_metavar(option)}"
    return ", ".join(f"`{name}{value}`" for name in option.opts)


def _metavar(parameter: Any) -> str:
    """What stands for the value: `FILE`; in brackets where an argument may be left out."""
    name = str(parameter.metavar or parameter.name.upper())
    optional = parameter.param_type_name == "argument" and not parameter.required
    return f"[{name}]" if optional and not name.startswith("[") else name


def _default(option: Any) -> str:
    envvar = f"`${option.envvar}`, else " if option.envvar else ""
    plain = option.default is None or callable(option.default) or isinstance(option.default, bool)
    return "required" if option.required else envvar + ("" if plain else f"`{option.default}`")


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _summary(command: Any) -> str:
    return " ".join(command.help.split("\n\n")[0].split())


def accuracy_markdown() -> str:
    """`docs/accuracy.md`, from the figures in `benchmarks/results/`."""
    sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the installed package
    try:
        from benchmarks.accuracy import page
    finally:
        sys.path.remove(str(ROOT))
    return page()


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/accuracy.md": accuracy_markdown,
    "docs/cli.md": cli_markdown,
    "docs/config.md": config_markdown,
    "configs/forecaster.schema.json": json_schema_text,
}


def stale(root: Path = ROOT) -> list[str]:
    """The generated documents that are not as the code says, or not there."""
    return [name for name, make in DOCUMENTS.items() if not _is(root / name, make())]


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def main() -> int:
    """Write or check; the number of stale documents is what `--check` exits on."""
    parser = argparse.ArgumentParser(description="Write every document that is made from the code.")
    parser.add_argument("--check", action="store_true", help="only say which are stale, and fail if one is")
    checking = parser.parse_args().check
    for name in stale():
        print(f"{'stale' if checking else 'wrote'} {name}", file=sys.stderr)
        if not checking:
            (ROOT / name).write_text(DOCUMENTS[name](), encoding="utf-8")
    return int(bool(stale()))


if __name__ == "__main__":
    sys.exit(main())
