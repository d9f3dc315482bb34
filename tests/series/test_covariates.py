"""Covariates follow their series, and none but those known ahead can tell anything of the future."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecaster.series.covariates import carried
from forecaster.series.encoding import channels_of
from forecaster.series.flat import flatten, newest
from forecaster.series.windows import Window, cut

NAN = float("nan")
SCALES = ["none", "last", "mean", "standard", "log", "log_mean", "affine"]
number = st.floats(0.125, 1e6, width=32)
maybe = number | st.just(NAN)


@st.composite
def tables(draw):
    """(T, 5) a series: its values, a past covariate, one known ahead, one that is repeated, one of categories."""
    steps = draw(st.integers(6, 30))
    numbers = draw(arrays(np.float64, (steps, 4), elements=maybe))
    codes = draw(arrays(np.float64, (steps, 1), elements=st.sampled_from([0.0, 1.0, NAN])))
    numbers[0, 0] = 1.0
    return np.concatenate([numbers, codes], axis=1)


def made(panel_of, beside, table):
    values, past, known, repeated, category = table.T
    return beside(
        panel_of(values),
        past={"past": [past], "category": [category]},
        known={"known": [known], "repeated": [repeated]},
        categories={"category": ("dry", "wet")},
        repeated=frozenset({"repeated"}),
    )


def honest(panel, cutoff):
    return panel.until(cutoff)


def seen_until(panel, scale, cutoff, *, masked, until=honest):
    """Every bit that a network could see of a panel's only series up to a cutoff, by name, but what is known ahead."""
    window = Window(lookback=2, horizon=1)
    past = until(panel, cutoff)
    channels = channels_of(panel, past, {}, learned=True)
    flat = flatten(panel, scale, channels, masked=masked)
    upto = slice(0, cutoff + 1)
    found = {
        "windows": cut(panel, window, before=cutoff + 1, masked=masked),
        "values": flat.values[upto],
        "floors": flat.floors[upto],
        "shifts": flat.shifts,
        "past": flat.past[upto],
        "known": flat.known[upto],
        "repeated": flat.known[upto, flat.repeated],
        "codes": flat.codes,
    }
    if masked:
        found["present"] = flat.present[upto]
    inputs, shifts = newest(past, 2, scale, channels, 1, masked=masked)
    found |= {f"newest {name}": part for name, part in inputs.items() if name != "known"}
    found |= {"newest known": inputs["known"][:, :2], "newest repeated": inputs["known"][..., flat.repeated]}
    found |= {"newest shifts": shifts, "channels": np.frombuffer(repr(channels).encode(), dtype=np.uint8)}
    return {name: part.tobytes() for name, part in found.items()}


def leaks(panels, cutoff, scale="last", *, masked=False, until=honest):
    """What differs up to the cutoff between two panels that differ after it."""
    before, after = (seen_until(panel, scale, cutoff, masked=masked, until=until) for panel in panels)
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("scale", SCALES)
@settings(max_examples=50)
@given(table=tables(), other=arrays(np.float64, 4, elements=number), masked=st.booleans(), data=st.data())
def test_nothing_after_a_cutoff_changes_a_bit_before_it(panel_of, beside, scale, table, other, masked, data):
    cutoff = data.draw(st.integers(1, len(table) - 2))
    rewritten = table.copy()
    rewritten[cutoff + 1 :, :4] = other
    rewritten[cutoff + 1 :, 4] = 0.0
    panels = [made(panel_of, beside, each) for each in (table, rewritten)]

    assert leaks(panels, cutoff, scale, masked=masked) == []


def careless(panel, cutoff):
    """A mutant of `until`: what a repeated column says of the future stays."""
    past = panel.until(cutoff)
    return replace(past, covariates=replace(past.covariates, known=panel.covariates.known, repeated=frozenset()))


def hasty(panel, cutoff):
    """Another one, which is a step ahead."""
    return panel.until(cutoff + 1)


@pytest.mark.parametrize(
    ("until", "seen"), [(careless, {"newest repeated"}), (hasty, {"channels", "newest window", "newest past"})]
)
def test_an_until_that_keeps_something_of_the_future_fails_the_property_above(panel_of, beside, until, seen):
    table = np.tile(np.arange(1.0, 9.0)[:, None], 5) % 2
    rewritten = table.copy()
    rewritten[4:, :4] = 7.0
    panels = [made(panel_of, beside, each) for each in (table, rewritten)]

    assert seen <= set(leaks(panels, 3, until=until))


