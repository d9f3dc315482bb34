import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from graphs import exported, graph, linear, panel_of, repeat_last, sums
from onnx import TensorProto, helper

from forecaster.errors import DataError, RunError, SystemFault, TooShort
from forecaster.forecasters import runtime_session
from forecaster.forecasters.theta import theta
from forecaster.series.flat import flatten


def add_floor():
    """The last value plus the floor, one step ahead: shows what floors arrive."""
    return sums(
        {"window": (3,), "floor": (1,)},
        {"forecast": ((1, 1), {"window": [[0], [0], [1]], "floor": [[1]]})},
    )


def windows_of(windows):
    windows = np.asarray(windows, dtype=np.float32)
    return {"window": windows, "floor": np.ones((len(windows), 1), dtype=np.float32)}


def test_every_series_is_forecast_from_its_own_newest_value():
    past = panel_of([1, 2, 3, 4], [10, 20, 30], starts=[0, 3])

    forecast = graph(repeat_last()).forecast(past, 2)

    assert forecast.values.tolist() == [[4, 4], [30, 30]]
    assert forecast.ids == ("A", "B")
    assert forecast.cutoffs.tolist() == [3, 5]
    assert forecast.times.tolist() == [[4, 5], [6, 7]]
    assert forecast.status == (("ok", "ok"), ("ok", "ok"))


def test_the_median_is_the_forecast_and_the_levels_are_kept():
    weights = [[0, 0, 0], [0, 0, 0], [1, 2, 3]]  # the last value times 1, 2 and 3

    forecast = graph(linear(weights, 1, levels=3), horizon=1, levels=(0.1, 0.5, 0.9)).forecast(panel_of([0, 1, 2]), 1)

    assert forecast.quantiles.tolist() == [[[2, 4, 6]]]
    assert forecast.values.tolist() == [[4]]
    assert forecast.levels == (0.1, 0.5, 0.9)


def test_large_values_keep_their_small_steps():
    """1e9 in float32 has steps of 64: the shift must come off before and on after the graph."""
    forecast = graph(repeat_last()).forecast(panel_of([1e9, 1e9 + 1, 1e9 + 3]), 2)

    assert forecast.values.tolist() == [[1e9 + 3, 1e9 + 3]]


def test_the_logarithm_is_undone():
    forecast = graph(repeat_last(), scale="log").forecast(panel_of([1, 10, 100]), 2)

    assert forecast.values == pytest.approx(np.array([[100, 100]]), rel=1e-6)


def test_the_graph_receives_the_floor_of_the_newest_step():
    past = panel_of([0, 200, 100, 100, 100])

    forecast = graph(add_floor(), horizon=1).forecast(past, 1)

    assert flatten(past, "last").floors[-1] == 2
    assert forecast.values.tolist() == [[102]]


def test_a_shorter_horizon_is_the_beginning_of_the_longer_one():
    forecast = graph(linear([[0, 0], [1, 0], [0, 1]], 2)).forecast(panel_of([0, 1, 2]), 1)

    assert forecast.values.tolist() == [[1]]
    assert forecast.times.tolist() == [[3]]


def test_a_longer_horizon_rolls_the_median_forward_and_is_marked():
    fibonacci = linear([[0], [1], [1]], 1)  # the sum of the last two values
    past = panel_of([0, 1, 1], [0, 2, 2])

    forecast = graph(fibonacci, horizon=1).forecast(past, 5)

    assert forecast.values.tolist() == [[2, 3, 5, 8, 13], [4, 6, 10, 16, 26]]
    assert forecast.status == (("ok", "rolled", "rolled", "rolled", "rolled"),) * 2
    assert forecast.times.tolist() == [[3, 4, 5, 6, 7]] * 2


