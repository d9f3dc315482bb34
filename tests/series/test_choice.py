from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from forecaster.config.data import DataConfig
from forecaster.config.generate import PanelKind
from forecaster.config.reading import parse_config
from forecaster.errors import DataError, TooShort
from forecaster.series.budget import BUDGET, gru_arithmetic, updates
from forecaster.series.choice import choose, to_commented_yaml
from forecaster.series.columns import columns_of
from forecaster.series.parts import split
from forecaster.series.profile import profile
from forecaster.series.proposal import propose
from forecaster.series.sizing import Facts, facts_of, season_repeats, sizes_of
from forecaster.series.synthetic import make
from forecaster.series.tables import read_table
from forecaster.series.ticks import Clock
from forecaster.series.windows import Window

DATA = Path(__file__).parents[2] / "data"
TABLES = ["air", "co2", "macro", "prices", "sunspots"]
DAILY = Clock("fixed", 86_400_000_000)
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC).timestamp()


def daily(folder, values, name="table.csv", header="date,value"):
    path = folder / name
    days = (date(2024, 1, 1) + timedelta(days=index) for index in range(len(values)))
    path.write_text(header + "\n" + "".join(f"{day},{value}\n" for day, value in zip(days, values, strict=True)))
    return path


UNTOLD = DataConfig(path="x.csv", target=("*",))


def facts(steps, *, series=1, season=1, cycles=(), **known):
    """A panel of series of equal length."""
    usual = {"relative": False, "positive": True, "counts": False, "holes": False} | known
    return Facts(series, steps, series * steps, season, cycles, usual=steps, shortest=steps, **usual)


def decided(choice):
    return {decision.key: decision.value for decision in choice.decisions}


@pytest.mark.parametrize("table", TABLES)
def test_the_written_choice_reads_back_as_the_config(table):
    choice = choose(DATA / f"{table}.csv", now=LONG_AGO)

    read = parse_config(to_commented_yaml(choice), file="x.yaml", base=Path("/"))

    assert read == choice.config


@pytest.mark.parametrize("table", TABLES)
def test_every_size_and_every_part_of_the_network_has_its_reason(table):
    choice = choose(DATA / f"{table}.csv", now=LONG_AGO)

    written = {key for key in decided(choice) if key.partition(".")[0] in ("window", "training", "evaluation")}
    assert written <= dict(choice.reasons).keys()


@pytest.mark.parametrize("table", TABLES)
def test_what_is_chosen_fits_the_table(table):
    config = choose(DATA / f"{table}.csv", now=LONG_AGO).config

    panel = read_table(config.data).panel
    parts = split(panel, Window(config.window.lookback, config.window.horizon), config.evaluation, stride=None)

    assert len(parts.folds) >= 5


def test_only_what_differs_from_the_defaults_is_written():
    text = to_commented_yaml(choose(DATA / "prices.csv", now=LONG_AGO), base=DATA.parent)

    assert text.splitlines() == [
        "name: prices",
        "data:",
        "  path: data/prices.csv",
        "  time: date",
        "  target: price               # the only column of numbers",
        "  # calendar: auto            # weekday and month; or such as holiday:DE",
        "window:",
        "  lookback: 56                # four times the horizon",
        "  horizon: 14                 # nearly three weeks of business days",
        "model:",
        "  layers:",
        "    - gru: {units: 64}",
        "  blend: {theta: 0.5}         # half a smoothing of the past: no season shows",
        "training:",
        "  steps: 2235                 # about a minute on two cores, with the second training",
        "retrain:",
        '  every: "30d"                # tables change; it takes a minute',
        "  if_drift: true              # sooner where the live error rises above that of the test folds",
    ]


def proposed(known, clock=DAILY, *, repeats=True):
    return {decision.key: decision.value for decision in propose(known, sizes_of(known, clock), repeats=repeats)}


def test_a_short_season_gets_a_small_network_on_a_smoothing():
    chosen = decided(choose(DATA / "air.csv", now=LONG_AGO))

    assert chosen["model.skip"] == "smoothing"
    assert chosen["model.layers"] == ({"gru": {"units": 8}}, {"dropout": 0.5})
    assert (chosen["window.lookback"], chosen["window.horizon"]) == (36, 12)
    assert chosen["training.steps"] == 200


@pytest.mark.parametrize(
    ("series", "positive", "relative", "scale"),
    [(1, True, True, "log"), (1, False, True, "mean"), (50, True, True, "mean"), (1, True, False, "standard")],
)
def test_a_season_that_grows_with_the_level_is_scaled_by_it(series, positive, relative, scale):
    known = facts(1_000, series=series, season=7, cycles=(7,), positive=positive, relative=relative)

    assert proposed(known)["model.scale"] == scale


