import hashlib
from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from forecaster.config.generate import Generate, Memory, PanelKind, RandomWalk, Regimes, Sine, TrendSeason
from forecaster.series.synthetic import make

FIRST_LINES = {
    Sine(kind="sine"): ["step,value", "0,0", "1,0.09993305178"],
    TrendSeason(kind="trend-season"): ["time,value", "2000-01-03,100.1257302", "2000-01-04,107.73621"],
    RandomWalk(kind="random-walk"): ["time,value", "2000-01-03,100.1257302", "2000-01-04,99.99362536"],
    Regimes(kind="regimes"): ["time,value", "2000-01-03T00:00,0.1482114289", "2000-01-03T01:00,0.1082778318"],
    Memory(kind="memory"): ["step,value", "0,0", "1,0"],
    PanelKind(kind="panel"): ["time,series,value", "2000-03-17,s00,45.40184734", "2000-03-18,s00,41.67717097"],
}


def columns(text):
    return [line.split(",") for line in text.splitlines()[1:]]


def values(text):
    return np.array([float(row[-1]) for row in columns(text)])


@pytest.mark.parametrize("options", FIRST_LINES, ids=lambda options: options.kind)
def test_each_kind_begins_as_it_always_has(options):
    assert make(options).splitlines()[:3] == FIRST_LINES[options]


@pytest.mark.parametrize("options", FIRST_LINES, ids=lambda options: options.kind)
def test_the_same_seed_gives_the_same_bytes(options):
    assert make(options) == make(options.model_copy())


@pytest.mark.parametrize("options", FIRST_LINES, ids=lambda options: options.kind)
def test_another_seed_gives_other_values(options):
    noisy = options.model_copy(update={"noise": 0.1})

    assert make(noisy) != make(noisy.model_copy(update={"seed": 1}))


def test_no_kind_is_left_out_of_the_tests_above():
    kinds = TypeAdapter(Generate).json_schema()["discriminator"]["mapping"]

    assert set(kinds) == {options.kind for options in FIRST_LINES}


def test_the_sine_is_the_one_of_the_tutorials_to_the_byte():
    text = make(Sine(kind="sine"))

    assert values(text) == pytest.approx(np.sin(np.linspace(0, 100, 1000)), abs=1e-4)
    assert hashlib.sha256(text.encode()).hexdigest().startswith("0d1ce5104ea2")


def test_a_sine_with_fewer_than_four_points_a_cycle_is_refused_with_both_numbers():
    with pytest.raises(
        ValidationError, match=r"a sine of 100 steps and 30 cycles has 3.33 points a cycle, and needs 4"
    ):
        Sine(kind="sine", steps=100, cycles=30)


def test_the_trend_rises_and_the_season_returns():
    text = make(TrendSeason(kind="trend-season", steps=71, trend=0.5, season=7, noise=0))

    assert values(text)[7:] - values(text)[:-7] == pytest.approx(np.full(64, 3.5), abs=1e-6)


def test_a_random_walk_has_steps_of_its_noise_and_no_weekends():
    text = make(RandomWalk(kind="random-walk", steps=5000, noise=2))

    assert np.std(np.diff(values(text))) == pytest.approx(2, rel=0.05)
    assert np.is_busday([row[0] for row in columns(text)]).all()


def test_regimes_keep_one_of_their_levels_for_a_while():
    text = make(Regimes(kind="regimes", steps=5000, noise=0))

    stays = [len(list(group)) for _, group in groupby(values(text).tolist())]
    assert set(values(text)) == {0, 5, 10}
    assert np.mean(stays) == pytest.approx(1 / (1 - 0.98), rel=0.2)


@pytest.mark.parametrize("steps", [44, 50])
def test_what_memory_asks_for_was_shown_lag_steps_ago_and_nothing_else_tells_it(steps):
    shown = values(make(Memory(kind="memory", steps=steps, lag=10)))[::-1][:44][::-1].reshape(4, 11)

    assert (shown[:, 0] == shown[:, 10]).all()
    assert (shown[:, 1:10] == 0).all()
    assert len(set(shown[:, 0])) == 4


def test_a_panel_is_ragged_and_ends_on_one_day():
    rows = columns(make(PanelKind(kind="panel", steps=100, series=12)))

    lengths = Counter(row[1] for row in rows)
    ends = {name: max(row[0] for row in rows if row[1] == name) for name in lengths}
    assert len(lengths) == 12
    assert len(set(lengths.values())) > 5
    assert set(ends.values()) == {"2000-04-11"}
    assert min(lengths.values()) >= 50


def test_a_panel_without_covariates_is_to_the_byte_what_it_always_was():
    text = make(PanelKind(kind="panel"))

    assert hashlib.sha256(text.encode()).hexdigest().startswith("47d73fc7cda8")


def shops(**options):
    return columns(make(PanelKind(kind="panel", steps=400, series=12, noise=0, covariates=True, **options)))


def test_a_panel_with_covariates_has_prices_promotions_and_one_region_for_each_series():
    rows = shops()

    assert {row[4] for row in rows} == {"yes", "no"}
    assert len({(row[1], row[5]) for row in rows}) == 12
    assert len({row[5] for row in rows}) > 1
    assert min(float(row[3]) for row in rows) > 0


def test_the_values_of_a_panel_depend_on_price_and_promotion():
    plain = columns(make(PanelKind(kind="panel", steps=400, series=12, noise=0)))
    rows = shops()

    lift = np.array([float(row[2]) / float(other[2]) for row, other in zip(rows, plain, strict=True)])
    cheap = np.array([float(row[3]) < 9 for row in rows])
    promoted = np.array([row[4] == "yes" for row in rows])

    assert [row[:2] for row in rows] == [row[:2] for row in plain]
    assert np.median(lift[promoted]) > 1.2 > np.median(lift[~promoted & ~cheap])


def test_rows_ahead_tell_price_and_promotion_but_no_value():
    ahead = [row for row in shops(ahead=3) if row[2] == ""]

    assert len(ahead) == 3 * 12
    assert {row[0] for row in ahead} == {"2001-02-06", "2001-02-07", "2001-02-08"}
    assert all(row[3] and row[4] and row[5] for row in ahead)


def test_rows_ahead_without_covariates_are_refused():
    with pytest.raises(ValidationError, match=r"3 rows ahead have nothing to tell without covariates"):
        PanelKind(kind="panel", ahead=3)
