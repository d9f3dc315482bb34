"""The network, its training and its evaluation that the automatic choice proposes for a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.series.budget import BUDGET, FORECASTS, arithmetic, gru_arithmetic, updates
from forecaster.series.commented import Decision
from forecaster.series.parts import CALIBRATION_SHARE, LEAST_APART, LEAST_CALIBRATION, MOST_CALIBRATION, TEST_SHARE
from forecaster.series.sizing import MANY

if TYPE_CHECKING:
    from forecaster.series.sizing import Facts, Sizes

_UNITS = ((200, 8), (1_000, 16), (5_000, 32))  # up to so many values, so many units
_MOST_UNITS = 64
_BATCH, _CYCLIC_BATCH = 32, 128  # a lookback in cycles is a few recurrent steps, which take many windows at once
_MOST_MEMBERS = 3
_MEMBERS_BUDGET = 3 * BUDGET  # of all members together, whose steps are few
_SHORT_UNITS, _SHORT_DROPPED, _SHORT_STEPS = 8, 0.5, 200
_FEW_CYCLES, _BLEND = 12, 0.5  # seasons of a series, up to which half of a forecast is the Theta method's
_EPOCHS = 4  # that the updates must hold: early stopping looks at the end of each
_FEWEST, _MOST, _MOST_TOGETHER, _WANTED_EPOCHS = 300, 3_000, 6_000, 30  # updates, and those of many series
_PATIENT_UPDATES, _LEAST_PATIENCE = 100, 5
_FOLDS = 8
_ERRORS = 100  # forecasts of the test part that are enough to make intervals from


def propose(facts: Facts, sizes: Sizes, *, repeats: bool) -> list[Decision]:
    """Everything below `window`, `model`, `training` and `evaluation` that differs from the defaults.

    Args:
        facts: Of the panel.
        sizes: Of the window.
        repeats: Whether the value one season ago is worth starting from.
    """
    units = _units(facts)
    step = gru_arithmetic(units, 1 if sizes.segment is None else units)
    recurrent = sizes.lookback if sizes.segment is None else -(-sizes.lookback // sizes.segment)
    batch = _CYCLIC_BATCH if facts.cyclic else _BATCH
    windows = max(1, facts.values - facts.series * (sizes.lookback + sizes.horizon - 1))
    batch = max(_BATCH, min(batch, 2 ** (windows // _EPOCHS).bit_length()))
    most = _MOST_TOGETHER if facts.cyclic and facts.series >= MANY else _MOST
    affordable = min(most, updates(step, recurrent, batch))
    stride = max(1, -(-_EPOCHS * windows // (affordable * batch)))
    stride = min(stride, max(1, sizes.lookback + sizes.horizon))
    schedule = _training(windows // stride, _SHORT_STEPS if facts.short else affordable, batch)
    members = (
        _MEMBERS_BUDGET // (arithmetic(step, recurrent, batch) * schedule[0].value)
        if facts.cyclic or facts.short
        else 1
    )
    return [
        *([Decision("data.gaps", "mask", "the network is told which values are missing")] if facts.holes else []),
        *_window(sizes, stride, windows),
        *_model(facts, sizes, units, repeats=repeats),
        *schedule,
        *_ensemble(min(members, _MOST_MEMBERS)),
        *_evaluation(facts, sizes),
    ]


def _units(facts: Facts) -> int:
    if facts.short:
        return _SHORT_UNITS
    return next((units for most, units in _UNITS if facts.values <= most), _MOST_UNITS)


def _window(sizes: Sizes, stride: int, windows: int) -> list[Decision]:
    found = [
        Decision("window.lookback", sizes.lookback, sizes.why_lookback),
        Decision("window.horizon", sizes.horizon, sizes.why_horizon),
    ]
    if stride > 1:
        found.append(Decision("window.stride", stride, f"{windows:,} windows are more than the training can look at"))
    return found


def _model(facts: Facts, sizes: Sizes, units: int, *, repeats: bool) -> list[Decision]:
    found = _scale(facts)
    if sizes.segment is not None:
        found.append(Decision("model.segment", sizes.segment, sizes.why_segment))
    why = f"{facts.values:,} values; more units would learn a short table by heart"
    layers: tuple[object, ...] = ({"gru": {"units": units}}, *([{"dropout": _SHORT_DROPPED}] if facts.short else []))
    found.append(Decision("model.layers", layers, why if units < _MOST_UNITS else ""))
    if facts.cyclic:
        found.append(Decision("model.decoder", "parallel", "one recurrent step for each cycle of the horizon"))
    return [*found, *_skip(facts, sizes, repeats=repeats), *_blend(facts)]


def _scale(facts: Facts) -> list[Decision]:
    if facts.counts:
        return [Decision("model.scale", "mean", "many values are zero, so that steps are no measure")]
    if facts.season == 1 or facts.short:
        return []
    if not facts.relative:
        return [Decision("model.scale", "standard", "the seasons keep their height")]
    if facts.positive and facts.series < MANY:
        return [Decision("model.scale", "log", "the seasons grow with the level")]
    return [Decision("model.scale", "mean", "the seasons grow with the level")]


def _skip(facts: Facts, sizes: Sizes, *, repeats: bool) -> list[Decision]:
    """What the network starts from: the less there is to learn from, the more of a forecast it is by itself."""
    if facts.cyclic:
        why = f"the same place of the last {sizes.lookback // facts.cycle} cycles, and the network the rest"
        return [Decision("model.skip", {"linear": facts.cycle}, why)]
    if not 1 < facts.season <= sizes.lookback:
        return []
    if facts.short:
        return [Decision("model.skip", "smoothing", "level and season, smoothed: a short table shows little more")]
    if repeats:
        why = f"the value {facts.season} steps ago, and the network the rest"
        return [Decision("model.skip", "seasonal_naive", why)]
    return []


def _blend(facts: Facts) -> list[Decision]:
    """Half a smoothing where there is little to learn: fitted to one series, it errs in other ways than the network."""
    alone = facts.season == 1 and facts.series == 1
    together = facts.series >= MANY and _few(facts)
    if not (alone or together or facts.short):
        return []
    little = "no season shows" if alone else f"{facts.usual // facts.season} seasons are few to learn from"
    why = f"half a smoothing of the past: {little}"
    return [Decision("model.blend", {"theta": _BLEND}, why)]


def _few(facts: Facts) -> bool:
    """Whether the usual series has a season and is few of them long."""
    return facts.season > 1 and facts.usual <= _FEW_CYCLES * facts.season


def _training(windows: int, affordable: int, batch: int) -> list[Decision]:
    epoch = max(1, windows // batch)
    steps = min(affordable, max(_FEWEST, _WANTED_EPOCHS * epoch))
    minute = "about a minute on two cores, with the second training"
    why = minute if steps == affordable > _FEWEST else "enough for so few windows"
    found = [Decision("training.steps", steps, why)]
    if batch > _BATCH:
        found.append(Decision("training.batch_size", batch, "few recurrent steps take many windows at once"))
    patience = -(-_PATIENT_UPDATES // epoch)
    if patience > _LEAST_PATIENCE:
        reason = f"an epoch is only {epoch} update{'s' if epoch > 1 else ''}"
        found.append(Decision("training.early_stopping", {"patience": patience}, reason))
    return found


def _ensemble(members: int) -> list[Decision]:
    if members < 2:  # noqa: PLR2004
        return []
    return [Decision("training.ensemble", members, f"the mean of {members} networks errs less than one")]


def _evaluation(facts: Facts, sizes: Sizes) -> list[Decision]:
    """Fewer cutoffs than by default where so many series are forecast from each of them.

    Of short series the judged network must not be kept from what the deployed one learns from, or its errors, which
    make the intervals, would be larger than those of the other: so as few steps as can be are held back.
    """
    most = max(1, FORECASTS // (2 * facts.series))
    room = max(1, int(TEST_SHARE * facts.usual) // sizes.horizon)
    apart = min(most, room)
    if (facts.season == 1 or _few(facts)) and room < LEAST_APART and apart * facts.series >= _ERRORS:
        why = f"of {sizes.horizon} steps: the series are too short for more that do not overlap"
        told = f"the intervals come from the {facts.series * apart:,} test forecasts"
        return [Decision("evaluation.folds", apart, why), Decision("evaluation.calibration", 0, told)]
    found = []
    if most < _FOLDS:
        found.append(Decision("evaluation.folds", most, f"each forecasts {facts.series:,} series"))
    usual = min(MOST_CALIBRATION, int(CALIBRATION_SHARE * facts.steps) - sizes.horizon + 1)
    if usual >= LEAST_CALIBRATION and most < usual:
        found.append(Decision("evaluation.calibration", most, f"cutoffs, with {facts.series:,} errors each"))
    return found
