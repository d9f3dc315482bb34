import numpy as np
import pytest
from safetensors.numpy import load, save

from forecaster.errors import RunError
from forecaster.models.build import build, weights_of
from forecaster.training.weights import from_safetensors, to_safetensors


@pytest.fixture(scope="module")
def network(model_of, shapes_of):
    return build(model_of(), shapes_of(model_of()), seed=0)


@pytest.fixture
def content(network):
    return to_safetensors([network])


def test_weights_come_back_bit_by_bit(model_of, shapes_of, network, content):
    other = build(model_of(), shapes_of(model_of()), seed=1)

    from_safetensors([other], content)

    for key, value in weights_of(network).items():
        np.testing.assert_array_equal(weights_of(other)[key], value)


def test_the_same_weights_give_the_same_bytes(model_of, shapes_of, content):
    assert to_safetensors([build(model_of(), shapes_of(model_of()), seed=0)]) == content


def test_the_members_of_an_ensemble_come_back_each_to_its_place(model_of, shapes_of):
    first, second, third, fourth = (build(model_of(), shapes_of(model_of()), seed=seed) for seed in range(4))
    content = to_safetensors([first, second])

    from_safetensors([third, fourth], content)

    assert {key.split("/")[0] for key in load(content)} == {"member0", "member1"}
    assert to_safetensors([third]) == to_safetensors([first])
    assert to_safetensors([fourth]) == to_safetensors([second])


def test_an_ensemble_is_not_restored_from_a_network_alone(model_of, shapes_of, network, content):
    other = build(model_of(), shapes_of(model_of()), seed=1)

    with pytest.raises(RunError, match=r'"head/0_kernel" is not one of this network\'s'):
        from_safetensors([network, other], content)


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_truncated_weights_are_refused(network, content, kept):
    with pytest.raises(RunError, match=r"weights\.safetensors: .* cannot be read .*; train the run again"):
        from_safetensors([network], content[:kept])


def test_a_file_larger_than_the_network_is_refused_before_it_is_read(network, content):
    with pytest.raises(RunError, match=r"they have \d+ bytes, and this network needs at most \d+"):
        from_safetensors([network], content + bytes(2**21))


def changed(content, key, value):
    return save(load(content) | {key: value})


def test_a_missing_weight_is_named(network, content):
    held = load(content)
    del held["head/1_bias"]

    with pytest.raises(RunError, match=r'"head/1_bias" is missing'):
        from_safetensors([network], save(held))


def test_a_strange_weight_is_named(network, content):
    with pytest.raises(RunError, match=r'"a\\nb" is not one of this network\'s'):
        from_safetensors([network], changed(content, "a\nb", np.zeros(1, np.float32)))


def test_a_weight_of_another_shape_is_named_with_both(network, content):
    with pytest.raises(RunError, match=r'"head/1_bias" is float32 \(3,\), and this network needs float32 \(2,\)'):
        from_safetensors([network], changed(content, "head/1_bias", np.zeros(3, np.float32)))


def test_a_weight_of_another_type_is_named_with_both(network, content):
    with pytest.raises(RunError, match=r'"head/1_bias" is float64 \(2,\), and this network needs float32 \(2,\)'):
        from_safetensors([network], changed(content, "head/1_bias", np.zeros(2)))


def test_weights_that_are_not_finite_are_counted(network, content):
    with pytest.raises(RunError, match=r'"head/1_bias" holds 1 values that are not finite'):
        from_safetensors([network], changed(content, "head/1_bias", np.array([np.nan, 1], np.float32)))


def test_refused_weights_change_nothing(network, content):
    before = to_safetensors([network])

    with pytest.raises(RunError, match="not finite"):
        from_safetensors([network], changed(content, "head/1_bias", np.full(2, np.inf, np.float32)))

    assert to_safetensors([network]) == before
