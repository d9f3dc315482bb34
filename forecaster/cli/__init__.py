"""The command line: parse, call one workflow, print."""

from __future__ import annotations

import shlex
import sys
from typing import NoReturn

from forecaster.cli.missing import lacking
from forecaster.cli.signals import EndedError, obey


def main() -> None:
    """Run the command line in `sys.argv` and end the process with its exit code."""
    obey()
    try:
        from forecaster.cli.boundary import guarded, leave, open_streams
        from forecaster.workflows.journal import Journal
    except (EndedError, ImportError) as early:
        _tell(early)

    open_streams()
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]  # it may stand anywhere
    journal = Journal(command=shlex.join(["forecast", *arguments]))
    leave(guarded(lambda: run(arguments, journal), journal, debug="--debug" in sys.argv[1:]))


def run(arguments: list[str], journal: object) -> int | None:
    """Parse and run one command line; what a command returns is its exit code."""
    from forecaster.cli.app import app

    code: int | None = app(args=arguments or ["--help"], prog_name="forecast", standalone_mode=False, obj=journal)
    return code


def _tell(early: EndedError | ImportError) -> NoReturn:
    """End the process with what came before the boundary was there to tell it."""
    if isinstance(early, EndedError):
        words, code = f"{early.word}; nothing was published", early.exit_code
    else:
        fault = lacking(early)
        if fault is None:
            raise early
        words, code = f"error: {fault}", fault.exit_code
    if sys.stderr is not None:
        sys.stderr.write(f"forecast: {words}\n")
    sys.exit(code)
