"""What a message proposes: every remedy that is told can be followed."""

import pytest

from forecaster.config.complaints import place_of, subject_of
from forecaster.config.data import DataConfig
from forecaster.config.describe import expected, key_at, keys_of, kind_of_table, mappings_of, parts_at
from forecaster.config.flaws import Place
from forecaster.config.generate import Memory
from forecaster.config.model import ModelConfig, Seq2SeqOptions
from forecaster.config.parsing import parse
from forecaster.config.schema import Config, EvaluationConfig, WindowConfig


def remedy(lines):
    (line,) = lines
    return line.rpartition("; ")[2]


@pytest.mark.parametrize(
    ("key", "written", "advice"),
    [
        ("training.seed", '"7"', "write it without quotes: 7"),
        ("training.refit", '"true"', "write it without quotes: true"),
        ("version", '"1"', "write it without quotes: 1"),
        ("training.seed", "1_000_000", "write it without underscores: 1000000"),
        ("model.scale", "standrad", "did you mean standard?"),
        ("data.gaps", "interpol", "did you mean interpolate?"),
        ("data.id", "7", "put it in double quotes"),
        ("data.missing", "[-1]", "put it in double quotes"),
        ("data.gaps", "maks", "did you mean mask?"),
        ("model.scale", "log-mean", "did you mean log_mean?"),
        ("data.id", "[a]", "give the column that tells series apart"),
        ("data.path", "{a: b}", "give a CSV file"),
        ("training.refit", "maybe", "give whether, after scoring, to train once more on the whole table and publish"),
        ("evaluation.on_no_skill", "3", "give what happens where the network has no skill"),
    ],
)
def test_a_wrong_value_comes_with_what_to_do(key, written, advice, good, complaints):
    assert remedy(complaints(good, [f"{key}={written}"])).startswith(advice)


def test_a_number_in_quotes_is_not_freed_of_them_where_only_words_may_stand(good, complaints):
    """`scale: 1` would be refused as `scale: "1"` is."""
    assert "without quotes" not in remedy(complaints(good, ['model.scale="1"']))


@pytest.mark.parametrize(
    ("written", "home"),
    [("lookback", "window"), ("layers", "model"), ("folds", "evaluation"), ("csv_bytes", "limits"), ("target", "data")],
)
def test_a_key_at_the_top_is_told_the_section_that_it_belongs_under(written, home, good, complaints):
    (line,) = complaints(f"{good}{written}: 1\n")

    assert line == f'a.yaml:9:1: {written}: unknown key "{written}"; it belongs under {home}'


def test_a_key_like_no_other_is_told_those_that_are_known_there(good, complaints):
    (line,) = complaints(good, ["window.zzz=1"])

    assert line.endswith('unknown key "zzz"; known here are lookback, horizon, stride')


def test_only_the_first_hundred_unknown_keys_are_guessed_at(good, complaints):
    """Looking for the word meant takes time, and only five lines are ever printed."""
    lines = complaints(good + "training:\n" + "".join(f"  epoch{n}: 1\n" for n in range(101)))

    assert [line.endswith('did you mean "epochs"?') for line in lines] == [True] * 100 + [False]


def test_a_list_with_a_wrong_entry_is_not_called_too_short(good, complaints):
    (line,) = complaints(good, ["evaluation.intervals=[2]"])

    assert "evaluation.intervals.0: must be less than 1, got 2" in line


def test_a_kind_of_table_that_is_close_to_none_is_told_them_all(good, complaints):
    (line,) = complaints(good, ["data.generate={kind: xyz}"])

    assert line.endswith('unknown kind "xyz"; known are sine, trend-season, random-walk, regimes, memory, panel')


@pytest.mark.parametrize(
    ("part", "key", "words"),
    [
        (Config, "version", "1"),
        (DataConfig, "time_unit", "one of s, ms, us, or null"),
        (DataConfig, "target", "a column or a list of columns"),
        (DataConfig, "missing", "a list, each entry text"),
        (DataConfig, "skip_lines", "a whole number at least 0 and at most 1,000,000"),
        (DataConfig, "freq", "a span of time such as 7d or 48h, or null"),
        (DataConfig, "resample", "a mapping of every, by, or null"),
        (WindowConfig, "stride", "a whole number of steps, or a span of time such as 7d or 48h"),
        (ModelConfig, "output", "one of point, gaussian, student_t, negative_binomial, quantiles"),
        (ModelConfig, "skip", "one of none, linear, seasonal_naive, smoothing"),
        (ModelConfig, "decoder", "one of direct, recursive, parallel, seq2seq"),
        (ModelConfig, "latent", "a mapping of units, anneal, or null"),
        (ModelConfig, "embed", "a mapping of text to a whole number greater than 0 and at most 1,024"),
        (Seq2SeqOptions, "forcing", "a mapping of from, to"),
        (DataConfig, "known", "a column or a list of columns"),
        (EvaluationConfig, "validation", "a number at least 0 and less than 1"),
        (EvaluationConfig, "calibration", "a whole number of cutoffs, or auto"),
        (EvaluationConfig, "intervals", "a list, each entry a number greater than 0 and less than 1"),
    ],
)
def test_a_type_is_told_in_words(part, key, words):
    assert expected(keys_of(part)[key].annotation) == words


