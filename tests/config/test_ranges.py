"""The edges of every range: the last value that is taken, and the first that is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forecaster.config.checks import known_encoding, known_format, known_zone
from forecaster.config.generate import LEAST_POINTS, Sine
from forecaster.config.model import DISTRIBUTIONS

EDGES = [  # key, the smallest that is taken, one below it, the words
    ("window.lookback", 1, 0, "must be greater than 0"),
    ("window.lookback", 1_000_000_000, 1_000_000_001, "must be at most 1,000,000,000"),
    ("window.horizon", 1, -1, "must be greater than 0"),
    ("window.stride", 1, 0, "must be greater than 0"),
    ("training.epochs", 1_000_000, 1_000_001, "must be at most 1,000,000"),
    ("training.steps", 1, 0, "must be greater than 0"),
    ("training.batch_size", 1, 0, "must be greater than 0"),
    ("training.seed", 0, -1, "must be at least 0"),
    ("training.seed", 2**31 - 1, 2**31, "must be less than 2,147,483,648"),
    ("training.optimizer.adam.learning_rate", 1, 1.01, "must be at most 1"),
    ("training.optimizer.adam.learning_rate", 1e-300, 0, "must be greater than 0"),
    ("training.optimizer.adam.clip_norm", 0.1, 0, "must be greater than 0"),
    ("training.optimizer.adamw.weight_decay", 0, -0.1, "must be at least 0"),
    ("training.optimizer.adamw.weight_decay", 1, 1.1, "must be at most 1"),
    ("training.optimizer.sgd.momentum", 0, -0.1, "must be at least 0"),
    ("training.optimizer.sgd.momentum", 0.999, 1, "must be less than 1"),
    ("training.schedule.cosine.warmup", 0, -0.1, "must be at least 0"),
    ("training.schedule.step.every", 1, 0, "must be greater than 0"),
    ("training.schedule.exponential.factor", 0.99, 1, "must be less than 1"),
    ("training.schedule.exponential.start", 0, -1, "must be at least 0"),
    ("training.schedule.plateau.patience", 1, 0, "must be greater than 0"),
    ("training.early_stopping.patience", 1, 0, "must be greater than 0"),
    ("model.layers.0.lstm.units", 1, 0, "must be greater than 0"),
    ("model.layers.0.lstm.dropout", 0, -0.1, "must be at least 0"),
    ("model.layers.0.lstm.recurrent_dropout", 0.99, 1, "must be less than 1"),
    ("model.layers.1.dropout", 0.01, 0, "must be greater than 0"),
    ("model.layers.0.lstm.dilation", 1, 0, "must be greater than 0"),
    ("model.layers.0.lstm.dilation", 59, 10_001, "must be at most 10,000"),
    ("model.decoder.seq2seq.forcing.from", 0, -0.1, "must be at least 0"),
    ("model.decoder.seq2seq.forcing.from", 1, 1.1, "must be at most 1"),
    ("model.decoder.seq2seq.forcing.to", 0, -0.1, "must be at least 0"),
    ("model.decoder.seq2seq.forcing.to", 1, 1.1, "must be at most 1"),
    ("training.ensemble", 1, 0, "must be greater than 0"),
    ("training.ensemble", 100, 101, "must be at most 100"),
    ("evaluation.folds", 1, 0, "must be greater than 0"),
    ("evaluation.validation", 0, -0.1, "must be at least 0"),
    ("evaluation.validation", 0.99, 1, "must be less than 1"),
    ("evaluation.calibration", 0, -1, "must be at least 0"),
    ("data.skip_lines", 0, -1, "must be at least 0"),
    ("data.season", 1, 0, "must be greater than 0"),
    ("limits.csv_bytes", 1, 0, "must be greater than 0"),
    ("limits.parameters", 1, 0, "must be greater than 0"),
]


@pytest.mark.parametrize(("key", "edge"), [(key, edge) for key, edge, *_ in EDGES])
def test_the_last_value_of_a_range_is_taken(key, edge, good, parsed):
    assert parsed(good, [f"{key}={edge}"])


@pytest.mark.parametrize(("key", "beyond", "told"), [(key, beyond, told) for key, _, beyond, told in EDGES])
def test_the_first_value_beyond_a_range_is_told_with_the_range(key, beyond, told, good, complaints):
    (line,) = complaints(good, [f"{key}={beyond}"])

    assert line.startswith(f"--set {key}={beyond}: {told}, got {beyond}; ")


WITHIN = [  # a mapping, one of its keys, the last value that is taken, the first that is not, the words
    ("model.latent={{units: {}}}", "units", 10_000, 10_001, "must be at most 10,000"),
    ("model.latent={{units: {}}}", "units", 1, 0, "must be greater than 0"),
    ("model.latent={{units: 1, anneal: {}}}", "anneal", 0, -1, "must be at least 0"),
    ("model.latent={{units: 1, anneal: {}}}", "anneal", 1_000_000, 1_000_001, "must be at most 1,000,000"),
    ("model.layers.1={{attention: {{heads: {}}}}}", "attention.heads", 64, 65, "must be at most 64"),
    ("model.layers.1={{attention: {{heads: {}}}}}", "attention.heads", 1, 0, "must be greater than 0"),
    ("model.skip={{seasonal_naive: [{}]}}", "seasonal_naive.0", 1, 0, "must be greater than 0"),
    ("model.skip={{seasonal_naive: [{}]}}", "seasonal_naive.0", 60, 1_000_001, "must be at most 1,000,000"),
    ("model.embed={{series: {}}}", "series", 1024, 1025, "must be at most 1,024"),
    ("model.embed={{series: {}}}", "series", 1, 0, "must be greater than 0"),
]


@pytest.mark.parametrize(("option", "edge"), [(option, edge) for option, _, edge, *_ in WITHIN])
def test_the_last_value_of_a_range_inside_a_mapping_is_taken(option, edge, good, parsed):
    assert parsed(good, ["data.target=[a, b]", option.format(edge)])


@pytest.mark.parametrize(
    ("option", "key", "beyond", "told"), [(option, key, beyond, told) for option, key, _, beyond, told in WITHIN]
)
def test_the_first_value_beyond_a_range_inside_a_mapping_is_told_at_its_key(
    option, key, beyond, told, good, complaints
):
    (line,) = complaints(good, ["data.target=[a, b]", option.format(beyond)])

    assert f".{key}: {told}, got {beyond}; " in line


def test_a_segment_as_long_as_the_lookback_is_one_patch(good, parsed):
    assert parsed(good, ["model.segment=60"]).model.segment == 60


def test_a_season_as_long_as_the_lookback_can_be_seen(good, parsed):
    assert parsed(good, ["model.skip={seasonal_naive: [60]}"]).model.skip.seasonal_naive == (60,)


def test_a_lookback_that_is_a_span_is_compared_only_when_the_clock_is_known(good, parsed):
    assert parsed(good, ["window.lookback=7d", "model.segment=61"]).model.segment == 61


def test_plateau_watches_where_there_is_a_validation_part(good, parsed):
    assert parsed(good, ["training.schedule=plateau"]).training.schedule.plateau.patience == 3


@pytest.mark.parametrize("loss", ["mae", "mse", "huber", "pinball", "auto"])
def test_every_loss_fits_a_point(loss, good, parsed):
    assert parsed(good, ["model.output=point", f"training.loss={loss}"]).training.loss == loss


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_a_loss_of_points_does_not_fit_quantiles(loss, good, complaints):
    (line,) = complaints(good, [f"training.loss={loss}"])

    assert f"{loss} fits a point, but model.output has quantiles; write loss: auto, or model.output: point" in line


@pytest.mark.parametrize("output", DISTRIBUTIONS)
@pytest.mark.parametrize("loss", ["mae", "mse", "huber", "pinball"])
def test_a_distribution_is_fitted_by_its_likelihood_alone(loss, output, good, complaints):
    (line,) = complaints(good, [f"training.loss={loss}", f"model.output={output}", "model.scale=mean"])

    assert f"model.output is {output}, which is fitted by its likelihood; write loss: auto, or model.output:" in line


@pytest.mark.parametrize("key", ["time_format=%Y", "time_unit=s", "timezone=UTC", "freq=1d", "resample={every: 1d}"])
def test_what_is_said_of_times_needs_a_column_of_times(key, good, complaints):
    (line,) = complaints(good, [f"data.{key}"])

    assert "given, but data.time is null; name the column of times in data.time, or drop this key" in line


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_a_zone_of_the_database_is_known(zone):
    assert known_zone(zone) == zone


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Olympus", "UTC\0", "/etc/localtime", "../UTC", "Europe/Berlin "])
def test_what_is_no_zone_is_refused_by_name(zone):
    with pytest.raises(ValueError, match="unknown time zone"):
        known_zone(zone)


def test_a_zone_in_small_letters_is_told_as_it_is_written():
    with pytest.raises(ValueError, match="did you mean America/New_York"):
        known_zone("america/new_yorc")


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "latin-1", "cp1252", "utf-16", "utf-8-sig"])
def test_an_encoding_of_text_is_known(encoding):
    assert known_encoding(encoding) == encoding


@pytest.mark.parametrize("encoding", ["", "base64", "hex", "a\0b", "utf-99", "\udcff"])
def test_what_is_no_encoding_of_text_is_refused(encoding):
    with pytest.raises(ValueError, match="unknown encoding"):
        known_encoding(encoding)


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d.%m.%y %I:%M %p", "%s%%".replace("%s", "%j"), "%Y%m%dT%H%M%S%z"])
def test_a_format_of_times_is_known(pattern):
    assert known_format(pattern) == pattern


@pytest.mark.parametrize("pattern", ["%Q", "%-d", "%", "%Y%", "%\n", "%Y %é"])
def test_a_directive_that_reads_no_time_is_named(pattern):
    with pytest.raises(ValueError, match=r"has the unknown directive"):
        known_format(pattern)


@pytest.mark.parametrize("pattern", ["", "dd/mm/yyyy", "%%", "100%%", "%%d"])
def test_a_format_without_a_directive_reads_no_time(pattern):
    """`%%` is a percent sign that stands for itself, and `%%d` one before a d."""
    with pytest.raises(ValueError, match=r'has no directive; write one such as "%d/%m/%Y %H:%M"'):
        known_format(pattern)


def hinted(error):
    """The cycles and the steps that a refusal of a sine proposes."""
    words = error.errors()[0]["ctx"]["refusals"][0].hint.split()
    return float(words[3]), int(words[8])


@settings(deadline=None)
@given(st.integers(2, 10_000_000), st.floats(0.1, 2_000_000))
def test_a_sine_that_follows_either_hint_is_taken(steps, cycles):
    try:
        Sine(kind="sine", steps=steps, cycles=cycles)
    except ValidationError as error:
        most, least = hinted(error)
        assert Sine(kind="sine", steps=steps, cycles=most)
        assert least > 10_000_000 or Sine(kind="sine", steps=least, cycles=cycles)
    else:
        assert steps / cycles >= LEAST_POINTS


def test_a_sine_of_four_points_a_cycle_is_taken():
    assert Sine(kind="sine", steps=40, cycles=10).cycles == 10


def test_the_steps_that_a_sine_needs_are_rounded_up(good, complaints):
    """4 x 10.1 = 40.4: forty steps would be refused again."""
    (line,) = complaints(good, ["data.generate={kind: sine, steps: 10, cycles: 10.1}"])

    assert line.endswith("needs 4; use at most 2.5 cycles, or at least 41 steps")