def test_a_lookback_is_read_cycle_by_cycle():
    chosen = proposed(facts(800, series=100, season=7, cycles=(7, 365)))

    assert chosen["window.lookback"] == 105  # fifteen weeks, the least above a hundred days
    assert (chosen["model.segment"], chosen["model.decoder"], chosen["model.skip"]) == (7, "parallel", {"linear": 7})
    assert chosen["training.batch_size"] == 128


def test_hardly_any_series_is_shorter_than_the_lookback():
    known = facts(800, series=100, season=7, cycles=(7,))

    assert sizes_of(replace(known, shortest=40), DAILY).lookback == 35


def test_a_week_of_half_hours_is_read_day_by_day():
    chosen = proposed(facts(50_000, season=336, cycles=(48, 336)), Clock("fixed", 1_800_000_000))

    assert (chosen["window.lookback"], chosen["window.horizon"]) == (672, 48)
    assert (chosen["model.segment"], chosen["model.skip"]) == (48, {"linear": 48})


def test_a_season_longer_than_the_lookback_leaves_its_cycles_to_start_from():
    known = replace(facts(2_000, series=100, season=336, cycles=(48, 336)), shortest=300)

    chosen = proposed(known, Clock("fixed", 1_800_000_000))

    assert (chosen["window.lookback"], chosen["model.skip"]) == (288, {"linear": 48})


def test_missing_values_are_masked():
    assert proposed(facts(800, season=7, cycles=(7,), holes=True))["data.gaps"] == "mask"
    assert "data.gaps" not in proposed(facts(800, season=7, cycles=(7,)))


def test_the_other_sizes_follow_a_horizon_that_somebody_names(tmp_path):
    table = daily(tmp_path, [index % 7 + index % 3 for index in range(900)])

    near, far = (choose(table, overrides=[f"window.horizon={size}"]).config.window for size in ("2w", 84))

    assert (near.lookback, near.horizon) == (105, "2w")
    assert (far.lookback, far.horizon) == (168, 84)


def test_a_season_that_keeps_its_height_is_not_learnt_in_logarithms():
    chosen = decided(choose(DATA / "co2.csv", now=LONG_AGO))

    assert chosen["model.scale"] == "standard"
    assert (chosen["window.lookback"], chosen["window.horizon"]) == (104, 13)
    assert chosen["model.segment"] == 5


def test_a_series_of_many_zeros_is_measured_by_its_mean(tmp_path):
    rng = np.random.default_rng(0)

    chosen = decided(choose(daily(tmp_path, rng.poisson(0.5, 300)), now=LONG_AGO))

    assert chosen["model.scale"] == "mean"


def test_twenty_rows_are_enough_for_a_choice(tmp_path):
    chosen = decided(choose(daily(tmp_path, [index * 7 % 13 for index in range(20)]), now=LONG_AGO))

    assert (chosen["window.lookback"], chosen["window.horizon"]) == (5, 2)
    assert chosen["model.layers"] == ({"gru": {"units": 8}},)


