"""MANIFEST.json: what a version holds, what it was made from, and the checksum of every byte of it.

The manifest carries the SHA-256 of its own text, written with 64 zeros in the checksum's place, so that a bit that
flips in it is noticed as surely as one in the files that it lists.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from forecaster.config.channels import Channels
from forecaster.errors import DAMAGED, RunError, quoted
from forecaster.runs.records import read_record
from forecaster.runs.understanding import check_json
from forecaster.store import MANIFEST, digest

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 3
LARGEST = 16 * 2**20  # bytes of a manifest
KNOWN = (
    "config.yaml",
    "weights.safetensors",
    "scored.safetensors",
    "model.onnx",
    "scored.onnx",
    "calibration.json",
    "losses.csv",
    "report.json",
    "folds.csv",
    "history.csv",
)
MADE = ("train", "update", "retrain")
_NETWORKS = (".onnx", ".safetensors")
_CONFIG, _JSON = 2**16, 2**26  # bytes
_A_ROW = 2**11  # bytes that the tables of a version may have for each row that they were made from
Moment = str | int  # a time in ISO form, or a step of an integer clock
_CHECKSUM = "checksum"
_BLANK = "0" * 64


@dataclass(frozen=True)
class FileMark:
    """What a file of a version must be: its SHA-256 and its size."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Hashes:
    """SHA-256 of the resolved config and of the table's bytes."""

    config: str
    data: str


@dataclass(frozen=True, kw_only=True)
class TableMark:
    """The table of the training, enough to know it again and to read the next one like it.

    Attributes:
        path: Resolved and absolute.
        stem: Its name without folder and ending.
        columns: All its columns, in order.
        layout: `Layout.to_dict()`: the columns that are read.
        clock: `Clock.to_dict()`.
        season: Steps in one cycle.
        rows: Rows that were read.
        newest: The newest moment.
        series: The names of its series, where there are several.
    """

    path: str
    stem: str
    columns: tuple[str, ...]
    layout: dict[str, Any]
    clock: dict[str, Any]
    season: int
    rows: int
    newest: Moment
    series: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Borders:
    """The parts of the table, in time.

    Attributes:
        validation: First target moment of the part; equal to the next border if there is no such part.
        calibration: As above.
        test: As above.
        refit: Whether `model.onnx` was trained once more, on the whole table.
        seen: For `scored.onnx` and `model.onnx`, the newest moment that its training has seen.
    """

    validation: Moment
    calibration: Moment
    test: Moment
    refit: bool
    seen: dict[str, Moment]


@dataclass(frozen=True, kw_only=True)
class ShapesMark:
    """What the graphs take and give.

    Attributes:
        lookback: L.
        horizon: H.
        levels: (Q,) rising, the median among them.
        scale: How the target is scaled.
        channels: What the network is told besides the target.
        masked: Whether it is told which values are missing.
        members: M, the networks of an ensemble in one graph.
        noise: K, the random numbers that one drawn path takes; 0: the network draws none.
        apart: Where in them those of the H steps begin, if a draw at one step is not fed back into the next.
        theta: The share of the Theta method in a forecast.
    """

    lookback: int
    horizon: int
    levels: tuple[float, ...]
    scale: str
    channels: Channels = field(default_factory=Channels)
    masked: bool = False
    members: int = 1
    noise: int = 0
    apart: int | None = None
    theta: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the report said of the judged network, in short.

    Attributes:
        verdict: `better`, `no better`, `worse` or `too few folds`.
        verdict_text: The same in words, with figures.
        skill: 1 - error / best baseline's error; None where that is zero.
        mae: Mean absolute error on the test folds, in the data's own units.
        baseline: The baseline it was compared with.
        baseline_mae: Its error.
        folds: How many were judged.
    """

    verdict: str
    verdict_text: str
    skill: float | None = None
    mae: float | None = None
    baseline: str | None = None
    baseline_mae: float | None = None
    folds: int = 0


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One version of a run; `publish` fills in `version`, `created`, `files` and `parent`.

    Attributes:
        run: The run's name.
        version: The version's name.
        created: UTC, ISO 8601.
        files: SHA-256 and size of every file beside the manifest.
        hashes: Of what it was made from.
        table: Of the training.
        borders: Between the parts of the table.
        steps: Updates of the weights, of the deployed network.
        kernel: Which compiled loop ran: `plain` or `jit`.
        seed: Of the weights and of the windows' order.
        versions: Of Python and of the libraries.
        cpu: The processor; equal bits are promised on one machine.
        parent: The version that was the latest before.
        shapes: Of the graphs.
        result: Of the judged network.
        notes: What a reader should know, a sentence each.
        made: How the version came about: `train`, `update` (from the weights of its parent) or `retrain`.
        format: Of this file.
    """

    run: str
    version: str = ""
    created: str = ""
    files: dict[str, FileMark] = field(default_factory=dict)
    hashes: Hashes
    table: TableMark
    borders: Borders
    steps: int
    kernel: str
    seed: int
    versions: dict[str, str]
    cpu: str
    parent: str | None = None
    shapes: ShapesMark
    result: Result
    notes: tuple[str, ...] = ()
    made: str = MADE[0]
    format: int = FORMAT


def largest(file: str, rows: int) -> int | None:
    """Bytes that a file of a version may have at the most; None for networks, which the config says that of.

    Args:
        file: Its name.
        rows: Of the table that the version was trained on.
    """
    if file.endswith(_NETWORKS):
        return None
    return {"config.yaml": _CONFIG}.get(file, _JSON if file.endswith(".json") else _JSON + _A_ROW * rows)


def to_json(manifest: Manifest) -> bytes:
    """The manifest as the bytes of MANIFEST.json; numbers that are not finite become null."""
    record = _finite(asdict(manifest)) | {_CHECKSUM: _BLANK}
    text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"
    return _marked(text, _BLANK, digest(text))


def from_json(content: bytes, file: Path) -> Manifest:
    """Read MANIFEST.json, and believe nothing of it before its checksum.

    Args:
        content: Its bytes.
        file: Where they come from, for the message.

    Raises:
        RunError: If it is damaged, or was written in a newer format.
    """
    record = _parsed(content, file)
    written = record.pop("format", None)
    if isinstance(written, int) and written > FORMAT:
        raise RunError(
            f"format {written}, this version reads {FORMAT}",
            hint="upgrade forecaster, or train again",
            file=file,
        )
    checksum = record.pop(_CHECKSUM, None)
    if not isinstance(checksum, str) or digest(_marked(content, checksum, _BLANK)) != checksum:
        raise RunError(f"{MANIFEST} is damaged: its text does not have its own SHA-256", hint=DAMAGED, file=file)
    manifest = read_record(Manifest, record | {"format": written}, file)
    unknown = sorted(set(manifest.files) - set(KNOWN))
    if unknown:
        raise RunError(f"it names {quoted(unknown[0])}, which no version holds", hint=DAMAGED, file=file)
    return manifest


def _parsed(content: bytes, file: Path) -> dict[str, Any]:
    check_json(content, file)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise RunError(f"{MANIFEST} is damaged: it is not a mapping in JSON", hint=DAMAGED, file=file)
    return record


def _marked(text: bytes, old: str, new: str) -> bytes:
    return text.replace(f'"{_CHECKSUM}": "{old}"'.encode("utf-8", "replace"), f'"{_CHECKSUM}": "{new}"'.encode())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
