"""How the errors of the steps ahead hang together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.forecasters.dependence import Copula, dependence_of, normal_scores, possible, stream


def errors(count, horizon, link, seed=0):
    """A Markov chain's: each step is `link` like the one before."""
    noise = np.random.default_rng(seed).standard_normal((count, horizon))
    for step in range(1, horizon):
        noise[:, step] = link * noise[:, step - 1] + np.sqrt(1 - link**2) * noise[:, step]
    return noise


def full(dependence):
    """The rows as a matrix."""
    matrix = np.eye(len(dependence))
    for step, row in enumerate(dependence):
        matrix[step, step - len(row) : step] = row[::-1]
    return matrix + np.tril(matrix, -1).T


def drawn(dependence, count=20_000):
    return Copula(dependence).draw(count, np.random.default_rng(1))


def test_normal_scores_are_those_of_the_normal_distribution():
    assert normal_scores(np.array([0.025, 0.5, 0.9])) == pytest.approx([-1.959964, 0, 1.281552], abs=1e-6)


def test_neighbours_are_as_alike_as_their_errors_were():
    dependence = dependence_of(errors(2000, 4, 0.8))

    assert [len(row) for row in dependence] == [0, 1, 2, 3]
    assert [row[0] for row in dependence[1:]] == pytest.approx([0.8] * 3, abs=0.03)
    assert dependence[3] == pytest.approx([0.8, 0.64, 0.512], abs=0.04)


def test_the_unit_of_a_step_does_not_matter():
    noise = errors(500, 3, 0.6)

    assert dependence_of(noise * [1, 1e-6, 1e6] + [0, 5, -5]) == dependence_of(noise)


def test_what_a_chain_cannot_tell_is_kept_where_rows_are_many():
    """Every second step repeats the same number: as of a daily pattern that was missed."""
    rng = np.random.default_rng(0)
    daily, noise = rng.standard_normal((4000, 1)), rng.standard_normal((4000, 4))
    dependence = dependence_of(np.where([True, False, True, False], daily, noise))

    assert dependence[2] == pytest.approx([0, 1], abs=0.05)


def test_a_few_rows_are_drawn_towards_a_chain():
    dependence = dependence_of(errors(8, 6, 0.9))
    links = [row[0] for row in dependence[1:]]

    assert dependence[5][2] == pytest.approx(links[4] * links[3] * links[2], abs=1e-3)


@pytest.mark.parametrize("residuals", [np.zeros((50, 3)), np.ones((1, 3)), np.zeros((2, 1))])
def test_errors_that_never_vary_have_nothing_in_common(residuals):
    assert {number for row in dependence_of(residuals) for number in row} <= {0.0}


def test_equal_errors_are_no_likeness():
    """Most errors of a count are 0; the order of the rows must not make them alike."""
    rng = np.random.default_rng(0)
    counts = np.where(rng.random((1000, 2)) < 0.1, rng.random((1000, 2)), 0.0)

    assert dependence_of(counts)[1] == pytest.approx([0], abs=0.1)


def test_more_rows_than_are_needed_are_sampled():
    dependence = dependence_of(errors(20_000, 2, 0.5))

    assert dependence[1] == pytest.approx([0.5], abs=0.03)


def test_of_a_long_horizon_only_the_nearest_steps_are_kept():
    dependence = dependence_of(errors(60, 300, 0.9))

    assert len(dependence[-1]) == 27
    assert possible(dependence)
    assert drawn(dependence, 100).std() == pytest.approx(1, abs=0.1)


@settings(max_examples=40)
@given(
    count=st.integers(1, 40),
    horizon=st.integers(1, 12),
    link=st.floats(-1, 1),
    seed=st.integers(0, 5),
    zero=st.booleans(),
)
def test_every_step_is_drawn_standard_normal_however_few_the_rows(count, horizon, link, seed, zero):
    noise = errors(count, horizon, link, seed)
    noise[:, -1] *= not zero
    dependence = dependence_of(noise)

    assert possible(dependence)
    assert drawn(dependence, 2000).std(axis=0) == pytest.approx(np.ones(horizon), abs=0.1)


def test_what_is_drawn_hangs_together_as_the_errors_did():
    dependence = dependence_of(errors(400, 8, 0.95) + errors(400, 8, 0.2, seed=1))

    assert np.corrcoef(drawn(dependence).T) == pytest.approx(full(dependence), abs=0.03)


def test_beyond_the_last_step_a_chain_goes_on():
    copula = Copula(((), (0.9,)))
    rng = np.random.default_rng(0)

    scores = copula.go_on(copula.draw(20_000, rng), 5, rng)

    assert scores.std(axis=0) == pytest.approx(np.ones(5), abs=0.02)
    assert [np.corrcoef(scores[:, step - 1 : step + 1].T)[0, 1] for step in (2, 3, 4)] == pytest.approx(
        [0.9] * 3, abs=0.01
    )


def test_beyond_a_single_step_scores_are_those_of_a_random_walk():
    copula = Copula(((),))
    rng = np.random.default_rng(0)

    scores = copula.go_on(copula.draw(20_000, rng), 3, rng)

    assert np.corrcoef(scores.T)[0, 1:] == pytest.approx([1 / 2**0.5, 1 / 3**0.5], abs=0.02)


def test_fewer_steps_are_the_first_of_many():
    copula = Copula(((), (0.9,), (0.9, 0.8)))
    scores = copula.draw(5, np.random.default_rng(0))

    assert copula.go_on(scores, 2, np.random.default_rng(0)).tolist() == scores[:, :2].tolist()


def test_random_numbers_depend_on_seed_series_and_purpose_alone():
    first = stream(1, "Zürich", 0).random()

    assert first == stream(1, "Zürich", 0).random()
    assert (
        len({first, stream(2, "Zürich", 0).random(), stream(1, "B", 0).random(), stream(1, "Zürich", 1).random()}) == 4
    )


@pytest.mark.parametrize("dependence", [((0.5,),), ((), ()), ((), (1.0,)), ((), (0.5,), (0.5, -1.5)), ((), (np.nan,))])
def test_rows_that_no_errors_give_are_noticed(dependence):
    assert not possible(dependence)
