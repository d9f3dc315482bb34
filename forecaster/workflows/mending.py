"""Problem after problem: each remedy is tried on a copy of the config, to find what is wrong behind it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from forecaster.config.data import DataConfig
from forecaster.config.writing import flow
from forecaster.errors import ConfigError, DataError, ForecasterError, Problem
from forecaster.series.commented import Decision, commented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forecaster.errors import Remedy
    from forecaster.workflows.preparing import Prepared

_ROUNDS = 20  # of mending and reading on; there are fewer keys that mend
_KINDS = 20  # that are shown
_WORDS = 5  # different ones that may mean "no value", above which a column is not one of numbers
_MISSING = "data.missing"


@dataclass
class Found:
    """What is wrong, and what would mend it.

    Attributes:
        errors: One a round of reading.
        settings: What was set to read on, by key; those of a choice too.
        unsure: Of these, which only people can confirm, and when they are right.
        prepared: What could be read in the end; None where a problem has no remedy.
    """

    errors: list[ForecasterError] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)
    prepared: Prepared | None = None

    @property
    def options(self) -> list[str]:
        """The settings as `--set` takes them."""
        return [f"{key}={flow(value)}" for key, value in self.settings.items()]

    @property
    def problems(self) -> list[Problem]:
        """Of all rounds, each once."""
        every = [problem for error in self.errors for problem in error.problems]
        return list({str(problem): problem for problem in reversed(every)}.values())[::-1]

    def error(self) -> ForecasterError | None:
        """All problems as one error, of the kind of the first; None where there are none."""
        return type(self.errors[0]).of(self.problems) if self.errors else None


def mend(attempt: Callable[[Sequence[str]], Prepared]) -> Found:
    """Try, set what mends the problems, and try again, until all is well or nothing mends the next one.

    Args:
        attempt: Called with `key=value` settings; raises what is wrong.
    """
    found = Found()
    for _ in range(_ROUNDS):
        try:
            found.prepared = attempt(found.options)
        except (ConfigError, DataError) as error:
            before = dict(found.settings)
            found.errors.append(error)
            _apply(error.problems, found)
            if found.settings == before:
                return found
        else:
            return found
    return found


def _apply(problems: Iterable[Problem], found: Found) -> None:
    """Take the remedies of some problems into the settings: of a choice the first, to read on."""
    words = list(dict.fromkeys(word for problem in problems for word in _missing(problem)))
    if 0 < len(words) <= _WORDS:
        found.settings[_MISSING] = (*found.settings.get(_MISSING, DataConfig.model_fields["missing"].default), *words)
        found.unsure[_MISSING] = f"{', '.join(map(flow, words))} means no value"
    taken: set[str] = set()
    for problem in problems:
        for key, value in () if _missing(problem) or not problem.remedies else problem.remedies[0].settings:
            if key not in taken:
                taken.add(key)
                found.settings[key] = value
                if condition := _condition(problem.remedies):
                    found.unsure[key] = condition


def _missing(problem: Problem) -> tuple[str, ...]:
    """The cells that may mean that there is no value."""
    settings = problem.remedies[0].settings if problem.remedies else ()
    return tuple(word for key, words in settings if key == _MISSING for word in words)


def _condition(remedies: Sequence[Remedy]) -> str:
    if len(remedies) == 1:
        return remedies[0].when
    others = ", or ".join(_settings(remedy) for remedy in remedies[1:])
    return f"{remedies[0].when}; else {others}"


def _settings(remedy: Remedy) -> str:
    return " and ".join(f"{key}: {flow(value)}" for key, value in remedy.settings)


def told(found: Found, what: str) -> str:
    """What was found, each kind of problem with its remedy, and all remedies as YAML and as options."""
    kinds = _kinds(found.problems)
    count = len(found.problems)
    lines = [f"{what}: {count} problem{'s' if count > 1 else ''}", ""]
    for problem, more in kinds[:_KINDS]:
        lines += [f"{_placed(problem)}{f' (and {more} more such)' if more else ''}", f"    {_mending(problem)}"]
    if len(kinds) > _KINDS:
        lines.append(f"and {len(kinds) - _KINDS} more kinds")
    return "\n".join([*lines, *_block(found)])


def _kinds(problems: Sequence[Problem]) -> list[tuple[Problem, int]]:
    """Problems of one column with one remedy as the first of them, and how many more there are."""

    def kind(problem: Problem) -> tuple[object, ...]:
        alone = problem.subject is None and not problem.remedies
        return problem.subject, problem.remedies or problem.hint, problem.what if alone else ""

    return [(next(group), len([*group])) for _, group in groupby(problems, kind)]


def _placed(problem: Problem) -> str:
    return str(problem).removesuffix(f"; {problem.hint}")


def _mending(problem: Problem) -> str:
    if not problem.remedies:
        return f"no setting mends it: {problem.hint}"
    sure = len(problem.remedies) == 1 and not problem.remedies[0].when
    each = [_settings(one) + (f", where {one.when}" if one.when else "") for one in problem.remedies]
    return each[0] if sure else f"yours to say: {'; or '.join(each)}"


def _block(found: Found) -> list[str]:
    if not found.settings:
        return []
    order = sorted(found.settings, key=lambda key: (key.partition(".")[0] != "data", key.partition(".")[0]))
    decisions = [Decision(key, found.settings[key], _why(found.unsure.get(key, ""))) for key in order]
    options = " ".join(f"--set {shlex.quote(option)}" for option in found.options)
    guessed = "; what is yours to say was tried with the first answer, only to find more" if found.unsure else ""
    end = "with these it reads" if found.prepared else "with these the last problem above is left"
    return ["", f"{end}{guessed}", "", *commented(decisions).splitlines(), "", f"on the command line: {options}"]


def _why(unsure: str) -> str:
    return f"where {unsure}" if unsure else ""
