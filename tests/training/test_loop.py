import time

import numpy as np
import pytest

from forecaster.errors import UnusableError
from forecaster.models.backend import tf
from forecaster.training.compiled import CHUNK, Program
from forecaster.training.resident import resident
from forecaster.training.state import Recipe, State

STUBBORN = {"epochs": 30, "optimizer": {"adam": {"learning_rate": 0.3}}, "schedule": "constant"}


@pytest.fixture(scope="module")
def stopped(fitted):
    """A training with a rate so high that its validation loss jumps about."""
    return fitted(STUBBORN | {"early_stopping": {"patience": 4}})


def validation_losses(found):
    return [loss.validation for loss in found.losses]


def test_a_network_learns(fitted):
    found = fitted({"epochs": 20, "optimizer": {"adam": {"learning_rate": 0.02}}})

    assert found.losses[-1].training < 0.6 * found.losses[0].training


def test_training_stops_when_patience_is_over(stopped):
    losses = validation_losses(stopped)

    assert stopped.stopped == "early"
    assert len(losses) == int(np.argmin(losses)) + 1 + 4


def test_the_best_epoch_is_kept(stopped):
    best = min(stopped.losses, key=lambda loss: loss.validation)

    assert stopped.steps == best.steps < stopped.losses[-1].steps


def test_the_network_has_the_weights_of_its_best_epoch(stopped, material_of):
    material = material_of()
    windows = material.flat.values[material.validation[:, None] + np.arange(8)]
    floors = material.flat.floors[material.validation + 5][:, None]
    batch = {"window": windows[:, :6], "floor": floors, "target": windows[:, 6:], "pace": np.zeros((len(windows), 2))}

    said = stopped.networks[0].judging(batch, training=False)

    error = np.abs(np.asarray(said["target"]) - np.asarray(said["parameters"])[..., 0]).mean()
    np.testing.assert_allclose(error, min(validation_losses(stopped)), rtol=1e-5)


def test_without_validation_windows_the_newest_weights_are_kept(fitted):
    found = fitted(STUBBORN, validation=False)

    assert (found.stopped, found.steps, len(found.losses)) == ("end", 30 * 4, 30)
    assert validation_losses(found) == [None] * 30


def test_a_refit_repeats_the_updates_up_to_the_best_epoch_bit_by_bit(stopped, fitted, bits):
    again = fitted(STUBBORN, courses=stopped.courses)

    assert again.steps == again.losses[-1].steps == stopped.steps
    assert bits(again) == bits(stopped)


def test_a_refit_on_more_windows_makes_exactly_as_many_updates(stopped, fitted, material_of, values):
    longer = material_of(np.concatenate([values, values]))

    again = fitted(STUBBORN, courses=stopped.courses, material=longer)

    assert again.losses[-1].steps == stopped.steps


def test_a_refit_repeats_the_drops_of_a_plateau(fitted, bits):
    config = {
        "epochs": 20,
        "optimizer": {"adam": {"learning_rate": 0.03}},
        "schedule": {"plateau": {"factor": 0.3, "patience": 1}},
        "early_stopping": None,
    }
    judged = fitted(config)

    again = fitted(config, courses=judged.courses)

    assert judged.courses[0].drops
    assert again.courses == judged.courses
    assert bits(again) == bits(judged)


def test_a_plateau_looks_at_the_training_loss_where_nothing_is_judged(fitted):
    found = fitted(STUBBORN | {"schedule": {"plateau": {"patience": 1}}}, validation=False)

    worse = [new.steps for old, new in zip(found.losses, found.losses[1:], strict=False) if new.training > old.training]
    assert found.courses[0].drops[0] == worse[0]


def test_nothing_outside_the_training_windows_changes_the_weights(fitted, material_of, values, bits):
    changed = values.copy()
    changed[70:] = 1e3 * np.arange(30)

    found = fitted(validation=False, material=material_of(changed, validation=False))

    assert bits(found) == bits(fitted(validation=False))


def test_a_value_inside_the_training_windows_changes_them(fitted, material_of, values, bits):
    changed = values.copy()
    changed[69] += 1

    found = fitted(validation=False, material=material_of(changed, validation=False))

    assert bits(found) != bits(fitted(validation=False))


def test_validation_windows_are_not_learned_from(fitted, bits):
    config = {"early_stopping": None, "optimizer": {"sgd": {"learning_rate": 1e-3}}}
    judged = fitted(config)

    assert judged.losses[-1].steps == judged.steps
    assert bits(judged) == bits(fitted(config, validation=False))


