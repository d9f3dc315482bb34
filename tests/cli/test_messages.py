"""What messages tell a user to type can be typed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import forecaster
from forecaster.cli.app import app

PACKAGE = Path(forecaster.__file__).parent
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def named_options():
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from ((option, file.name) for option in _OPTION.findall(node.value))


def known_options():
    import typer

    def below(command):
        return [command, *(one for inner in getattr(command, "commands", {}).values() for one in below(inner))]

    commands = below(typer.main.get_command(app))
    return {option for command in commands for one in command.params for option in one.opts} | {"--help"}


def test_every_option_that_a_text_names_exists():
    unknown = {(option, file) for option, file in named_options() if option not in known_options()}

    assert unknown == set()


def test_the_search_finds_options_and_no_dashes():
    assert _OPTION.findall("use --run NAME -- or --no-train, not a--b") == ["--run", "--no-train"]
