"""A config can only say what is used: every key of `training` changes the weights or how many updates there are."""

import pytest

from forecaster.config.training import TrainingConfig

BASE = {"steps": 12, "optimizer": {"adam": {"learning_rate": 0.3}}, "schedule": "constant", "early_stopping": None}
ADAMW, SGD, RMSPROP = ({"optimizer": {kind: {"learning_rate": 0.3}}} for kind in ("adamw", "sgd", "rmsprop"))
COSINE, STEP, EXPONENTIAL, PLATEAU = (
    {"schedule": schedule}
    for schedule in (
        {"cosine": {"warmup": 0.05}},
        {"step": {"every": 2, "factor": 0.5}},
        {"exponential": {"factor": 0.9, "start": 0}},
        {"plateau": {"factor": 0.5, "patience": 2}},
    )
)

CHANGES = {
    "epochs": ({}, {"steps": None, "epochs": 1}),
    "steps": ({}, {"steps": 7}),
    "batch_size": ({}, {"batch_size": 8}),
    "loss": ({}, {"loss": "mse"}),
    "loss huber": ({"loss": "mse"}, {"loss": "huber"}),
    "loss pinball": ({}, {"loss": "pinball", "optimizer": {"sgd": {"learning_rate": 0.3, "clip_norm": None}}}),
    "seed": ({}, {"seed": 1}),
    "optimizer.adam": ({}, SGD),
    "optimizer.adam.learning_rate": ({}, {"optimizer": {"adam": {"learning_rate": 0.2}}}),
    "optimizer.adam.clip_norm": ({}, {"optimizer": {"adam": {"learning_rate": 0.3, "clip_norm": 0.01}}}),
    "optimizer.adamw": ({}, ADAMW),
    "optimizer.adamw.learning_rate": (ADAMW, {"optimizer": {"adamw": {"learning_rate": 0.2}}}),
    "optimizer.adamw.clip_norm": (ADAMW, {"optimizer": {"adamw": {"learning_rate": 0.3, "clip_norm": 0.01}}}),
    "optimizer.adamw.weight_decay": (ADAMW, {"optimizer": {"adamw": {"learning_rate": 0.3, "weight_decay": 0.1}}}),
    "optimizer.rmsprop": ({}, RMSPROP),
    "optimizer.rmsprop.learning_rate": (RMSPROP, {"optimizer": {"rmsprop": {"learning_rate": 0.2}}}),
    "optimizer.rmsprop.clip_norm": (RMSPROP, {"optimizer": {"rmsprop": {"learning_rate": 0.3, "clip_norm": 0.01}}}),
    "optimizer.sgd": ({}, SGD),
    "optimizer.sgd.learning_rate": (SGD, {"optimizer": {"sgd": {"learning_rate": 0.2}}}),
    "optimizer.sgd.clip_norm": (SGD, {"optimizer": {"sgd": {"learning_rate": 0.3, "clip_norm": 0.01}}}),
    "optimizer.sgd.momentum": (SGD, {"optimizer": {"sgd": {"learning_rate": 0.3, "momentum": 0.5}}}),
    "schedule.cosine": ({}, COSINE),
    "schedule.cosine.warmup": (COSINE, {"schedule": {"cosine": {"warmup": 0.5}}}),
    "schedule.step": ({}, STEP),
    "schedule.step.every": (STEP, {"schedule": {"step": {"every": 1, "factor": 0.5}}}),
    "schedule.step.factor": (STEP, {"schedule": {"step": {"every": 2, "factor": 0.1}}}),
    "schedule.exponential": ({}, EXPONENTIAL),
    "schedule.exponential.factor": (EXPONENTIAL, {"schedule": {"exponential": {"factor": 0.5, "start": 0}}}),
    "schedule.exponential.start": (EXPONENTIAL, {"schedule": {"exponential": {"factor": 0.9, "start": 2}}}),
    "schedule.plateau": ({}, PLATEAU),
    "schedule.plateau.factor": (PLATEAU, {"schedule": {"plateau": {"factor": 0.1, "patience": 2}}}),
    "schedule.plateau.patience": (PLATEAU, {"schedule": {"plateau": {"factor": 0.5, "patience": 1}}}),
    "early_stopping": ({}, {"early_stopping": {"patience": 1}}),
    "early_stopping.patience": ({"early_stopping": {"patience": 1}}, {"early_stopping": {"patience": 2}}),
}
ELSEWHERE = {"refit"}  # whether the workflow trains a second time


def keys_of(config, before=""):
    """Every key of a config class, dotted, through unions and nested classes."""
    for name, field in config.model_fields.items():
        yield f"{before}{name}"
        for inner in getattr(field.annotation, "__args__", (field.annotation,)):
            if hasattr(inner, "model_fields"):
                yield from keys_of(inner, "" if before.endswith(f"{name}.") else f"{before}{name}.")


def trained(fitted, bits, changes, *, validation):
    found = fitted({key: value for key, value in (BASE | changes).items() if value is not None}, validation=validation)
    return bits(found), len(found.losses)


@pytest.mark.parametrize("key", CHANGES)
def test_every_training_option_changes_the_training(fitted, bits, key):
    base, change = CHANGES[key]

    judged = key.startswith("early_stopping")
    before = trained(fitted, bits, base, validation=judged)

    assert (trained(fitted, bits, base | change, validation=judged) == before) is False  # no bytes in the message


def test_no_training_option_is_left_out_of_the_test_above():
    keys = set(keys_of(TrainingConfig)) - {"optimizer", "schedule"} - ELSEWHERE

    assert keys <= set(CHANGES)
