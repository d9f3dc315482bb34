"""pydantic's errors in our words: what is wrong with which value, where it stands, and what to do."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.config.describe import Key, expected, key_at, keys_of, parts_at
from forecaster.config.flaws import Place
from forecaster.config.parts import REFUSED, Part, bare, closest, shown
from forecaster.config.scalars import resolve
from forecaster.config.schema import Config
from forecaster.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from forecaster.config.flaws import Path
    from forecaster.config.parsing import Tree

_GUESSES = 100  # complaints of one file that look for the word meant: only the first few are printed
_RANGES = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


class Complaint(NamedTuple):
    """What is wrong with the value at a path, and what to do."""

    what: str
    hint: str
    path: Path


def complaints(error: ValidationError, tree: Tree) -> list[Complaint]:
    """One complaint for each of pydantic's errors, in pydantic's order."""
    details = [detail for detail in error.errors(include_url=False) if not _counted_without_the_wrong_ones(detail)]
    guesses = (number < _GUESSES for number in count())
    return [
        one for detail, guess in zip(details, guesses, strict=False) for one in _translated(detail, tree, guess=guess)
    ]


def subject_of(path: Path) -> str | None:
    """A path as the user would write it, fit for a terminal; None for the whole document."""
    words = [str(step) if re.fullmatch(r"[\w-]{1,60}", str(step)) else quoted(step, longest=40) for step in path]
    return ".".join(words) or None


def place_of(path: Path, tree: Tree) -> Place:
    """Where a complaint points: to an unknown key itself, to the value of a known one, or to what should hold it."""
    if path in tree.keys and key_at(path, tree.value) is None:
        return tree.keys[path]
    if path in tree.places:
        return tree.places[path]
    above = (path[:count] for count in range(len(path) - 1, -1, -1))
    found = (tree.keys.get(head) or tree.places.get(head) for head in above)
    return next((place for place in found if place is not None), Place(1, 1))


def _counted_without_the_wrong_ones(detail: ErrorDetails) -> bool:
    """Whether a list is called too short only because pydantic does not count its wrong entries."""
    value = detail["input"]
    return detail["type"] == "too_short" and isinstance(value, tuple) and len(value) >= detail["ctx"]["min_length"]


def _translated(detail: ErrorDetails, tree: Tree, *, guess: bool) -> Iterator[Complaint]:
    path = _path(detail, tree.value)
    context = detail.get("ctx", {})
    if detail["type"] == REFUSED:
        for what, hint, at in context["refusals"]:
            yield Complaint(_numbered(what, path), hint, (*path, *at))
        return
    key = key_at(path, tree.value)
    received = _received(path, detail["input"], tree)
    if detail["type"] == "extra_forbidden":
        yield _unknown(path, tree.value, guess=guess)
    elif detail["type"] == "missing":
        yield Complaint(f"missing key {quoted(path[-1])}", _give(key, typed=True), path)
    elif detail["type"] in _RANGES:
        words, limit = _RANGES[detail["type"]]
        yield Complaint(f"must be {words} {_number(context[limit])}, got {received}", _give(key), path)
    elif detail["type"] in ("too_short", "too_long"):
        yield Complaint(_length(detail["type"], context), _give(key), path)
    elif detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        yield _kind(path, tree, context)
    else:
        wanted = "a value of another form" if key is None else expected(key.annotation)
        yield Complaint(f"must be {wanted}, got {received}", _remedy(key, detail["input"], guess=guess), path)


def _path(detail: ErrorDetails, value: Any) -> Path:
    """The keys as the user wrote them: pydantic's location also names which kind of a union was tried."""
    path: list[str | int] = []
    rest: list[str | int] = []
    for step in detail["loc"]:
        inside = step in value if isinstance(value, dict) else isinstance(value, tuple) and isinstance(step, int)
        if inside:
            value = value[step]
            path.append(step)
            rest = []
        else:
            rest.append(step)
    missing = [step for step in dict.fromkeys(rest) if step not in path[-1:]]
    return (*path, *missing) if detail["type"] == "missing" else tuple(path)


