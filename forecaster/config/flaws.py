"""What a text holds that no config needs, found before or by the parser, and what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.config.parts import bare

if TYPE_CHECKING:
    import yaml

Path = tuple[str | int, ...]

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALF = re.compile("[\x00\ud800-\udfff]")
_NO_NAME = re.compile("[\x00\ud800-\udc7f\udd00-\udfff]")  # the rest are bytes of names that are not UTF-8 (PEP 383)
_TABBED = re.compile(r"^ *\t", re.MULTILINE)


class Place(NamedTuple):
    """A character of a text: its line and column, from 1."""

    line: int
    column: int


class Flaw(NamedTuple):
    """Something in the text that is not read, and where."""

    place: Place
    what: str
    hint: str
    path: Path = ()


def strange(value: str, *, path: bool = False) -> list[Flaw]:
    """A flaw where a value, or the name of a file, holds what cannot be in it, however it was written."""
    found = (_NO_NAME if path else _HALF).search(value)
    if found is None:
        return []
    return [Flaw(Place(1, 1), f"the text holds {_named(found[0])}", "drop it, or the escape that names it")]


def in_characters(text: str) -> list[Flaw]:
    """The first character that no text has, or the mark that some editors put before all text."""
    if text.startswith("\ufeff"):
        return [Flaw(Place(1, 1), "the file starts with a byte-order mark", "save it as UTF-8 without one")]
    found = _UNREADABLE.search(text)
    if found is None:
        return []
    return [Flaw(_at(text, found.start()), _named(found[0]), "delete it, and save the file as plain text")]


def in_indentation(text: str) -> list[Flaw]:
    """Every line that a tab indents."""
    return [Flaw(_at(text, tab.end() - 1), "a tab in the indentation", "use spaces") for tab in _TABBED.finditer(text)]


_ADVICE = (  # a sign in the parser's own words, what it means here, and what to do
    (
        "mapping values are not allowed",
        "a second colon, or a key that is indented too far",
        "check the line before too; quote text that holds `: `",
    ),
    ("'\\t' that cannot start", "a tab where a space belongs", "use spaces"),
    ("cannot start any token", "a character that starts no value", "put the text in double quotes"),
    ("alphabetic or numeric character", "a * or & that starts no name", 'put the text in double quotes: "*"'),
    ("expected the node content", "a bracket or comma without a value", "complete the list or mapping, or use quotes"),
    ("expected ',' or", "a bracket that is not closed", "close the list or mapping, and put commas between its values"),
    ("expected <block end>", "an entry that does not line up with the ones above", "indent keys of one mapping alike"),
    ("could not find expected ':'", "a key without a colon", "write `key: value`"),
    ("sequence entries are not allowed", "a list entry where none can stand", "start the list below its key"),
    ("unexpected end of stream", "a quote that is not closed", "close it"),
    ("unknown escape character", "a backslash that starts no escape", "use single quotes, or write it twice"),
)


def explained(error: yaml.MarkedYAMLError) -> Flaw:
    """What the parser stumbled over, in our words."""
    mark = error.problem_mark or error.context_mark
    place = Place(1, 1) if mark is None else place_of_mark(mark)
    problem = str(error.problem or error.context or error)
    for sign, what, hint in _ADVICE:
        if sign in problem:
            start = error.context_mark if "not closed" in what else None
            return Flaw(place, what if start is None else f"{what}, opened on line {start.line + 1}", hint)
    return Flaw(place, f"not YAML ({bare(problem, longest=80)})", "compare with an example in configs/")


def place_of_mark(mark: Any) -> Place:
    """Where the parser is; it counts from 0."""
    return Place(mark.line + 1, mark.column + 1)


def _at(text: str, index: int) -> Place:
    before = text[:index]
    return Place(before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _named(character: str) -> str:
    if character == "\0":
        return "a NUL character"
    if character == "\ufeff":
        return "a byte-order mark"
    kind = "half of a surrogate pair" if "\ud800" <= character <= "\udfff" else "a control character"
    return f"{kind} (U+{ord(character):04X})"
