"""`forecast check` goes on after a problem that a setting mends, and says how many rows a window needs."""

from __future__ import annotations

import re

import pytest
from commands import SMALL, business_days, write
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecaster.errors import ConfigError, DataError, Problem, remedy
from forecaster.workflows import mending, preparing
from forecaster.workflows.check import check, examine

MONTHS = "".join(f"{number % 28 + 1:02}.{number // 28 + 1:02}.2024;{number},5\n" for number in range(140))


@pytest.fixture
def yaml(tmp_path):
    write(tmp_path / "small.csv", business_days(300))
    return write(tmp_path / "small.yaml", SMALL)


def test_a_table_that_is_fine_is_told_as_ever(yaml):
    done = examine(yaml)

    assert done.text == check(yaml)
    assert done.error is None


def test_problems_behind_each_other_are_all_found_with_the_lines_that_mend_them(tmp_path):
    """A title, a decimal comma in a file of commas in the next line, and a word that means nothing."""
    text = "Prices\ndate;price\n" + "".join(
        f"{line.split(',')[0]};{'-' if number == 7 else line.split(',')[1].replace('.', ',')}\n"
        for number, line in enumerate(business_days(300).splitlines()[1:])
    )
    write(tmp_path / "small.csv", text)

    done = examine(write(tmp_path / "small.yaml", SMALL))

    assert isinstance(done.error, DataError)
    assert [problem.line for problem in done.error.problems][:2] == [1, 3]
    block = done.text.partition("\ndata:\n")[2]
    assert "  skip_lines: 1\n" in block
    assert '  decimal: ","\n' in block
    assert '"-"]  # where "-" means no value' in block


def test_the_lines_to_paste_make_the_table_readable(tmp_path):
    text = "Prices\n" + business_days(300).replace("date,", "Date,")
    write(tmp_path / "small.csv", text)
    yaml = write(tmp_path / "small.yaml", SMALL)

    options = re.findall(r"--set (\S+)", examine(yaml).text)

    assert options == ["data.skip_lines=1", "data.time=Date"]
    assert "fine" in check(yaml, overrides=options)


def test_a_table_without_a_yaml_gets_the_options(tmp_path):
    done = examine(write(tmp_path / "a.csv", "title\ndate;y\n" + MONTHS))

    assert "on the command line: --set data.skip_lines=1" in done.text
    assert "with these it reads" in done.text


def test_a_choice_is_left_to_people_and_told_with_what_each_answer_means(yaml):
    with (yaml.parent / "small.csv").open("a") as table:
        table.write("2025-02-21,1\n")

    text = examine(yaml).text

    assert "yours to say: data.duplicates: last, where a later row corrects an earlier one; or data.dup" in text
    assert "what is yours to say was tried with the first answer, only to find more" in text
    assert "else data.duplicates: mean, or data.duplicates: sum" in text


def test_a_problem_that_no_setting_mends_ends_the_search_and_says_so(yaml):
    write(yaml.parent / "small.csv", "Prices\n" + business_days(300) + "2025-02-24,1,2\n")

    done = examine(yaml)

    assert [problem.line for problem in done.error.problems] == [1, 303]
    assert "no setting mends it: a decimal comma or an unquoted comma?" in done.text
    assert "with these the last problem above is left" in done.text


def test_where_nothing_can_be_set_only_the_error_is_told(yaml):
    write(yaml.parent / "small.csv", business_days(300) + "2025-02-24,1,2\n")

    done = examine(yaml)

    assert done.text == ""
    assert "3 fields, header has 2" in str(done.error)


def test_a_config_that_is_wrong_keeps_its_code(yaml):
    done = examine(yaml, overrides=["window.lookbak=3"])

    assert isinstance(done.error, ConfigError)


def test_many_words_among_numbers_are_no_words_for_nothing(tmp_path):
    rows = "".join(f"2024-01-{day:02},word{day}\n" for day in range(1, 29))
    write(tmp_path / "small.csv", "date,price\n" + rows)

    assert "missing" not in examine(write(tmp_path / "small.yaml", SMALL)).text


def test_a_remedy_that_does_not_help_is_tried_once(yaml):
    def attempt(_):
        raise DataError.of([Problem("odd", "set it", remedies=(remedy("data.skip_lines", 1),))])

    found = mending.mend(attempt)

    assert len(found.errors) == 2
    assert found.prepared is None


