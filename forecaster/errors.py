"""Every mistake a user can make, as a type.

ForecasterError
├── UsageError      2  the command line contradicts itself
├── ConfigError     4  the YAML cannot be read or contradicts itself
├── DataError       5  the table cannot become a panel
│   └── TooShort       a series has fewer steps than one window needs
├── RunError        6  the run is missing, damaged or too new
├── UnusableError   7  training diverged, or the forecast may not be published
├── SystemFault     8  disk, memory, device or a missing library
└── LockedError    11  another process is at work on the run

Anything else that escapes is our bug: one line, and a crash report with the traceback.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DAMAGED = "take the version before it with --previous, or train again"  # what to do about a file of a version
SHOWN = 5  # problems of one file that are printed before the rest is only counted
_LONGEST = 120  # characters of an outside string that a message repeats
_LONGEST_PATH = 1024  # of a path: whole, so that it can be copied, unless it is absurd


def quoted(outside: object, *, longest: int = _LONGEST) -> str:
    r"""A string from outside, fit for one line of a terminal: escaped, cut, in double quotes.

    >>> quoted("1\n2")
    '"1\\n2"'
    """
    text = str(outside)
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    safe = "".join(c if c.isprintable() and c not in '\\"' else c.encode("unicode_escape").decode() for c in cut)
    safe = safe.replace('"', '\\"')
    return f'"{safe}"'


def printable(outside: str) -> str:
    r"""A name from outside on one line, whole unless no file can have it: what cannot be printed is escaped.

    >>> printable("a\nb.csv")
    'a\\nb.csv'
    """
    cut = outside if len(outside) <= _LONGEST_PATH else f"{outside[: _LONGEST_PATH - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


@dataclass(frozen=True)
class Remedy:
    """Keys of the config, with the values that mend a problem.

    Attributes:
        settings: (key, value) each, such as `("data.decimal", ",")`.
        when: Under which condition they are right, where that is not certain; follows "where".
    """

    settings: tuple[tuple[str, Any], ...]
    when: str = ""


def remedy(key: str, value: Any, when: str = "") -> Remedy:
    """The remedy of one key."""
    return Remedy(((key, value),), when)


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what it concerns, what is wrong, and what to do about it.

    Several remedies are a choice that only people can make; without one, no setting mends it.
    """

    what: str
    hint: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    subject: str | None = None  # a key of the config, or a column of the table
    remedies: tuple[Remedy, ...] = ()

    def __str__(self) -> str:
        file = None if self.file is None else printable(self.file)
        place = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, self.subject, f"{self.what}; {self.hint}") if part)


class ForecasterError(Exception):
    """A mistake the user can fix: what is wrong, where, and what to do about it.

    Args:
        what: What is wrong, with the value received.
        hint: What to do about it.
        file: The file that holds the mistake, as an absolute path or as the user gave it.
        line: Its line there, from 1.
        column: The character in that line, from 1.
        subject: The key of the config or the column of the table.
        remedies: What may be set so that it is none any more.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        hint: str,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        subject: str | None = None,
        remedies: Sequence[Remedy] = (),
    ) -> None:
        self.problems: tuple[Problem, ...] = (
            Problem(what, hint, None if file is None else str(file), line, column, subject, tuple(remedies)),
        )
        super().__init__(str(self.problems[0]))

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """One error that tells several problems of one file at once."""
        first = problems[0]
        error = cls(first.what, hint=first.hint)
        error.problems = tuple(problems)
        error.args = ("\n".join(error.lines()),)
        return error

    def lines(self) -> list[str]:
        """One line a problem, the first five and then a count, without the `forecast: error:` in front."""
        shown = [str(problem) for problem in self.problems[:SHOWN]]
        hidden = len(self.problems) - SHOWN
        return [*shown, f"and {hidden} more problems"] if hidden > 0 else shown


@contextmanager
def about(file: str | Path, only: type[ForecasterError] = ForecasterError) -> Iterator[None]:
    """Name `file` in every problem raised inside that names none: what works on values does not know of files."""
    try:
        yield
    except only as error:
        error.problems = tuple(
            problem if problem.file else replace(problem, file=str(file)) for problem in error.problems
        )
        error.args = ("\n".join(error.lines()),)
        raise


@contextmanager
def settable() -> Iterator[None]:
    """Say how a key of the config is set where there is no YAML: by `--set`."""
    try:
        yield
    except DataError as error:
        error.problems = tuple(
            replace(problem, hint=f"{problem.hint} (without a YAML: --set KEY=VALUE)")
            if "data." in problem.hint and "--set" not in problem.hint
            else problem
            for problem in error.problems
        )
        error.args = ("\n".join(error.lines()),)
        raise


class UsageError(ForecasterError):
    """The command line contradicts itself, or asks for more than there is."""

    exit_code = 2


class ConfigError(ForecasterError):
    """The YAML cannot be read or contradicts itself."""

    exit_code = 4


class DataError(ForecasterError):
    """The table cannot become a panel."""

    exit_code = 5


class TooShort(DataError):  # noqa: N818  (a word of the domain, as in "the series is too short")
    """A series has fewer steps than one window needs."""


class RunError(ForecasterError):
    """The run is missing, damaged, incompatible or too new."""

    exit_code = 6


class UnusableError(ForecasterError):
    """Training diverged, or the forecast may not be published."""

    exit_code = 7


class SystemFault(ForecasterError):  # noqa: N818  (the fault lies with the machine, not with a file)
    """Disk, memory, device, or a library that is missing."""

    exit_code = 8


class LockedError(ForecasterError):
    """Another process is at work on the run."""

    exit_code = 11
