import pytest

from forecaster.models.sizes import Shapes
from forecaster.training.kernels import kernel_of, work_of

SHAPES = Shapes(lookback=50, horizon=1, levels=(0.5,))


def test_the_tutorials_network_is_fused(model_of):
    assert kernel_of(model_of(layers=[{"lstm": {"units": 50}}]), SHAPES, batch=32, total=950) == "jit"


def test_a_training_of_few_updates_is_not_worth_compiling(model_of):
    assert kernel_of(model_of(layers=[{"lstm": {"units": 50}}]), SHAPES, batch=32, total=100) == "plain"


def test_a_wide_layer_is_left_to_the_matrix_library(model_of):
    assert kernel_of(model_of(layers=[{"lstm": {"units": 256}}]), SHAPES, batch=64, total=9999) == "plain"


def test_segments_make_fewer_steps_to_compile_for(model_of):
    model, segmented = model_of(), Shapes(lookback=50, horizon=1, levels=(0.5,), segment=10)

    assert kernel_of(model, SHAPES, batch=32, total=500) == "jit"
    assert kernel_of(model, segmented, batch=32, total=500) == "plain"


def test_a_decoder_that_steps_through_the_horizon_is_compiled_for_sooner(model_of):
    far = Shapes(lookback=50, horizon=50, levels=(0.5,))

    assert kernel_of(model_of(decoder="parallel"), far, batch=32, total=250) == "plain"
    assert kernel_of(model_of(decoder={"seq2seq": {}}), far, batch=32, total=250) == "jit"


@pytest.mark.parametrize(("kind", "gates"), [("simple_rnn", 1), ("gru", 3), ("bigru", 3), ("lstm", 4), ("bilstm", 4)])
def test_the_work_of_a_step_is_that_of_all_its_gates(model_of, kind, gates):
    model = model_of(layers=[{kind: {"units": 10}}, {"dense": {"units": 900}}])

    assert work_of(model, batch=2) == 2 * gates * 10 * 10


def test_the_widest_layer_decides(model_of):
    model = model_of(layers=[{"simple_rnn": {"units": 2}}, {"simple_rnn": {"units": 10}}])

    assert work_of(model, batch=1) == 100
