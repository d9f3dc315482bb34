import numpy as np
from hypothesis import given
from hypothesis import strategies as st

ragged = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10)), min_size=1, max_size=5)


def made(panel_of, ragged):
    return panel_of(*(np.arange(length) for length, _ in ragged), starts=[start for _, start in ragged])


def test_a_series_knows_its_first_and_its_last_step(panel_of):
    panel = panel_of(range(4), range(3), starts=[0, 5])

    assert panel.lengths.tolist() == [4, 3]
    assert panel.last.tolist() == [3, 7]
    assert panel.steps == 8


@given(ragged=ragged, cutoff=st.integers(0, 30))
def test_nothing_after_the_cutoff_is_handed_over(panel_of, ragged, cutoff):
    past = made(panel_of, ragged).until(cutoff)

    assert (past.last <= cutoff).all()
    assert (past.lengths > 0).all()
    assert past.steps <= cutoff + 1


@given(ragged=ragged, cutoff=st.integers(0, 30))
def test_everything_up_to_the_cutoff_is_handed_over(panel_of, ragged, cutoff):
    panel = made(panel_of, ragged)

    past = panel.until(cutoff)

    begun = [index for index in range(len(panel)) if panel.starts[index] <= cutoff]
    assert past.ids == tuple(panel.ids[index] for index in begun)
    for index, values in zip(begun, past, strict=True):
        assert values.tolist() == panel.series(index)[: cutoff + 1 - panel.starts[index]].tolist()


def test_rewriting_history_after_the_cutoff_changes_nothing_that_is_handed_over(panel_of):
    seen = panel_of([1, 2, 3, 4]).until(1)

    assert seen.values.tobytes() == panel_of([1, 2, 99, -99]).until(1).values.tobytes()


def test_series_are_selected_in_the_order_asked_for(panel_of):
    chosen = panel_of([1, 2], [3], [4, 5, 6]).select(np.array([2, 0]))

    assert chosen.ids == ("s2", "s0")
    assert [values.tolist() for values in chosen] == [[4, 5, 6], [1, 2]]


def test_each_series_goes_on_from_its_own_newest_value(panel_of):
    panel = panel_of(range(4), range(2))

    assert panel.future(3).tolist() == [[4, 5, 6], [2, 3, 4]]