def test_doubtful_input_is_a_problem_only_where_that_is_asked(yaml):
    with (yaml.parent / "small.csv").open("a") as table:
        table.write("2025-02-24,100000\n")

    assert examine(yaml).error is None
    assert "out of all proportion" in str(examine(yaml, strict=True).error)


@given(
    rows=st.integers(12, 120),
    lookback=st.integers(2, 200),
    horizon=st.integers(1, 12),
    stride=st.integers(1, 5),
    folds=st.integers(1, 9),
    calibration=st.sampled_from(["auto", 0, 12]),
)
@settings(max_examples=40)
def test_the_largest_lookback_that_is_named_fits_and_one_more_does_not(
    tmp_path_factory, rows, lookback, horizon, stride, folds, calibration
):
    folder = tmp_path_factory.mktemp("rows")
    write(folder / "small.csv", business_days(rows))
    yaml = write(folder / "small.yaml", SMALL)
    sizes = [f"window.horizon={horizon}", f"window.stride={stride}", f"evaluation.folds={folds}"]
    sizes.append(f"evaluation.calibration={calibration}")

    error = examine(yaml, overrides=[*sizes, f"window.lookback={lookback}"]).error
    named = re.search(r"set window.lookback: (\d+), the largest", str(error))
    assume(named is not None)

    assert examine(yaml, overrides=[*sizes, f"window.lookback={named[1]}"]).error is None
    assert examine(yaml, overrides=[*sizes, f"window.lookback={int(named[1]) + 1}"]).error is not None


def test_a_lookback_that_is_one_too_large_is_refused_again(yaml, monkeypatch):
    """The mutant of the test above: a search that ends one step too far."""
    largest = preparing._largest_lookback
    monkeypatch.setattr(preparing, "_largest_lookback", lambda *given: largest(*given) + 1)
    sizes = ["window.horizon=7"]

    named = re.search(
        r"set window.lookback: (\d+)", str(examine(yaml, overrides=[*sizes, "window.lookback=395"]).error)
    )

    assert examine(yaml, overrides=[*sizes, f"window.lookback={named[1]}"]).error is not None


def test_the_rows_that_are_needed_and_those_there_are_stand_in_one_line(yaml):
    """Row 56: 395 + 7 + 7 = 409 of 300; 300 - 14 = 286."""
    error = examine(yaml, overrides=["window.lookback=395", "window.horizon=7"]).error

    assert (
        'series "price" has 300 steps, but training needs 409 (lookback 395 + horizon 7, and 7 to be tested on); '
        "set window.lookback: 286, the largest that would fit, or add older rows"
    ) in str(error)


def test_one_row_is_told_as_the_rows_that_are_lacking(tmp_path):
    """Row 55."""
    write(tmp_path / "small.csv", "date,price\n2024-01-01,1\n")

    error = examine(write(tmp_path / "small.yaml", SMALL)).error

    assert "has 1 row, but training needs 16 (lookback 10 + horizon 3, and 3 to be tested on)" in str(error)


def test_a_hole_in_the_newest_rows_is_told_with_the_lookback_that_ends_after_it(tmp_path):
    lines = business_days(300).splitlines()
    holed = [f"{line.split(',')[0]}," if 290 < number < 296 else line for number, line in enumerate(lines)]
    write(tmp_path / "small.csv", "\n".join(holed) + "\n")

    error = examine(write(tmp_path / "small.yaml", SMALL)).error

    assert "set data.gaps: mask, interpolate or ffill, or set window.lookback: 5, the largest" in str(error)


def test_series_that_are_shorter_than_the_lookback_are_counted_and_named(tmp_path):
    rows = [line.replace(",", ",a,", 1) for line in business_days(300).splitlines()[1:]]
    young = [line.replace(",a,", ",b,") for line in rows[-4:]]
    write(tmp_path / "small.csv", "date,id,price\n" + "\n".join([*rows, *young]) + "\n")
    yaml = write(tmp_path / "small.yaml", SMALL.replace("target: price", "target: price, id: id"))

    assert '1 of 2 series is shorter than the lookback of 10 and repeats its last season: "b"' in check(yaml)
