"""Where a training stands, on disk: killed at any moment, it goes on from there to the same bits.

A checkpoint is a directory that is whole or absent, as a version is: the weights, the best ones so far, the optimizer's
moments and the seeds of dropout as safetensors, what the keeper has seen as JSON, and a manifest with the SHA-256 of
both. Its name begins with a hash of all that the training's bits depend on, so that none is ever taken for another's.
It is written between two chunks of updates, as often as that costs little; a chunk computes the same whether or not a
checkpoint lies before it.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, fields
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from forecaster.errors import RunError, SystemFault
from forecaster.models.backend import tf
from forecaster.store import MANIFEST, digest, directory, discard, read_below, write_new
from forecaster.training.standing import HaltedError, Standing
from forecaster.training.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from forecaster.config.model import ModelConfig
    from forecaster.config.training import TrainingConfig
    from forecaster.models.sizes import Shapes
    from forecaster.training.keeper import Keeper
    from forecaster.training.loop import Material
    from forecaster.training.schedules import Course

KEPT = 2  # of a member that is still in training
SHARE = 0.05  # of the time, at most, that checkpoints may take
SOONEST = 1.0  # seconds between two
_KEY = 16  # hexadecimal digits of the hash that are in the name
_NAME = re.compile(r"([0-9a-f]{16})-(\d{3})-(\d{12})")
_STATE, _PROGRESS = "state.safetensors", "progress.json"
_LARGEST = 2**24  # bytes of the JSON
_HEADER = 2**20  # bytes that names and shapes may take
_PARTS = ("weights", "fixed", "moments")

Arrays = dict[str, "NDArray[Any]"]


def identity(
    model: ModelConfig,
    shapes: Shapes,
    training: TrainingConfig,
    material: Material,
    *,
    start: tuple[Sequence[Course] | None, bytes | None],
    machine: Mapping[str, str],
) -> str:
    """SHA-256 of all that the bits of a training depend on.

    Args:
        model: The network.
        shapes: Its sizes.
        training: How it is trained.
        material: On what.
        start: The courses that are repeated, and the weights it begins with.
        machine: Versions of the libraries, and the processor.
    """
    courses, warm = start
    told = {
        "model": model.model_dump(mode="json"),
        "shapes": asdict(shapes),
        "training": training.model_dump(mode="json"),
        "window": asdict(material.window),
        "courses": None if courses is None else [asdict(course) for course in courses],
        "warm": None if warm is None else digest(warm),
        "machine": dict(machine),
    }
    total = sha256(json.dumps(told, sort_keys=True, default=str).encode())
    flat = {field.name: getattr(material.flat, field.name) for field in fields(material.flat)}
    for name, value in {**flat, "training": material.training, "validation": material.validation}.items():
        array = np.ascontiguousarray(value) if isinstance(value, np.ndarray) else None
        total.update(f"{name} {value if array is None else (array.shape, array.dtype.str)}".encode())
        if array is not None:
            total.update(array.view(np.uint8).data)
    return total.hexdigest()


class CheckpointFolder:
    """The checkpoints of one training, in a folder that its process holds alone.

    Args:
        folder: Where they lie; created with the first one.
        key: As `identity` has it.
        asked: Whether the training was asked to end.
    """

    def __init__(self, folder: Path, key: str, *, asked: Callable[[], bool] = bool) -> None:
        self._folder, self._key, self._asked = folder, key[:_KEY], asked
        self._due = time.monotonic() + SOONEST
        self.resumed_at: dict[int, int] = {}

    def resumed(self, member: int, fresh: Standing, keeper: Keeper) -> Standing:
        """The newest checkpoint of a member that is whole; `fresh` where there is none."""
        for done in reversed(self._there(member)):
            found = _loaded(self._folder, self._name(member, done), fresh)
            if found is not None:
                now, kept, best = found
                keeper.restore(kept, best)
                self.resumed_at[member] = now.done
                return now
        return fresh

    def passed(self, member: int, now: Standing, keeper: Keeper) -> None:
        """Write a checkpoint where it is time, or the training is over or was asked to end.

        Raises:
            HaltedError: If it was asked to end.
            SystemFault: If the checkpoint cannot be written.
        """
        asked = self._asked()
        if now.stopped == "time":
            return  # what a deadline cut short is not where another run may go on
        if asked or now.stopped or time.monotonic() >= self._due:
            self._write(member, now, keeper)
        if asked and not now.stopped:
            raise HaltedError(f"after {now.done} updates")

    def _write(self, member: int, now: Standing, keeper: Keeper) -> None:
        began = time.monotonic()
        name = self._name(member, now.done)
        if not (self._folder / name).exists():
            content = save(_arrays(now, keeper))
            progress = json.dumps({"done": now.done, "stopped": now.stopped, "keeper": keeper.to_dict()}).encode()
            files = {_STATE: content, _PROGRESS: progress}
            marks = {file: digest(content) for file, content in files.items()}
            with directory(self._folder, name) as filling:
                for file, content in {**files, MANIFEST: json.dumps(marks).encode()}.items():
                    write_new(filling / file, content)
        for old in self._there(member)[: -1 if now.stopped else -KEPT]:
            discard(self._folder / self._name(member, old), into=self._folder)
        cost = time.monotonic() - began
        self._due = time.monotonic() + max(SOONEST, cost / SHARE)

    def _name(self, member: int, done: int) -> str:
        return f"{self._key}-{member:03d}-{done:012d}"

    def _there(self, member: int) -> list[int]:
        """The updates after which there is a checkpoint of a member, rising."""
        found = (_NAME.fullmatch(name) for name in _names(self._folder))
        return sorted(int(match[3]) for match in found if match and match[1] == self._key and int(match[2]) == member)


def foreign(folder: Path, key: str) -> bool:
    """Whether a folder holds checkpoints, and none of the training `key`."""
    found = [match for match in (_NAME.fullmatch(name) for name in _names(folder)) if match]
    return bool(found) and all(match[1] != key[:_KEY] for match in found)


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _arrays(now: Standing, keeper: Keeper) -> Arrays:
    kept: Arrays = {"losses": now.losses}
    for part, tensors in zip(_PARTS, now.state.parts, strict=True):
        kept |= {f"{part}.{place:05d}": tensor.numpy() for place, tensor in enumerate(tensors)}
    if keeper.losses:
        kept |= {f"best.{place:05d}": tensor.numpy() for place, tensor in enumerate(keeper.best.weights)}
    return kept


def _loaded(folder: Path, name: str, fresh: Standing) -> tuple[Standing, dict[str, Any], State | None] | None:
    """A checkpoint, what its keeper knew, and the best weights; None if it is damaged: an older one is as good."""
    most = 3 * sum(tensor.numpy().nbytes for part in fresh.state.parts for tensor in part) + _HEADER
    try:
        marks = json.loads(read_below(folder, name, MANIFEST, most=_LARGEST))
        read = {file: read_below(folder, name, file, most=max(most, _LARGEST)) for file in (_STATE, _PROGRESS)}
        if any(digest(content) != marks[file] for file, content in read.items()):
            return None
        arrays, progress = load(read[_STATE]), json.loads(read[_PROGRESS])
        restored = partial(_restored, arrays)
        parts = [restored(part, tensors) for part, tensors in zip(_PARTS, fresh.state.parts, strict=True)]
        best = restored("best", fresh.state.weights) if "best.00000" in arrays else None
        now = Standing(State(*parts), progress["done"], arrays["losses"], progress["stopped"])
        return now, progress["keeper"], None if best is None else State(best, [], [])
    except (RunError, SystemFault, SafetensorError, ValueError, KeyError, TypeError):
        return None


def _restored(arrays: Arrays, part: str, like: Sequence[Any]) -> list[Any]:
    """Tensors of the same shapes and kinds as those of a fresh network."""
    found = [arrays[f"{part}.{place:05d}"] for place in range(len(like))]
    for array, tensor in zip(found, like, strict=True):
        if array.shape != tuple(tensor.shape) or array.dtype != tensor.dtype.as_numpy_dtype:
            raise ValueError(f"{part}: {array.dtype} {array.shape}")
    return [tf.constant(array) for array in found]
