"""Published forecasts beside what happened: sums small enough to check by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from forecaster.evaluation.live import LiveReport, Promised, live_report
from forecaster.evaluation.report import Report
from forecaster.evaluation.tallies import Scored, Tally, Units, tally
from forecaster.series.forecast import Forecast

NAN = np.nan


def said(values, *, status=None, width=1.0, ids=None):
    values = np.array(values, dtype=float)
    series, horizon = values.shape
    return Forecast(
        ids=ids or tuple("abcdef"[:series]),
        cutoffs=np.zeros(series, dtype=np.int64),
        times=np.zeros((series, horizon), dtype=np.int64),
        values=values,
        intervals=(0.8,),
        lower=values[..., None] - width,
        upper=values[..., None] + width,
        status=status or (("ok",) * horizon,) * series,
    )


def scores(mae, mase=None, coverage=0.8):
    return {"mae": mae, "mase": mase, "coverage_80": coverage}


def judged(horizon=2, *, mae=1.0, naive=2.0, series=("a",), folds=8, verdict="better"):
    """The report of a backtest in which every step and fold was alike."""
    both = {"model": scores(mae, mae / 2), "naive": scores(naive, naive / 2)}
    return Report(
        run="r",
        version="v1",
        folds=folds,
        horizon=horizon,
        metrics=both,
        skill=1 - mae / naive,
        verdict=verdict,
        verdict_text="",
        by_step=[{"step": step + 1, **both} for step in range(horizon)],
        by_series=[{"series": name, **both} for name in series],
        by_fold=[{"cutoff": str(fold), **both} for fold in range(folds)],
        baseline="naive",
    )


def test_errors_are_summed_over_the_series_of_a_step():
    found = tally(np.array([[1.0, 5.0], [2.0, 2.0]]), said([[2.0, 3.0], [2.0, 2.5]]), np.zeros((2, 2)), np.ones(2))

    assert (found.count.tolist(), found.error.tolist()) == ([2, 2], [1.0, 2.5])
    assert (found.bias.tolist(), found.beside.tolist()) == ([-1.0, 1.5], [3.0, 7.0])
    assert found.held[0.8].tolist() == [2, 1]


def test_what_has_not_happened_yet_counts_for_nothing():
    found = tally(np.array([[1.0, NAN]]), said([[2.0, 3.0]]), np.zeros((1, 2)), np.ones(1))

    assert (found.count.tolist(), found.error.tolist(), found.held[0.8].tolist()) == ([1, 0], [1.0, 0.0], [1, 0])


def test_a_series_is_divided_by_its_size_and_left_out_without_one():
    found = tally(np.array([[4.0], [9.0]]), said([[2.0], [2.0]]), np.zeros((2, 1)), np.array([2.0, NAN]))

    assert (found.count.tolist(), found.error.tolist()) == ([1], [1.0])


def test_what_a_baseline_said_in_the_network_s_place_is_told_apart():
    status = (("ok",), ("fallback",))

    found = tally(np.array([[1.0], [1.0]]), said([[2.0], [4.0]], status=status), np.zeros((2, 1)), np.ones(2))

    assert (found.count.tolist(), found.error.tolist(), found.beside.tolist()) == ([1], [1.0], [1.0])
    assert (found.fallbacks.tolist(), found.fallback_error.tolist()) == ([1], [3.0])


def test_a_tally_is_read_back_from_json():
    one = tally(np.array([[1.0, 5.0]]), said([[2.0, 3.0]]), np.zeros((1, 2)), np.ones(1))

    again = Tally.from_dict(json.loads(json.dumps(one.to_dict())))

    assert again.to_dict() == one.to_dict()
    assert list(again.held) == [0.8]


@pytest.mark.parametrize("saved", [{}, {"held": 1}, {"held": {"80": [1]}, "count": None}, []], ids=str)
def test_what_is_no_tally_is_refused(saved):
    with pytest.raises(ValueError, match=r"of a tally|could not convert|argument"):
        Tally.from_dict(saved)


def test_one_series_is_measured_in_its_own_units_and_several_in_their_scales():
    assert Units.of(judged()) == Units("MAE", "mae", {})
    assert Units.of(judged(series="ab")) == Units("MASE", "mase", {"a": 2.0, "b": 2.0})
    assert Units.of(judged(series="ab")).array(("b", "new"))[0] == 2.0
    assert np.isnan(Units.of(judged(series="ab")).array(("new",))[0])


def nights(count, error, *, version="v1", beside=None, horizon=2, start=0):
    """Forecasts two steps apart with one error at every step."""
    one = np.ones(horizon)
    beside = 2 * error if beside is None else beside
    sums = Tally(one, error * one, error * one, beside * one, {0.8: 0.8 * one}, 0 * one, 0 * one)
    places = range(start, start + 2 * count, 2)
    return [Scored(place, f"day {place}", version, sums) for place in places]


def reported(scored, report=None, **changed):
    more = {"run": "r", "version": "v1", "left_out": {}, **changed}
    return live_report(scored, Promised(report or judged(), 2, (0.8,)), **more)


def test_live_errors_stand_beside_the_backtest_s_step_by_step():
    found = reported([*nights(1, 1.0), *nights(1, 3.0, start=2)])

    assert (found.error, found.bias) == ({"live": 2.0, "backtest": 1.0, "baseline": 4.0}, 2.0)
    assert (found.skill, found.coverage) == ({"live": 0.5, "backtest": 0.5}, {"80": {"live": 0.8, "backtest": 0.8}})
    assert [(step["step"], step["forecasts"], step["live"], step["backtest"]) for step in found.by_step] == [
        (1, 2, 2.0, 1.0),
        (2, 2, 2.0, 1.0),
    ]
    assert (found.first, found.last, found.forecasts) == ("day 0", "day 2", 2)


def test_nothing_scored_is_no_figure_and_no_reason():
    found = reported([])

    assert (found.error["live"], found.bias, found.first, found.retrain) == (None, None, None, False)
    assert "too few forecasts to tell: 0" in found.because
    assert "retrain: no, because too few" in found.to_table()


def test_the_decision_rests_on_the_version_that_forecasts_now():
    old, new = nights(6, 9.0, version="v0"), nights(6, 1.0, start=12)

    assert not reported([*old, *new]).retrain
    assert reported([*old, *new], version="v0").retrain


def test_a_night_that_has_not_passed_yet_is_shown_and_not_judged():
    waiting = replace(nights(1, 9.0, start=12)[0], tally=replace(nights(1, 9.0)[0].tally, count=np.array([1.0, 0.0])))

    found = reported([*nights(6, 1.0), waiting])

    assert not found.retrain
    assert found.by_step[0]["forecasts"] == 7


def test_a_shorter_horizon_is_compared_with_as_many_steps_of_the_backtest():
    report = judged(horizon=4)
    late = [{**step, "model": scores(1.0 if step["step"] <= 2 else 3.0)} for step in report.by_step]
    folds = [{**fold, "model": scores(2.0)} for fold in report.by_fold]
    grown = replace(report, by_step=late, by_fold=folds)  # 1 over two steps, 2 over all four

    assert reported(nights(6, 1.5), grown).retrain
    assert not reported(nights(6, 1.0), grown).retrain


def test_where_a_baseline_always_stepped_in_there_is_nothing_to_judge():
    one = np.ones(2)
    second = Tally(0 * one, 0 * one, 0 * one, 0 * one, {0.8: 0 * one}, one, 3 * one)

    found = reported([Scored(0, "0", "v1", second)])

    assert (found.fallback, found.because) == (
        {"forecasts": 2, "error": 3.0},
        "a baseline forecast in the network's place every time",
    )


def test_revised_and_left_out_forecasts_are_counted_in_words():
    again = replace(nights(1, 1.0)[0], revision=1)

    table = reported([again], left_out={"with hindsight": 3}).to_table()

    assert "1 forecast scored again: an actual was revised" in table
    assert "left out: 3 forecasts with hindsight" in table


def test_the_json_is_whole_and_holds_no_nan():
    stored = json.loads(reported(nights(6, 1.0)).to_json())

    assert list(stored) == ["schema", *LiveReport.__dataclass_fields__]
    assert stored["schema"] == 1


def test_a_long_horizon_is_thinned_in_the_table_and_whole_in_the_json():
    found = reported(nights(6, 1.0, horizon=96), judged(horizon=96))

    steps = [line.split()[0] for line in found.to_table().splitlines()[2:16]]
    assert (steps[0], steps[-1], len(found.by_step)) == ("1", "96", 96)
