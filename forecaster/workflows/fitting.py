"""Networks trained, exported, and compared with what Keras says of the same windows: all that needs TensorFlow."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UnusableError
from forecaster.forecasters.runtime import Graph
from forecaster.store import remove
from forecaster.workflows.machine import cpu, versions
from forecaster.workflows.watching import Progress, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from forecaster.config.model import ModelConfig
    from forecaster.series import Ints, Singles
    from forecaster.training.checkpoint import CheckpointFolder
    from forecaster.training.loop import Fitted, Loss, Material
    from forecaster.training.schedules import Course
    from forecaster.workflows.preparing import Prepared
    from forecaster.workflows.training import Session

DRAWN = 10.0  # times as much for a draw, which stretches rounding where a distribution has its tails
PARITY = 1e-5  # of the value, or of the window's own unit where that is larger


@dataclass(frozen=True, eq=False)
class Trained:
    """A network as it goes to disk.

    Attributes:
        fitted: With its losses.
        onnx: The exported graph.
        weights: As safetensors.
        graph: The graph, ready to forecast.
        compared: Inputs by name, and what the graph says of them: what must be read back from disk.
    """

    fitted: Fitted
    onnx: bytes
    weights: bytes
    graph: Graph
    compared: tuple[Mapping[str, Singles], Singles]


def fit_judged(prepared: Prepared, session: Session, *, warm: bytes | None = None) -> Trained:
    """Network A: it sees the training part, and is stopped by the validation part.

    Args:
        prepared: Config and table.
        session: The circumstances.
        warm: The weights that it begins with; fresh ones by default.

    Raises:
        UnusableError: If training diverges, or the exported graph says something else than Keras.
    """
    return _fit(prepared, prepared.training, prepared.validation, session, stage="training", warm=warm)


def fit_deployed(
    prepared: Prepared, courses: Sequence[Course], session: Session, *, warm: bytes | None = None
) -> Trained:
    """Network B: the same config on the whole table, for as many updates as A took to its best.

    Raises:
        UnusableError: As for A.
    """
    nothing = np.empty(0, dtype=np.int64)
    return _fit(prepared, prepared.whole, nothing, session, stage="refit", courses=courses, warm=warm)


def fit_trial(prepared: Prepared, session: Session, *, stage: str) -> Trained:
    """A network that is only compared with others: trained as A is, but nothing of it is kept where it is killed.

    Raises:
        UnusableError: As for A.
    """
    from forecaster.training.loop import Around, Material, fit

    config = prepared.config
    material = Material(prepared.flat, prepared.window, prepared.training, prepared.validation)
    around = Around(session.deadline, _telling(session.watch, stage, config.training.ensemble))
    return _exported(prepared, material, fit(config.model, prepared.shapes, config.training, material, around=around))


def checkpoints_of(runs: Path, name: str) -> Path:
    """Where the checkpoints of a run's training lie while it lasts."""
    return runs / name / "checkpoint"


def _telling(watch: Watch, stage: str, members: int) -> Callable[[Loss, int, int], None]:
    def tell(loss: Loss, epochs: int, member: int) -> None:
        named = stage if members == 1 else f"{stage} {member + 1}/{members}"
        watch(Progress(named, loss.epoch, epochs, loss.training, loss.validation))

    return tell


def _fit(
    prepared: Prepared,
    training: Ints,
    validation: Ints,
    session: Session,
    *,
    stage: str,
    courses: Sequence[Course] | None = None,
    warm: bytes | None = None,
) -> Trained:
    from forecaster.training.loop import Around, Material, fit

    config, shapes = prepared.config, prepared.shapes
    material = Material(prepared.flat, prepared.window, training, validation)
    checkpoints = _checkpoints(prepared, material, session, (courses, warm))
    around = Around(session.deadline, _telling(session.watch, stage, config.training.ensemble), checkpoints)
    with session.halt.deferred(), _noting(session):
        fitted = fit(config.model, shapes, config.training, material, courses=courses, warm=warm, around=around)
    for member, updates in checkpoints.resumed_at.items():
        session.journal.choose(stage, f"network {member + 1} went on where it was ended, after {updates} updates")
    return _exported(prepared, material, fitted)


