import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.training import TrainingConfig
from forecaster.training.schedules import Course, Patience, course_of, judged_pace, paces, rates

COURSE = Course(total=12, epoch=3, updates=12)
SCHEDULES = [
    "constant",
    {"cosine": {"warmup": 0.25}},
    {"step": {"every": 2, "factor": 0.1}},
    {"exponential": {"factor": 0.5, "start": 1}},
    {"plateau": {"factor": 0.5}},
]


def training(schedule="constant", **options):
    options = {"optimizer": {"adam": {"learning_rate": 0.1}}, "schedule": schedule} | options
    return TrainingConfig.model_validate(options, strict=False)


def all_rates(schedule, course=COURSE):
    return rates(training(schedule), course, np.arange(course.total))


def test_a_constant_rate_never_changes():
    np.testing.assert_array_equal(all_rates("constant"), [0.1] * 12)


def test_a_cosine_rises_in_equal_parts_then_falls_to_nearly_zero():
    found = all_rates({"cosine": {"warmup": 0.25}})

    np.testing.assert_allclose(found[:4], [0.1 / 3, 0.2 / 3, 0.1, 0.1])
    np.testing.assert_allclose(found[6], 0.1 * (1 + np.cos(np.pi / 3)) / 2)
    np.testing.assert_allclose(found[11], 0.1 * (1 + np.cos(np.pi * 8 / 9)) / 2)


def test_a_cosine_without_warm_up_begins_at_the_full_rate():
    assert all_rates({"cosine": {"warmup": 0.0}})[0] == 0.1


def test_steps_fall_after_every_so_many_epochs():
    np.testing.assert_allclose(all_rates({"step": {"every": 2, "factor": 0.1}}), [0.1] * 6 + [0.01] * 6)


def test_an_exponential_falls_after_each_epoch():
    found = all_rates({"exponential": {"factor": 0.5}})

    np.testing.assert_allclose(found, np.repeat([0.1, 0.05, 0.025, 0.0125], 3))


def test_an_exponential_waits_for_the_epoch_it_starts_after():
    found = all_rates({"exponential": {"factor": 0.5, "start": 2}})

    np.testing.assert_allclose(found, np.repeat([0.1, 0.1, 0.1, 0.05], 3))


def test_a_plateau_falls_where_the_course_says():
    found = all_rates({"plateau": {"factor": 0.5}}, COURSE.dropped(3).dropped(9))

    np.testing.assert_allclose(found, np.repeat([0.1, 0.05, 0.05, 0.025], 3))


@given(
    schedule=st.sampled_from(SCHEDULES), total=st.integers(1, 200), epoch=st.integers(1, 20), drop=st.integers(0, 200)
)
def test_every_rate_is_above_zero_and_at_most_the_one_configured(schedule, total, epoch, drop):
    found = all_rates(schedule, Course(total, epoch, total).dropped(drop))

    assert found.shape == (total,)
    assert (found > 0).all()
    assert (found <= 0.1).all()


def forced(model_of, forcing, course=COURSE):
    model = model_of(decoder={"seq2seq": {"forcing": forcing}})
    return paces(model, course, np.arange(course.total))[:, 0]


def weights(model_of, anneal, course=COURSE):
    return paces(model_of(latent={"units": 1, "anneal": anneal}), course, np.arange(course.total))[:, 1]


def test_forcing_goes_in_equal_parts_from_the_first_update_to_the_last(model_of):
    np.testing.assert_allclose(forced(model_of, {"from": 1.0, "to": 0.0}), np.linspace(1, 0, 12))
    np.testing.assert_allclose(forced(model_of, {"from": 0.2, "to": 0.6}), np.linspace(0.2, 0.6, 12))
    np.testing.assert_array_equal(forced(model_of, {"from": 1.0, "to": 1.0}), 1.0)


def test_forcing_of_a_refit_that_ends_early_is_what_it_was(model_of):
    falling = {"from": 1.0, "to": 0.0}

    np.testing.assert_array_equal(forced(model_of, falling, COURSE.kept(6)), forced(model_of, falling))


def test_a_single_update_is_forced_as_the_first_one(model_of):
    assert forced(model_of, {"from": 0.7, "to": 0.0}, Course(1, 1, 1)).tolist() == [0.7]


def test_the_weight_of_the_divergence_rises_to_one_over_the_epochs_of_annealing(model_of):
    np.testing.assert_allclose(weights(model_of, 2), [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, *[1] * 7])


def test_without_annealing_the_divergence_counts_in_full(model_of):
    np.testing.assert_array_equal(weights(model_of, 0), 1.0)


@pytest.mark.parametrize("decoder", ["direct", "recursive", "parallel"])
def test_a_network_without_either_is_neither_forced_nor_annealed(model_of, decoder):
    found = paces(model_of(decoder=decoder), COURSE, np.array([0, 11]))

    assert found.tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("output", "to", "forced"), [("point", 1.0, 0), ("gaussian", 0.5, 0), ("gaussian", 1.0, 1), ("student_t", 1.0, 1)]
)
def test_only_a_distribution_that_is_forced_to_the_end_is_judged_forced(model_of, output, to, forced):
    model = model_of(decoder={"seq2seq": {"forcing": {"from": 1.0, "to": to}}}, output=output)

    assert judged_pace(model) == (forced, 1.0)


def test_the_divergence_counts_in_full_when_a_network_is_judged(model_of):
    assert judged_pace(model_of(latent={"units": 2, "anneal": 10})) == (0.0, 1.0)


def test_a_training_lasts_fifty_epochs_where_no_length_is_given():
    assert course_of(training(batch_size=32), windows=100) == Course(total=200, epoch=4, updates=200)


def test_a_batch_is_never_larger_than_the_number_of_windows():
    assert course_of(training(batch_size=32, epochs=7), windows=5) == Course(total=7, epoch=1, updates=7)


def test_a_length_in_steps_is_kept_exactly():
    assert course_of(training(steps=90), windows=100) == Course(total=90, epoch=4, updates=90)


def test_a_huge_table_is_judged_twenty_times_in_a_training_counted_in_steps():
    course = course_of(training(steps=2000), windows=10_000_000)

    assert (course.epoch, course.epochs) == (100, 20)


def test_what_a_refit_repeats_ends_with_the_best_weights():
    assert COURSE.dropped(3).dropped(9).kept(6) == Course(total=12, epoch=3, updates=6, drops=(3,))


def test_patience_ends_after_so_many_epochs_that_are_not_better():
    patience = Patience(2)

    seen = [(patience.better(loss), patience.over) for loss in (3.0, 2.0, 2.0, 2.5)]

    assert seen == [(True, False), (True, False), (False, False), (False, True)]


@pytest.mark.parametrize("limit", [1, 3])
def test_patience_begins_anew_when_told(limit):
    patience = Patience(limit)
    for loss in [1.0] + [2.0] * limit:
        patience.better(loss)

    patience.again()

    assert not patience.over


def test_patience_without_a_limit_never_ends():
    patience = Patience(None)
    for _ in range(100):
        patience.better(1.0)

    assert not patience.over