def test_dropout_is_off_when_weights_are_judged(fitted, model_of):
    dropping = model_of(layers=[{"simple_rnn": {"units": 4}}, {"dropout": 0.9}])
    still = {"steps": 20, "optimizer": {"sgd": {"learning_rate": 1e-9}}, "schedule": "constant"}

    losses = validation_losses(fitted(still, model=dropping))

    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_a_deadline_that_has_passed_ends_training_after_one_chunk(fitted, material_of, values):
    long = material_of(np.tile(values, 3), before=300, validation=False)
    found = fitted({"batch_size": 1, "epochs": 500}, material=long, deadline=time.monotonic())

    assert (found.stopped, found.steps) == ("time", CHUNK)


def test_a_deadline_keeps_the_best_weights_so_far(fitted):
    found = fitted({"epochs": 3}, deadline=time.monotonic())

    assert (found.stopped, len(found.losses)) == ("time", 1)
    assert found.steps == found.losses[0].steps


def test_someone_may_watch(fitted):
    seen = []

    found = fitted({"epochs": 2}, watch=lambda *told: seen.append(told))

    assert seen == [(loss, 2, 0) for loss in found.losses]


def test_a_loss_that_is_not_finite_ends_training_with_its_place(fitted, model_of, material_of, values):
    huge = material_of(values * 1e30, scale="none")
    config = {"loss": "mse", "optimizer": {"sgd": {"learning_rate": 0.5, "clip_norm": None}}, "schedule": "constant"}

    with pytest.raises(
        UnusableError, match=r"training: the loss is inf in epoch 1 at step 1, with a learning rate of 0\.5; .*0\.05"
    ):
        fitted(config, model=model_of(scale="none"), material=huge)


def test_divergence_names_the_step_it_began_at(fitted, model_of, material_of, values):
    config = {
        "loss": "mse",
        "epochs": 40,
        "optimizer": {"sgd": {"learning_rate": 1.0, "clip_norm": None}},
        "schedule": "constant",
    }
    model = model_of(scale="none", layers=[{"simple_rnn": {"units": 4, "activation": "linear"}}])

    with pytest.raises(UnusableError, match=r"in epoch \d+ at step \d+, .*or set training\.optimizer\.sgd\.clip_norm"):
        fitted(config, model=model, material=material_of(values * 100, scale="none"))


def test_weights_that_are_not_finite_are_never_returned(fitted, monkeypatch):
    monkeypatch.setattr(State, "finite", lambda _: False)

    with pytest.raises(UnusableError, match=r"a weight is not finite in epoch 1 at step 4, with a learning rate of"):
        fitted({"epochs": 1})


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_one_wrong_number_makes_weights_not_finite(wrong):
    ones = tf.constant([1.0, 1.0])

    assert State([ones], [], []).finite()
    assert not State([ones, tf.constant([[1.0, wrong]])], [], []).finite()


def test_both_kernels_compute_the_same(model_of, shapes_of, training_of, material_of):
    from forecaster.models.build import build
    from forecaster.training.schedules import options_of

    model, material = model_of(layers=[{"lstm": {"units": 4}}]), material_of()
    starts = np.resize(material.training, (5, 16))
    found = []
    for kernel in ("plain", "jit"):
        program = Program(Recipe(model, shapes_of(model), "mae", "adam", options_of(training_of()), 16, kernel))
        state, table = program.start(build(model, shapes_of(model), seed=0)), resident(material.flat, shapes_of(model))
        state, losses = program.advance(state, table, starts, (np.full(5, 0.01), np.zeros((5, 2))), 0)
        found.append((losses, program.judge(state, table, material.validation)))

    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-4)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4)


def test_the_loss_of_many_windows_is_the_mean_of_their_losses(model_of, shapes_of, training_of, material_of):
    """300 windows need two batches, the second one filled up with windows that do not count."""
    from forecaster.models.build import build
    from forecaster.training.schedules import options_of

    model, material = model_of(), material_of()
    program = Program(Recipe(model, shapes_of(model), "mae", "adam", options_of(training_of()), 16, "plain"))
    state, table = program.start(build(model, shapes_of(model), seed=0)), resident(material.flat, shapes_of(model))
    first, second = material.training[:10], material.training[10:20]

    many = program.judge(state, table, np.concatenate([np.repeat(first, 29), second]))

    few = (290 * program.judge(state, table, first) + 10 * program.judge(state, table, second)) / 300
    np.testing.assert_allclose(many, few, rtol=1e-6)
