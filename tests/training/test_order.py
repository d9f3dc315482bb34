import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecaster.training.order import Batches

STARTS = np.arange(100, 110)


def test_a_pass_holds_every_window():
    rows = Batches(0, STARTS, 5).rows(0, 2)

    np.testing.assert_array_equal(np.sort(rows.ravel()), STARTS)


def test_a_short_last_batch_is_filled_with_the_first_windows_of_its_pass():
    rows = Batches(0, STARTS, 4).rows(0, 3)

    assert rows.shape == (3, 4)
    np.testing.assert_array_equal(rows[2, 2:], rows[0, :2])
    np.testing.assert_array_equal(np.sort(rows.ravel()[:10]), STARTS)


def test_every_pass_has_its_own_order():
    batches = Batches(0, STARTS, 5)

    assert batches.rows(0, 2).tolist() != batches.rows(2, 4).tolist()


def test_another_seed_gives_another_order():
    assert Batches(0, STARTS, 5).rows(0, 2).tolist() != Batches(1, STARTS, 5).rows(0, 2).tolist()


@given(count=st.integers(1, 30), size=st.integers(1, 30), cuts=st.lists(st.integers(0, 40), min_size=3, max_size=3))
def test_it_does_not_matter_in_which_chunks_batches_are_asked_for(count, size, cuts):
    first, middle, last = (cut + place for place, cut in enumerate(sorted(cuts)))
    starts, size = np.arange(count), min(size, count)

    whole = Batches(7, starts, size).rows(first, last)
    parts = Batches(7, starts, size)

    np.testing.assert_array_equal(whole, np.concatenate([parts.rows(first, middle), parts.rows(middle, last)]))
