"""Goal 5: bit flips and truncations of every file of a run; each must be refused with code 6.

    python -m benchmarks.reliability.damage                  all of it
    python -m benchmarks.reliability.damage --flips 20 --cuts 5

For each file of a version, for its manifest and for a kept forecast, so many single bits are flipped and so many times
the file is cut, and the command that uses the file is asked. Without the comparison of checksums (`--mutant`) some get
through.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from benchmarks.reliability.common import called, ended, head, predicted, trained, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGED = 6  # the exit code
USERS = {
    "predict": ("config.yaml", "model.onnx", "calibration.json", "MANIFEST.json"),
    "evaluate": ("scored.onnx",),
    "plot": ("report.json", "folds.csv", "losses.csv", "history.csv", "forecasts"),
}


def user_of(file: str) -> str:
    """The command that reads a file; `verify` where no other one does."""
    return next((command for command, files in USERS.items() if file in files), "verify")


def asked(command: str, folder: Path) -> tuple[int, str]:
    """The exit code of a command, and its words."""
    runs = ("--runs", folder / "runs")
    if command == "predict":
        return predicted(folder)
    if command == "plot":
        return called("plot", "small", "--out", folder / "small.svg", *runs)
    return called(*(("runs", "verify") if command == "verify" else (command,)), "small", *runs)


def damaged(content: bytes, flips: int, cuts: int, seed: int) -> Iterator[bytes]:
    """The bytes of a file with one bit flipped, and cut, at random."""
    draws = np.random.default_rng(seed)
    for bit in draws.integers(8 * len(content), size=flips).tolist():
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)
    yield from (content[:length] for length in draws.integers(len(content), size=cuts).tolist())


def refused(
    folder: Path, path: Path, command: str, *, flips: int, cuts: int, seed: int = 0
) -> tuple[int, list[tuple[int, str]]]:
    """Damage a file again and again: how often the command ended with code 6 and in one line, and what it did else."""
    content, count = path.read_bytes(), 0
    others: list[tuple[int, str]] = []
    for changed in damaged(content, flips, cuts, seed):
        path.write_bytes(changed)
        code, words = asked(command, folder)
        if code == DAMAGED and words.count("\n") == 1:
            count += 1
        else:
            others.append((code, words.strip()[:200]))
    path.write_bytes(content)
    return count, others


def files_of(runs: Path) -> dict[str, Path]:
    """Every file of the version, and the newest kept forecast, each by its name."""
    found = {path.name: path for path in sorted(version_of(runs).iterdir())}
    return found | {"forecasts": max((runs / "small/forecasts").glob("*.gz"))}


@contextlib.contextmanager
def no_checksums() -> Iterator[None]:
    """The mutant: sizes are compared, checksums are not."""
    with (
        patch("forecaster.runs.opening.digest", lambda _: _Any()),
        patch("forecaster.runs.manifest.digest", lambda _: _Any()),
    ):
        yield


class _Any(str):  # noqa: SLOT000
    """Equal to every checksum."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def main() -> None:
    """Damage every file, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=300, help="bits of each file")
    parser.add_argument("--cuts", type=int, default=60, help="truncations of each file")
    parser.add_argument("--files", nargs="*", help="only these; default: all of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mutant", action="store_true", help="without the comparison of checksums")
    asked_for = parser.parse_args()
    head("damage of each file of a run", **vars(asked_for))
    missed = []
    with tempfile.TemporaryDirectory() as place, no_checksums() if asked_for.mutant else contextlib.nullcontext():
        folder = Path(place)
        for name, path in files_of(trained(folder)).items():
            if asked_for.files and name not in asked_for.files:
                continue
            for command in dict.fromkeys((user_of(name), "verify")):
                total = asked_for.flips + asked_for.cuts
                count, others = refused(
                    folder, path, command, flips=asked_for.flips, cuts=asked_for.cuts, seed=asked_for.seed
                )
                print(f"{name:24} {command:9} {count} of {total} refused", *others[:1], flush=True)
                missed += [name] * (count < total)
    ended(missed)


if __name__ == "__main__":
    main()
