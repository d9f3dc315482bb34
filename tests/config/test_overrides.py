import pytest

from forecaster.errors import UsageError


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("training.seed=7", lambda config: config.training.seed == 7),
        ("window.lookback=7d", lambda config: config.window.lookback == "7d"),
        ("data.target=*", lambda config: config.data.target == ("*",)),
        ("data.target=[a, b]", lambda config: config.data.target == ("a", "b")),
        ('data.target="1"', lambda config: config.data.target == ("1",)),
        ("model.layers.0.lstm.units=8", lambda config: config.model.layers[0].lstm.units == 8),
        ("model.layers.1.dropout.rate=0.5", lambda config: config.model.layers[1].dropout.rate == 0.5),
        ("model.layers=[{gru: {units: 8}}]", lambda config: config.model.layers[0].gru.units == 8),
        ("training.optimizer.sgd.momentum=0.9", lambda config: config.training.optimizer.sgd.momentum == 0.9),
        ("training.optimizer=adamw", lambda config: config.training.optimizer.adamw.weight_decay == 0.004),
        ("training.early_stopping=null", lambda config: config.training.early_stopping is None),
        ("training.early_stopping=", lambda config: config.training.early_stopping is None),
        ("training.optimizer.adam.learning_rate=1e-4", lambda c: c.training.optimizer.adam.learning_rate == 0.0001),
    ],
)
def test_a_key_is_set(option, value, good, parsed):
    assert value(parsed(good, [option]))


def test_a_format_needs_no_quotes_beyond_the_shell_s(good, parsed):
    config = parsed(good, ["data.time=date", "data.time_format=%d/%m/%Y %H:%M"])

    assert config.data.time_format == "%d/%m/%Y %H:%M"


def test_the_last_word_wins(good, parsed):
    assert parsed(good, ["window.lookback=7", "window.lookback=8"]).window.lookback == 8


def test_an_override_mends_the_file(good, parsed):
    assert parsed(good.replace("60", "-1"), ["window.lookback=7"]).window.lookback == 7


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("model.segmnt=24", 'unknown key "segmnt"; did you mean "segment"?'),
        ("modl.segment=24", 'modl: unknown key "modl"; did you mean "model"?'),
        ("model.segment=0", "must be greater than 0, got 0; give the steps of one patch"),
        ("model.layers.2.lstm.units=8", 'the list has 2 entries, and none is "2"; count the entries from 0'),
        ("model.layers.x=8", 'the list has 2 entries, and none is "x"; count the entries from 0'),
        ("model.layers=[{lstm: {unitz: 8}}]", 'model.layers.0.lstm.unitz: unknown key "unitz"; did you mean "units"?'),
        ("model.layers=[{lstm: {units: 8}", "a bracket that is not closed, opened on line 1; close the list"),
        ("data.path=a\udc80", "the text holds half of a surrogate pair (U+DC80); drop it"),
        ("window=3", "must be a mapping of lookback, horizon, stride, got 3; give how much"),
    ],
)
def test_an_override_that_is_wrong_is_named_as_it_was_typed(option, told, good, complaints):
    lines = complaints(good, [option])

    assert any(line.startswith("--set ") and told in line for line in lines)


@pytest.mark.parametrize("option", ["lookback", "=3", " =3", ""])
def test_an_override_without_a_key_and_a_value_is_a_wrong_command_line(option, good, parsed):
    with pytest.raises(UsageError, match=r"no key and value; write such as --set model\.segment=24"):
        parsed(good, [option])


def test_the_file_on_disk_and_the_values_of_the_first_call_are_not_changed(good, parsed):
    first = parsed(good)

    parsed(good, ["window.lookback=7"])

    assert parsed(good) == first


def test_the_value_received_is_the_one_that_was_set(good, complaints):
    (line,) = complaints(good, ["window.lookback={a: 1}"])

    assert "got a mapping (a)" in line
