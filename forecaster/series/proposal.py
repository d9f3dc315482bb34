"""The network, its training and its evaluation that the automatic choice proposes for a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.series.budget import FORECASTS, gru_arithmetic, updates
from forecaster.series.commented import Decision
from forecaster.series.parts import CALIBRATION_SHARE, LEAST_CALIBRATION, MOST_CALIBRATION

if TYPE_CHECKING:
    from forecaster.series.sizing import Facts, Sizes

_UNITS = ((200, 8), (1_000, 16), (5_000, 32))  # up to so many values, so many units
_MOST_UNITS = 64
_BATCH = 32
_EPOCHS = 4  # that the updates must hold: early stopping looks at the end of each
_FEWEST, _MOST, _WANTED_EPOCHS = 300, 3_000, 30
_PATIENT_UPDATES, _LEAST_PATIENCE = 100, 5
_FOLDS = 8


def propose(facts: Facts, sizes: Sizes, *, repeats: bool) -> list[Decision]:
    """Everything below `window`, `model`, `training` and `evaluation` that differs from the defaults.

    Args:
        facts: Of the panel.
        sizes: Of the window.
        repeats: Whether the value one season ago is worth starting from.
    """
    units = next((units for most, units in _UNITS if facts.values <= most), _MOST_UNITS)
    step = gru_arithmetic(units, 1 if sizes.segment is None else units)
    recurrent = sizes.lookback if sizes.segment is None else -(-sizes.lookback // sizes.segment)
    affordable = min(_MOST, updates(step, recurrent, _BATCH))
    windows = max(1, facts.values - facts.series * (sizes.lookback + sizes.horizon - 1))
    stride = max(1, -(-_EPOCHS * windows // (affordable * _BATCH)))
    stride = min(stride, max(1, sizes.lookback + sizes.horizon))
    return [
        *_window(sizes, stride, windows),
        *_model(facts, sizes, units, repeats=repeats),
        *_training(windows // stride, affordable),
        *_evaluation(facts, sizes),
    ]


def _window(sizes: Sizes, stride: int, windows: int) -> list[Decision]:
    found = [
        Decision("window.lookback", sizes.lookback, sizes.why_lookback),
        Decision("window.horizon", sizes.horizon, sizes.why_horizon),
    ]
    if stride > 1:
        found.append(Decision("window.stride", stride, f"{windows:,} windows are more than the training can look at"))
    return found


def _model(facts: Facts, sizes: Sizes, units: int, *, repeats: bool) -> list[Decision]:
    found = []
    if facts.season > 1 and facts.relative:
        found.append(Decision("model.scale", "log", "the seasons grow with the level"))
    elif facts.counts:
        found.append(Decision("model.scale", "mean", "many values are zero, so that steps are no measure"))
    elif facts.season > 1:
        found.append(Decision("model.scale", "standard", "the seasons keep their height"))
    if sizes.segment is not None:
        found.append(Decision("model.segment", sizes.segment, sizes.why_segment))
    why = f"{facts.values:,} values; more units would learn a short table by heart"
    found.append(Decision("model.layers", ({"gru": {"units": units}},), why if units < _MOST_UNITS else ""))
    if repeats and 1 < facts.season <= sizes.lookback:
        found.append(
            Decision("model.skip", "seasonal_naive", f"the value {facts.season} steps ago, and the network the rest")
        )
    return found


def _training(windows: int, affordable: int) -> list[Decision]:
    epoch = max(1, windows // _BATCH)
    steps = min(affordable, max(_FEWEST, _WANTED_EPOCHS * epoch))
    why = (
        "about a minute on two cores, with the second training" if steps == affordable else "enough for so few windows"
    )
    found = [Decision("training.steps", steps, why)]
    patience = -(-_PATIENT_UPDATES // epoch)
    if patience > _LEAST_PATIENCE:
        reason = f"an epoch is only {epoch} update{'s' if epoch > 1 else ''}"
        found.append(Decision("training.early_stopping", {"patience": patience}, reason))
    return found


def _evaluation(facts: Facts, sizes: Sizes) -> list[Decision]:
    """Fewer cutoffs than by default where so many series are forecast from each of them."""
    found = []
    most = max(1, FORECASTS // (2 * facts.series))
    if most < _FOLDS:
        found.append(Decision("evaluation.folds", most, f"each forecasts {facts.series:,} series"))
    usual = min(MOST_CALIBRATION, int(CALIBRATION_SHARE * facts.steps) - sizes.horizon + 1)
    if usual >= LEAST_CALIBRATION and most < usual:
        found.append(Decision("evaluation.calibration", most, f"cutoffs, with {facts.series:,} errors each"))
    return found
