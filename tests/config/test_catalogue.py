"""Section E of the catalogue of bad input, row by row (90 to 97 are in the files beside this one too)."""

import os
from pathlib import Path

import pytest

from forecaster.config.opening import LARGEST
from forecaster.config.reading import read_config
from forecaster.errors import ConfigError


def test_row_77_an_unknown_key_is_told_with_the_key_that_was_meant(good, complaints):
    assert complaints(good.replace("lookback", "lookbak")) == [
        (
            'a.yaml:2:1: window.lookback: missing key "lookback"; give the steps of the past that one forecast may '
            "see: a whole number of steps, or a span of time such as 7d or 48h"
        ),
        'a.yaml:3:3: window.lookbak: unknown key "lookbak"; did you mean "lookback"?',
    ]


def test_row_77_a_key_in_the_wrong_place_is_told_where_it_belongs(good, complaints):
    assert complaints(good + "batch_size: 8\n") == [
        'a.yaml:9:1: batch_size: unknown key "batch_size"; it belongs under training'
    ]


def test_row_78_tabs_are_refused_on_every_line_they_indent(good, complaints):
    text = good.replace("  lookback", "\tlookback").replace("  horizon", " \thorizon")

    assert complaints(text) == [
        "a.yaml:3:1: a tab in the indentation; use spaces",
        "a.yaml:4:2: a tab in the indentation; use spaces",
    ]


def test_row_78_a_tab_after_a_colon_is_called_a_tab(good, complaints):
    assert complaints(good.replace("lookback: 60", "lookback:\t60")) == [
        "a.yaml:3:12: a tab where a space belongs; use spaces"
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"24"', 'must be steps or a span of time, got the text "24"; write steps without quotes'),
        ("24.5", "must be a whole number of steps, or a span of time such as 7d or 48h, got 24.5; give"),
        ("true", "must be a whole number of steps, or a span of time such as 7d or 48h, got true; give"),
        ("[24]", "got a list of 1; give"),
        ("", "got nothing; give"),
    ],
)
def test_row_79_types_are_strict(written, told, good, complaints):
    (line,) = complaints(good.replace("lookback: 60", f"lookback: {written}"))

    assert line.startswith("a.yaml:3:")
    assert told in line


@pytest.mark.parametrize("written", ["yes", '"0"', "0", "1.0"])
def test_row_79_only_true_and_false_are_true_and_false(written, good, complaints):
    (line,) = complaints(good + f"training: {{refit: {written}}}")

    assert line.startswith("a.yaml:9:19: training.refit: must be true or false, got")


def test_row_79_a_bool_is_no_number(good, complaints):
    (line,) = complaints(good + "training: {optimizer: {adam: {learning_rate: true}}}")

    assert "must be a number greater than 0 and at most 1, got true" in line


@pytest.mark.parametrize("written", ["1e-3", "0.001", ".001", "1.E-3", "+1e-3"])
def test_row_80_a_float_may_be_written_as_people_do(written, good, parsed):
    config = parsed(good + f"training: {{optimizer: {{adam: {{learning_rate: {written}}}}}}}")

    assert config.training.optimizer.adam.learning_rate == 0.001


def test_row_81_words_that_yaml_1_1_bends_stay_text(good, parsed):
    text = good.replace("close}", "[no, on, 12:30:45, 1_000, 2024-01-02, .5.5]}")

    assert parsed(text).data.target == ("no", "on", "12:30:45", "1_000", "2024-01-02", ".5.5")


def test_row_81_numbers_are_those_of_yaml_1_2(good, parsed):
    config = parsed(good.replace("60", "012").replace("14", "0x0e").replace("64", "0o100"))

    assert (config.window.lookback, config.window.horizon) == (12, 14)
    assert config.model.layers[0].lstm.units == 64


def test_row_81_underscores_in_a_number_are_told(good, complaints):
    (line,) = complaints(good.replace("units: 64", "units: 1_000"))

    assert 'got the text "1_000"; write it without underscores: 1000' in line


def test_row_82_a_key_that_is_set_twice_names_both_lines(good, complaints):
    assert complaints(good.replace("  horizon", "  lookback: 30\n  horizon")) == [
        'a.yaml:4:3: window.lookback: "lookback" is already set on line 3; keep one of the two'
    ]


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


