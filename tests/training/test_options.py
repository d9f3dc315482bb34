"""A config can only say what is used.

Every key of `training` changes the weights or how many updates there are; every key of `model` changes the weights or
what the network reads.
"""

import numpy as np
import pytest

from forecaster.config.layers import AttentionOptions
from forecaster.config.model import Bounds, Forcing, Latent, ModelConfig, Seq2SeqOptions
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
    "ensemble": ({}, {"ensemble": 2}),
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


RNN = {"simple_rnn": {"units": 4}}
GENTLE = {"optimizer": {"adam": {"learning_rate": 0.03}}}
LATENT, COUNTS = {"latent": {"units": 2, "anneal": 3}}, {"scale": "mean", "output": "negative_binomial"}


def rnn(**options):
    return {"layers": [{"simple_rnn": {"units": 4} | options}]}


def attending(**options):
    return {"layers": [RNN, {"attention": options}]}


def seq2seq(**options):
    return {"decoder": {"seq2seq": options}}


MODEL_CHANGES = {
    **{f"scale: {name}": ({}, {"scale": name}) for name in ("none", "mean", "standard")},
    "scale: affine": ({"scale": "standard"}, {"scale": "affine"}),
    "segment": ({}, {"segment": 2}),
    "embed": ({}, {"embed": {"series": 3}}),
    "layers": ({}, {"layers": [RNN, RNN]}),
    "layers.dilation": ({}, rnn(dilation=2)),
    "layers.residual": ({}, rnn(residual=True)),
    "layers.keep": (rnn(dropout=0.5), rnn(dropout=0.5, keep=True)),
    "layers.attention": ({}, attending()),
    "layers.attention.heads": (attending(), attending(heads=2)),
    "layers.attention.kind": (attending(), attending(kind="dot")),
    "layers.attention.pool": (attending(), attending(pool="weighted")),
    **{f"decoder: {name}": ({}, {"decoder": name}) for name in ("recursive", "parallel")},
    "decoder: seq2seq": ({}, seq2seq()),
    "decoder.forcing.from": (seq2seq(), seq2seq(forcing={"from": 0.5, "to": 0.0})),
    "decoder.forcing.to": (seq2seq(), seq2seq(forcing={"from": 1.0, "to": 0.5})),
    "decoder.attention": (seq2seq(), seq2seq(attention=True)),
    "latent": ({}, LATENT),
    "latent.units": (LATENT, {"latent": {"units": 3, "anneal": 3}}),
    "latent.anneal": (LATENT, {"latent": {"units": 2, "anneal": 0}}),
    **{f"skip: {name}": ({}, {"skip": name}) for name in ("linear", "smoothing")},
    "skip: seasonal_naive": ({}, {"skip": {"seasonal_naive": [4]}}),
    "skip: linear by cycles": ({"skip": "linear"}, {"skip": {"linear": 4}}),
    "skip: of two seasons": ({"skip": {"seasonal_naive": [4]}}, {"skip": {"seasonal_naive": [4, 6]}}),
    **{f"output: {name}": ({}, {"output": name}) for name in ("quantiles", "gaussian", "student_t")},
    "output: negative_binomial": (COUNTS | {"output": "gaussian"}, COUNTS),
}
BEYOND = {"bounds", "min", "max", "integer", "blend"}  # these change what is published, not the network


@pytest.fixture(scope="module")
def seen(fitted, bits, model_of, shapes_of, material_of, values):
    """The weights of a network after a short training on counts, and what it reads."""

    done = {}

    def train(options):
        if repr(options) not in done:
            done[repr(options)] = trained_once(options)
        return done[repr(options)]

    def trained_once(options):
        model = model_of(**options)
        material = material_of(10 + np.round(5 * values), scale=model.scale, validation=False)
        found = fitted(BASE | GENTLE, model=model, material=material)
        return bits(found), shapes_of(model).inputs

    return train


@pytest.mark.parametrize("key", MODEL_CHANGES)
def test_every_model_option_changes_what_is_learned_or_read(seen, key):
    base, change = MODEL_CHANGES[key]

    assert (seen(base | change) == seen(base)) is False  # no bytes in the message


def test_no_model_option_is_left_out_of_the_test_above():
    told = " ".join(MODEL_CHANGES)
    inner = {name for part in (AttentionOptions, Forcing, Latent, Seq2SeqOptions, Bounds) for name in part.model_fields}

    missing = {name for name in {*ModelConfig.model_fields, *inner} - BEYOND if name.rstrip("_") not in told}

    assert missing == set()
