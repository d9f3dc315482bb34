"""Where values and keys stand in a text, what a plain word means, and what the parser's own words become."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.flaws import Place, in_characters, in_indentation
from forecaster.config.parsing import DEEPEST, parse
from forecaster.config.scalars import MOST_DIGITS, resolve

WORD = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
MAPPINGS = st.recursive(
    st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=8,
)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"k{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return {None: "null", True: "true", False: "false"}.get(value) or str(value)


def keyed(value):
    if isinstance(value, dict):
        return {f"k{key}": keyed(inner) for key, inner in value.items()}
    return tuple(map(keyed, value)) if isinstance(value, tuple) else value


def test_every_value_has_its_line_and_column():
    tree = parse("a: 1\nb:\n  - x\n  - {c: y}\n")

    assert tree.places[("a",)] == Place(1, 4)
    assert tree.places[("b", 0)] == Place(3, 5)
    assert tree.places[("b", 1, "c")] == Place(4, 9)


def test_every_key_has_its_line_and_column():
    tree = parse("a: 1\nb:\n  - {c: y}\n")

    assert tree.keys == {("a",): Place(1, 1), ("b",): Place(2, 1), ("b", 0, "c"): Place(3, 6)}


def test_columns_count_characters_and_not_bytes():
    assert parse("größe: {ü: 1}").places[("größe", "ü")] == Place(1, 12)


def test_words_are_kept_as_they_were_written():
    tree = parse("a: 0x10\nb: 1e-3\nc: '7'\n")

    assert tree.value == {"a": 16, "b": 0.001, "c": "7"}
    assert tree.words == {("a",): "0x10", ("b",): "1e-3", ("c",): "7"}


@pytest.mark.parametrize("text", ["a: |\n  7\n", "a: >\n  7\n", "a: '7\n\n  '", 'a: "7\\n"'])
def test_a_block_or_a_quoted_number_is_text(text):
    assert parse(text).value == {"a": "7\n"}


def test_a_key_that_looks_like_a_number_stays_a_word():
    assert parse("1: a\nnull: b\n").value == {"1": "a", "null": "b"}


def test_a_list_cannot_be_changed_by_whoever_gets_it():
    assert parse("a: [1, 2]").value == {"a": (1, 2)}


@settings(deadline=None)
@given(MAPPINGS)
def test_every_plain_value_is_read_as_it_was_written(value):
    tree = parse(f"top: {flow(value)}")

    assert tree.whole
    assert not tree.flaws
    assert tree.value == {"top": keyed(value)}


@settings(deadline=None)
@given(MAPPINGS)
def test_every_word_stands_where_the_tree_says(value):
    text = f"top: {flow(value)}"
    tree = parse(text)

    for path, word in tree.words.items():
        line, column = tree.places[path]
        assert line == 1
        assert text[column - 1 :].startswith(word)


def test_twenty_levels_are_read_and_one_more_is_not():
    deep = parse("[" * DEEPEST + "1" + "]" * DEEPEST)
    deeper = parse("[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1))

    assert deep.whole
    assert not deeper.whole
    assert deeper.flaws[0].place == Place(1, 22)


def test_of_a_key_that_is_set_twice_the_tree_holds_the_second():
    tree = parse("a: 1\na: 2\n")

    assert tree.value == {"a": 2}
    assert tree.whole


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("a: 1\n  b: 2\n", Place(2, 4), "a second colon, or a key that is indented too far"),
        ("a:\n  b: 1\n c: 2\n", Place(3, 2), "an entry that does not line up with the ones above"),
        ("a: 1\nb\n", Place(3, 1), "a key without a colon"),
        ("a: - 1\n", Place(1, 4), "a list entry where none can stand"),
        ("a: [1, , 2]\n", Place(1, 8), "a bracket or comma without a value"),
        ('a: "\\q"\n', Place(1, 6), "a backslash that starts no escape"),
        ("a: [1 2: 3}\n", Place(1, 11), "a bracket that is not closed, opened on line 1"),
        ("a: &\n", Place(1, 5), "a * or & that starts no name"),
        ("a: @x\n", Place(1, 4), "a character that starts no value"),
    ],
)
def test_what_the_parser_stumbles_over_is_told_in_our_words_with_its_place(text, place, told):
    flaw = parse(text).flaws[-1]

    assert (flaw.place, flaw.what) == (place, told)
    assert flaw.hint


def test_a_bracket_that_is_never_closed_names_the_line_that_opened_it():
    flaw = parse("a: 1\nb: [1,\n  2\nc: 3\n").flaws[0]

    assert flaw.what == "a bracket that is not closed, opened on line 2"
    assert flaw.place.line == 4


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("yes", "yes"),
        ("-0", 0),
        ("+12", 12),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("017", 17),
        ("0xfF", 255),
        ("-0xf", "-0xf"),
        ("0b1", "0b1"),
        (".", "."),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1e", "1e"),
        ("-.INF", -math.inf),
        (".Inf", math.inf),
        (".iNF", ".iNF"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1:30", "1:30"),
        ("1,5", "1,5"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("1\n", "1\n"),
    ],
)
def test_a_plain_word_means_what_yaml_1_2_says(word, value):
    assert resolve(word) == value
    assert type(resolve(word)) is type(value)


def test_not_a_number_is_written_with_a_point():
    assert math.isnan(resolve(".nan"))
    assert math.isnan(resolve(".NaN"))


@settings(deadline=None)
@given(st.integers())
def test_a_whole_number_is_read_as_python_writes_it(number):
    assert resolve(str(number)) == number
    assert resolve(hex(abs(number))) == abs(number)
    assert resolve(oct(abs(number))) == abs(number)


def test_a_number_longer_than_any_that_means_something_is_text():
    assert resolve("9" * MOST_DIGITS) == int("9" * MOST_DIGITS)
    assert resolve("9" * (MOST_DIGITS + 1)) == "9" * (MOST_DIGITS + 1)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("a: b\x07", Place(1, 5), "a control character (U+0007)"),
        ("a: 1\nb: \x7f", Place(2, 4), "a control character (U+007F)"),
        ("\udfff", Place(1, 1), "half of a surrogate pair (U+DFFF)"),
    ],
)
def test_a_character_that_no_text_has_is_named_by_its_number(text, place, told):
    (flaw,) = in_characters(text)

    assert (flaw.place, flaw.what) == (place, told)


@pytest.mark.parametrize("text", ["a: ü\n", "a: \N{PILE OF POO}", "a: 日本", "a: b\r\n", "a: b\x85c"])
def test_letters_of_every_script_are_text(text):
    assert in_characters(text) == []


def test_a_tab_is_no_indentation_but_may_stand_in_a_value():
    assert [flaw.place for flaw in in_indentation("a:\n\tb: 1\n  \tc: 'x\ty'\nd: 'x\ty'\n")] == [
        Place(2, 1),
        Place(3, 3),
    ]