def _exported(prepared: Prepared, material: Material, fitted: Fitted) -> Trained:
    from forecaster.training.export import compared_forecasts, to_onnx
    from forecaster.training.weights import to_safetensors

    model = prepared.config.model
    onnx = to_onnx(fitted.networks)
    graph = Graph(onnx, prepared.mark, model.scale)
    inputs, expected = compared_forecasts(fitted.networks, material)
    said = graph.raw(inputs)
    _check_parity(inputs, expected["forecast"], said, model)
    if "path" in expected:
        _check_parity(inputs, expected["path"], graph.drawn(inputs), model, loose=DRAWN)
    return Trained(fitted, onnx, to_safetensors(fitted.networks), graph, (inputs, said))


def _checkpoints(
    prepared: Prepared,
    material: Material,
    session: Session,
    start: tuple[Sequence[Course] | None, bytes | None],
) -> CheckpointFolder:
    """Those of this very training; what an ended training of something else left is removed."""
    from forecaster.training.checkpoint import CheckpointFolder, foreign, identity

    config, machine = prepared.config, {**versions(), "cpu": cpu()}
    key = identity(config.model, prepared.shapes, config.training, material, start=start, machine=machine)
    folder = checkpoints_of(session.runs, prepared.name)
    if start[0] is None and (session.fresh or foreign(folder, key)):
        remove(folder)
    return CheckpointFolder(folder, key, asked=session.halt.asked)


@contextmanager
def _noting(session: Session) -> Iterator[None]:
    from forecaster.training.standing import HaltedError

    try:
        yield
    except HaltedError as halted:
        session.journal.halted = str(halted)
        raise


def _check_parity(
    inputs: Mapping[str, Singles], expected: Singles, said: Singles, model: ModelConfig, *, loose: float = 1.0
) -> None:
    """Refuse to publish a graph that says something else than the network, in the units that the network works in.

    Rounding is relative to the numbers that a network works with, so a window of numbers far above 1 in those units
    (prices that hardly ever move, and then do) allows for as much more; and where what was said is fed back, the
    errors of H steps add up as those of a random walk do.
    """
    with np.errstate(all="ignore"):  # numbers at the edge of float32 are told of below
        window = inputs["window"]
        unit = np.maximum(_denominators(window, model.scale), inputs["floor"])
        read = np.abs(window - window[:, -1:]).max(axis=1, keepdims=True)  # at most this, in any scale but `none`
        size = np.maximum(unit, read)[:, :, None]
        distance = np.abs(expected - said) / np.maximum(size, np.abs(expected))
    worst = float(distance.max(initial=0.0))
    fed_back = model.decoder not in {"direct", "parallel"}
    allowed = loose * PARITY * (expected.shape[1] ** 0.5 if fed_back else 1.0)
    if not worst <= allowed:
        raise UnusableError(
            f"the exported graph differs from the network by {worst:.2g}, and {allowed:.0e} is allowed",
            hint="use tanh in place of relu or linear in the recurrent layers, whose rounding errors grow with the "
            "lookback, or give them fewer steps with model.segment",
        )


def _denominators(windows: Singles, scale: str) -> Singles:
    """(N, 1) what a window's values are divided by before the network sees them, floors aside."""
    if scale in {"none", "log_mean"}:
        return np.ones((len(windows), 1), dtype=np.float32)
    if scale in {"standard", "affine"}:
        return np.asarray(windows.std(axis=1, keepdims=True))
    if scale == "mean":
        return np.asarray(np.abs(windows).mean(axis=1, keepdims=True))
    steps = np.abs(np.diff(windows, axis=1, prepend=windows[:, :1]))  # none where the lookback is one step
    return np.asarray(steps.sum(axis=1, keepdims=True) / max(1, windows.shape[1] - 1))
