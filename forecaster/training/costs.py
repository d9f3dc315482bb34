"""What a training takes, in seconds on two cores and in bytes: arithmetic on sizes, the same on any machine and day.

An update costs what its multiply-adds take, what passing over the numbers does that the gradient keeps, and for every
recurrent step what starting its kernels does; the rest is fixed: loading TensorFlow, compiling, exporting.
`benchmarks/bench_estimate.py` compares these figures with measured ones. A machine that is slower, or busy, takes
longer by one factor throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.config.model import Seq2Seq
from forecaster.models.rows import attends, rows_of
from forecaster.models.sizes import memory, rows
from forecaster.series.budget import PASSES
from forecaster.training.kernels import kernel_of
from forecaster.training.schedules import course_of

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.config.training import TrainingConfig
    from forecaster.models.sizes import Shapes
    from forecaster.training.kernels import Kernel
    from forecaster.training.schedules import Course

JUDGED = 256  # windows judged at a time, the last ones filled up
EARLY = 0.45  # of the updates, where one may be stopped early: it takes between a tenth of them and all


class _Speed(NamedTuple):
    """Seconds of one kernel: of an update, of a recurrent step in it, of a number that is kept, and of compiling."""

    update: float
    step: float
    kept: float
    judged: float  # a number, where the network is only asked
    compile: float
    part: float  # to compile, for each part of the network


_SPEEDS: dict[Kernel, _Speed] = {
    "plain": _Speed(0.4e-3, 70e-6, 4.0e-9, 2.5e-9, 0.6, 0.25),
    "jit": _Speed(0.2e-3, 5e-6, 4.5e-9, 3.0e-9, 1.8, 0.4),
}
_PRODUCT = 1.2e-11  # seconds of a multiply-add
_START = 3.5  # seconds: Python, TensorFlow and Keras, and reading, writing and checking a version
_EXPORT, _EXPORT_PART = 0.3, 0.15  # seconds of one network's graph
_DECODERS = {"recursive": 4.5, "parallel": 0.6, "seq2seq": 2.3}  # and what such a decoder adds
_CUTOFF, _ROW, _ASKED = 0.3e-3, 25e-6, 1e-9  # seconds of scoring: a cutoff, a window, a number that it keeps
_SMOOTHED, _ATTENDED = 0.3, 6  # recurrent steps that a step of smoothing, and one of a decoder that attends, come to

_LIBRARIES: dict[Kernel, int] = {"plain": 720 * 2**20, "jit": 800 * 2**20}  # bytes
_VALUE, _SAID = 60, 300  # bytes for every number of the table; and of a fold, said by a network and three baselines


@dataclass(frozen=True)
class Work:
    """A training by its sizes.

    Attributes:
        model: The network.
        shapes: Its sizes.
        training: How it is trained.
        windows: That it learns from.
        judged: Windows that each epoch is judged by; 0: none is.
        cutoffs: At which the trained network is asked.
        asked: Windows that it is asked for, over all of them.
        values: Numbers in the table.
    """

    model: ModelConfig
    shapes: Shapes
    training: TrainingConfig
    windows: int
    judged: int
    cutoffs: int
    asked: int
    values: int

    @property
    def batch(self) -> int:
        """Windows in an update."""
        return min(self.training.batch_size, self.windows)

    @property
    def course(self) -> Course:
        """The updates of one network, where nothing stops it early."""
        return course_of(self.training, self.windows)

    @property
    def kernel(self) -> Kernel:
        """What computes them."""
        return kernel_of(self.model, self.shapes, self.batch, self.course.total)


def training_seconds(work: Work, networks: int, *, share: float = 1.0) -> float:
    """A whole `train`: each network trained, judged, and trained once more where the config says so.

    Args:
        work: What is trained.
        networks: Of the ensemble.
        share: Of the updates: see `EARLY`.
    """
    each = share * _fitting(work) + _exporting(work.model) + _asking(work)
    again = share * _updating(work) + _exporting(work.model) if work.training.refit else 0.0
    return _START + _compiling(work) + networks * (each + again) + _scoring(work)


def trial_seconds(work: Work, networks: int) -> float:
    """Networks that are trained and judged in a process that is at work already, and not published."""
    each = _fitting(work) + _exporting(work.model) + _asking(work)
    return _compiling(work) + networks * each + _scoring(work)


def training_bytes(work: Work) -> int:
    """Of the process, at its peak."""
    batch = max(work.batch, JUDGED if work.judged else 1)
    told = _VALUE * work.values + _SAID * work.asked * work.shapes.horizon
    return _LIBRARIES[work.kernel] + memory(work.model, work.shapes, batch) + told


def _fitting(work: Work) -> float:
    """One network to its full length, judged after every epoch."""
    speed, kept = _SPEEDS[work.kernel], _kept(work.model, work.shapes)
    freely = work.shapes.horizon if work.model.decoder == "recursive" else 1
    judging = JUDGED * (kept * speed.judged + _products(work.model, work.shapes) * _PRODUCT)
    return _updating(work) + work.course.epochs * -(-work.judged // JUDGED) * freely * judging


def _updating(work: Work) -> float:
    """One network to its full length, judged by nothing."""
    speed, products = _SPEEDS[work.kernel], _products(work.model, work.shapes)
    window = PASSES * products * _PRODUCT + _kept(work.model, work.shapes) * speed.kept
    return work.course.total * (speed.update + _steps(work.model, work.shapes) * speed.step + work.batch * window)


def _asking(work: Work) -> float:
    freely = work.shapes.horizon if work.model.decoder == "recursive" else 1
    return freely * work.asked * _kept(work.model, work.shapes) * _ASKED


def _scoring(work: Work) -> float:
    """What asking takes whatever the network: the baselines, the intervals, the report."""
    return work.cutoffs * _CUTOFF + work.asked * _ROW


def _compiling(work: Work) -> float:
    return _SPEEDS[work.kernel].compile + _parts(work.model) * _SPEEDS[work.kernel].part


def _exporting(model: ModelConfig) -> float:
    decoder = model.decoder if isinstance(model.decoder, str) else "seq2seq"
    return _EXPORT + _parts(model) * _EXPORT_PART + _DECODERS.get(decoder, 0.0)


def _parts(model: ModelConfig) -> int:
    """What there is to compile: layers, each direction of its own, and a skip that is learned."""
    ways = sum(2 if str(kind_of(layer)).startswith("bi") else 1 for layer in model.layers)
    return ways + 2 * isinstance(model.decoder, Seq2Seq) + (model.skip == "smoothing")


def _kept(model: ModelConfig, shapes: Shapes) -> int:
    """Numbers that the layers put out for one window, with the gates of the recurrent ones."""
    return sum(row.kept for row in rows_of(model, shapes))


def _steps(model: ModelConfig, shapes: Shapes) -> float:
    """Recurrent steps, one after another, of one window: what no batch makes fewer."""
    layers = [(str(kind_of(layer)), options_of(layer)) for layer in model.layers if kind_of(layer) in RECURRENT]
    ways = [(2 if kind.startswith("bi") else 1, int(options.dilation)) for kind, options in layers]
    back = sum(way * -(-shapes.patches // dilation) for way, dilation in ways)
    ahead = shapes.horizon * (_ATTENDED if attends(model) else 1) if isinstance(model.decoder, Seq2Seq) else 0
    return back + ahead + (_SMOOTHED * shapes.lookback if model.skip == "smoothing" else 0)


def _products(model: ModelConfig, shapes: Shapes) -> int:
    """Multiply-adds of one window forward: every weight once for each step at which it is used."""
    horizon = shapes.horizon if isinstance(model.decoder, Seq2Seq) else 1
    again = {"decoder": horizon, "decoder_attention": horizon * shapes.patches, "head": horizon}
    return sum(
        row.parameters * (shapes.patches if row.name.startswith(("layer", "segment")) else again.get(row.name, 1))
        for row in rows(model, shapes)
    )
