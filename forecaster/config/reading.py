"""A YAML file and the options of `--set` into a `Config`, or every mistake at once with its line and column."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from forecaster.config.complaints import Complaint, complaints, place_of, subject_of
from forecaster.config.names import run_name
from forecaster.config.opening import label, read_text
from forecaster.config.overrides import Overrides, override
from forecaster.config.parsing import Tree, parse
from forecaster.config.schema import Config
from forecaster.config.writing import to_yaml
from forecaster.errors import ConfigError, Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["json_schema", "parse_config", "read_config", "to_yaml"]

_EXPANDED = re.compile(r"^~|\$\w|\$\{")  # what a shell would have replaced


def read_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read and check a config file.

    Args:
        path: The YAML. A `data.path` in it is relative to its folder; a config without a `name` is named after it.
        overrides: `key.key=value` each, as `--set` takes them; the last one wins.

    Returns:
        The config, with an absolute `data.path` and a `name`.

    Raises:
        ConfigError: With every mistake of the file and of the overrides.
        UsageError: If an override is not `key=value`.
    """
    base = path.parent.absolute()
    document = _Document.of(read_text(path), label(path), overrides)
    document.refuse([*_unexpanded(document.tree, base), *_unnamed(document.tree, path.stem)])
    config = document.config(base)
    return config.model_copy(update={"name": config.name or run_name(path.stem)})


def parse_config(text: str, *, file: str, base: Path, overrides: Sequence[str] = ()) -> Config:
    """Check the text of a config.

    Args:
        text: The YAML.
        file: What messages call it.
        base: The folder that a relative `data.path` starts from.
        overrides: `key.key=value` each, as `--set` takes them; the last one wins.

    Returns:
        The config, with an absolute `data.path`.

    Raises:
        ConfigError: With every mistake of the text and of the overrides.
        UsageError: If an override is not `key=value`.
    """
    return _Document.of(text, file, overrides).config(base)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a config file, for editors and `forecast schema`."""
    from forecaster.config.reference import schema_of

    return schema_of(Config)


@dataclass
class _Document:
    """A parsed file with what was set on top of it, and what is already known to be wrong."""

    file: str
    tree: Tree
    overrides: Overrides
    problems: list[Problem]

    @classmethod
    def of(cls, text: str, file: str, options: Sequence[str]) -> _Document:
        tree = parse(text)
        problems = [Problem(flaw.what, flaw.hint, file, *flaw.place, subject_of(flaw.path)) for flaw in tree.flaws]
        if not tree.whole:
            raise _told(problems)
        overrides = override(tree, options)
        return cls(file, tree, overrides, [*problems, *overrides.problems])

    def refuse(self, found: Sequence[Complaint]) -> None:
        """Add complaints, except where the text itself is already at fault."""
        flawed = {flaw.path for flaw in self.tree.flaws}
        for complaint in found:
            if not any(complaint.path[:count] in flawed for count in range(1, len(complaint.path) + 1)):
                self.problems.append(self._placed(complaint))

    def config(self, base: Path) -> Config:
        """The config, its `data.path` made absolute."""
        try:
            config = Config.model_validate(self.tree.value)
        except ValidationError as error:
            self.refuse(complaints(error, self.tree))
            raise _told(self.problems) from None
        if self.problems:
            raise _told(self.problems)
        path = os.path.abspath(base / config.data.path)  # noqa: PTH100  (links keep the name that the user knows)
        return config.model_copy(update={"data": config.data.model_copy(update={"path": path})})

    def _placed(self, complaint: Complaint) -> Problem:
        option = self.overrides.label_of(complaint.path)
        subject = subject_of(complaint.path)
        if option is not None:
            told = option.removeprefix("--set ").partition("=")[0].strip() == subject
            return Problem(complaint.what, complaint.hint, option, subject=None if told else subject)
        return Problem(complaint.what, complaint.hint, self.file, *place_of(complaint.path, self.tree), subject)


def _told(problems: Sequence[Problem]) -> ConfigError:
    return ConfigError.of(sorted(problems, key=lambda one: (one.line is None, one.line or 0, one.column or 0)))


def _unexpanded(tree: Tree, base: Path) -> Iterator[Complaint]:
    data = tree.value.get("data") if isinstance(tree.value, dict) else None
    path = data.get("path") if isinstance(data, dict) else None
    if isinstance(path, str) and _EXPANDED.search(path) and not os.path.lexists(base / path):
        hint = "write the path out: nothing in it is expanded"
        yield Complaint(f"{quoted(path)} holds what only a shell expands", hint, ("data", "path"))


def _unnamed(tree: Tree, stem: str) -> Iterator[Complaint]:
    if isinstance(tree.value, dict) and tree.value.get("name") is None and run_name(stem) is None:
        hint = "write a name, such as name: prices"
        yield Complaint(f"the file's name, {quoted(stem)}, gives no name to a run", hint, ("name",))
