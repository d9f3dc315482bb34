"""Graphs that are told more than the target, that draw, and that show what they look at."""

from dataclasses import replace

import numpy as np
import pytest
from graphs import graph, panel_of, repeat_last, sums

from forecaster.config.channels import Channel, Channels
from forecaster.errors import DataError, RunError
from forecaster.forecasters.dependence import Copula
from forecaster.series.covariates import Covariates

nan = np.nan
WINDOW = {"window": (3,), "floor": (1,)}
CHANNELS = Channels(past=(Channel("p"),), known=(Channel("k"),), static=(Channel("s"),), series=("A", "B"))
MORE = {**WINDOW, "past": (3, 1), "known": (5, 1), "static": (1,), "series": (1,)}


def beside(past, known, static, **more):
    """Covariates of several series, one column of each kind."""
    return Covariates(
        past=np.concatenate(past)[:, None].astype(float),
        known=np.concatenate(known)[:, None].astype(float),
        offsets=np.concatenate([[0], np.cumsum([len(part) for part in known])]),
        static=np.array(static, dtype=float)[:, None],
        past_names=("p",),
        known_names=("k",),
        static_names=("s",),
        **more,
    )


def told(weights, horizon=2, masked=False, channels=CHANNELS):
    """A graph whose forecast is a weighted sum of everything it is told."""
    inputs = {**MORE, "known": (3 + horizon, 1), **({"present": (3,)} if masked else {})}
    content = sums(inputs, {"forecast": ((horizon, 1), weights)})
    return graph(content, horizon=horizon, channels=channels, masked=masked)


def table(ahead=2):
    """Two series of four steps, and what is known of the steps after them."""
    known = [np.arange(4 + ahead) * 10.0, np.arange(4 + ahead) * -10.0]
    return panel_of([1, 2, 3, 4], [5, 6, 7, 8], covariates=beside([[1, 2, 3, 4], [5, 6, 7, 9]], known, [0.25, 0.5]))


@pytest.mark.parametrize(
    ("name", "weights", "expected"),
    [
        ("past", [1, 0, 0], [2, 6]),
        ("past", [0, 0, 1], [4, 9]),
        ("known", [0, 0, 1, 0, 0], [30, -30]),
        ("known", [0, 0, 0, 0, 1], [50, -50]),
        ("static", [1], [0.25, 0.5]),
        ("series", [1], [0, 1]),
    ],
)
def test_every_input_arrives_under_its_name(name, weights, expected):
    said = told({"window": np.zeros((3, 2)), name: np.repeat(np.array(weights, dtype=float), 2)}).forecast(table(), 2)

    assert (said.values - [[1], [5]]).tolist() == [[value] * 2 for value in expected]  # a shift of the first value


def test_known_covariates_go_on_beyond_the_graphs_own_horizon():
    weights = np.zeros((5, 2))
    weights[3, 0] = weights[4, 1] = 1

    said = told({"known": weights}).forecast(table(ahead=5), 5)

    assert (said.values - [[1], [5]]).tolist() == [[40, 50, 60, 70, 80], [-40, -50, -60, -70, -80]]


def test_covariates_of_the_past_stay_as_they_were_when_rolled():
    said = told({"past": np.ones((3, 2))}).forecast(table(ahead=6), 6)

    assert (said.values[0] - 1).tolist() == [9, 9, 12, 12, 12, 12]


@pytest.mark.parametrize("masked", [False, True])
def test_rolling_equals_forecasting_from_the_longer_table(masked):
    rng = np.random.default_rng(0)
    sizes = {**MORE, **({"present": (3,)} if masked else {})}
    weights = {name: rng.normal(size=(int(np.prod(size)), 2)) / 10 for name, size in sizes.items()}
    one, past = told(weights, masked=masked), table(ahead=6)
    if masked:
        past = replace(past, values=np.array([1, 2, nan, 4, 5, 6, 7, nan]))

    rolled = one.forecast(past, 6)

    known = past
    for step in (0, 2, 4):
        again = one.forecast(known, 2)
        assert again.values.tolist() == rolled.values[:, step : step + 2].tolist()
        known = known.extended(again.values)


