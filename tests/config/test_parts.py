"""Words that are guessed, values that are shown, kinds that are named by their only key, sizes, names."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from forecaster.config.layers import LAYERS, kind_of, options_of
from forecaster.config.names import LONGEST_NAME, PATTERN, run_name
from forecaster.config.parts import Choice, bare, closest, shown
from forecaster.config.quantities import UNITS, parse_span, size_tag, word_tag
from forecaster.config.scalars import resolve
from forecaster.config.writing import flow

KINDS = Choice("drink", ("tea", "coffee"), words=("water",), bare={"tea": {"milk": 1}})


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lookbak", "lookback"),
        ("LOOKBACK", "lookback"),
        ("batch-size", "batch_size"),
        ("horizont", "horizon"),
        ("x", None),
        ("", None),
        ("lookback" + "k" * 60, None),
    ],
)
def test_the_word_that_was_meant_is_guessed(word, meant):
    assert closest(word, ("lookback", "horizon", "batch_size")) == meant


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ({}, "{}"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "a mapping (a, b, c)"),
        ((1, 2, 3), "a list of 3"),
        ("a\nb", r'the text "a\nb"'),
        ("x" * 99, f'the text "{"x" * 59}…"'),
    ],
)
def test_a_value_is_repeated_on_one_line(value, words):
    assert shown(value) == words


@settings(deadline=None)
@given(st.text(), st.integers(2, 200))
def test_an_outside_string_stays_on_one_line_of_printable_characters(text, longest):
    assert bare(text, longest=longest).isprintable()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("water", "water"),
        ("coffee", {"coffee": {}}),
        ("tea", {"tea": {"milk": 1}}),
        ({"tea": None}, {"tea": {"milk": 1}}),
        ({"tea": {}}, {"tea": {}}),
        ({"coffee": {"sugar": 2}}, {"coffee": {"sugar": 2}}),
    ],
)
def test_a_kind_is_kept_as_a_mapping_of_one_key(written, kept):
    assert KINDS.normal(written) == kept


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("cofee", r'unknown drink "cofee"; did you mean "coffee"\? known are water, tea, coffee'),
        ("beer", r'unknown drink "beer"; known are water, tea, coffee'),
        ({}, r"must name one drink, got \{\}; known are"),
        (None, r"must name one drink, got null; known are"),
        ({"water": {}}, r'"water" has no options; write the word alone: water'),
        ({"tea": {}, "coffee": {}}, r'2 keys, "tea" and "coffee", where one drink belongs; keep one of them; known'),
    ],
)
def test_what_is_no_kind_is_refused_with_those_that_are(written, told):
    with pytest.raises(PydanticCustomError, match=told):
        KINDS.normal(written)


def test_two_layers_in_one_entry_are_told_to_stand_on_lines_of_their_own():
    layers = Choice("layer", tuple(LAYERS))

    with pytest.raises(PydanticCustomError, match=r"give each layer its own line that starts with a dash"):
        layers.normal({"lstm": {"units": 3}, "dropout": 0.1})


@pytest.mark.parametrize(("layer", "kind"), [({"lstm": {}}, "lstm"), ({"x": {}}, None), ({}, None), ("lstm", None)])
def test_a_layer_is_known_by_its_only_key(layer, kind):
    assert kind_of(layer) == kind


@pytest.mark.parametrize("kind", ["simple_rnn", "lstm", "gru", "bilstm", "bigru", "dense"])
def test_the_options_of_a_layer_are_those_under_its_key(kind):
    layer = LAYERS[kind].model_validate({kind: {"units": 3}})

    assert (kind_of(layer), options_of(layer).units) == (kind, 3)


@settings(deadline=None)
@given(st.integers(1, 999_999_999), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_a_span_of_every_unit_is_read(count, unit, space):
    assert parse_span(f" {count}{space}{unit} ") == (count, unit)


@pytest.mark.parametrize(("value", "tag"), [("auto", "auto"), ("7d", "span"), (7, "steps"), (None, "steps")])
def test_a_size_is_told_apart_by_its_form(value, tag):
    assert size_tag(value) == tag


def test_a_word_is_told_apart_from_a_number():
    assert (word_tag("auto"), word_tag(7)) == ("word", "other")


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [("1B", 1), ("2 KiB", 2048), ("3kB", 3000), ("1MiB", 1_048_576), ("5MB", 5_000_000), ("1GB", 10**9)],
)
def test_a_size_in_bytes_may_carry_a_unit(written, bytes_, good, parsed):
    assert parsed(good, [f"limits.csv_bytes={written}"]).limits.csv_bytes == bytes_


@pytest.mark.parametrize(("written", "count"), [("7", 7), ("7k", 7000), ("2M", 2_000_000), ("1G", 10**9)])
def test_a_count_may_carry_a_power_of_ten(written, count, good, parsed):
    assert parsed(good, [f'limits.parameters="{written}"']).limits.parameters == count


@settings(deadline=None)
@given(st.text(max_size=90))
@example("é" * 90)
@example("a" * 63 + " b")
@example("._-")
def test_whatever_a_file_is_called_its_run_has_a_name_that_a_run_may_have(stem):
    name = run_name(stem)

    assert name is None or re.fullmatch(PATTERN, name)
    assert name is None or len(name) <= LONGEST_NAME
    assert name is None or name[-1] not in "._-"


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", fullmatch=True))
def test_a_name_that_a_run_may_have_is_kept_unless_it_has_two_dashes_in_a_row(stem):
    assert run_name(stem) == re.sub(r"-+", "-", stem)


def test_the_longest_name_has_64_characters(good, parsed):
    assert parsed(good, [f"name={'x' * 64}"]).name == "x" * 64


@settings(deadline=None)
@given(st.text())
def test_a_text_is_written_so_that_it_is_read_as_that_text(text):
    written = flow(text)

    assert written.startswith('"') or resolve(written) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1", '"1"'),
        ("null", '"null"'),
        ("true", '"true"'),
        ("no", "no"),
        ("a b", '"a b"'),
        (None, "null"),
        (0.1, "0.1"),
    ],
)
def test_a_word_that_yaml_would_take_for_something_else_is_quoted(value, written):
    assert flow(value) == written
