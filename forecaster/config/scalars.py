"""What a plain word of YAML means, by the core schema of YAML 1.2: `no` is text, `1e-3` a number, a date is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Scalar = str | int | float | bool | None

MOST_DIGITS = 400  # no number that means something is longer, and Python refuses those of thousands

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Scalar]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda word: int(word, 0)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda word: int(word, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda word: float(word.replace(".", ""))),
    (re.compile(r"\.(nan|NaN|NAN)"), lambda _: float("nan")),
)


def resolve(word: str) -> Scalar:
    """The value of a plain (unquoted) word.

    >>> resolve("1e-3"), resolve("no"), resolve("012"), resolve("2024-01-02")
    (0.001, 'no', 12, '2024-01-02')
    """
    if word in _WORDS:
        return _WORDS[word]
    if len(word) > MOST_DIGITS:
        return word
    for pattern, value in _NUMBERS:
        if pattern.fullmatch(word):
            return value(word)
    return word
