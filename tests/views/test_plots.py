"""What a picture says is asserted through what was drawn, never through its pixels."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.dates import ConciseDateFormatter, num2date
from pictures import LOSSES, clashes, days, judged, prices, sine

from forecaster.errors import UsageError
from forecaster.views.folds import newest_apart
from forecaster.views.picture import NewestForecast, Picture
from forecaster.views.plots import overview, render
from forecaster.views.style import Numbers, plain

HISTORY, TEST, REST, ERRORS, LOSS = range(5)


def panel(picture, which):
    return overview(picture).axes[which]


def line(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_run_and_its_verdict_stand_above_everything():
    figure = overview(prices())

    assert figure.get_suptitle() == "prices"
    assert figure.subfigs[0].get_suptitle() == "no better than repeating the last value"


def test_a_series_of_many_is_named_and_counted():
    figure = overview(replace(prices(), series="FR", of=20))

    assert figure.get_suptitle() == "prices: FR, one of 20 series"


def test_every_axis_of_values_carries_the_column_that_is_forecast():
    axes = overview(prices()).axes

    assert [axes[i].get_ylabel() for i in (HISTORY, TEST, ERRORS)] == [
        r"price (\$)",
        r"price (\$)",
        "mean |error|\nprice (\\$)",
    ]


def test_the_history_shows_ten_horizons_and_then_the_forecast():
    axes = panel(prices(horizon=14), HISTORY)

    assert len(line(axes, "actual").get_xdata()) == 140
    assert line(axes, "actual").get_ydata()[-1] == 299
    assert line(axes, "forecast").get_ydata().tolist() == list(range(300, 314))


def test_a_short_horizon_still_gets_a_history_that_shows_something():
    axes = panel(prices(horizon=2), HISTORY)

    assert len(line(axes, "actual").get_xdata()) == 120


def test_a_long_history_is_not_drawn_whole():
    picture = replace(sine(), times=np.arange(50_000), values=np.zeros(50_000))

    assert len(line(panel(picture, HISTORY), "actual").get_xdata()) == 120


def test_dates_are_dates_and_not_numbers():
    axes = panel(prices(), HISTORY)
    low, high = (num2date(edge).date().isoformat() for edge in axes.get_xlim())

    assert isinstance(axes.xaxis.get_major_formatter(), ConciseDateFormatter)
    assert "2024-08-05" < low < "2024-08-13"
    assert "2025-03-13" < high < "2025-03-20"


def test_integer_steps_have_no_tick_between_two_steps():
    picture = replace(sine(), times=np.arange(3), values=np.ones(3), folds=None)

    ticks = panel(picture, HISTORY).get_xticks()

    assert (ticks == np.round(ticks)).all()


def test_days_drawn_one_by_one_have_no_hours_between_them():
    times = days("2024-01-01", 3)
    picture = replace(prices(), times=times, values=np.ones(3), forecast=None)

    assert len(panel(picture, HISTORY).get_xticks()) == 3


def test_the_wider_interval_is_drawn_first_so_that_the_narrower_lies_on_it():
    bands = panel(prices(), HISTORY).collections

    assert [band.get_label() for band in bands] == ["95 % interval", "80 % interval"]
    assert [band.get_paths()[0].get_extents().y0 for band in bands] == [290.5, 292.0]


def test_the_interval_of_a_single_step_is_a_bar():
    bars = panel(prices(horizon=1), HISTORY).collections

    assert [bar.get_segments()[0][:, 1].tolist() for bar in bars] == [[290.5, 309.5], [292.0, 308.0]]


def test_a_forecast_without_calibration_is_a_line_alone():
    picture = replace(prices(), forecast=NewestForecast(days("2025-02-24", 3), np.ones(3)))

    assert legend(panel(picture, HISTORY)) == ["actual", "forecast"]


def test_steps_that_were_rolled_forward_are_drawn_apart_and_named():
    axes = panel(prices(horizon=4, status=("ok", "ok", "rolled", "rolled")), HISTORY)

    assert line(axes, "forecast").get_ydata().tolist() == [300, 301]
    assert line(axes, "forecast (rolled)").get_ydata().tolist() == [301, 302, 303]


def test_a_fallback_is_not_called_a_forecast_without_more_words():
    axes = panel(prices(horizon=2, status=("fallback", "fallback")), HISTORY)

    assert legend(axes)[:2] == ["actual", "forecast (fallback)"]
    assert line(axes, "forecast (fallback)").get_ydata().tolist() == [300, 301]


def test_a_copy_of_yesterday_lies_on_zero_below_the_folds():
    copier = sine(model=lambda values, cutoffs: values[cutoffs][:, None])

    rest = panel(copier, REST)

    assert (line(rest, "network").get_ydata() == 0).all()
    assert np.abs(line(rest, "actual").get_ydata()).max() > 0.09


def test_a_perfect_forecast_lies_on_the_actual_values_below_the_folds():
    rest = panel(sine(), REST)

    assert line(rest, "network").get_ydata() == pytest.approx(line(rest, "actual").get_ydata())


def test_the_naive_forecast_stands_beside_the_folds():
    axes = panel(prices(), TEST)

    assert legend(axes) == ["actual", "network", "naive", "80 % interval"]
    assert line(axes, "naive").get_ydata()[:15].tolist()[:14] == [187.0] * 14


def test_a_break_separates_one_fold_from_the_next():
    drawn = line(panel(prices(horizon=14, count=3), TEST), "network").get_ydata()

    assert np.flatnonzero(np.isnan(drawn)).tolist() == [14, 29, 44]


def test_folds_of_one_step_are_one_line_of_the_newest():
    axes = panel(sine(), TEST)

    assert line(axes, "network").get_xdata().tolist() == list(range(880, 1000))
    assert axes.get_title(loc="left") == "Test: 120 of 200 folds, 1 step ahead"


def test_folds_that_overlap_are_not_drawn_over_each_other():
    times, values = np.arange(100), np.zeros(100)
    folds = judged(times, values, horizon=4, stride=1, count=10)

    assert folds.cutoffs[newest_apart(folds)].tolist() == [87, 91, 95]


def test_folds_without_intervals_are_drawn_without_them():
    picture = prices()
    picture = replace(picture, folds=replace(picture.folds, lower=None, upper=None))

    assert legend(panel(picture, TEST)) == ["actual", "network", "naive"]


def test_the_error_is_drawn_for_the_network_and_each_baseline():
    axes = panel(prices(horizon=3), ERRORS)

    assert legend(axes) == ["network", "naive", "drift"]
    assert line(axes, "naive").get_xydata().tolist() == [[1, 1], [2, 2], [3, 3]]


def test_no_two_forecasters_differ_by_colour_alone():
    lines = panel(prices(horizon=3), ERRORS).lines

    assert len({each.get_marker() for each in lines}) == 3
    assert len({str(each._dash_pattern) for each in lines}) == 3


def test_a_single_step_ahead_becomes_bars_with_their_numbers():
    axes = panel(sine(), ERRORS)

    assert [bar.get_width() for bar in axes.patches] == [0.004, 0.064]
    assert [text.get_text() for text in axes.texts] == ["0.004", "0.064"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["network", "naive"]


def test_a_baseline_that_never_forecast_is_left_out():
    picture = replace(prices(horizon=2), errors={"model": np.ones(2), "seasonal_naive": np.full(2, np.nan)})

    assert legend(panel(picture, ERRORS)) == ["network"]


def test_the_epoch_whose_weights_were_kept_is_marked():
    axes = panel(prices(), LOSS)

    assert line(axes, "best: epoch 3").get_xydata().tolist() == [[3, 3.5]]
    assert [3, 3] in [list(each.get_xdata()) for each in axes.lines]


def test_a_training_without_validation_has_one_curve():
    picture = replace(prices(), losses=replace(LOSSES, validation=None, best=5))

    assert legend(panel(picture, LOSS)) == ["training", "best: epoch 5"]


def test_losses_that_fall_far_get_a_logarithmic_axis():
    falling = replace(LOSSES, training=np.array([1.0, 0.1, 0.01, 0.001, 0.0001]))

    assert panel(replace(prices(), losses=falling), LOSS).get_yscale() == "log"
    assert panel(prices(), LOSS).get_yscale() == "linear"


def test_every_panel_without_data_says_so():
    bare = Picture("bare", "", 1, "y", "", np.arange(1), np.ones(1))

    said = [text.get_text() for axes in overview(bare).axes for text in axes.texts]

    assert said == ["No fold was scored.", "No fold was scored.", "No losses were kept."]


@pytest.mark.parametrize("picture", [prices(), prices(horizon=1), sine()], ids=["prices", "next day", "sine"])
def test_no_text_lies_on_another(picture):
    figure = overview(replace(picture, target="a column with a name that is far too long to fit"))

    assert clashes(figure) == []


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), (".SVG", b"<?xml")])
def test_the_same_picture_is_the_same_bytes_without_a_date(suffix, start):
    first, second = (render(overview(prices()), suffix) for _ in range(2))

    assert first == second
    assert first.startswith(start)
    assert b"dc:date" not in first
    assert b"matplotlib" not in first[:200]


def test_a_figure_is_not_changed_by_being_rendered():
    figure = overview(prices())

    assert [render(figure, "svg"), render(figure, "png")] == [render(figure, "svg"), render(figure, "png")]


def test_another_kind_of_file_is_refused_by_name():
    with pytest.raises(UsageError, match=r'cannot be written as "\.pdf"; name the file \.png or \.svg'):
        render(overview(prices()), ".pdf")


def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is():
    figure = overview(replace(prices(), series=r"$\frac$", target="a\tb"))

    assert figure.get_suptitle() == r"prices: \$\frac\$"
    assert plain("a\tb\n") == "a b "


def test_a_name_in_another_script_is_drawn_without_a_warning():
    assert render(overview(replace(prices(), target="価格")), "png")


def test_large_and_small_numbers_carry_their_power_of_ten():
    assert Numbers().format_ticks([0, 2.5e6, -5e6]) == ["0", "2.5e6", "\N{MINUS SIGN}5e6"]
    assert Numbers().format_ticks([2e-6]) == ["2e\N{MINUS SIGN}6"]
    assert Numbers().format_ticks([1500, 2000]) == ["1500", "2000"]


def test_drawing_needs_no_screen_and_no_global_state():
    code = "import sys, forecaster.views.plots; print('matplotlib.pyplot' in sys.modules, 'pandas' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"
