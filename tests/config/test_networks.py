"""The parts of a network beside its layers: every way to write them, and what is said of a wrong one."""

import pytest

from forecaster.config.model import SPREAD_LEVELS, Bounds, Forcing, ModelConfig, Seq2Seq
from forecaster.config.reading import json_schema, to_yaml

LSTM = ({"lstm": {"units": 3}},)


def told(lines):
    (line,) = lines
    return line


@pytest.mark.parametrize(
    "option",
    [
        *(f"model.scale={scale}" for scale in ("none", "last", "mean", "standard", "log", "log_mean", "affine")),
        *(f"model.decoder={decoder}" for decoder in ("direct", "recursive", "parallel", "seq2seq")),
        "model.decoder={seq2seq: {forcing: {from: 0.5, to: 0.1}, attention: true}}",
        *(f"model.skip={skip}" for skip in ("none", "linear", "smoothing", "seasonal_naive")),
        "model.skip={seasonal_naive: [7, 28]}",
        "model.skip={linear: 7}",
        *(f"model.output={output}" for output in ("point", "quantiles", "gaussian", "student_t")),
        "model.latent={units: 8, anneal: 5}",
        "model.bounds={min: 0, max: 100, integer: true}",
        "model.bounds={max: -1.5}",
        "model.layers.1=attention",
        "model.layers.1={attention: {heads: 4, kind: dot, pool: weighted}}",
        "model.layers.1={dropout: {rate: 0.2, keep: true}}",
        "model.layers.0={gru: {units: 8, dilation: 4, residual: true, recurrent_dropout: 0.1, keep: true}}",
        "training.ensemble=5",
    ],
)
def test_it_may_be_said_and_is_read_again_as_it_is_written(option, good, parsed):
    config = parsed(good, [option])

    assert parsed(to_yaml(config)) == config


def test_counts_may_be_said_under_a_scale_that_keeps_zero(good, parsed):
    config = parsed(
        good, ["model.output=negative_binomial", "model.scale=mean", "model.bounds={min: 0, integer: true}"]
    )

    assert parsed(to_yaml(config)) == config


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scale", "last"),
        ("segment", None),
        ("embed", {}),
        ("decoder", "direct"),
        ("latent", None),
        ("skip", "none"),
        ("bounds", Bounds()),
    ],
)
def test_a_network_is_plain_unless_something_is_said(key, value):
    assert getattr(ModelConfig.model_validate({"layers": LSTM}), key) == value


def test_teacher_forcing_falls_from_always_to_never_unless_something_is_said(good, parsed):
    forcing = parsed(good, ["model.decoder=seq2seq"]).model.decoder.seq2seq.forcing

    assert (forcing.from_, forcing.to) == (1.0, 0.0)


def test_the_key_of_the_first_share_is_from(good, parsed):
    """`from` is no name that Python allows; only the attribute is called otherwise."""
    config = parsed(good, ["model.decoder.seq2seq.forcing.from=0.25"])

    assert config.model.decoder.seq2seq.forcing == Forcing.model_validate({"from": 0.25})
    assert "{seq2seq: {forcing: {from: 0.25, to: 0.0}, attention: false}}" in to_yaml(config)
    assert config.model_dump()["model"]["decoder"]["seq2seq"]["forcing"] == {"from": 0.25, "to": 0.0}


def test_editors_are_told_the_key_too():
    forcing = json_schema()["$defs"]["Forcing"]["properties"]

    assert list(forcing) == ["from", "to"]
    assert forcing["from"]["description"] == "The share at the first update."


def test_a_short_decoder_means_the_long_one(good, parsed):
    assert parsed(good, ["model.decoder=seq2seq"]).model.decoder == Seq2Seq.model_validate({"seq2seq": {}})


@pytest.mark.parametrize("output", ["gaussian", "student_t", "negative_binomial"])
def test_a_distribution_is_put_out_at_levels_about_its_median(output):
    levels = ModelConfig.model_validate({"layers": LSTM, "output": output}).levels

    assert levels == SPREAD_LEVELS
    assert [round(1 - level, 6) for level in reversed(levels)] == list(levels)


