"""How far back a nudge is felt, and what a forecast loses without an input."""

import numpy as np
import pytest
from graphs import graph, linear, panel_of, sums

from forecaster.config.channels import Channel, Channels
from forecaster.forecasters.inspection import Shuffling, asked, importance, reach
from forecaster.series.covariates import Covariates

nan = np.nan


@pytest.mark.parametrize("scale", ["last", "none", "log"])
def test_the_reach_of_a_weighted_sum_is_its_weights(scale):
    weights = np.array([[0.5, 0.5], [-0.25, 0.25], [2.0, 4.0]])
    past = panel_of(*np.random.default_rng(0).uniform(1, 9, size=(3, 7)))

    assert reach(graph(linear(weights, 2), scale=scale), past) == pytest.approx([0.5, 0.25, 3], rel=1e-3)


def test_only_the_median_is_nudged():
    one = graph(linear([[9, 1, 9], [9, 2, 9], [9, 3, 9]], 1, levels=3), horizon=1, levels=(0.1, 0.5, 0.9))

    assert reach(one, panel_of([1, 3, 2])) == pytest.approx([1, 2, 3], rel=1e-4)


def test_a_series_that_never_moved_can_be_nudged():
    assert reach(graph(linear([[1, 1], [2, 2], [3, 3]], 2), scale="none"), panel_of([0, 0, 0])) == pytest.approx(
        [1, 2, 3]
    )


def test_a_step_without_a_value_is_not_nudged():
    inputs = {"window": (3,), "floor": (1,), "present": (3,)}
    one = graph(sums(inputs, {"forecast": ((2, 1), {"window": np.ones((3, 2))})}), masked=True)

    assert reach(one, panel_of([1, nan, 2])) == pytest.approx([1, nan, 1], nan_ok=True)
    assert reach(one, panel_of([1, nan, 2], [1, 3, 2])) == pytest.approx([1, 1, 1])


CHANNELS = Channels(
    past=(Channel("p"), Channel("idle")),
    known=(Channel("k"), Channel("hour:sin"), Channel("hour:cos")),
    static=(Channel("s"),),
    series=("A", "B"),
)
SIZES = {"window": (4,), "floor": (1,), "past": (4, 2), "known": (6, 3), "static": (1,), "series": (1,)}


def table():
    """Two series of random values and covariates."""
    rng = np.random.default_rng(0)
    known = rng.normal(size=(84, 3))
    beside = Covariates(
        past=rng.normal(size=(80, 2)),
        known=known[:, :1],
        offsets=np.array([0, 42, 84]),
        static=np.array([[1.0], [5.0]]),
        past_names=("p", "idle"),
        known_names=("k",),
        static_names=("s",),
        calendar=(),
    )
    return panel_of(rng.normal(size=40), rng.normal(size=40), covariates=beside)


def told(**weights):
    """Two steps, which are weighted sums of what the graph is told."""
    content = sums(SIZES, {"forecast": ((2, 1), {"window": np.zeros((4, 2)), **weights})})
    return graph(content, lookback=4, scale="none", channels=CHANNELS)


def rows_of(count=30):
    rng = np.random.default_rng(1)
    inputs = {name: rng.normal(size=(count, *size)).astype(np.float32) for name, size in SIZES.items()}

    class Rows:
        shifts = np.zeros(count)

    Rows.inputs = inputs | {"floor": np.full((count, 1), 1e-3, dtype=np.float32)}
    return Rows


def shares(one, rows, shuffling=None):
    actual = one.raw(rows.inputs)[..., 0] + 0.1  # errors of 0.1 as long as nothing is taken away
    found = importance(one, rows, lambda said: float(np.abs(said - actual).mean()), shuffling)
    return {(each.kind, each.name): each for each in found}


def test_every_input_is_taken_away_once():
    names = list(shares(told(), rows_of(), Shuffling(blocks=2)))

    assert names == [
        ("static", "s"),
        ("series", "series"),
        ("known", "k"),
        ("known", "hour"),
        ("past", "p"),
        ("past", "idle"),
        ("lags", "lags 1 to 2"),
        ("lags", "lags 3 to 4"),
    ]


def test_there_are_no_more_blocks_than_lags():
    names = [name for kind, name in shares(told(), rows_of()) if kind == "lags"]

    assert names == ["lag 1", "lag 2", "lag 3", "lag 4"]


@pytest.mark.parametrize(
    ("needed", "weights"),
    [
        (("static", "s"), {"static": np.ones((1, 2))}),
        (("series", "series"), {"series": np.ones((1, 2))}),
        (("known", "k"), {"known": np.repeat(np.eye(3)[0], 2).reshape(3, 2)[None].repeat(6, axis=0)}),
        (("known", "hour"), {"known": np.repeat(np.eye(3)[2], 2).reshape(3, 2)[None].repeat(6, axis=0)}),
        (("past", "p"), {"past": np.repeat(np.eye(2)[0], 2).reshape(2, 2)[None].repeat(4, axis=0)}),
        (("lags", "lag 1"), {"window": np.repeat(np.eye(4)[3], 2)}),
        (("lags", "lag 4"), {"window": np.repeat(np.eye(4)[0], 2)}),
    ],
)
def test_what_a_forecast_rests_on_is_missed_and_nothing_else(needed, weights):
    found = shares(told(**weights), rows_of())

    assert found[needed].share > 3
    assert found[needed].spread > 0
    assert {each.share for name, each in found.items() if name != needed} == {0.0}


def test_a_block_of_lags_is_moved_to_the_level_of_its_new_window():
    """A network that repeats the last value loses little by one of the same shape at another level."""
    rows = rows_of()
    shape = np.array([0, 1, 0, 1], dtype=np.float32)
    rows.inputs["window"] = (np.arange(30)[:, None] * 100 + shape).astype(np.float32)

    found = shares(told(window=np.repeat(np.eye(4)[3], 2)), rows)

    assert found["lags", "lag 1"].share == pytest.approx(0, abs=0.01)


def test_the_same_seed_shuffles_alike():
    one, rows = told(past=np.ones((8, 2))), rows_of()

    first, again, other = (shares(one, rows, Shuffling(seed=seed))["past", "p"] for seed in (1, 1, 2))

    assert first == again != other


def test_the_rows_of_folds_are_asked_in_their_own_order():
    panel = table()
    one = graph(
        sums({**SIZES, "known": (6, 1)}, {"forecast": ((2, 1), {"window": np.repeat(np.eye(4)[3], 2)})}),
        lookback=4,
        scale="last",
        channels=Channels(CHANNELS.past, (Channel("k"),), CHANNELS.static, CHANNELS.series),
    )
    series, cutoffs = ("B", "A", "A", "B"), np.array([9, 20, 9, 37])

    rows = asked(one, panel, series, cutoffs)

    said = one.restored(one.raw(rows.inputs), rows.shifts)[:, 0, 0]
    assert said == pytest.approx(
        [panel.series("AB".index(name))[step] for name, step in zip(series, cutoffs, strict=True)]
    )
    assert rows.inputs["series"].ravel().tolist() == [1, 0, 0, 1]
    assert rows.inputs["known"][3, :, 0] == pytest.approx(panel.covariates.known[42 + 34 : 42 + 40, 0])
