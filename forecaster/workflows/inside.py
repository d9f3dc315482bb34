"""`forecast plot --kind memory|attention|importance`: what a published network does with one window, and rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.layers import kind_of
from forecaster.errors import UsageError, about, quoted
from forecaster.evaluation.folds import from_csv
from forecaster.forecasters.inspection import Shuffling, asked, importance, reach
from forecaster.forecasters.runtime import Graph
from forecaster.runs.understanding import understood
from forecaster.series.calendar import features_of
from forecaster.series.dialect import listed
from forecaster.workflows.tables import read_again
from forecaster.workflows.wall import local

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from forecaster.config.schema import Config
    from forecaster.forecasters.inspection import Importance
    from forecaster.runs.versions import Run
    from forecaster.series.panel import Panel
    from forecaster.views.inside import SeenWindow

DEPLOYED, JUDGED = "model.onnx", "scored.onnx"
_WEIGHTS = "weights.safetensors"
_FIRST = "member0/"  # of an ensemble, the network that is looked into


def memory_of(run: Run, series: str | None, window: str | None) -> Figure:
    """What each gate of the first recurrent layer does over one window, and how far back the memory reaches.

    Raises:
        UsageError: If there is no such series, or no window ends at that moment.
        DataError: If the run's table cannot be read.
        RunError: If the version is damaged.
    """
    from forecaster.models.stack import look_inside
    from forecaster.views.inside import Memory
    from forecaster.views.memory import memory

    seen = _looked(run, DEPLOYED, series, window)
    sequence = seen.graph.inspect(seen.past).sequence
    if sequence is None:
        raise UsageError("this version was made before networks could be looked into", hint="train the run again")
    weights = _weights(run)
    with understood(run.path / _WEIGHTS):
        layer = look_inside(seen.config.model.layers, weights, sequence)[0]
    segment = _segment(seen.config)
    step = float(np.nanmean(np.abs(np.diff(seen.window.values)))) if len(seen.window.values) > 1 else 1.0
    return memory(
        Memory(
            window=seen.window,
            layer=layer.name,
            ways=tuple({name: values[0] for name, values in way.items()} for way in layer.ways),
            half_lives=layer.half_lives(segment),
            segment=segment,
            dilation=layer.dilation,
            reach=reach(seen.graph, seen.past) * step,
        )
    )


def attention_of(run: Run, series: str | None, window: str | None) -> Figure:
    """Where the weights of attention lie over one window.

    Raises:
        UsageError: If the network does not attend, there is no such series, or no window ends at that moment.
        DataError: If the run's table cannot be read.
        RunError: If the version is damaged.
    """
    from forecaster.views.attention import attention
    from forecaster.views.inside import Attention

    seen = _looked(run, DEPLOYED, series, window)
    weights = seen.graph.inspect(seen.past).attention
    if weights is None:
        raise UsageError(
            f"the network of run {run.name} does not attend",
            hint="add a layer such as attention: {heads: 2}, or decoder: {seq2seq: {attention: true}}",
        )
    layers = seen.config.model.layers
    own = [f"layer{place}_attention" for place, layer in enumerate(layers) if kind_of(layer) == "attention"]
    steps = not isinstance(seen.config.model.decoder, str) and seen.config.model.decoder.seq2seq.attention
    return attention(
        Attention(
            window=seen.window,
            layer="decoder" if steps else own[0],
            weights=np.asarray(weights[0], dtype=np.float64),
            rows="step ahead" if steps else "head",
            segment=_segment(seen.config),
        )
    )


def importance_of(run: Run, series: str | None, window: str | None) -> Figure:
    """How much the error of the judged network grows where one of its inputs is shuffled among the test folds.

    Raises:
        UsageError: If one series or window is asked for.
        DataError: If the run's table cannot be read.
        RunError: If the version is damaged.
    """
    from forecaster.views.importance import importance as drawn
    from forecaster.views.inside import Importance, Shuffled

    if series is not None or window is not None:
        raise UsageError(
            "importance is measured over all series and folds at once", hint="leave out --series and --window"
        )
    config, panel = _table(run)
    folds = run.parsed("folds.csv", lambda content: from_csv(content.decode()))
    graph = Graph(run.read(JUDGED), run.manifest.shapes, run.manifest.shapes.scale)
    with about(config.data.path):
        rows = asked(graph, panel, folds.series, folds.cutoffs)
    found = importance(graph, rows, lambda medians: float(np.abs(medians - folds.actual).mean()))
    error = float(np.abs(folds.forecasts[folds.judged].values - folds.actual).mean())
    ours = set(features_of([channel.name for channel in run.manifest.shapes.channels.known]))
    inputs = [
        Shuffled(_named(one), "calendar" if one.name in ours else one.kind, 100 * one.share, 100 * one.spread)
        for one in found
    ]
    return drawn(Importance(run.name, _target(config), error, folds.count, Shuffling().repeats, tuple(inputs)))


def _named(one: Importance) -> str:
    """The name of an input; of one that shuffling cannot change, such as the weekday of folds a week apart, why."""
    return one.name if one.share or one.spread else f"{one.name} (alike in all folds)"


@dataclass(frozen=True, eq=False)
class _Seen:
    """A network, and the one window that is looked into."""

    config: Config
    graph: Graph
    past: Panel
    window: SeenWindow


def _looked(run: Run, file: str, series: str | None, window: str | None) -> _Seen:
    from forecaster.views.inside import SeenWindow

    config, panel = _table(run)
    graph = Graph(run.read(file), run.manifest.shapes, run.manifest.shapes.scale)
    chosen = series or panel.ids[0]
    if chosen not in panel.ids:
        known = listed(panel.ids)
        raise UsageError(f"--series {quoted(chosen)}: no such series", hint=f"choose one of {known}")
    place = panel.ids.index(chosen)
    cutoff = int(panel.last[place]) if window is None else _cutoff(panel, place, window, graph.lookback)
    past = panel.until(cutoff)
    past = past.select(np.array([past.ids.index(chosen)]))
    times = past.times[past.last[0] + 1 - graph.lookback : past.last[0] + 1]
    return _Seen(
        config,
        graph,
        past,
        SeenWindow(
            run=run.name,
            series=chosen if len(panel) > 1 else "",
            target=_target(config),
            cutoff=panel.clock.label(times[-1:])[0],
            times=local(times, panel.clock),
            values=past.series(0)[-graph.lookback :],
        ),
    )


def _table(run: Run) -> tuple[Config, Panel]:
    config = run.config()
    panel = read_again(run, config, Path(config.data.path)).panel
    return config, panel.with_season(run.manifest.table.season)


def _cutoff(panel: Panel, place: int, window: str, lookback: int) -> int:
    """The newest step of a series that is not after `window`, with a whole lookback before it."""
    moment = panel.clock.parse(window)
    step = int(np.searchsorted(panel.times, moment, side="right")) - 1
    first, last = int(panel.starts[place]) + lookback - 1, int(panel.last[place])
    if not first <= step <= last or moment > panel.times[-1]:
        ends = panel.clock.label(panel.times[[first, last]]) if first <= last else ["none", "none"]
        raise UsageError(
            f"--window {quoted(window)}: no window of {lookback} steps ends then",
            hint=f"give a moment from {ends[0]} to {ends[1]}",
        )
    return step


def _weights(run: Run) -> dict[str, NDArray[np.floating]]:
    """The weights of the network, of an ensemble its first member's."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    def read(content: bytes) -> dict[str, NDArray[np.floating]]:
        try:
            found = load(content)
        except SafetensorError as error:
            raise ValueError(str(error)) from None
        odd = next((key for key, values in found.items() if not np.isfinite(values).all()), None)
        if odd is not None:
            raise ValueError(f"{odd} holds values that are not finite")
        return {key.removeprefix(_FIRST): values for key, values in found.items()}

    return run.parsed(_WEIGHTS, read)


def _segment(config: Config) -> int | None:
    return config.model.segment if isinstance(config.model.segment, int) else None


def _target(config: Config) -> str:
    target = config.data.target
    return target[0] if len(target) == 1 and target[0] != "*" else "the value"
