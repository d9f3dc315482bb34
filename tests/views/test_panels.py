"""Each panel at the edges of what a run may hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from pictures import LOSSES, days, judged, prices, sine

from forecaster.errors import UsageError
from forecaster.views.curves import draw_errors, draw_losses
from forecaster.views.folds import LEAST, SHOWN, draw_folds, newest_apart
from forecaster.views.history import draw_history
from forecaster.views.picture import NewestForecast
from forecaster.views.plots import VERDICT, WIDTH, overview, render


def drawn(draw, *arguments):
    axes = Figure().subplots()
    draw(axes, *arguments)
    return axes


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def line(axes, label):
    return next(each for each in axes.lines if each.get_label() == label)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(1, 60))
def test_the_folds_that_are_shown_never_overlap_and_hold_the_newest(horizon, stride, count):
    folds = judged(np.arange(6000), np.zeros(6000), horizon=horizon, stride=stride, count=count)

    rows = newest_apart(folds)

    assert rows[-1] == count - 1
    assert (np.diff(folds.cutoffs[rows]) >= horizon).all()
    assert len(rows) <= max(LEAST, SHOWN // horizon)


def test_long_folds_are_shown_three_at_a_time():
    folds = judged(np.arange(2000), np.zeros(2000), horizon=100, stride=100, count=8)

    assert newest_apart(folds).tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("count", "horizon", "title"),
    [(1, 1, "Test: 1 fold, 1 step ahead"), (2, 3, "Test: 2 folds, 3 steps ahead")],
)
def test_folds_and_steps_are_counted_in_the_title(count, horizon, title):
    values, rest = Figure().subplots(2, 1)
    draw_folds(values, rest, judged(np.arange(50), np.arange(50.0), horizon=horizon, stride=horizon, count=count), "y")

    assert title in {values.get_title(), values.get_title(loc="left")}


def test_the_interval_of_the_folds_is_named_by_its_share():
    folds = replace(judged(np.arange(50), np.arange(50.0), horizon=2, stride=2, count=3), interval=0.995)
    values, rest = Figure().subplots(2, 1)

    draw_folds(values, rest, folds, "y")

    assert "99.5 % interval" in labels(values)


def test_the_lower_panel_holds_the_actual_values_less_the_naive_forecast():
    """A rise of one a step, and 1, 2, 3 steps ahead."""
    values, rest = Figure().subplots(2, 1)
    draw_folds(values, rest, judged(np.arange(50), np.arange(50.0), horizon=3, stride=3, count=1), "y")

    assert line(rest, "actual").get_ydata()[:3].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("horizon", "shown"), [(1, 120), (12, 120), (13, 130), (30, 300)])
def test_the_history_is_ten_horizons_and_never_less_than_120_steps(horizon, shown):
    assert len(line(drawn(draw_history, prices(horizon=horizon)), "actual").get_xdata()) == shown


def test_a_history_with_a_hole_is_drawn_with_a_hole():
    values = np.where(np.arange(300) == 290, np.nan, 1.0)

    axes = drawn(draw_history, replace(prices(), values=values))

    assert np.isnan(line(axes, "actual").get_ydata()).sum() == 1


def test_without_a_forecast_the_history_is_called_so():
    axes = drawn(draw_history, replace(prices(), forecast=None))

    assert "History" in {axes.get_title(), axes.get_title(loc="left")}
    assert labels(axes) == ["actual"]


def test_every_interval_has_a_shade_of_its_own_and_the_narrowest_the_darkest():
    axes = drawn(draw_history, prices(intervals=(0.5, 0.8, 0.95)))

    bands = {band.get_label(): to_hex(band.get_facecolor()[0]) for band in axes.collections}
    assert bands == {"95 % interval": "#cfe3f1", "80 % interval": "#96c3e2", "50 % interval": "#6aa9d4"}


def test_a_status_is_drawn_as_it_is_written():
    axes = drawn(draw_history, prices(horizon=2, status=("ok", "no skill")))

    assert "forecast (no skill)" in labels(axes)


def test_a_forecast_of_dates_reaches_to_its_last_day():
    axes = drawn(draw_history, replace(prices(), forecast=NewestForecast(days("2025-02-24", 3), np.ones(3))))

    assert str(line(axes, "forecast").get_xdata()[-1].astype("datetime64[D]")) == "2025-02-26"


def test_an_error_begins_at_zero_so_that_a_small_difference_looks_small():
    axes = drawn(draw_errors, {"model": np.array([9.0, 9.1]), "naive": np.array([9.2, 9.3])}, "y")

    assert axes.get_ylim()[0] == 0


def test_an_error_that_is_missing_at_one_step_is_a_hole_and_no_zero():
    axes = drawn(draw_errors, {"model": np.array([1.0, np.nan, 3.0])}, "y")

    assert np.isnan(line(axes, "network").get_ydata()).tolist() == [False, True, False]


def test_bars_stand_in_the_order_of_the_report_with_the_network_on_top():
    axes = drawn(draw_errors, {"model": np.array([2.0]), "naive": np.array([1.0])}, "y")

    bottom, top = axes.get_ylim()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["network", "naive"]
    assert bottom > top


def test_errors_that_are_all_missing_are_no_folds():
    axes = drawn(draw_errors, {"model": np.full(3, np.nan)}, "y")

    assert [text.get_text() for text in axes.texts] == ["No fold was scored."]


@pytest.mark.parametrize(("steepest", "scale"), [(20.0, "linear"), (20.1, "log")])
def test_losses_that_fall_by_more_than_twenty_times_are_drawn_by_their_logarithm(steepest, scale):
    losses = replace(LOSSES, training=np.array([steepest, 4, 3, 2, 1]), validation=None)

    assert drawn(draw_losses, losses).get_yscale() == scale


def test_a_loss_below_zero_has_no_logarithm():
    losses = replace(LOSSES, training=np.array([500.0, 4, 3, 2, -1]))

    assert drawn(draw_losses, losses).get_yscale() == "linear"


def test_without_a_validation_part_the_best_epoch_is_marked_on_the_training_loss():
    axes = drawn(draw_losses, replace(LOSSES, validation=None, best=5))

    assert line(axes, "best: epoch 5").get_xydata().tolist() == [[5, 1]]


def test_no_epochs_are_no_losses():
    losses = replace(LOSSES, epochs=np.arange(0), training=np.empty(0), validation=None)

    assert [text.get_text() for text in drawn(draw_losses, losses).texts] == ["No losses were kept."]


def test_a_long_verdict_is_wrapped_and_cut():
    figure = overview(replace(sine(), verdict="as good as naive " * 50))

    lines = figure.subfigs[0].get_suptitle().splitlines()
    assert all(len(each) <= WIDTH for each in lines)
    assert sum(map(len, lines)) <= VERDICT
    assert lines[-1].endswith("…")


def test_a_single_named_series_is_not_counted():
    assert overview(replace(sine(), series="FR", of=1)).get_suptitle() == "sine: FR"


@pytest.mark.parametrize("suffix", ["", "jpg", "..png", "png ", "pn\ng"])
def test_an_ending_of_no_picture_is_repeated_on_one_line(suffix):
    with pytest.raises(UsageError, match=r'^a picture cannot be written as ".*"; name the file \.png or \.svg$'):
        render(Figure(), suffix)


def test_the_users_own_style_changes_nothing():
    import matplotlib as mpl

    plainly = render(overview(sine()), "png")
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "savefig.dpi": 10}):
        assert render(overview(sine()), "png") == plainly
    assert mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"]