@given(table=tables(), data=st.data())
def test_of_the_future_only_what_is_known_ahead_is_handed_over(panel_of, beside, table, data):
    cutoff = data.draw(st.integers(1, len(table) - 2))

    past = made(panel_of, beside, table).until(cutoff).covariates

    known, repeated = past.known.T
    assert past.past.tobytes() == table[: cutoff + 1, [1, 4]].tobytes()
    assert known.tobytes() == table[:, 2].tobytes()
    assert repeated[: cutoff + 1].tobytes() == table[: cutoff + 1, 3].tobytes()
    assert np.isnan(repeated[cutoff + 1 :]).all()


@pytest.fixture
def two(panel_of, beside):
    """Two series, the second of which begins at step 2 and is known three steps further than the first."""
    return beside(
        panel_of([1, 2, 3, 4], [5, 6], starts=[0, 2]),
        past={"flow": [[10, 20, 30, 40], [50, 60]]},
        known={"price": [[1, 2, 3, 4], [5, 6, 7, 8, 9]]},
        static={"size": [7, 8]},
    )


def test_series_that_had_not_begun_leave_their_covariates_behind(two):
    past = two.until(1).covariates

    assert past.past.tolist() == [[10], [20]]
    assert past.known.tolist() == [[1], [2], [3], [4]]
    assert past.static.tolist() == [[7]]
    assert past.settled.tolist() == [4]


def test_selected_series_bring_their_covariates_in_the_order_asked_for(two):
    chosen = two.select(np.array([1, 0])).covariates

    assert chosen.past.ravel().tolist() == [50, 60, 10, 20, 30, 40]
    assert chosen.known.ravel().tolist() == [5, 6, 7, 8, 9, 1, 2, 3, 4]
    assert chosen.offsets.tolist() == [0, 5, 9]
    assert chosen.static.ravel().tolist() == [8, 7]
    assert chosen.settled.tolist() == [2, 4]


def test_a_panel_without_covariates_stays_without(panel_of):
    panel = panel_of([1, 2, 3])

    assert panel.until(1).covariates is None
    assert panel.select(np.array([0])).covariates is None
    assert panel.extended(np.ones((1, 2))).covariates is None


def test_a_panel_goes_on_as_if_its_forecasts_had_happened(two):
    longer = two.extended(np.array([[70.0, 80.0], [90.0, 100.0]]))

    assert [values.tolist() for values in longer] == [[1, 2, 3, 4, 70, 80], [5, 6, 90, 100]]
    assert longer.times.tolist() == [0, 1, 2, 3, 4, 5]
    assert longer.covariates.past.ravel().tolist() == [10, 20, 30, 40, 40, 40, 50, 60, 60, 60]
    assert longer.covariates.known[:4].ravel().tolist() == [1, 2, 3, 4]
    assert np.isnan(longer.covariates.known[4:6]).all()
    assert longer.covariates.known[6:].ravel().tolist() == [5, 6, 7, 8, 9]
    assert longer.covariates.offsets.tolist() == [0, 6, 11]


@given(table=tables(), ahead=arrays(np.float64, (1, 3), elements=number))
def test_a_panel_that_went_on_is_what_it_would_have_been(panel_of, beside, table, ahead):
    """But for past covariates, which nobody knows, and repeat their last value."""
    whole = panel_of(np.concatenate([table[:, 0], ahead[0]]))
    longer = made(panel_of, beside, table).extended(ahead)

    assert longer.values.tobytes() == whole.values.tobytes()
    assert longer.times.tolist() == whole.times.tolist()
    assert longer.covariates.past[-3:].tobytes() == np.tile(table[-1, [1, 4]], (3, 1)).tobytes()


def test_a_hole_is_filled_by_the_value_before_it_and_never_by_another_series():
    filled = carried(np.array([NAN, 1, NAN, NAN, NAN, 2, NAN]), np.array([0, 3, 7]))

    assert filled.tolist()[1:3] == [1, 1]
    assert np.isnan(filled[[0, 3, 4]]).all()
    assert filled.tolist()[5:] == [2, 2]
