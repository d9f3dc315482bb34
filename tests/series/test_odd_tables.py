"""What the automatic choice makes of tables that are a little odd, and the sizes it gives each clock."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import ConfigError, DataError
from forecaster.series.budget import BUDGET, LEAST_OF_A_STEP, updates
from forecaster.series.choice import choose, to_commented_yaml
from forecaster.series.clock import Clock, find_season
from forecaster.series.commented import Decision, commented
from forecaster.series.panel import Panel
from forecaster.series.proposal import propose
from forecaster.series.sizing import Facts, facts_of, sizes_of
from forecaster.series.tables import profile
from forecaster.series.ticks import DAY

HOUR = DAY // 24
DAYS = [str(np.datetime64("2024-01-01") + np.timedelta64(day, "D")) for day in range(40)]
LATER = 1.9e9  # in 2030


@pytest.fixture
def chosen(tmp_path):
    def choice_of(header, row, name="t.csv", **options):
        path = tmp_path / name
        lines = (row.format(n=n, day=day, odd=n * 7 % 13) for n, day in enumerate(DAYS))
        path.write_text(f"{header}\n" + "".join(f"{line}\n" for line in lines))
        return {decision.key: decision.value for decision in choose(path, **({"now": LATER} | options)).decisions}

    return choice_of


@pytest.mark.parametrize(
    ("header", "row", "time", "target"),
    [
        (",date,close", "{n},{day},{odd}", "date", "close"),
        ("date,aa,bb", "{day},{n}.5,{odd}", "date", "*"),
        ("date,open,Close ", "{day},{n}.5,{odd}", "date", "Close"),
        ("date,load,price", "{day},{n}.5,{odd}", "date", "price"),
        ("no,date,aa,bb", "{n},{day},{n}.5,{odd}", "date", ("aa", "bb")),
        ("step,value", "{n},{odd}", "step", "value"),
        ("no,y", "1,{odd}", None, "y"),
        ("date,Close,close", "{day},{n}.5,{odd}", "date", "Close"),
        ("v", "{odd}", None, "v"),
        ("date,note,y", "{day},,{odd}", "date", "y"),
        ("date;y", "{day};{n},5", "date", "y"),
    ],
    ids=["an index without a name", "no name stands out", "a name with a blank", "the plainest name", "a counter",
         "steps", "no counter", "two of one name", "one column", "an empty column", "decimal commas"],
)  # fmt: skip
def test_time_and_target_are_found(chosen, header, row, time, target):
    found = chosen(header, row)

    assert (found.get("data.time"), found["data.target"]) == (time, target)


def test_one_bad_date_among_forty_is_told_with_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("date,y\n" + "".join(f"{'soon' if n == 5 else day},{n}\n" for n, day in enumerate(DAYS)))

    with pytest.raises(DataError, match=r't.csv:7: column date: "soon" is not a time of the form %Y-%m-%d'):
        choose(path, now=LATER)


def test_shops_that_are_numbered_are_series(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("shop,date,y\n" + "".join(f"{shop},{day},{n}\n" for shop in (1, 2) for n, day in enumerate(DAYS)))

    assert profile(str(path)).id == "shop"
    assert profile(str(path)).numbers == ("y",)


def test_a_note_that_is_another_on_every_row_does_not_tell_series_apart():
    rows = "".join(f"note {shop}{n},{shop},{day},{n}\n" for shop in "ab" for n, day in enumerate(DAYS))

    assert profile("-", content=f"note,shop,date,y\n{rows}".encode()).id == "shop"


def test_a_column_that_repeats_within_a_moment_does_not_tell_series_apart():
    rows = "".join(f"{day},{name},{n}\n" for n, day in enumerate(DAYS) for name in ("a", "a", "b"))

    assert profile("-", content=f"date,kind,y\n{rows}".encode()).id is None


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("data.missing=['0']", "data.missing", ("0",)),
        ("window.horizon=3", "window.horizon", 3),
        ("name=mine", "name", "mine"),
        ("evaluation.folds=2", "evaluation.folds", 2),
    ],
)
def test_what_somebody_says_stands_once_and_last(chosen, override, key, value):
    assert chosen("date,y", "{day},{odd}", overrides=[override])[key] == value


def test_a_key_that_does_not_exist_is_refused_with_the_nearest(chosen):
    with pytest.raises(ConfigError, match=r'window.horizont=3: unknown key "horizont"; did you mean "horizon"\?'):
        chosen("date,y", "{day},{odd}", overrides=["window.horizont=3"])


@pytest.mark.parametrize(("file", "name"), [("Été 2024!.csv", "Ete-2024"), ("!!.csv", "table")])
def test_a_run_is_named_after_what_a_name_may_hold_of_the_file(chosen, file, name):
    assert chosen("date,y", "{day},{odd}", name=file)["name"] == name


def test_the_path_is_written_relative_to_the_folder_of_the_yaml(tmp_path):
    (tmp_path / "t.csv").write_text("y\n" + "".join(f"{n * 7 % 13}\n" for n in range(40)))
    choice = choose(tmp_path / "t.csv", now=LATER)

    assert '  path: "../t.csv"\n' in to_commented_yaml(choice, base=tmp_path / "configs")
    assert f"  path: {tmp_path}/t.csv\n" in to_commented_yaml(choice)


def test_decisions_are_written_by_section_with_their_reasons_in_one_column():
    text = commented(
        [Decision("name", "a", ""), Decision("data.path", "t.csv", "why"), Decision("data.time", ("y", "m"), "")]
    )

    assert text == "name: a\ndata:\n  path: t.csv                 # why\n  time: [y, m]\n"


def one_series(values):
    count = len(values)
    ends = np.array([0, count])
    return Panel(values, ends, np.array([0]), ("y",), np.arange(count), Clock("step", 1))


def facts(**changes):
    usual = {"series": 1, "steps": 1000, "values": 1000, "season": 1, "cycles": ()}
    usual |= {"relative": False, "positive": True, "counts": False, "holes": False}
    lengths = dict.fromkeys(("usual", "shortest"), changes.get("steps", 1000))
    return Facts(**(usual | lengths | changes))


@pytest.mark.parametrize(
    ("clock", "horizon", "why"),
    [
        (Clock("step", 1), 10, "ten steps, since the clock only counts"),
        (Clock("weekday", 1), 14, "nearly three weeks of business days"),
        (Clock("month", 1), 12, "one year"),
        (Clock("month", 3), 8, "two years"),
        (Clock("month", 12), 5, "five years"),
        (Clock("fixed", 7 * DAY), 13, "a quarter of a year"),
        (Clock("fixed", 2 * DAY), 7, "two weeks"),
        (Clock("fixed", HOUR // 2), 48, "one day"),
        (Clock("fixed", HOUR // 12), 100, "a tenth of the 1000 steps there are"),
        (Clock("fixed", HOUR // 60), 60, "sixty steps"),
    ],
)
def test_the_horizon_is_what_people_plan_by(clock, horizon, why):
    sizes = sizes_of(facts(), clock)

    assert (sizes.horizon, sizes.why_horizon) == (horizon, why)


@pytest.mark.parametrize(
    ("known", "lookback", "segment"),
    [
        (facts(), (56, "four times the horizon"), None),
        (facts(steps=100), (25, "a quarter of the 100 steps"), None),
        (facts(season=7), (105, "15 cycles of 7"), 7),
        (facts(steps=300, season=7), (70, "10 cycles of 7; 15 would be more than 75: a quarter of the 300 steps"), 7),
        (facts(season=60), (120, "2 seasons of 60"), 5),
        (facts(season=200), (200, "1 season of 200; 2 would be more than 250: a quarter of the 1,000 steps"), 9),
        (
            facts(series=50, steps=300, usual=100, shortest=36, season=12),
            (36, "3 cycles of 12; 9 would be more than 36: 95% of the series have as many steps"),
            12,
        ),
        (
            facts(series=50, steps=300, usual=50, shortest=40, season=12),
            (12, "1 season of 12; 3 would be more than 20: 40% of the usual 50 steps"),
            None,
        ),
        (
            facts(series=50, steps=300, usual=50, shortest=9, season=12),
            (9, "95% of the series have as many steps"),
            None,
        ),
        (facts(steps=5000, season=365, cycles=(7, 365)), (365, "one season"), 7),
        (facts(steps=1), (1, "a quarter of the 1 steps"), None),
    ],
)
def test_the_lookback_holds_whole_seasons_or_four_horizons(known, lookback, segment):
    sizes = sizes_of(known, Clock("fixed", DAY))

    assert ((sizes.lookback, sizes.why_lookback), sizes.segment) == (lookback, segment)


def test_a_hole_is_neither_zero_nor_not():
    rng = np.random.default_rng(0)
    values = np.where(rng.random(200) < 0.4, 0.0, rng.uniform(1, 9, 200))
    holed = np.where(rng.random(200) < 0.5, np.nan, values)

    assert facts_of(one_series(values)).counts
    assert facts_of(one_series(holed)).counts


def test_an_update_is_never_cheaper_than_the_loop_around_it():
    assert updates(1, 10, 1) == updates(LEAST_OF_A_STEP, 10, 1) == BUDGET // (3 * 10 * LEAST_OF_A_STEP)
    assert updates(10**12, 100, 100) == 100


@pytest.mark.parametrize(
    ("known", "scale", "skip"),
    [
        (facts(season=7, relative=True), "log", True),
        (facts(season=7), "standard", True),
        (facts(season=7, counts=True), "mean", True),
        (facts(season=12, series=10, usual=144), "standard", True),
        (facts(season=12, series=10, usual=144, relative=True), "mean", True),
        (facts(counts=True), "mean", False),
        (facts(), None, False),
    ],
)
def test_the_scale_follows_the_season_and_the_skip_the_repetition(known, scale, skip):
    found = {
        decision.key: decision.value for decision in propose(known, sizes_of(known, Clock("step", 1)), repeats=True)
    }

    assert found.get("model.scale") == scale
    assert ("model.skip" in found) is skip


@pytest.mark.parametrize(
    ("growth", "relative"), [(1.0, True), (0.0, False)], ids=["swings that grow", "swings that keep their height"]
)
def test_swings_that_grow_with_the_level_are_told_from_those_that_do_not(panel_of, growth, relative):
    steps = np.arange(600)
    level = 100.0 + steps
    panel = panel_of(level + (10 + growth * 0.1 * level) * np.sin(2 * np.pi * steps / 20))

    assert facts_of(panel).season == 20
    assert facts_of(panel).relative is relative


def test_a_panel_whose_series_all_begin_late_is_looked_at_whole(panel_of):
    assert facts_of(panel_of(np.arange(10.0), starts=[90])).steps == 10


def test_of_two_cycles_the_one_after_which_the_values_change_least_is_the_season(panel_of):
    hours = np.arange(24 * 7 * 6)
    weekly = np.sin(2 * np.pi * hours / 24) * np.where(hours // 24 % 7 < 5, 3.0, 1.0)

    assert find_season(panel_of(weekly), (24, 168)) == 168
    assert find_season(panel_of(np.sin(2 * np.pi * hours / 24)), (24,)) == 24
