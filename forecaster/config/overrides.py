"""`--set model.segment=24`: values from the command line, put into the document before it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forecaster.config.flaws import Path, strange
from forecaster.config.parsing import Tree, parse
from forecaster.config.parts import bare
from forecaster.config.scalars import resolve
from forecaster.errors import Problem, UsageError, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_DIGITS = 6  # of an index


class _NoEntryError(Exception):
    """The list that a path goes through has no such entry."""


@dataclass
class Overrides:
    """What was set, and by which option: `labels[path]` is `--set model.segment=24`."""

    labels: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def label_of(self, path: Path) -> str | None:
        """The option that set a path or anything above it; None where the file did."""
        above = (path[:count] for count in range(len(path), 0, -1))
        return next((self.labels[head] for head in above if head in self.labels), None)


def override(tree: Tree, options: Sequence[str]) -> Overrides:
    """Put `key.key=value` options into a tree, in order: the last word wins.

    Raises:
        UsageError: If an option has no `=`, or no key before it.
    """
    done = Overrides()
    for option in options:
        key, sign, text = option.partition("=")
        label = f"--set {bare(option)}"
        if not sign or not key.strip():
            raise UsageError(f"{label}: no key and value", hint="write such as --set model.segment=24")
        value = _value(text.strip())
        if value.flaws:
            done.problems += [Problem(flaw.what, flaw.hint, label) for flaw in value.flaws]
            continue
        try:
            steps = tuple(_step(step) for step in key.strip().split("."))
            before = tree.value if isinstance(tree.value, dict) else {}
            tree.value, path = _with(before, steps, value.value)
        except _NoEntryError as error:
            done.problems.append(Problem(str(error), "count the entries from 0, or set the whole list", label))
            continue
        made = [above for above in _above(path) if not _holds(before, above)]
        done.labels = {old: said for old, said in done.labels.items() if old[: len(path)] != path}
        done.labels |= dict.fromkeys((*made, path), label)
        _record(tree, path, value)
    return done


def _value(text: str) -> Tree:
    if text.startswith(("[", "{", '"', "'")):
        return parse(text)
    # A lone word needs no quotes here: the shell has taken them away, and `*` or `%d` would be no YAML.
    return Tree(value=resolve(text), words={(): text}, flaws=strange(text))


def _step(word: str) -> str | int:
    return int(word) if word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS else word


def _with(node: Any, steps: Path, value: Any) -> tuple[Any, Path]:
    """A copy of `node` with `value` at `steps`, and the steps as the node spells them."""
    if not steps:
        return value, ()
    step, rest = steps[0], steps[1:]
    if isinstance(node, tuple):
        if not isinstance(step, int) or step >= len(node):
            raise _NoEntryError(f"the list has {len(node)} entries, and none is {quoted(step)}")
        inner, path = _with(node[step], rest, value)
        return (*node[:step], inner, *node[step + 1 :]), (step, *path)
    mapping = node if isinstance(node, dict) else {}
    inner, path = _with(mapping.get(str(step)), rest, value)
    return {**mapping, str(step): inner}, (str(step), *path)


def _above(path: Path) -> list[Path]:
    return [path[:count] for count in range(1, len(path))]


def _holds(node: Any, path: Path) -> bool:
    """Whether a mapping or a list already stands at `path`."""
    for step in path:
        if not isinstance(node, dict | tuple):
            return False
        node = node.get(step) if isinstance(node, dict) else node[int(step)]
    return isinstance(node, dict | tuple)


def _record(tree: Tree, path: Path, value: Tree) -> None:
    # What stood above as one word is a mapping now.
    stale = [old for old in tree.words if old[: len(path)] == path or old in _above(path)]
    for old in stale:
        del tree.words[old]
    tree.words |= {(*path, *below): word for below, word in value.words.items()}
