"""What contradicts what: each with both sides and a way out."""

from itertools import product

import pytest

from forecaster.config.checks import refusals
from forecaster.config.layers import RECURRENT
from forecaster.config.model import DISTRIBUTIONS, ModelConfig

SCALES = ("none", "last", "mean", "standard", "log", "log_mean", "affine")
DECODERS = ("direct", "recursive", "parallel", "seq2seq")
OUTPUTS = ("point", "quantiles", *DISTRIBUTIONS)
SKIPS = ("none", "linear", "seasonal_naive", "smoothing")


def told(lines):
    (line,) = lines
    return line


def model(**options):
    return ModelConfig.model_validate({"layers": ({"lstm": {"units": 3}},), **options})


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["layers=[attention, {lstm: {units: 3}}]"],
            "model.layers.0: attention stands before the last recurrent layer, lstm; put it below layer 2",
        ),
        (
            ["layers=[{lstm: {units: 3}}, attention, attention]"],
            "the first of 2 attention layers leaves one state to look at; keep one, such as attention: {heads: 2}",
        ),
        (
            ["layers.1=attention", "decoder={seq2seq: {attention: true}}"],
            "the decoder, seq2seq, attends to the same states; drop the layer, or write attention: false there",
        ),
        (
            ["decoder=recursive", "latent={units: 2}"],
            "nothing drawn once could last; write decoder: seq2seq, parallel or direct, or drop latent",
        ),
        (
            ["decoder=recursive", "skip=smoothing"],
            "recursive would smooth its own forecasts, step by step; write decoder: seq2seq, parallel or direct, or",
        ),
        (
            ["output=negative_binomial"],
            "negative_binomial counts from 0, but scale: last moves the 0; write scale: mean or none, or another",
        ),
        (
            ["output=negative_binomial", "scale=none", "blend={theta: 0.5}"],
            "the mean of counts and of a smoothing is no count; leave out blend, or write another output",
        ),
        (
            ["output=negative_binomial", "scale=none", "skip=linear"],
            "negative_binomial has a mean above 0, so nothing can be added to it; write skip: none, or another output",
        ),
        (
            ["layers.0.lstm.keep=true"],
            "nothing is dropped, so there is nothing to keep; give dropout or recurrent_dropout a rate, or drop keep",
        ),
        (
            ["layers.0.lstm.dilation=60"],
            "a dilation of 60, but 60 recurrent steps: no state would follow another; use at most 59",
        ),
        (
            ["layers.0.lstm.dilation=3", "segment=25"],
            "a dilation of 3, but 3 recurrent steps: no state would follow another; use at most 2",
        ),
        (
            ["skip={linear: 61}"],
            "a season of 61 steps, but a lookback of 60; raise window.lookback to 61, or write skip: none",
        ),
        (
            ["skip={seasonal_naive: [7, 61]}"],
            "a season of 61 steps, but a lookback of 60; raise window.lookback to 61, or write skip: none",
        ),
    ],
)
def test_what_cannot_go_together_is_told_with_a_way_out(options, line, good, complaints):
    assert line in told(complaints(good, [f"model.{option}" for option in options]))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["data.past=[wind, rain]", "model.decoder=recursive"],
            'recursive reads every step ahead, but nobody knows "wind" then; name it in data.known as [{wind:',
        ),
        (
            ["data.season=61", "model.skip=smoothing"],
            "a season of 61 steps, but a lookback of 60; raise window.lookback to 61, or write skip: none",
        ),
        (
            ["data.season=61", "model.skip=seasonal_naive"],
            "a season of 61 steps, but a lookback of 60; raise window.lookback to 61, or write skip: none",
        ),
        (
            ["model.embed={series: 4}"],
            "the table has one series, so there is nothing to tell apart; name data.id or several targets, or drop it",
        ),
        (
            ["data.target=[a, b]", "data.past=series", "model.embed={series: 4}"],
            "there is a column of that name, but embed: series means the series themselves; give the column another",
        ),
        (
            ["data.past=wind", "model.embed={wnd: 4}"],
            '"wnd" is neither known, past nor static in data; did you mean "wind"? known are series, "wind"',
        ),
        (["data.id=shop", "model.embed={shop: 4}"], '"shop" tells series apart; write series instead of the column'),
        (["model.embed={x: 4}"], '"x" is neither known, past nor static in data; known are series'),
    ],
)
def test_a_network_that_its_table_cannot_feed_is_told_with_a_way_out(options, line, good, complaints):
    assert line in told(complaints(good, options))


@pytest.mark.parametrize(
    "options",
    [
        ["model.layers.1=attention", "model.decoder=seq2seq"],
        ["model.layers=[{gru: {units: 3}}, {dropout: 0.1}, attention, {dense: {units: 2}}]"],
        ["model.decoder=parallel", "model.segment=12"],
        ["model.decoder=recursive", "data.known=[price]", "data.gaps=mask"],
        ["model.decoder=recursive", "model.skip={seasonal_naive: [7, 14]}"],
        ["model.output=negative_binomial", "model.scale=none", "model.bounds={min: 0}", "model.latent={units: 2}"],
        ["model.output=point", "model.latent={units: 2}", "training.loss=huber"],
        ["model.skip=smoothing", "model.scale=log_mean", "data.season=60"],
        ["model.skip=smoothing", "data.season=auto", "window.lookback=7d"],
        ["model.layers.0.lstm.dilation=59"],
        ["model.layers.0={lstm: {units: 3, dropout: 0.1, keep: true}}"],
        ["data.target='*'", "model.embed={series: 4}"],
        ["data.id=series", "model.embed={series: 4}"],
        ["data.id=shop", "data.static=region", "data.known=[{kind: repeat_last}]", "model.embed={kind: 2, region: 3}"],
    ],
)
def test_what_goes_together_is_not_refused(options, good, parsed):
    assert parsed(good, options)


def test_every_contradiction_is_told_at_once(good, complaints):
    lines = complaints(
        good, ["model.decoder=recursive", "model.latent={units: 2}", "model.skip=smoothing", "data.past=wind"]
    )

    assert len(lines) == 3


@pytest.mark.parametrize("cell", RECURRENT)
def test_of_cells_decoders_outputs_and_scales_only_counts_on_a_moved_zero_are_refused(cell):
    refused = {
        (output, scale)
        for decoder, output, scale in product(DECODERS, OUTPUTS, SCALES)
        if refusals(model(layers=({cell: {"units": 3}},), decoder=decoder, output=output, scale=scale))
    }

    assert refused == {("negative_binomial", scale) for scale in SCALES if scale not in ("none", "mean")}


def test_of_decoders_outputs_and_skips_only_counts_and_a_smoothed_recursion_are_refused():
    refused = {
        (decoder, output, skip)
        for decoder, output, skip in product(DECODERS, OUTPUTS, SKIPS)
        if refusals(model(decoder=decoder, output=output, skip=skip, scale="mean"))
    }

    assert refused == {
        (decoder, output, skip)
        for decoder, output, skip in product(DECODERS, OUTPUTS, SKIPS)
        if (output == "negative_binomial" and skip != "none") or (decoder == "recursive" and skip == "smoothing")
    }


def test_a_refusal_points_into_the_model():
    (found,) = refusals(model(output="negative_binomial"))

    assert (found.at, found.what) == (("scale",), "negative_binomial counts from 0, but scale: last moves the 0")