def test_only_the_steps_that_are_asked_for_must_be_known():
    short = told({"known": np.eye(5)[:, 3:]}).forecast(table(ahead=1), 1)

    assert (short.values - [[1], [5]]).tolist() == [[40], [-40]]
    with pytest.raises(DataError, match=r'column "k" is known ahead, but missing at "5"'):
        told({"known": np.eye(5)[:, 3:]}).forecast(table(ahead=1), 2)


def test_a_masked_hole_is_filled_and_told():
    past = panel_of([1, 2, nan, nan])
    inputs = {**WINDOW, "present": (3,)}
    content = sums(inputs, {"forecast": ((2, 1), {"window": [[0, 0], [0, 0], [1, 0]], "present": [[0, 1]] * 3})})

    said = graph(content, masked=True).forecast(past, 2)

    assert (said.values - 1).tolist() == [[1, 1]]  # the value before the hole, and one observed step


def test_a_lookback_with_nothing_in_it_is_refused_though_holes_are_masked():
    content = sums({**WINDOW, "present": (3,)}, {"forecast": ((2, 1), {"window": np.zeros((3, 2))})})

    with pytest.raises(DataError, match=r'series "B" has no value in the newest 3 steps .*; drop the series'):
        graph(content, masked=True).forecast(panel_of([1, 2, 3], [1, nan, nan, nan]), 2)


def test_a_graph_says_whether_holes_are_masked():
    content = sums({**WINDOW, "present": (3,)}, {"forecast": ((2, 1), {"window": np.zeros((3, 2))})})

    assert graph(content, masked=True).masked
    assert not graph(repeat_last()).masked


def test_a_series_that_the_network_has_never_seen_is_marked():
    channels = replace(CHANNELS, series=("B", "C"))

    said = told({"series": np.ones((1, 2))}, channels=channels).forecast(table(ahead=3), 3)

    assert said.status == (("unseen", "unseen", "rolled"), ("ok", "ok", "rolled"))
    assert (said.values[:, 0] - [1, 5]).tolist() == [2, 0]


def test_nothing_is_unseen_where_nothing_is_learned_for_a_series():
    assert graph(repeat_last()).forecast(panel_of([1, 2, 3]), 1).status == (("ok",),)


def drawing(members=1, wide=3, apart=None, **more):
    """The last value; a path adds the sum of its noise, times the number of the member, to every step."""
    scale = np.tile(np.arange(1, members + 1), 2)
    last = np.zeros((3, 2 * members))
    last[2] = 1
    noise = np.eye(2) if apart is not None else np.ones((wide, 2))
    outputs = {
        "forecast": ((2, 1), {"window": last[:, :2], "noise": np.zeros((wide, 2))}),
        "path": ((2, members), {"window": last, "noise": np.repeat(noise, members, axis=1) * scale}),
    }
    content = sums({**WINDOW, "noise": (wide,)}, outputs)
    return graph(content, noise=wide, members=members, apart=apart, **more)


def test_without_noise_a_network_that_draws_forecasts_as_any_other():
    assert drawing().draws
    assert drawing().forecast(panel_of([1, 2, 3]), 2).values.tolist() == [[3, 3]]


def test_the_same_seed_draws_the_same_paths():
    past = panel_of([1, 2, 3], [4, 6, 5])

    first, again, other = (drawing().paths(past, 7, seed) for seed in (1, 1, 2))

    assert first.shape == (2, 7, 2)
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_what_is_drawn_for_a_series_depends_on_nobody_else():
    past = panel_of(*np.random.default_rng(0).normal(size=(9, 3)))

    alone = drawing().paths(past.select(np.array([8])), 1000, 1)

    assert drawing().paths(past, 1000, 1)[8] == pytest.approx(alone[0], abs=1e-5)


def test_fewer_paths_are_the_first_of_many():
    past = panel_of([1, 2, 3])

    assert drawing().paths(past, 3, 0)[0] == pytest.approx(drawing().paths(past, 300, 0)[0, :3], abs=1e-6)


