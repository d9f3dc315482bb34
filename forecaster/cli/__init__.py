"""The command line: parse, call one workflow, print."""

from __future__ import annotations

import shlex
import sys


def main() -> None:
    """Run the command line in `sys.argv` and end the process with its exit code."""
    from forecaster.cli.boundary import guarded, leave, open_streams
    from forecaster.workflows.journal import Journal

    open_streams()
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]  # it may stand anywhere
    journal = Journal(command=shlex.join(["forecast", *arguments]))
    leave(guarded(lambda: run(arguments, journal), journal, debug="--debug" in sys.argv[1:]))


def run(arguments: list[str], journal: object) -> int | None:
    """Parse and run one command line; what a command returns is its exit code."""
    from forecaster.cli.app import app

    code: int | None = app(args=arguments or ["--help"], prog_name="forecast", standalone_mode=False, obj=journal)
    return code