def test_a_panel_is_found_by_its_id(tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text(make(PanelKind(kind="panel", steps=80, series=6)))

    chosen = decided(choose(path, now=LONG_AGO))

    assert (chosen["data.id"], chosen["data.time"], chosen["data.target"]) == ("series", "time", "value")


def test_a_fresh_table_may_age_five_steps(tmp_path):
    path = daily(tmp_path, range(40))
    newest = datetime(2024, 2, 9, tzinfo=UTC)

    fresh = choose(path, now=(newest + timedelta(days=4)).timestamp())
    old = choose(path, now=(newest + timedelta(days=6)).timestamp())

    assert fresh.config.data.max_age == "5d"
    assert old.config.data.max_age is None


def test_the_run_is_named_after_the_file_unless_it_is_told_otherwise(tmp_path):
    path = daily(tmp_path, range(40), name="Preise März.csv")

    assert choose(path, now=LONG_AGO).config.name == "Preise-Marz"
    assert choose(path, now=LONG_AGO, name="other").config.name == "other"


def test_a_piped_table_is_chosen_for_from_its_bytes(tmp_path):
    path = daily(tmp_path, range(40))

    choice = choose(Path("/nowhere/table.csv"), now=LONG_AGO, content=path.read_bytes())

    assert choice.config.window == choose(path, now=LONG_AGO).config.window


def test_a_table_without_a_number_is_refused(tmp_path):
    with pytest.raises(DataError, match=r'table\.csv:2: column value: "a" is not a number'):
        choose(daily(tmp_path, ["a", "b"] * 10), now=LONG_AGO)


@pytest.mark.parametrize(
    ("header", "row", "target"),
    [
        ("date,open,Close", "1,2", "Close"),
        ("date,volume,price", "1,2", "price"),
        ("date,price,sales", "1,2", "sales"),
        ("date,y,target", "1,2", "target"),
        ("date,north,south", "1,2", "*"),
        ("date,note,south", "a,2", "south"),
    ],
)
def test_the_target_is_the_only_number_or_the_best_known_name_or_all(tmp_path, header, row, target):
    path = daily(tmp_path, [row] * 30, header=header)

    columns = {decision.key: decision.value for decision in columns_of(profile(str(path)), UNTOLD, path)}

    assert columns["data.target"] == target


def test_a_column_that_counts_the_rows_is_the_time_and_no_target(tmp_path):
    path = tmp_path / "counted.csv"
    path.write_text("step,flow\n" + "".join(f"{step},{step % 7}.5\n" for step in range(30)))

    columns = {decision.key: decision.value for decision in columns_of(profile(str(path)), UNTOLD, path)}

    assert (columns["data.time"], columns["data.target"]) == ("step", "flow")


@pytest.mark.parametrize(
    ("clock", "horizon"),
    [
        (Clock("fixed", 1_800_000_000), 48),
        (Clock("fixed", 3_600_000_000), 24),
        (Clock("fixed", 86_400_000_000), 14),
        (Clock("fixed", 7 * 86_400_000_000), 13),
        (Clock("fixed", 1_000_000), 60),
        (Clock("weekday", 1), 14),
        (Clock("month", 1), 12),
        (Clock("month", 3), 8),
        (Clock("month", 12), 5),
        (Clock("step", 1), 10),
    ],
)
def test_the_horizon_follows_the_clock(clock, horizon):
    known = facts(10_000)

    assert sizes_of(known, clock).horizon == horizon


@pytest.mark.parametrize("steps", [4, 20, 150, 10_000])
@pytest.mark.parametrize("season", [1, 7, 365])
def test_lookback_and_horizons_leave_room_for_training_and_test(steps, season):
    season = season if season <= steps // 4 else 1
    known = facts(steps, season=season, cycles=(7, 365))

    sizes = sizes_of(known, Clock("fixed", 86_400_000_000))

    assert sizes.lookback + 2 * sizes.horizon <= steps
    assert sizes.lookback >= season


def test_the_budget_is_kept_whatever_the_size_of_the_table():
    step = gru_arithmetic(64, 1)

    count = updates(step, recurrent_steps=60, batch=32)

    assert 0.9 * BUDGET < 3 * 60 * 32 * step * count <= BUDGET


def test_a_large_table_is_thinned_so_that_the_budget_holds_four_epochs():
    known = facts(1_000_000)

    chosen = {
        decision.key: decision.value for decision in propose(known, sizes_of(known, Clock("weekday", 1)), repeats=False)
    }

    assert chosen["training.steps"] * 32 >= 4 * (1_000_000 / chosen["window.stride"] - 100)


def test_many_series_are_scored_from_fewer_cutoffs():
    known = facts(400, series=5_000)

    chosen = {
        decision.key: decision.value for decision in propose(known, sizes_of(known, Clock("weekday", 1)), repeats=False)
    }

    assert (chosen["evaluation.folds"], chosen["evaluation.calibration"]) == (4, 4)


def evaluated(steps, series):
    known = facts(steps, series=series, season=12, cycles=(12,))
    decisions = propose(known, sizes_of(known, Clock("month", 1), horizon=12), repeats=False)
    chosen = {decision.key: decision.value for decision in decisions}
    return chosen.get("evaluation.folds"), chosen.get("evaluation.calibration")


@pytest.mark.parametrize(("steps", "series", "folds"), [(126, 300, 2), (144, 300, 3), (144, 100_000, 1)])
def test_many_short_series_are_held_back_from_training_for_as_few_steps_as_can_be(steps, series, folds):
    assert evaluated(steps, series) == (folds, 0)


@pytest.mark.parametrize(("steps", "series"), [(145, 300), (126, 10)])
def test_longer_series_and_few_of_them_keep_a_calibration_part(steps, series):
    assert evaluated(steps, series)[1] != 0


@pytest.mark.parametrize(
    ("steps", "series", "season", "blended"),
    [
        (144, 300, 12, True),
        (145, 300, 12, False),
        (144, 9, 12, False),
        (40, 300, 1, False),
        (24, 300, 12, True),
        (400, 1, 12, True),
        (401, 1, 12, False),
        (5_000, 1, 1, True),
        (5_000, 8, 1, False),
    ],
)
def test_half_is_smoothed_where_there_is_little_to_learn(steps, series, season, blended):
    known = facts(steps, series=series, season=season, cycles=(12,))

    chosen = {
        decision.key: decision.value
        for decision in propose(known, sizes_of(known, Clock("month", 1), horizon=12), repeats=False)
    }

    assert chosen.get("model.blend") == ({"theta": 0.5} if blended else None)


def noisy_season(panel_of, level, noise):
    """Two years of days: a weekly saw-tooth of a height, and noise that is a walk of a size."""
    days = np.arange(730)
    walk = np.cumsum(np.random.default_rng(1).normal(size=730) * noise)
    return panel_of(level * (days % 7) + walk, minutes=1440)


@pytest.mark.parametrize(("level", "noise", "expected"), [(10.0, 0.1, True), (0.1, 10.0, False)])
def test_a_season_is_repeated_only_where_that_beats_the_last_value(panel_of, level, noise, expected):
    assert season_repeats(noisy_season(panel_of, level, noise), 7, 14) is expected


def test_a_table_without_a_season_repeats_none(panel_of):
    assert not season_repeats(panel_of(range(100)), 1, 10)


def test_the_season_is_looked_for_in_the_oldest_part_alone(panel_of):
    """A cycle that only the test part shows is not known when the config is chosen."""
    quiet = np.random.default_rng(2).normal(size=600) * 0.01
    loud = np.where(np.arange(600) > 400, 50.0 * np.sin(np.arange(600) * 2 * np.pi / 20), 0.0)

    assert facts_of(panel_of(quiet + loud)).season == 1
    assert facts_of(panel_of(quiet + 50.0 * np.sin(np.arange(600) * 2 * np.pi / 20))).season == 20


def test_what_somebody_says_has_the_last_word_and_is_written_down(tmp_path):
    lines = "".join(f"2024-03-{1 + hour // 24:02} {hour % 24:02}:00+01:00,{hour % 24}\n" for hour in range(400))
    path = tmp_path / "load.csv"
    path.write_text("time,load\n" + lines)

    with pytest.raises(DataError, match=r"data\.timezone"):
        choose(path, now=LONG_AGO)
    choice = choose(path, now=LONG_AGO, overrides=["data.timezone=Europe/Berlin", "window.horizon=5"])

    assert (choice.config.data.timezone, choice.config.window.horizon) == ("Europe/Berlin", 5)
    text = to_commented_yaml(choice)
    assert parse_config(text, file="made", base=tmp_path).data.timezone == "Europe/Berlin"
    assert "as you said" in text


def test_a_thousands_sign_that_is_named_makes_numbers_of_a_column(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("date,sales\n" + "".join(f'2024-01-{day:02},"1,{day:03}"\n' for day in range(1, 31)))

    assert choose(path, now=LONG_AGO, overrides=["data.thousands=','"]).config.data.target == ("sales",)


def test_a_column_that_is_called_like_a_time_and_reads_as_none_is_refused(tmp_path):
    path = tmp_path / "weeks.csv"
    path.write_text("week,sales\n" + "".join(f"2020-W{week:02},{week}\n" for week in range(1, 40)))

    with pytest.raises(DataError, match=r'column "week" is called like a time'):
        choose(path, now=LONG_AGO)


def test_a_slow_table_is_trained_anew_once_a_horizon_of_it_has_passed():
    """Sooner, the two networks would have nothing to meet on."""
    assert choose(DATA / "air.csv", now=LONG_AGO).config.retrain.every == "12mo"
    assert choose(DATA / "co2.csv", now=LONG_AGO).config.retrain.every == "13w"
    assert choose(DATA / "prices.csv", now=LONG_AGO).config.retrain.every == "30d"


def test_holidays_that_are_said_as_known_stand_in_the_yaml(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("date,price\n" + "".join(f"2024-{1 + n // 28:02}-{1 + n % 28:02},{n % 9}\n" for n in range(200)))

    text = to_commented_yaml(choose(path, overrides=["data.known=[{holiday: DE}]", "data.freq=1d"]))

    assert "calendar: [holiday:DE]" in text.replace('"', "")
    assert parse_config(text, file="again", base=tmp_path).data.calendar == ("holiday:DE",)


def test_a_table_of_a_few_rows_gets_no_network_that_would_live_on_in_its_run(tmp_path):
    table = tmp_path / "young.csv"
    table.write_text("date,price\n" + "".join(f"2024-01-{day:02d},{day}.5\n" for day in range(1, 20)))

    with pytest.raises(TooShort, match=r"19 moments in time are too few .*, and 20 are needed; forecast it when"):
        choose(table, now=LONG_AGO)

    table.write_text(table.read_text() + "2024-01-20,20.5\n")
    assert choose(table, now=LONG_AGO).config.window.horizon >= 1