def test_the_median_and_no_other_level_is_rolled_forward():
    weights = [[0, 0, 0], [0, 0, 0], [1, 2, 4]]

    forecast = graph(linear(weights, 1, levels=3), horizon=1, levels=(0.1, 0.5, 0.9)).forecast(panel_of([0, 1, 1]), 3)

    assert forecast.quantiles.tolist() == [[[1, 2, 4], [2, 4, 8], [4, 8, 16]]]


@pytest.mark.parametrize("scale", ["none", "last", "mean", "standard", "log"])
def test_rolling_forward_equals_forecasting_from_the_longer_past(scale):
    """The shift and the floors of the whole past count, though only the newest lookback is kept."""
    rng = np.random.default_rng(0)
    series = [rng.normal(100, 20, 50), np.concatenate([[np.nan, np.nan], rng.normal(100, 1, 20)])]
    one = graph(add_floor(), horizon=1, scale=scale)

    rolled = one.forecast(panel_of(*series), 4)

    for step in range(4):
        again = one.forecast(panel_of(*series), 1)
        assert again.values[:, 0].tolist() == rolled.values[:, step].tolist()
        series = [np.append(values, value) for values, value in zip(series, again.values[:, 0], strict=True)]


def test_a_blend_takes_its_share_of_the_theta_method_and_keeps_the_distances_of_the_levels():
    past = panel_of([5.0] * 9 + [9.0], [1.0, 3, 2, 4])
    onnx = linear([[0, 0, 0], [0, 0, 0], [1, 2, 3]], 1, levels=3)
    sizes = {"horizon": 1, "levels": (0.1, 0.5, 0.9)}
    alone, blended = graph(onnx, **sizes), graph(onnx, **sizes, theta=0.25)

    said, mixed = alone.forecast(past, 1), blended.forecast(past, 1)

    assert mixed.values == pytest.approx(0.75 * said.values + 0.25 * theta(past, 1))
    assert np.diff(mixed.quantiles) == pytest.approx(np.diff(said.quantiles))


def test_a_series_of_less_than_three_seasons_is_left_to_the_network():
    past = replace(panel_of(np.arange(11.0), np.arange(12.0) ** 2), season=4)

    said, mixed = (graph(repeat_last(), theta=share).forecast(past, 2).values for share in (0.0, 0.5))

    assert mixed[0].tolist() == said[0].tolist()
    assert mixed[1].tolist() != said[1].tolist()


def test_a_blend_beyond_the_horizon_of_the_graph_is_one_of_what_it_rolled_forward():
    past = panel_of([0, 1, 1])
    fibonacci = linear([[0], [1], [1]], 1)

    said = graph(fibonacci, horizon=1, theta=0.5).forecast(past, 3)

    assert said.values == pytest.approx((np.array([[2.0, 3, 5]]) + theta(past, 3)) / 2)
    assert said.status == (("ok", "rolled", "rolled"),)


def test_series_that_are_too_short_are_all_named():
    past = panel_of([1, 2, 3], [1, 2], [1])

    with pytest.raises(TooShort, match=r'series "B" has 2 steps, but one forecast needs 3; drop the series') as caught:
        graph(repeat_last()).forecast(past, 2)
    assert len(caught.value.lines()) == 2


def test_a_hole_in_the_newest_lookback_is_named_with_its_time():
    past = panel_of([1, 2, 3], [1, np.nan, 3, np.nan, 5], starts=[0, 10])

    with pytest.raises(DataError, match=r'series "B" has no value at 13, one of the newest 3 steps .*; fill the hole'):
        graph(repeat_last()).forecast(past, 2)


def test_a_hole_before_the_newest_lookback_does_not_matter():
    assert graph(repeat_last()).forecast(panel_of([1, np.nan, 3, 4, 5]), 1).values.tolist() == [[5]]


def test_no_series_have_an_empty_forecast():
    past = panel_of([1, 2, 3]).select(np.array([], dtype=np.int64))

    assert graph(repeat_last()).raw(windows_of(np.empty((0, 3)))).shape == (0, 2, 1)
    assert graph(repeat_last()).forecast(past, 2).values.shape == (0, 2)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000])
