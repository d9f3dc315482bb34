import time

import numpy as np
import pytest

from forecaster.models.build import weights_of
from forecaster.training import compiled
from forecaster.training.compiled import CHUNK, Program
from forecaster.training.loop import seed_of, share

STEADY = {"epochs": 6, "optimizer": {"adam": {"learning_rate": 0.3}}, "schedule": "constant"}
TRIO = STEADY | {"ensemble": 3}


@pytest.fixture(scope="module")
def trio(fitted):
    return fitted(TRIO)


def test_there_are_as_many_networks_as_the_config_says(trio):
    assert len(trio.networks) == len(trio.courses) == 3


def test_the_first_member_is_the_network_that_it_would_be_alone(trio, fitted):
    alone = fitted(STEADY)

    assert alone.losses == trio.losses
    assert alone.courses == trio.courses[:1]
    assert all(np.array_equal(*pair) for pair in _pairs(alone.networks[0], trio.networks[0]))


def test_every_member_has_weights_of_its_own(trio):
    first, second, third = trio.networks

    for pair in ((first, second), (second, third), (first, third)):
        assert not any(np.array_equal(*both) for both in _pairs(*pair))


def test_a_member_is_stopped_by_its_own_validation_loss(trio):
    assert len({course.updates for course in trio.courses}) > 1


def test_a_refit_repeats_the_updates_of_every_member_bit_by_bit(trio, fitted, bits):
    again = fitted(TRIO, courses=trio.courses)

    assert again.courses == trio.courses
    assert bits(again) == bits(trio)


def test_members_and_their_refit_share_one_compiled_program(fitted, material_of, values, monkeypatch):
    made = []
    monkeypatch.setattr(compiled, "Program", lambda recipe: made.append(Program(recipe)) or made[-1])
    short = STEADY | {"ensemble": 2, "epochs": 1, "batch_size": 9}

    judged = fitted(short)
    fitted(short, courses=judged.courses, material=material_of(values[::-1]))

    assert len(made) == 1


def test_who_watches_is_told_which_member_it_is(fitted):
    seen = []

    fitted(STEADY | {"ensemble": 2, "epochs": 2}, watch=lambda *told: seen.append(told))

    assert [(loss.epoch, epochs, member) for loss, epochs, member in seen] == [
        (1, 2, 0),
        (2, 2, 0),
        (1, 2, 1),
        (2, 2, 1),
    ]


def test_a_deadline_that_has_passed_leaves_every_member_one_chunk(fitted, material_of, values):
    long = material_of(np.tile(values, 3), before=300, validation=False)

    found = fitted({"batch_size": 1, "epochs": 500, "ensemble": 2}, material=long, deadline=time.monotonic())

    assert (found.stopped, [course.updates for course in found.courses]) == ("time", [CHUNK, CHUNK])


def test_each_member_may_take_an_equal_share_of_the_time_that_is_left(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)

    assert share(130.0, 3) == 110.0
    assert share(130.0, 1) == 130.0
    assert share(90.0, 2) == 100.0
    assert share(None, 2) is None


def test_members_have_seeds_of_their_own_and_the_first_one_that_of_the_config():
    seeds = [seed_of(7, member) for member in range(100)]

    assert seeds[0] == 7
    assert len(set(seeds)) == 100
    assert set(seeds[1:]).isdisjoint(seed_of(8, member) for member in range(100))


def _pairs(one, other):
    """Every weight of the one beside that of the other."""
    return zip(weights_of(one).values(), weights_of(other).values(), strict=True)
