"""Attention against the equations of the papers, written out in NumPy."""

import numpy as np
import pytest
from exported import exported

from forecaster.config.layers import AttentionOptions
from forecaster.models.attention import AdditiveAttention, Attention, attend
from forecaster.models.backend import keras, ops
from forecaster.models.layers import Place

STATES = np.random.default_rng(0).normal(size=(6, 9, 8)).astype(np.float32)
QUESTIONS = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
PLACE = Place("layer1_attention", 1, seed=3, steps=9, sequence=False)
EVERY = [
    {"kind": kind, "pool": pool, "heads": heads}
    for kind in ("additive", "dot")
    for pool in ("last", "weighted")
    for heads in (1, 3)
]
CHANGES = {"heads": 2, "kind": "dot", "pool": "weighted"}


def _layer(place=PLACE, **options):
    layer = Attention(AttentionOptions(**options), place)
    layer(STATES, STATES[:, -1])
    return layer


def _softmax(scores):
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _in_numpy(layer, heads, kind, pool):
    """Vaswani et al. (2017), section 3.2; additive as Bahdanau et al. (2015); `last` as Luong et al. (2015), eq. 5."""
    weights = {variable.name: np.asarray(variable) for variable in layer.weights}
    last, size = STATES[:, -1], 8 // heads
    answers, shares = [], []
    for head in range(heads):
        columns = slice(head * size, (head + 1) * size)
        question = (last @ weights["question"] if pool == "last" else weights["question"])[:, None, columns]
        keys, values = STATES @ weights["key"][:, columns], STATES @ weights["value"][:, columns]
        if kind == "dot":
            scores = (keys * question).sum(axis=-1) / np.sqrt(size)
        else:
            scores = np.tanh(keys + question) @ weights["score"][0, columns]
        shares.append(_softmax(scores))
        answers.append((shares[-1][..., None] * values).sum(axis=1))
    answer = np.concatenate(answers + ([last] if pool == "last" else []), axis=1)
    summary = answer @ weights["output"] + weights["bias"]
    return np.tanh(summary) if pool == "last" else summary, np.stack(shares, axis=1)


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_attention_is_what_the_papers_say(options):
    layer = _layer(**options)

    summary, weights = layer(STATES, STATES[:, -1])

    expected = _in_numpy(layer, **options)
    np.testing.assert_allclose(summary, expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weights, expected[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_the_weights_of_every_head_sum_to_one(options):
    _, weights = _layer(**options)(STATES, STATES[:, -1])

    assert weights.shape == (6, options["heads"], 9)
    np.testing.assert_allclose(np.sum(weights, axis=-1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("options", EVERY[::3], ids=str)
def test_attention_is_exported_as_keras_has_it(options):
    layer = _layer(**options)

    found = exported(lambda states: layer(states, states[:, -1]), STATES)

    for one, other in zip(found, layer(STATES, STATES[:, -1]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("option", CHANGES)
def test_every_option_changes_the_summary(option):
    usual, changed = _layer(), _layer(**{option: CHANGES[option]})

    assert not np.allclose(usual(STATES, STATES[:, -1])[0], changed(STATES, STATES[:, -1])[0], atol=1e-3)


def test_no_option_is_left_out_of_the_test_above():
    assert set(CHANGES) == set(AttentionOptions.model_fields)


def test_the_same_seed_gives_the_same_weights():
    same, other = _layer(), _layer(Place("layer1_attention", 1, seed=4, steps=9, sequence=False))

    assert all(np.array_equal(a, b) for a, b in zip(_layer().weights, same.weights, strict=True))
    assert not np.array_equal(same.weights[0], other.weights[0])


def test_more_heads_than_units_have_one_number_each():
    summary, weights = _layer(heads=10)(STATES, STATES[:, -1])

    assert summary.shape == (6, 8)
    assert weights.shape == (6, 10, 9)


def test_a_graph_attends_from_the_last_state_unless_told_of_another():
    states, last = keras.Input((9, 8)), keras.Input((5,))

    summary, weights = attend(AttentionOptions(), states, PLACE)
    told, _ = attend(AttentionOptions(), states, PLACE, last)

    assert summary.shape == (None, 8)
    assert weights.shape == (None, 1, 9)
    assert told.shape == (None, 8)


def test_a_graph_attends_as_its_layer_does():
    states = keras.Input((9, 8))
    graph = keras.Model(states, attend(AttentionOptions(heads=2), states, PLACE))

    found = graph(ops.convert_to_tensor(STATES))

    expected = _layer(heads=2)(STATES, STATES[:, -1])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6, atol=1e-6)


@pytest.fixture(scope="module")
def decoder():
    layer = AdditiveAttention(7, PLACE)
    layer(QUESTIONS, STATES)
    return layer


def test_a_decoder_attends_as_bahdanau_says(decoder):
    context, weights = decoder(QUESTIONS, STATES)

    question, key, score = (np.asarray(variable) for variable in decoder.weights)
    shares = _softmax(np.tanh((QUESTIONS @ question)[:, None] + STATES @ key) @ score[0])
    np.testing.assert_allclose(weights, shares, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(context, (shares[..., None] * STATES).sum(axis=1), rtol=1e-5, atol=1e-6)


def test_keys_computed_beforehand_change_nothing(decoder):
    usual, given = decoder(QUESTIONS, STATES), decoder(QUESTIONS, STATES, decoder.keys(STATES))

    np.testing.assert_array_equal(usual[0], given[0])


def test_a_decoder_attends_in_onnx_as_in_keras(decoder):
    found = exported(decoder, QUESTIONS, STATES)

    np.testing.assert_allclose(found[0], decoder(QUESTIONS, STATES)[0], rtol=1e-5, atol=1e-6)