def test_a_required_key_has_no_default():
    keys = keys_of(WindowConfig)

    assert (keys["lookback"].required, keys["lookback"].default) == (True, None)
    assert (keys["stride"].required, keys["stride"].default) == (False, 1)


def test_the_reason_of_a_key_is_the_string_below_it():
    assert keys_of(WindowConfig)["horizon"].reason == "The steps to forecast."


def test_a_reason_of_a_parent_is_replaced_by_the_child_s_own():
    assert keys_of(Memory)["lag"].reason.startswith("The steps between")
    assert keys_of(Memory)["seed"].reason.startswith("The start of every random number")


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (("window", "lookback"), True),
        (("window", "lookbak"), False),
        (("model", "layers", 0, "gru", "units"), True),
        (("model", "layers", 0, "gru", "rate"), False),
        (("data", "generate", "lag"), True),
        (("data", "generate", "cycles"), False),
        (("data", "missing", 3), True),
        (("window", 0), False),
        (("model", "embed", "series"), True),
        (("model", "embed", "series", "x"), False),
        (("model", "decoder", "seq2seq", "forcing", "from"), True),
        (("model", "decoder", "seq2seq", "forcing", "from_"), False),
    ],
)
def test_a_key_is_known_by_what_is_written_around_it(path, known):
    value = {"data": {"generate": {"kind": "memory"}}, "model": {"layers": ({"gru": {}},)}}

    assert (key_at(path, value) is not None) is known


def test_a_kind_that_is_written_tells_which_mapping_stands_there():
    (part,) = parts_at(("data", "generate"), {"data": {"generate": {"kind": "memory"}}})

    assert (part, kind_of_table(part)) == (Memory, "memory")


def test_without_a_kind_every_mapping_may_stand_there():
    assert len(parts_at(("data", "generate"), {"data": {"generate": {}}})) == 6


def test_nothing_is_known_below_an_unknown_key():
    assert parts_at(("nothing", "here"), {}) == []


def test_the_mappings_of_a_list_are_those_of_its_entries():
    kinds = [part.__name__ for part in mappings_of(keys_of(ModelConfig)["layers"].annotation)]

    assert kinds[:3] == ["SimpleRNNLayer", "LSTMLayer", "GRULayer"]
    assert len(kinds) == 9


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ((), None),
        (("model", "layers", 0), "model.layers.0"),
        (("a b",), '"a b"'),
        (("a\n", "trend-season"), r'"a\n".trend-season'),
        (("x" * 61,), f'"{"x" * 39}…"'),
    ],
)
def test_a_path_is_told_as_it_would_be_written(path, told):
    assert subject_of(path) == told


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("window", "lookback"), Place(2, 13)),
        (("window", "lookbak"), Place(3, 3)),
        (("window", "horizon"), Place(1, 1)),
        (("window", "lookback", "deeper"), Place(2, 3)),
        (("model",), Place(1, 1)),
    ],
)
def test_a_complaint_points_to_the_value_the_unknown_key_or_what_should_hold_it(path, place):
    tree = parse("window:\n  lookback: 60\n  lookbak: 3\n")

    assert place_of(path, tree) == place


def test_an_option_of_another_kind_of_table_is_pointed_to_at_its_key(good, complaints):
    (line,) = complaints(good.replace("target: close", "target: close, generate: {kind: memory, cycles: 3}"))

    assert line.startswith('a.yaml:1:66: data.generate.cycles: unknown key "cycles"; ')


def test_a_missing_key_of_a_section_is_told_where_the_section_begins(good, complaints):
    (line,) = complaints(good.replace("  horizon: 14\n", ""))

    assert line.startswith('a.yaml:2:1: window.horizon: missing key "horizon"; give the steps to forecast: ')
