"""Several `--set` on top of each other and of a file: the last word wins, and the option that spoke it is named."""

import pytest

from forecaster.config.overrides import override
from forecaster.config.parsing import parse


def overridden(text, *options):
    tree = parse(text)
    return tree, override(tree, options)


def test_a_mapping_over_a_single_key_is_blamed_for_what_it_says_itself(good, complaints):
    (line,) = complaints(good, ["training.seed=1", "training={seed: -1}"])

    assert line.startswith("--set training={seed: -1}: training.seed: must be at least 0, got -1")


def test_a_single_key_over_a_mapping_is_blamed_for_what_it_says_itself(good, complaints):
    (line,) = complaints(good, ["training={epochs: 3}", "training.seed=-1"])

    assert line.startswith("--set training.seed=-1: must be at least 0, got -1")


def test_of_two_options_for_one_section_each_is_blamed_for_its_own(good, complaints):
    """The section is not in the file; the first option makes it, the second only adds to it."""
    (line,) = complaints(good, ["training={epochs: 0}", "training.seed=3"])

    assert line.startswith("--set training={epochs: 0}: training.epochs: must be greater than 0, got 0")


def test_the_earlier_of_two_options_for_one_key_is_not_blamed(good, complaints):
    (line,) = complaints(good, ["window.lookback=-7", "window.lookback=-8"])

    assert line.startswith("--set window.lookback=-8: must be greater than 0, got -8")


def test_a_key_below_a_number_of_the_file_makes_a_mapping_that_is_told_as_one(good, complaints):
    """`lookback: 60` stands in the file; what is wrong is not 60."""
    (line,) = complaints(good, ["window.lookback.x=1"])

    assert line.startswith("--set window.lookback.x=1: window.lookback: must be a whole number of steps")
    assert "got a mapping (x)" in line


def test_a_mistake_of_the_file_below_what_an_option_replaces_is_forgotten(good, parsed):
    text = good + "training: {seed: -1, epochs: 0}\n"

    assert parsed(text, ["training={seed: 3}"]).training.seed == 3


def test_a_mistake_beside_the_option_is_told_where_the_file_has_it(good, complaints):
    (line,) = complaints(good + "training: {epochs: 0}\n", ["training.seed=3"])

    assert line.startswith("a.yaml:9:20: training.epochs: must be greater than 0, got 0")


def test_every_wrong_option_is_told_and_they_come_after_the_file(good, complaints):
    lines = complaints(good.replace("60", "0"), ["training.seed=-1", "evaluation.folds=0"])

    assert [line.split(": must")[0] for line in lines] == [
        "a.yaml:3:13: window.lookback",
        "--set training.seed=-1",
        "--set evaluation.folds=0",
    ]


def test_an_option_leaves_the_other_entries_of_a_list_alone(good, parsed):
    layers = parsed(good, ["model.layers.0.lstm.units=8"]).model.layers

    assert [type(layer).__name__ for layer in layers] == ["LSTMLayer", "DropoutLayer"]
    assert layers[1].dropout.rate == 0.1


def test_spaces_around_the_sign_are_those_of_the_shell(good, parsed):
    assert parsed(good, [" training.seed =  7 "]).training.seed == 7


def test_only_the_first_equals_sign_parts_key_and_value(good, parsed):
    assert parsed(good, ["data.target=a=b"]).data.target == ("a=b",)


def test_quotes_keep_the_spaces_of_a_value(good, parsed):
    assert parsed(good, ['data.target=" a "']).data.target == (" a ",)


def test_a_key_that_looks_like_an_index_is_a_key_where_a_mapping_stands():
    tree, _ = overridden("a: {0: x}", "a.0=y")

    assert tree.value == {"a": {"0": "y"}}


def test_an_index_of_other_digits_than_ours_is_no_index():
    tree, done = overridden("a: [1, 2]", "a.\N{ARABIC-INDIC DIGIT ONE}=3")

    assert tree.value == {"a": (1, 2)}
    assert "the list has 2 entries, and none is" in done.problems[0].what


def test_a_number_of_seven_digits_is_no_index():
    _, done = overridden("a: [1, 2]", "a.0000001=3")

    assert done.problems[0].what == 'the list has 2 entries, and none is "0000001"'


def test_an_option_that_is_refused_does_not_keep_the_next_from_being_set():
    tree, done = overridden("a: [1]", "a.9=2", "b=3")

    assert tree.value == {"a": (1,), "b": 3}
    assert [problem.file for problem in done.problems] == ["--set a.9=2"]


@pytest.mark.parametrize(("path", "label"), [(("a", "b"), "--set a.b=1"), (("a",), "--set a.b=1"), (("c",), None)])
def test_what_an_option_had_to_make_on_the_way_is_labelled_with_it(path, label):
    _, done = overridden("c: 1", "a.b=1")

    assert done.label_of(path) == label


def test_what_was_there_before_keeps_the_label_of_the_file():
    _, done = overridden("a: {c: 1}", "a.b=1")

    assert done.label_of(("a",)) is None


def test_the_words_of_a_value_that_is_replaced_are_forgotten():
    tree, _ = overridden("a: {b: 0x10}", "a=3")

    assert tree.words == {("a",): "3"}


def test_an_option_in_a_message_is_one_line(good, complaints):
    (line,) = complaints(good, ["data.encoding=a\nb"])

    assert line.startswith(r"--set data.encoding=a\nb: unknown encoding")
    assert line.isprintable()