def test_the_draws_of_a_blend_lie_about_its_forecast_as_the_networks_about_its_own():
    past = panel_of([1, 2, 3, 7], [5, 4, 6])
    alone, blended = drawing(), drawing(theta=0.25)

    moved = blended.paths(past, 5, 0) - alone.paths(past, 5, 0)

    expected = blended.forecast(past, 2).values - alone.forecast(past, 2).values
    assert np.abs(expected).max() > 0.1
    assert moved == pytest.approx(np.repeat(expected[:, None], 5, axis=1))


def test_the_noise_is_standard_normal():
    sums_of_noise = drawing().paths(panel_of([1, 2, 3]), 4000, 0)[0, :, 0] - 3

    assert (sums_of_noise.mean(), sums_of_noise.std()) == pytest.approx((0, np.sqrt(3)), abs=0.08)


def test_the_members_of_an_ensemble_draw_in_turn():
    past = panel_of([1, 2, 3])
    one, two = (drawing(members).paths(past, 4, 0)[0, :, 0] - 3 for members in (1, 2))

    assert two / one == pytest.approx([1, 2, 1, 2], rel=1e-5)


def test_steps_that_are_drawn_apart_hang_together_as_errors_did():
    past, copula = panel_of([1, 2, 3]), Copula(((), (0.9,)))

    without, with_ = (drawing(wide=2, apart=0).paths(past, 2000, 0, given)[0] for given in (None, copula))

    assert np.corrcoef(without.T)[0, 1] == pytest.approx(0, abs=0.07)
    assert np.corrcoef(with_.T)[0, 1] == pytest.approx(0.9, abs=0.02)


def test_how_much_noise_there_is_may_be_told_by_what_it_is_for():
    noise = (("latent", 1), ("steps", 2))

    assert graph(_bytes_of_drawing(), noise=noise).paths(panel_of([1, 2, 3]), 5, 0).shape == (1, 5, 2)


def _bytes_of_drawing():
    paths = {"window": np.zeros((3, 2)), "noise": np.ones((3, 2))}
    return sums(
        {**WINDOW, "noise": (3,)}, {"forecast": ((2, 1), {"window": np.zeros((3, 2))}), "path": ((2, 1), paths)}
    )


def test_no_series_have_no_paths():
    past = panel_of([1, 2, 3]).select(np.array([], dtype=np.int64))

    assert drawing().paths(past, 5, 0).shape == (0, 5, 2)


def test_what_a_network_looks_at_can_be_seen():
    content = sums(
        WINDOW,
        {
            "forecast": ((2, 1), {"window": np.zeros((3, 2))}),
            "attention": ((1, 3), {"window": np.eye(3)}),
            "sequence": ((3, 2), {"window": np.repeat(np.eye(3), 2, axis=1)}),
        },
    )

    inside = graph(content).inspect(panel_of([0, 1, 2, 3]))

    assert inside.attention.tolist() == [[[1, 2, 3]]]
    assert inside.sequence.tolist() == [[[1, 1], [2, 2], [3, 3]]]


def test_a_graph_of_an_earlier_version_shows_nothing_of_itself():
    inside = graph(repeat_last()).inspect(panel_of([1, 2, 3]))

    assert (inside.attention, inside.sequence) == (None, None)


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (repeat_last(), {"masked": True}),
        (repeat_last(), {"channels": Channels(past=(Channel("p"),))}),
        (repeat_last(), {"noise": 3}),
        (_bytes_of_drawing(), {}),
        (_bytes_of_drawing(), {"noise": 2}),
        (_bytes_of_drawing(), {"noise": 3, "members": 2}),
        (sums(WINDOW, {"forecast": ((2, 1), {"floor": [[1, 1]]}), "extra": ((1,), {"floor": [[1]]})}), {}),
        (sums(WINDOW, {"forecast": ((2, 1), {"floor": [[1, 1]]}), "sequence": ((1,), {"floor": [[1]]})}), {}),
        (sums({**WINDOW, "extra": (1,)}, {"forecast": ((2, 1), {"floor": [[1, 1]]})}), {}),
    ],
)
def test_a_graph_with_other_ports_than_its_shapes_ask_for_is_refused(content, more):
    with pytest.raises(RunError, match=r"the graph has the shapes .*, not .*; take the version before it"):
        graph(content, **more)
