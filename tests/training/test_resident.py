import numpy as np
import pytest

from forecaster.config.channels import Channel, Channels
from forecaster.models.backend import tf
from forecaster.models.sizes import Shapes
from forecaster.series.flat import Flat
from forecaster.training.resident import resident, sampled, specs, windows

PAST, KNOWN, STATIC = (tuple(map(Channel, names)) for names in ("ab", "cde", "f"))
SIZES = (4, 2, (0.5,))
FULL = Shapes(*SIZES, channels=Channels(PAST, KNOWN, STATIC, ("x", "y")), masked=True)
PLAIN = Shapes(*SIZES)
STARTS = np.array([0, 3, 12, 14], dtype=np.int32)


@pytest.fixture(scope="module")
def flat():
    """Two series of ten steps; every number tells where it stands."""
    steps = np.arange(20, dtype=np.float32)
    return Flat(
        values=steps,
        floors=100 + steps,
        shifts=np.zeros(2),
        offsets=np.array([0, 10, 20]),
        scale="none",
        present=(steps % 5 > 0).astype(np.float32),
        past=1000 * np.arange(2, dtype=np.float32) + steps[:, None],
        known=1000 * np.arange(3, dtype=np.float32) + steps[:, None],
        static=np.array([[5], [6]], dtype=np.float32),
        codes=np.array([1, 0], dtype=np.float32),
        repeated=(1,),
    )


@pytest.fixture(scope="module")
def gathered(flat):
    return {name: value.numpy() for name, value in windows(resident(flat, FULL), STARTS, FULL).items()}


def test_a_window_has_the_inputs_that_the_network_names_and_a_target(gathered):
    assert set(gathered) == {*FULL.inputs, "target"}
    assert {name: gathered[name].shape[1:] for name in FULL.inputs} == FULL.inputs


def test_the_lookback_and_its_floor_end_at_the_cutoff(gathered):
    assert gathered["window"].tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [12, 13, 14, 15], [14, 15, 16, 17]]
    assert gathered["floor"].ravel().tolist() == [103, 106, 115, 117]


def test_a_missing_target_is_no_number_whatever_it_was_filled_with(gathered):
    np.testing.assert_array_equal(gathered["target"], [[4, np.nan], [7, 8], [16, 17], [18, 19]])


def test_the_network_is_told_which_values_of_the_lookback_are_missing(gathered):
    assert gathered["present"].tolist() == [[0, 1, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0], [1, 0, 1, 1]]


def test_past_covariates_end_at_the_cutoff_and_known_ones_at_the_horizon(gathered):
    assert gathered["past"][1].tolist() == [[3, 1003], [4, 1004], [5, 1005], [6, 1006]]
    assert gathered["known"][1, :, 2].tolist() == [2003, 2004, 2005, 2006, 2007, 2008]


def test_a_column_that_is_repeated_keeps_its_newest_value_over_the_horizon(gathered):
    assert gathered["known"][1, :, 1].tolist() == [1003, 1004, 1005, 1006, 1006, 1006]


def test_a_window_has_the_static_values_and_the_code_of_its_series(gathered):
    assert gathered["static"].tolist() == [[5], [5], [6], [6]]
    assert gathered["series"].tolist() == [[1], [1], [0], [0]]


def test_a_network_of_the_target_alone_keeps_nothing_else(flat):
    assert set(resident(flat, PLAIN)) == {"values", "floors"}
    assert set(windows(resident(flat, PLAIN), STARTS, PLAIN)) == {"window", "floor", "target"}


def test_what_is_resident_grows_with_the_table_and_not_with_the_lookback(flat):
    kept = resident(flat, FULL)

    assert sum(part.numpy().nbytes for part in kept.values()) == 4 * (20 * (2 + 1 + 2 + 3 + 1) + 2 + 2) + 3


@pytest.mark.parametrize("shapes", [PLAIN, FULL], ids=["plain", "full"])
def test_the_signature_fits_what_is_resident(flat, shapes):
    signature, kept = specs(shapes), resident(flat, shapes)

    assert signature.keys() == kept.keys()
    assert all(signature[name].is_compatible_with(kept[name]) for name in kept)


def test_windows_are_gathered_alike_inside_a_compiled_function(flat, gathered):
    compiled = tf.function(windows, jit_compile=True, autograph=False)

    for name, value in compiled(resident(flat, FULL), tf.constant(STARTS), FULL).items():
        np.testing.assert_array_equal(value, gathered[name])


@pytest.mark.parametrize(("count", "places"), [(1, [0]), (3, [0, 2, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])])
def test_samples_lie_at_equal_distances_from_the_first_to_the_last(count, places):
    starts = np.array([10, 20, 30, 40, 50])

    assert sampled(starts, count).tolist() == starts[places].tolist()