def _received(path: Path, value: Any, tree: Tree) -> str:
    word = tree.words.get(path)
    if isinstance(value, str) or word is None:
        return shown(value)
    return bare(word, longest=40) if word else "nothing"


def _number(limit: Any) -> str:
    return f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:g}"


def _numbered(what: str, path: Path) -> str:
    if len(path) > 1 and path[-2] == "layers" and isinstance(path[-1], int):
        return f"layer {path[-1] + 1}: {what}"
    return what


def _length(kind: str, context: dict[str, Any]) -> str:
    least = kind == "too_short"
    limit = context["min_length" if least else "max_length"]
    entries = "entry" if limit == 1 else "entries"
    return f"must have at {'least' if least else 'most'} {limit} {entries}, got {context['actual_length']}"


def _give(key: Key | None, *, typed: bool = False) -> str:
    """What to do, from the first clause of the key's reason: every one is a noun that follows `give`."""
    if key is None or not key.reason:
        return "compare with an example in configs/" if key is None else f"write {expected(key.annotation)}"
    clause = re.split(r"[;:.]( |$)", key.reason, maxsplit=1)[0].replace("`", "")
    given = f"give {clause[:1].lower()}{clause[1:]}"
    if typed and not expected(key.annotation).startswith(("a mapping", "text")):
        return f"{given}: {expected(key.annotation)}"
    default = key.default
    numeric = isinstance(default, int | float) and not isinstance(default, bool)
    return f"{given}, such as {default}" if numeric and "such as" not in clause else given


def _remedy(key: Key | None, value: Any, *, guess: bool) -> str:
    if isinstance(value, str):
        listed = key is not None and "one of" in expected(key.annotation)
        if not listed and not isinstance(resolve(value), str | None):
            return f"write it without quotes: {value}"
        known = re.findall(r"[a-z_]+", expected(key.annotation)) if key and listed else []
        near = closest(value, tuple(known)) if guess else None
        if near:
            return f"did you mean {near}?"
        if re.fullmatch(r"[0-9]+(_[0-9]+)+", value):
            return f"write it without underscores: {value.replace('_', '')}"
    elif (
        key is not None
        and expected(key.annotation).startswith(("text", "a column", "a name"))
        and not isinstance(value, dict | tuple)
    ):
        return "put it in double quotes"
    return _give(key)


def _unknown(path: Path, value: Any, *, guess: bool) -> Complaint:
    name = str(path[-1])
    known = [key for part in parts_at(path[:-1], value) for key in keys_of(part)]
    what = f"unknown key {quoted(name, longest=60)}"
    near = closest(name, tuple(known)) if guess else None
    if near:
        return Complaint(what, f"did you mean {quoted(near)}?", path)
    home = next((section for section, keys in _sections() if name in keys), None)
    if home is not None:
        return Complaint(what, f"it belongs under {home}", path)
    return Complaint(what, f"known here are {', '.join(dict.fromkeys(known))}" if known else "drop it", path)


def _sections() -> Iterator[tuple[str, frozenset[str]]]:
    for name, info in Config.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Part):
            yield name, frozenset(info.annotation.model_fields)


def _kind(path: Path, tree: Tree, context: dict[str, Any]) -> Complaint:
    known = re.findall(r"'([^']+)'", str(context.get("expected_tags", ""))) or list(_kinds(path, tree.value))
    listed = f"known are {', '.join(known)}"
    if "tag" not in context:
        return Complaint('missing key "kind"', f"write kind: and one of them; {listed}", path)
    near = closest(str(context["tag"]), tuple(known))
    return Complaint(
        f"unknown kind {quoted(context['tag'], longest=60)}",
        f"did you mean {near}? {listed}" if near else listed,
        (*path, "kind"),
    )


def _kinds(path: Path, value: Any) -> Iterator[str]:
    for part in parts_at(path, value):
        yield from expected(keys_of(part)["kind"].annotation).split(", ")
