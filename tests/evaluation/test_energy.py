"""Scores of whole paths."""

import numpy as np
import pytest

from forecaster.evaluation.energy import energy_score, roughness, torn


def test_the_energy_score_of_one_step_is_the_crps():
    """Of -1 and 1 about 0: mean |x| = 1, less half of the mean distance 2 of the pairs."""
    assert energy_score(np.array([[0.0]]), np.array([[[-1.0], [1.0]]])) == pytest.approx(0)
    assert energy_score(np.array([[3.0]]), np.array([[[-1.0], [1.0]]])) == pytest.approx(2)


def test_the_energy_score_agrees_with_its_definition():
    rng = np.random.default_rng(0)
    actual, paths = rng.normal(size=(3, 4)), rng.normal(size=(3, 6, 4))

    by_hand = np.mean(
        [
            np.mean([np.linalg.norm(x - y) for x in drawn])
            - sum(np.linalg.norm(a - b) for a in drawn for b in drawn) / (2 * 6 * 5)
            for y, drawn in zip(actual, paths, strict=True)
        ]
    )

    assert energy_score(actual, paths) == pytest.approx(by_hand)


def test_paths_that_hang_together_score_better_than_the_same_torn():
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.normal(size=(200, 51, 8)), axis=-1)
    actual, paths = walks[:, 0], walks[:, 1:]

    assert energy_score(actual, paths) < energy_score(actual, torn(paths, 0))


def test_tearing_keeps_the_values_of_every_step():
    paths = np.random.default_rng(0).normal(size=(2, 9, 3))

    assert np.sort(torn(paths, 1), axis=1).tolist() == np.sort(paths, axis=1).tolist()
    assert torn(paths, 1).tolist() == torn(paths, 1).tolist() != paths.tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.cumsum(np.random.default_rng(0).normal(size=20_000)), 0),
        (np.random.default_rng(0).normal(size=20_000), -0.5),
        (np.sin(np.arange(20_000) / 50), 1),
    ],
)
def test_how_rough_known_series_are(values, expected):
    assert roughness(values) == pytest.approx(expected, abs=0.02)


def test_rows_are_pooled_and_holes_left_out():
    assert roughness(np.array([[0, 1, 2, np.nan, 7, 8], [0, -1, -2, -3, -4, -5]])) == pytest.approx(1)


def test_what_never_moves_is_neither_rough_nor_smooth():
    assert np.isnan(roughness(np.ones(5)))
