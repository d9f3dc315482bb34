"""YAML text into plain values, each with its line and column; and everything in the text that we do not read.

Read event by event, so that nothing that a file asks for (an alias, a tag, a thousand levels) is ever built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from forecaster.config.flaws import Flaw, Path, Place, explained, in_characters, in_indentation, place_of_mark, strange
from forecaster.config.parts import bare
from forecaster.config.scalars import resolve
from forecaster.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 20


@dataclass
class Tree:
    """The values of one document, with the places of values and keys, and the words as they were written."""

    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    words: dict[Path, str] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    whole: bool = True  # False where the text could not be read to its end


class _Stop(Exception):  # noqa: N818  (not an error of the user's code: it only ends the walk)
    """Nothing after this flaw can be read."""


def parse(text: str) -> Tree:
    """The one document of a YAML text; every flaw of it is in the tree, and nothing is raised.

    Args:
        text: The file, decoded.
    """
    tree = Tree(flaws=in_characters(text) or in_indentation(text), whole=False)
    if tree.flaws:
        return tree
    reader = _Reader(tree, text)
    try:
        reader.document()
        tree.whole = True
    except _Stop:
        pass
    except yaml.MarkedYAMLError as error:
        tree.flaws.append(explained(error))
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        ArithmeticError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        # The parser's own slips, such as chr() of an escape that names no character.
        what = f"the YAML parser gives up after this place ({bare(error, longest=80)})"
        tree.flaws.append(Flaw(reader.last, what, "write this part in plain words and numbers"))
    return tree


class _Reader:
    """Walks over the events of one text and fills a tree."""

    def __init__(self, tree: Tree, text: str) -> None:
        self.tree = tree
        self.last = Place(1, 1)
        self._events: Iterator[Event] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> None:
        """Read the only document."""
        self._next()
        event = self._next()
        if isinstance(event, StreamEndEvent):
            raise self._stop("the file has no content", "write at least data, window and model")
        self.tree.value = self._value(self._next(), (), 0)
        if self.tree.value is None:
            raise self._stop("the file has no content", "write at least data, window and model")
        self._next()
        if isinstance(event := self._next(), DocumentStartEvent):
            raise self._stop("a second document starts here", "keep one document a file, without ---")

    def _next(self) -> Event:
        event = next(self._events)
        self.last = place_of_mark(event.start_mark)
        return event

    def _stop(self, what: str, hint: str) -> _Stop:
        self._flaw((), what, hint)
        return _Stop()

    def _flaw(self, path: Path, what: str, hint: str) -> None:
        self.tree.flaws.append(Flaw(self.last, what, hint, path))

    def _value(self, event: Event, path: Path, depth: int) -> Any:
        self.tree.places[path] = self.last
        if depth > DEEPEST:
            raise self._stop(f"more than {DEEPEST} levels of brackets or indentation", "write a flatter file")
        self._refuse_references(event, path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, AliasEvent):
            return None
        return self._mapping(path, depth) if isinstance(event, MappingStartEvent) else self._sequence(path, depth)

    def _refuse_references(self, event: Event, path: Path) -> None:
        if isinstance(event, AliasEvent):
            what = f"an alias, {quoted('*' + str(event.anchor))}"
            self._flaw(
                path, what, "write the value out: a config has no anchors; a text that starts with * needs quotes"
            )
            return
        if isinstance(event, NodeEvent) and event.anchor is not None:
            what = f"an anchor, {quoted('&' + str(event.anchor))}"
            self._flaw(path, what, "drop it and write the value out; a text that starts with & needs quotes")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._flaw(path, f"a tag, {quoted(tag)}", "drop it: types follow from the keys; a text with ! needs quotes")

    def _scalar(self, event: ScalarEvent, path: Path) -> Any:
        for flaw in strange(event.value, path=path == ("data", "path")):
            self._flaw(path, flaw.what, flaw.hint)
        self.tree.words[path] = event.value
        return resolve(event.value) if event.style is None else event.value

    def _sequence(self, path: Path, depth: int) -> tuple[Any, ...]:
        values: list[Any] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            values.append(self._value(event, (*path, len(values)), depth + 1))
        return tuple(values)

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event, path, depth)
            below = (*path, key)
            self._unique(below, values)
            self.tree.keys[below] = self.last
            values[key] = self._value(self._next(), below, depth + 1)
        return values

    def _unique(self, path: Path, values: dict[str, Any]) -> None:
        if path[-1] in values:
            first = self.tree.keys[path]
            what = f"{quoted(path[-1], longest=60)} is already set on line {first.line}"
            self._flaw(path, what, "keep one of the two")

    def _key(self, event: Event, path: Path, depth: int) -> str:
        if not isinstance(event, ScalarEvent):
            self._value(event, (*path, ""), depth + 1)
            raise self._stop(
                "a key that is not a word", "write such as `lookback: 60`; quote text that starts with [ { *"
            )
        if event.value == "<<" and event.style is None:
            self._flaw((*path, "<<"), 'a merge key, "<<"', "write the keys out: a config has no anchors")
        self._refuse_references(event, (*path, event.value))
        return str(event.value)
