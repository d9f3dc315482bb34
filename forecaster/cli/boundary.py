"""Where exceptions become lines and exit codes: nothing below this module knows of either."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from typer import TyperException

from forecaster.cli.missing import lacking
from forecaster.cli.signals import EndedError, obey
from forecaster.errors import SHOWN, ForecasterError, SystemFault, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflows.journal import Journal

USAGE, PIPE = 2, 141


def say(line: str) -> None:
    """One line on stderr, if there still is one."""
    try:
        sys.stderr.write(f"forecast: {line}\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody is listening: the exit code tells
        return


def guarded(command: Callable[[], int | None], journal: Journal, *, debug: bool = False) -> int:
    """Run `command`, tell every problem on stderr, and give its exit code.

    Args:
        command: The parsed command line, ready to run.
        journal: What it fills in while it works; written at the end.
        debug: Whether to show tracebacks.
    """
    obey()
    error: ForecasterError | None = None
    try:
        code = command() or journal.code
        for fault in journal.faults[:SHOWN]:
            say(f"warning: {fault}")
        _flush()
    except ForecasterError as caught:
        error = caught
        code = error.exit_code
        for line in error.lines():
            say(f"error: {line}")
        if debug:
            traceback.print_exc()
    except BaseException as caught:  # noqa: BLE001  (the boundary: whatever escapes is told in one line)
        code, error = _foreign(caught, journal, debug=debug)
    if code != USAGE:
        _record(journal, code, error)
    return code


def _foreign(caught: BaseException, journal: Journal, *, debug: bool) -> tuple[int, ForecasterError | None]:
    """The exit code of an exception that is not ours, told in one line where there is something to tell."""
    if isinstance(caught, TyperException):
        words = " ".join(caught.format_message().split()).rstrip(".")
        say(f"error: {words[:1].lower()}{words[1:]}; `forecast --help` lists commands and options")
        return USAGE, None
    if isinstance(caught, BrokenPipeError) or isinstance(caught.__context__, BrokenPipeError):  # typer hides it
        return PIPE, None
    if isinstance(caught, EndedError):
        say(f"{caught.word}; {_left(journal)}")
        return caught.exit_code, None
    fault = _fault(caught)
    if fault is None:
        fault = _crash(caught)
    say(f"error: {fault}")
    if debug:
        traceback.print_exception(caught)
    return fault.exit_code, fault


def _left(journal: Journal) -> str:
    """What a command that was ended leaves behind."""
    published = "what was published stands" if journal.outputs else "nothing was published"
    return published if journal.halted is None else f"{published}, and the same command goes on {journal.halted}"


def _fault(caught: BaseException) -> ForecasterError | None:
    """What the machine lacks, where that is the matter."""
    if isinstance(caught, MemoryError):
        return SystemFault("out of memory", hint="lower training.batch_size, window.lookback or the layers' units")
    if isinstance(caught, ImportError):
        return lacking(caught)
    if isinstance(caught, OSError):
        words = caught.strerror or str(caught)
        return SystemFault(words.lower(), hint="make room, or mend the permissions", file=caught.filename)
    return None


def _crash(caught: BaseException) -> ForecasterError:
    """Our own mistake, with the traceback kept in a file."""
    text = "".join(traceback.format_exception(caught))
    try:
        with tempfile.NamedTemporaryFile("w", prefix="forecast-crash-", suffix=".txt", delete=False) as report:
            report.write(text)
        place = f"report {report.name}"
    except OSError:
        place = "run again with --debug and report what it prints"
    return ForecasterError(f"internal error: {type(caught).__name__}: {quoted(caught)}", hint=place)


def _record(journal: Journal, code: int, error: ForecasterError | None) -> None:
    try:
        journal.write(code=code, error=error)
    except (ForecasterError, OSError, ValueError) as unwritten:  # must not mask the code
        say(f"warning: run_results.json was not written: {unwritten}")


def _flush() -> None:
    """Flush stdout now, so that a full disk or a reader that went away is an error and not a surprise."""
    sys.stdout.flush()


def open_streams() -> None:
    """Give a process that was started without stdout or stderr somewhere to write to, and files UTF-8 in any locale.

    And give stdout a buffer where PYTHONUNBUFFERED took it away: Python would pass a write that is cut short, by a full
    disk or a reader that goes away, for a whole one.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (for as long as we run)
        elif not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # so that a path is written as it is
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase):
        whole = io.BufferedWriter(raw)
        sys.stdout = io.TextIOWrapper(whole, sys.stdout.encoding, sys.stdout.errors, line_buffering=raw.isatty())


def leave(code: int) -> NoReturn:
    """End the process at once: tearing down the numeric libraries costs 0.2 s and cannot matter any more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