def test_row_83_anchors_and_aliases_are_refused_at_each_place(complaints):
    anchors = [line.split("; ")[0] for line in complaints(BOMB) if "n a" in line]

    assert anchors[:4] == [
        'a.yaml:1:4: a: an anchor, "&a"',
        'a.yaml:2:4: b: an anchor, "&b"',
        'a.yaml:2:8: b.0: an alias, "*a"',
        'a.yaml:2:12: b.1: an alias, "*a"',
    ]


def test_row_83_merge_keys_are_refused(good, complaints):
    assert any('a merge key, "<<"' in line for line in complaints(good + "training:\n  <<: {seed: 3}\n"))


def test_row_84_a_recursive_anchor_is_refused(good, complaints):
    lines = complaints(good + "training: &a [*a]\n")

    assert [line.split(";")[0] for line in lines] == [
        'a.yaml:9:11: training: an anchor, "&a"',
        'a.yaml:9:15: training.0: an alias, "*a"',
    ]


def test_row_86_two_thousand_brackets_are_refused_at_the_first_that_is_too_deep(complaints):
    assert complaints("[" * 2000) == [
        "a.yaml:1:22: more than 20 levels of brackets or indentation; write a flatter file"
    ]


def test_row_87_a_large_file_is_refused_by_its_size(tmp_path):
    (tmp_path / "big.yaml").write_bytes(b"# " + b"x" * LARGEST)

    with pytest.raises(ConfigError, match=r"big\.yaml: larger than 64 KiB; a config has a few dozen lines"):
        read_config(tmp_path / "big.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (r'a: "\UFFFFFFFF"', "the YAML parser gives up after this place"),
        ("a: !!int x", 'a tag, "tag:yaml.org,2002:int"'),
        ("a: !<", "not YAML"),
        ("%TAG ! tag:%\n--- !x%ZZ a", "not YAML"),
        ("%YAML 9.9\n--- a", "not YAML"),
        ("a: 'b", "a quote that is not closed, opened on line 1; close it"),
        ("a: [1, 2", "a bracket that is not closed, opened on line 1"),
        ("a: b: c", "a second colon, or a key that is indented too far"),
        ("a: *", "a * or & that starts no name; put the text in double quotes"),
        ("a: %d", "a character that starts no value; put the text in double quotes"),
        ("? [a]\n: b", "a key that is not a word"),
        (f"version: {'9' * 5000}", "must be 1, got the text"),
    ],
)
def test_row_88_what_stops_the_parser_is_one_line(text, told, complaints):
    (line,) = [line for line in complaints(text) if told in line]

    assert line.startswith("a.yaml:")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a.yaml:1:1: the file has no content; write at least data, window and model"),
        ("# only\n# comments\n", "the file has no content"),
        ("---\n", "the file has no content"),
        ("- a\n- b\n", "got a list of 2; give at least data, window and model"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document starts here; keep one document a file"),
        ("\ufeffa: 1", "a.yaml:1:1: the file starts with a byte-order mark; save it as UTF-8 without one"),
        ("a: 1\nb: \0", "a.yaml:2:4: a NUL character; delete it"),
        ("a: \ud800", "a.yaml:1:4: half of a surrogate pair (U+D800); delete it"),
        (r'a: "\ud800"', "a.yaml:1:4: a: the text holds half of a surrogate pair (U+D800)"),
        (r'a: "\0"', "a.yaml:1:4: a: the text holds a NUL character"),
    ],
)
def test_row_89_each_kind_of_odd_file_has_its_own_line(text, told, complaints):
    assert any(told in line for line in complaints(text))


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("window.lookback", "0"),
        ("window.lookback", "-3"),
        ("window.horizon", "0"),
        ("window.stride", "0"),
        ("training.batch_size", "0"),
        ("training.epochs", "0"),
        ("evaluation.folds", "0"),
    ],
)
def test_row_90_sizes_of_nothing_are_refused_with_the_range(key, written, good, complaints):
    (line,) = complaints(good, [f"{key}={written}"])

    assert line.startswith(f"--set {key}={written}: must be greater than 0, got {written}; give the ")


def test_row_92_an_empty_stack_is_refused(good, complaints):
    (line,) = complaints(good, ["model.layers=[]"])

    assert "must have at least 1 entry, got 0" in line


@pytest.mark.parametrize("kind", ["Lambda", "TFSMLayer", "module", "__class__"])
def test_rows_92_and_93_a_layer_that_is_not_on_the_list_is_told_its_number_and_the_list(kind, good, complaints):
    assert complaints(good + f"    - {kind}: {{x: 1}}\n") == [
        (
            f'a.yaml:9:7: model.layers.2.{kind}: layer 3: unknown layer "{kind}"; '
            "known are simple_rnn, lstm, gru, bilstm, bigru, attention, dense, dropout, "
            "layer_norm"
        )
    ]


