"""JSON into frozen dataclasses, strictly: no key too many, none too few, every value of its type."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from forecaster.errors import RunError, quoted

if TYPE_CHECKING:
    from pathlib import Path

Record = TypeVar("Record")
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}


def read_record(kind: type[Record], value: Any, file: Path) -> Record:
    """A dataclass from what JSON made of a file.

    Fields may be text, numbers, booleans, unions of these, tuples of one type, mappings from text, or dataclasses.

    Args:
        kind: The dataclass.
        value: What `json.loads` returned.
        file: Where it comes from, for the message.

    Raises:
        RunError: If a key is unknown or missing, or a value has another type.
    """
    try:
        record: Record = _read(kind, value, "")
    except _Odd as odd:
        raise RunError(str(odd), hint="train again; this file is not written by hand", file=file) from None
    return record


class _Odd(Exception):  # noqa: N818  (never leaves this module)
    def __init__(self, place: str, expected: str, received: object) -> None:
        super().__init__(f"{place.lstrip('.') or 'the whole'}: expected {expected}, got {quoted(received)}")


def _read(kind: Any, value: Any, place: str) -> Any:
    if is_dataclass(kind):
        return _dataclass(kind, value, place)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        listed = _of(list, value, place, "a list")
        return tuple(_read(inner[0], item, f"{place}.{index}") for index, item in enumerate(listed))
    if origin is dict:
        mapping = _of(dict, value, place, "a mapping")
        return {key: _read(inner[1], item, f"{place}.{key}") for key, item in mapping.items()}
    return value if kind is Any else _scalar(inner if isinstance(kind, UnionType) else (kind,), value, place)


def _scalar(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if type(value) in kinds:
        return value
    if float in kinds and type(value) is int:
        return float(value)
    raise _Odd(place, " or ".join(_NAMES[kind] for kind in kinds), value)


def _dataclass(kind: Any, value: Any, place: str) -> Any:
    mapping = _of(dict, value, place, "a mapping")
    known, hints = _fields(kind)
    for key in mapping:
        if key not in known:
            raise _Odd(f"{place}.{key}", "no such key", mapping[key])
    for key, entry in known.items():
        if key not in mapping and entry.default is MISSING and entry.default_factory is MISSING:
            raise _Odd(f"{place}.{key}", _NAMES.get(hints[key], "a value"), "nothing")
    return kind(**{key: _read(hints[key], item, f"{place}.{key}") for key, item in mapping.items()})


def _of(kind: Any, value: Any, place: str, expected: str) -> Any:
    if isinstance(value, kind):
        return value
    raise _Odd(place, expected, value)


@cache
def _fields(kind: Any) -> tuple[dict[str, Field[Any]], dict[str, Any]]:
    return {entry.name: entry for entry in fields(kind)}, get_type_hints(kind)
