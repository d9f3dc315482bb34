"""What holds for every text, and for every config."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecaster.config.reading import parse_config, read_config, to_yaml
from forecaster.config.scalars import resolve
from forecaster.config.schema import Config
from forecaster.errors import ForecasterError

FOLDER = Path("/srv/prices")
WORDS = (
    "data: window: model: training: layers: lstm: units: {kind: sine} path target lookback horizon 1 0.5 1e-3 -1 .nan "
    "0x1F null true ~ - [ ] { } , : # & * ! | > ' \" % @ ` ? << \\U \\ud800 --- ... a"
)
SPACES = ("\n", "\n  ", "\n    ", "\n- ", " ", "\t", "\r", "\0", "\ufeff", "\x85")
FRAGMENTS = st.lists(st.sampled_from([*WORDS.split(), *SPACES]), max_size=40).map("".join)

SHARE = st.floats(0.001, 0.999)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
RECURRENT = st.fixed_dictionaries(
    {"units": st.integers(1, 512)},
    optional={"dropout": SHARE, "residual": st.booleans(), "dilation": st.integers(1, 59)},
)
LAYERS = st.lists(
    st.one_of(
        st.sampled_from(["simple_rnn", "lstm", "gru", "bilstm", "bigru"]).flatmap(
            lambda kind: st.fixed_dictionaries({kind: RECURRENT})
        ),
        SHARE.map(lambda rate: {"dropout": rate}),
        st.just("layer_norm"),
    ),
    max_size=3,
).map(lambda layers: (*layers, {"lstm": {"units": 8}}))
DECODERS = st.one_of(
    st.sampled_from(["direct", "recursive", "parallel", "seq2seq"]),
    st.builds(lambda first, last: {"seq2seq": {"forcing": {"from": first, "to": last}}}, SHARE, SHARE),
)
KNOWN = st.lists(
    st.tuples(NAMES.map(lambda name: f"k{name}"), st.booleans()), max_size=3, unique_by=lambda column: column[0]
).map(lambda columns: tuple({name: "repeat_last"} if repeated else name for name, repeated in columns))
OPTIMIZERS = st.one_of(
    st.just("adam"),
    st.builds(lambda rate, decay: {"adamw": {"learning_rate": rate, "weight_decay": decay}}, SHARE, SHARE),
    SHARE.map(lambda momentum: {"sgd": {"momentum": momentum, "clip_norm": None}}),
)
SCHEDULES = st.one_of(
    st.sampled_from(["constant", "cosine", "plateau"]),
    SHARE.map(lambda factor: {"step": {"every": 3, "factor": factor}}),
)
TABLES = st.one_of(
    st.none(),
    st.floats(-1e300, 1e300).map(lambda start: {"kind": "random-walk", "start": start}),
    st.tuples(st.floats(-1, 1), st.floats(allow_nan=False, allow_infinity=False)).map(
        lambda levels: {"kind": "regimes", "levels": levels}
    ),
)
TARGETS = st.lists(NAMES.map(lambda name: f"t{name}"), min_size=1, max_size=3, unique=True).map(tuple)
CONFIGS = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {"path": NAMES, "target": TARGETS},
            optional={"missing": st.lists(NAMES, max_size=3).map(tuple), "generate": TABLES, "known": KNOWN},
        ),
        "window": st.fixed_dictionaries({"lookback": st.sampled_from([60, "7d"]), "horizon": st.integers(1, 10**9)}),
        "model": st.fixed_dictionaries(
            {"layers": LAYERS},
            optional={
                "skip": st.sampled_from(["none", "linear", {"linear": 7}, {"seasonal_naive": (7, 14)}]),
                "blend": st.fixed_dictionaries({"theta": st.floats(0.01, 0.99)}),
                "output": st.sampled_from(["point", "student_t"]),
                "decoder": DECODERS,
                "bounds": st.fixed_dictionaries({}, optional={"min": st.floats(-1e300, 0), "max": st.floats(1, 1e300)}),
            },
        ),
        "training": st.fixed_dictionaries({}, optional={"optimizer": OPTIMIZERS, "schedule": SCHEDULES}),
        "evaluation": st.fixed_dictionaries({}, optional={"intervals": st.tuples(SHARE), "stride": st.just("2h")}),
    }
)


def ends_well(read):
    """True if a config comes out, or a mistake that the user is told on printable lines."""
    try:
        return isinstance(read(), Config)
    except ForecasterError as error:
        return error.exit_code == 4 and all(line.isprintable() for line in error.lines())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | FRAGMENTS)
@example("a: \ud800")
@example("a: " + "9" * 5000)
@example('a: "\\UFFFFFFFF"')
@example("[" * 5000)
@example("{" * 5000)
@example("- " * 5000)
@example("? " * 3000)
@example("&a " * 300)
@example("%TAG ! tag:\n--- !x a")
@example("0o" + "7" * 399)
def test_any_text_gives_a_config_or_a_config_error(text):
    assert ends_well(lambda: parse_config(text, file="a.yaml", base=FOLDER))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbfa: 1")
def test_any_bytes_give_a_config_or_a_config_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)

    assert ends_well(lambda: read_config(path))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(
        ["data", "window.lookback", "model.layers.0", "model.layers.0.lstm.units", "training.optimizer", "x.0"]
    ),
    FRAGMENTS | st.text(max_size=30),
)
def test_any_override_gives_a_config_or_a_config_error(key, value):
    text = "data: {path: a, target: b}\nwindow: {lookback: 9, horizon: 1}\nmodel: {layers: [{lstm: {units: 8}}]}"

    assert ends_well(lambda: parse_config(text, file="a.yaml", base=FOLDER, overrides=[f"{key}={value}"]))


@settings(max_examples=100, deadline=None)
@given(CONFIGS)
def test_a_config_that_is_written_and_read_again_is_equal(mapping):
    mapping["data"]["path"] = "/data/" + mapping["data"]["path"].replace("/", "_").strip(".") + "x"
    config = Config.model_validate(mapping)

    again = parse_config(to_yaml(config), file="b.yaml", base=Path("/elsewhere"))

    assert again == config
    assert to_yaml(again) == to_yaml(config)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_as_python_writes_it(number):
    assert resolve(repr(number)) == number


def test_row_131_a_path_of_bytes_that_are_not_utf_8_is_written_and_read_back(good, tmp_path):
    config = parse_config(good.replace("prices.csv", '"pr\\U0000dcfc.csv"'), file="a.yaml", base=tmp_path)

    assert os.fsencode(config.data.path) == os.fsencode(tmp_path) + b"/pr\xfc.csv"
    assert parse_config(to_yaml(config), file="again", base=tmp_path) == config


@pytest.mark.parametrize("text", ['data: {path: "a\\ud800.csv"}', 'name: "a\\udcfc"', 'data: {target: "\\udcfc"}'])
def test_row_131_half_a_pair_is_refused_everywhere_else(text, complaints):
    assert any("half of a surrogate pair" in line for line in complaints(text))