@pytest.mark.parametrize("written", ["0", "-1", "1e9", ".nan", ".inf", "1e999"])
def test_row_94_a_learning_rate_out_of_range_is_one_complaint(written, good, complaints):
    (line,) = complaints(good + f"training:\n  optimizer: {{adam: {{learning_rate: {written}}}}}\n")

    assert line.startswith("a.yaml:10:37: training.optimizer.adam.learning_rate: must be ")
    assert f"got {written}; give the share of the gradient" in line


def test_row_95_a_billion_units_are_refused(good, complaints):
    (line,) = complaints(good.replace("64", "1000000000"))

    assert "model.layers.0.lstm.units: must be at most 1,000,000, got 1000000000" in line


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", '""', "x" * 65, '"a\\n"', "-a"])
def test_row_96_a_run_name_is_no_path(name, good, complaints):
    (line,) = complaints(good + f"name: {name}\n")

    assert line.startswith("a.yaml:9:7: name: must be a name of at most 64 letters, digits and . _ -")


@pytest.mark.parametrize("path", ["~/prices.csv", "$HOME/prices.csv", "/srv/${USER}/prices.csv"])
def test_row_96_nothing_in_a_path_is_expanded(path, good, tmp_path):
    (tmp_path / "a.yaml").write_text(good.replace("prices.csv", f'"{path}"'))

    with pytest.raises(ConfigError, match=r"a\.yaml:1:14: data\.path: .* holds what only a shell expands; write the"):
        read_config(tmp_path / "a.yaml")


def test_row_96_a_dollar_in_the_name_of_a_real_file_is_a_dollar(good, tmp_path):
    (tmp_path / "a$b.csv").touch()
    (tmp_path / "a.yaml").write_text(good.replace("prices.csv", "a$b.csv"))

    assert read_config(tmp_path / "a.yaml").data.path == str(tmp_path / "a$b.csv")


def test_row_97_a_missing_file_names_its_neighbours(tmp_path):
    (tmp_path / "prices.yaml").touch()

    with pytest.raises(ConfigError, match=r'no such file: ".*/price\.yaml"; near it are "prices\.yaml"'):
        read_config(tmp_path / "price.yaml")


def test_row_97_a_missing_folder_is_said_to_be_missing(tmp_path):
    with pytest.raises(ConfigError, match=r"and no such folder; check the path"):
        read_config(tmp_path / "none" / "price.yaml")


def test_row_97_the_path_in_a_message_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match=f"^{tmp_path}/a.yaml: no such file"):
        read_config(Path("a.yaml"))


def test_row_97_a_directory_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"is a directory; name a YAML file"):
        read_config(tmp_path)


def test_row_97_a_named_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.yaml")

    with pytest.raises(ConfigError, match=r"is a named pipe; name a YAML file"):
        read_config(tmp_path / "a.yaml")


def test_row_97_a_device_is_refused():
    with pytest.raises(ConfigError, match=r"/dev/zero: is a device; name a YAML file"):
        read_config(Path("/dev/zero"))


def test_row_97_an_unreadable_file_names_its_owner_its_mode_and_us(good, tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(good)
    (tmp_path / "a.yaml").chmod(0)
    monkeypatch.setattr(os, "open", _refuse)  # root may read everything

    with pytest.raises(ConfigError, match=r"may not be read \(owner \d+, mode 0000, we are uid \d+\); chmod or chown"):
        read_config(tmp_path / "a.yaml")


def _refuse(*_):
    raise PermissionError


def test_row_97_a_loop_of_links_is_one_line(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")

    with pytest.raises(ConfigError, match=r"cannot be opened: Too many levels of symbolic links; check the path"):
        read_config(tmp_path / "a.yaml")


def test_row_97_bytes_that_are_not_utf_8_have_a_place(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: 1\nü: M".encode() + b"\xfcnchen")

    with pytest.raises(ConfigError, match=r"a\.yaml:2:5: not UTF-8: byte 0xfc; save the file as UTF-8"):
        read_config(tmp_path / "a.yaml")


def test_row_97_utf_16_is_called_by_its_name(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: 1".encode("utf-16"))

    with pytest.raises(ConfigError, match=r"the file is UTF-16; save it as UTF-8"):
        read_config(tmp_path / "a.yaml")
