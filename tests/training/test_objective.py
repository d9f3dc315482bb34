import pytest

from forecaster.config.model import DISTRIBUTIONS
from forecaster.errors import ConfigError
from forecaster.training.objective import objective_of

QUANTILES = {"quantiles": [0.1, 0.5, 0.9]}


def test_a_point_is_trained_on_its_absolute_error(model_of, training_of):
    assert objective_of(training_of(), model_of(output="point")) == "mae"


def test_quantiles_are_trained_on_the_pinball_loss(model_of, training_of):
    assert objective_of(training_of(), model_of(output=QUANTILES)) == "pinball"


@pytest.mark.parametrize("output", DISTRIBUTIONS)
def test_a_distribution_is_trained_on_its_own_likelihood(model_of, training_of, output):
    assert objective_of(training_of(), model_of(output=output)) == output


@pytest.mark.parametrize("loss", ["mae", "mse", "huber", "pinball"])
def test_a_point_takes_every_loss(model_of, training_of, loss):
    assert objective_of(training_of(loss=loss), model_of(output="point")) == loss


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_a_loss_of_one_number_is_refused_for_quantiles(model_of, training_of, loss):
    with pytest.raises(ConfigError, match=rf"training\.loss: the loss {loss} fits one number .*\[0\.1, 0\.5, 0\.9\]"):
        objective_of(training_of(loss=loss), model_of(output=QUANTILES))


@pytest.mark.parametrize("loss", ["mae", "mse", "huber", "pinball"])
@pytest.mark.parametrize("output", DISTRIBUTIONS)
def test_a_loss_of_numbers_is_refused_for_a_distribution(model_of, training_of, output, loss):
    told = rf"training\.loss: the loss {loss} fits numbers, but model\.output is {output}, .* leave training\.loss out"

    with pytest.raises(ConfigError, match=told):
        objective_of(training_of(loss=loss), model_of(output=output))