def test_any_number_of_threads_gives_the_same_bits(count, monkeypatch):
    rng = np.random.default_rng(0)
    content = linear(rng.normal(size=(64, 8)), 8)
    inputs = windows_of(rng.normal(size=(count, 64)))

    found = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(runtime_session, "threads_here", lambda threads=threads: threads)
        found.append(graph(content, lookback=64, horizon=8).raw(inputs).tobytes())

    assert len(set(found)) == 1


def test_batches_bound_the_windows_of_one_call(monkeypatch):
    one = graph(repeat_last())
    run, seen = one._session.run, []
    monkeypatch.setattr(
        one._session, "run", lambda fed, outputs: (seen.append(len(fed["window"])), run(fed, outputs))[1]
    )

    one.raw(windows_of(np.zeros((600, 3))))

    assert sorted(seen) == [88, 256, 256]


@pytest.mark.parametrize("content", [b"", b"not a graph", repeat_last()[:-40]])
def test_bytes_that_are_no_graph_are_refused(content):
    with pytest.raises(RunError, match=r"the graph is damaged: .*; take the version before it with --previous"):
        graph(content)


@pytest.mark.parametrize("sizes", [(4, 2, 1), (3, 1, 1), (3, 2, 2)])
def test_a_graph_of_other_shapes_is_refused(sizes):
    """Row 107."""
    lookback, horizon, levels = sizes
    with pytest.raises(RunError, match=r"the graph has the shapes .*'window': \(3,\).*, not .*"):
        graph(repeat_last(), lookback=lookback, horizon=horizon, levels=(0.5, 0.9)[:levels])


def test_a_graph_that_says_less_of_its_shapes_is_judged_by_what_it_puts_out():
    """How many steps it gives is the window's newest value, less its first one, and one more: known too late."""
    nodes = [
        helper.make_node("Reshape", ["window", "shape"], ["steps"]),
        helper.make_node("Slice", ["window", "two", "three", "one"], ["newest"]),
        helper.make_node("Cast", ["newest"], ["before"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["before", "one"], ["short"]),
        helper.make_node("Add", ["short", "one"], ["end"]),
        helper.make_node("Slice", ["steps", "zero", "end", "one"], ["forecast"]),
    ]
    numbers = {"shape": [-1, 3, 1], "zero": [0], "one": [1], "two": [2], "three": [3]}
    constants = [(name, np.array(values)) for name, values in numbers.items()]
    content = exported(nodes, {"window": (3,), "floor": (1,)}, {"forecast": ("H", "Q")}, constants)

    assert graph(content, horizon=3).forecast(panel_of([1, 2, 3]), 3).values.tolist() == [[1, 2, 3]]
    with pytest.raises(RunError, match=r"the graph gives forecast as \(1, 3, 1\), not \(1, 2, 1\)"):
        graph(content, horizon=2).forecast(panel_of([1, 2, 3]), 2)


def test_what_cannot_be_computed_here_is_the_systems_fault():
    with pytest.raises(SystemFault, match=r"the network cannot be computed for 2 windows: .*; free some memory"):
        graph(repeat_last()).raw(windows_of(np.zeros((2, 7))))


def test_forecasting_loads_no_training_library_and_writes_not_a_byte(tmp_path):
    (tmp_path / "model.onnx").write_bytes(repeat_last())
    script = (
        "import sys, numpy as np; from types import SimpleNamespace; from forecaster.forecasters.runtime import Graph\n"
        "shapes = SimpleNamespace(lookback=3, horizon=2, levels=(0.5,))\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "fed = {'window': np.ones((2, 3), 'f4'), 'floor': np.ones((2, 1), 'f4')}\n"
        "Graph(open('model.onnx', 'rb').read(), shapes, 'last').raw(fed)\n"
        "heavy = {'tensorflow', 'keras', 'onnx', 'tf2onnx', 'matplotlib', 'torch'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