def test_columns_of_categories_may_have_any_name(good, parsed):
    """Names are quoted where YAML would take them for something else."""
    options = ['data.past=["a: b", "1", "no"]', 'model.embed={"a: b": 2, "1": 3, "no": 4}']

    config = parsed(good, options)

    assert config.model.embed == {"a: b": 2, "1": 3, "no": 4}
    assert parsed(to_yaml(config)) == config


@pytest.mark.parametrize(
    ("key", "written", "line"),
    [
        (
            "decoder",
            "seq2sq",
            'unknown decoder "seq2sq"; did you mean "seq2seq"? known are direct, recursive, parallel',
        ),
        ("decoder", "{recursive: {}}", '"recursive" has no options; write the word alone: recursive'),
        ("decoder", "3", "must name one decoder, got 3; known are direct, recursive, parallel, seq2seq"),
        ("decoder", "{seq2seq: {forcng: {}}}", 'unknown key "forcng"; did you mean "forcing"?'),
        ("decoder", "{seq2seq: {forcing: 0.5}}", "forcing: must be a mapping of from, to, got 0.5; give teacher"),
        ("decoder", "{seq2seq: {forcing: {form: 1}}}", 'forcing.form: unknown key "form"; did you mean "from"?'),
        ("decoder", "{seq2seq: {forcing: {from_: 1}}}", 'forcing.from_: unknown key "from_"; did you mean "from"?'),
        ("decoder", "{seq2seq: {forcing: {x: 1}}}", 'unknown key "x"; known here are from, to'),
        ("decoder", "{seq2seq: {attention: 1}}", "attention: must be true or false, got 1; give whether"),
        ("latent", "8", "must be a mapping of units, anneal, or null, got 8; give numbers drawn at random"),
        ("latent", "{}", 'latent.units: missing key "units"; give the number of values drawn for each window: a whole'),
        ("latent", "{units: 8, aneal: 3}", 'unknown key "aneal"; did you mean "anneal"?'),
        ("skip", "smothing", 'unknown skip "smothing"; did you mean "smoothing"? known are none, linear'),
        ("output", "student", 'unknown output "student"; did you mean "student_t"?'),
        ("output", "{gaussian: {}}", '"gaussian" has no options; write the word alone: gaussian'),
        ("scale", "afine", "must be one of none, last, mean, standard, log, log_mean, affine, got the text"),
        ("bounds", "3", "must be a mapping of min, max, integer, got 3; give what every published number keeps to"),
        ("bounds", "{min: 3, max: 3}", "bounds.max: max 3 is not above min 3; give the larger one as max"),
        ("bounds", "{min: .5, integer: true}", "min 0.5 is no whole number, but values are rounded to one; give a"),
        ("bounds", "{max: 2.5, integer: true}", "max 2.5 is no whole number, but values are rounded to one"),
        ("bounds", "{min: .inf}", "bounds.min: must be a number, or null, got .inf; give the least value"),
        ("bounds", "{mn: 3}", 'unknown key "mn"; did you mean "min"?'),
        ("bounds", "{integer: 1}", "integer: must be true or false, got 1; give whether values are rounded"),
        ("embed", "16", "must be a mapping of text to a whole number greater than 0 and at most 1,024, got 16; give"),
        ("embed", "{series: few}", "embed.series: must be a whole number greater than 0 and at most 1,024, got the"),
        ("layers.1", "{attention: {head: 2}}", 'attention.head: unknown key "head"; did you mean "heads"?'),
        (
            "layers.1",
            "{attention: {kind: dots}}",
            'must be one of additive, dot, got the text "dots"; did you mean dot?',
        ),
        ("layers.1", "{attention: {pool: mean}}", 'must be one of last, weighted, got the text "mean"; give the'),
        ("layers.1", "{attention: 4}", "must be a mapping of heads, kind, pool, got 4"),
        ("layers.1", "atention", 'unknown layer "atention"; did you mean "attention"?'),
        ("layers.1", "{dropout: {rate: 0.1, kept: true}}", 'unknown key "kept"; did you mean "keep"?'),
    ],
)
def test_a_wrong_part_is_one_complaint_in_our_words(key, written, line, good, complaints):
    said = told(complaints(good, [f"model.{key}={written}"]))

    assert line in said
    assert not any(word in said for word in ("Input", "function-", "valid", "tuple", "dict", "str_"))
