"""What the schema says of one key: which type, which range, which default, and why."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from forecaster.config.parts import Before, Choice, Part, Words
from forecaster.config.schema import Config
from forecaster.config.writing import flow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.config.flaws import Path

_UNIONS = (Union, types.UnionType)


@dataclass(frozen=True)
class Key:
    """One key, or one entry of a list: its type with everything that is attached to it."""

    annotation: Any
    info: FieldInfo | None = None
    reason: str = ""

    @property
    def required(self) -> bool:
        """Whether the key must be given."""
        return self.info is not None and self.info.is_required()

    @property
    def default(self) -> Any:
        """What an absent key means; None too where there is no default."""
        found = None if self.info is None else self.info.get_default(call_default_factory=True, validated_data={})
        return None if found is PydanticUndefined else found


def keys_of(part: type[Part]) -> dict[str, Key]:
    """The keys of a mapping as they are written, in the order of the schema."""
    reasons = _reasons(part)
    return {
        info.alias or name: Key(_whole(info), info, reasons.get(name, "")) for name, info in part.model_fields.items()
    }


def parts_at(path: Path, value: Any) -> list[type[Part]]:
    """The mappings that may stand at a path; where several may, those that fit the `kind` which is written there.

    Args:
        path: Keys and indices, from the top.
        value: The whole document.
    """
    here = Key(Config)
    for step in path:
        value = _below(value, step)
        found = _step(here, step)
        if found is None:
            return []
        here = found
    return _fitting(list(_parts(here.annotation)), value)


def key_at(path: Path, value: Any) -> Key | None:
    """What the schema says of a path; None where it knows no such key."""
    here = Key(Config, reason="At least data, window and model")
    for at, step in enumerate(path):
        parts = parts_at(path[:at], value)
        found = next((keys_of(part)[str(step)] for part in parts if step in keys_of(part)), None) or _entry(here, step)
        if found is None:
            return None
        here = found
    return here


def mappings_of(annotation: Any) -> list[type[Part]]:
    """The mappings that a type allows, in lists too."""
    kind, _ = _taken_apart(annotation)
    return list(_parts(get_args(kind)[0] if get_origin(kind) is tuple else kind))


def kind_of_table(part: type[Part]) -> str:
    """The `kind` that a synthetic table's mapping is told by."""
    return str(get_args(part.model_fields["kind"].annotation)[0])


def expected(annotation: Any) -> str:
    """A type in words.

    >>> expected(Literal["warn", "fail"] | None)
    'one of warn, fail, or null'
    """
    kind, notes = _taken_apart(annotation)
    for note in reversed(notes):
        if isinstance(note, Words):
            return note.text
        if isinstance(note, Before):
            return note.words
        if isinstance(note, Choice):
            return f"one of {', '.join(note.known)}"
    return _typed(kind, notes)


_SIMPLE = {int: "a whole number", float: "a number", str: "text", bool: "true or false", type(None): "null"}


def _typed(kind: Any, notes: list[Any]) -> str:
    if kind in _SIMPLE:
        return _SIMPLE[kind] + (_range(notes) if kind in (int, float) else "")
    if get_origin(kind) is Literal:
        values = [flow(value) for value in get_args(kind)]
        return values[0] if len(values) == 1 else f"one of {', '.join(values)}"
    if get_origin(kind) is tuple:
        return f"a list, each entry {expected(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        name, inner = get_args(kind)
        return f"a mapping of {expected(name)} to {expected(inner)}"
    if get_origin(kind) in _UNIONS:
        return _either(kind)
    return f"a mapping of {', '.join(keys_of(kind))}"


def _either(union: Any) -> str:
    kinds = [kind_of_table(part) for part in _parts(union) if "kind" in part.model_fields]
    if kinds:
        return f"a mapping with a kind of {', '.join(kinds)}"
    return ", or ".join(dict.fromkeys(expected(option) for option in get_args(union)))


def _range(notes: list[Any]) -> str:
    words = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
    bounds = [
        f"{word} {limit:,}" if isinstance(limit, int) else f"{word} {limit:g}"
        for sign, word in words.items()
        for note in notes
        if (limit := getattr(note, sign, None)) is not None
    ]
    return f" {' and '.join(bounds)}" if bounds else ""


def _whole(info: FieldInfo) -> Any:
    annotation: Any = info.annotation
    for note in info.metadata:
        annotation = Annotated[annotation, note]
    return annotation


def _taken_apart(annotation: Any) -> tuple[Any, list[Any]]:
    notes: list[Any] = []
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        notes[:0] = more
    flat = [inner for note in notes for inner in (note.metadata if isinstance(note, FieldInfo) else [note])]
    return annotation, flat


def _parts(annotation: Any) -> Iterator[type[Part]]:
    kind, _ = _taken_apart(annotation)
    if isinstance(kind, type) and issubclass(kind, Part):
        yield kind
    elif get_origin(kind) in _UNIONS:
        for option in get_args(kind):
            yield from _parts(option)


def _step(here: Key, step: str | int) -> Key | None:
    parts = _parts(here.annotation)
    return next((keys_of(part)[str(step)] for part in parts if step in keys_of(part)), None) or _entry(here, step)


def _entry(here: Key, step: str | int) -> Key | None:
    """An entry of a list, or of a mapping whose keys are the user's own."""
    kind, _ = _taken_apart(here.annotation)
    options = get_args(kind) if get_origin(kind) in _UNIONS else (kind,)
    for option in options:
        inner, _ = _taken_apart(option)
        if isinstance(step, int) and get_origin(inner) is tuple:
            return Key(get_args(inner)[0])
        if isinstance(step, str) and get_origin(inner) is dict:
            return Key(get_args(inner)[1], reason=here.reason)
    return None


def _below(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, tuple) and isinstance(step, int) and step < len(value) else None


def _fitting(parts: list[type[Part]], value: Any) -> list[type[Part]]:
    kind = value.get("kind") if isinstance(value, dict) else None
    fitting = [part for part in parts if "kind" in part.model_fields and kind_of_table(part) == kind]
    return fitting or parts


@cache
def _reasons(part: type[Part]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for ancestor in reversed(part.__mro__):
        if issubclass(ancestor, Part):
            reasons |= _docstrings(ancestor.__module__).get(ancestor.__name__, {})
    return reasons


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """The strings below the attributes of every class; read only when an error or the reference needs them."""
    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:
        return {}
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_attributes(node)) for node in classes}


def _attributes(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for line, below in zip(node.body, node.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(below, ast.Expr):
            text = getattr(below.value, "value", None)
            if isinstance(text, str):
                yield line.target.id, inspect.cleandoc(text).replace("\n", " ")
