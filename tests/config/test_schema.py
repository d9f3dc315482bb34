import pytest

from forecaster.config.model import Quantiles
from forecaster.config.quantities import parse_span
from forecaster.errors import ConfigError


def told(lines):
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("key", "written", "line"),
    [
        (
            "training.optimizer",
            "adm",
            'unknown optimizer "adm"; did you mean "adam"? known are adam, adamw, rmsprop, sgd',
        ),
        (
            "training.optimizer",
            "{adam: {learning_rat: 1}}",
            'unknown key "learning_rat"; did you mean "learning_rate"?',
        ),
        ("training.optimizer", "{adam: 0.1}", "must be a mapping of learning_rate, clip_norm, got 0.1"),
        (
            "training.optimizer",
            "{adam: {}, sgd: {}}",
            '2 keys, "adam" and "sgd", where one optimizer belongs; keep one',
        ),
        ("training.optimizer", "3", "must name one optimizer, got 3; known are adam"),
        ("training.schedule", "cosin", 'unknown schedule "cosin"; did you mean "cosine"? known are constant'),
        ("training.schedule", "{constant: {}}", '"constant" has no options; write the word alone: constant'),
        ("training.schedule", "{step: {factor: 2}}", "must be less than 1, got 2; give what the learning rate is"),
        (
            "model.skip",
            "linaer",
            'unknown skip "linaer"; did you mean "linear"? known are none, linear, seasonal_naive',
        ),
        ("model.skip", "{seasonal_naive: []}", "must have at least 1 entry, got 0"),
        ("model.skip", "{seasonal_naive: [1,2,3,4,5,6,7,8,9]}", "must have at most 8 entries, got 9"),
        ("model.skip", "{seasonal_naive: [7, 7]}", "a season of 7 steps is named 2 times; name it once"),
        ("model.skip", "{smoothing: {}}", '"smoothing" has no options; write the word alone: smoothing'),
        ("model.output", "student", 'unknown output "student"; did you mean "student_t"? known are point, gaussian'),
        ("model.output", "{quantiles: [0.1, 0.9]}", "levels must rise and hold the median 0.5, got [0.1, 0.9]"),
        ("model.output", "{quantiles: [0.5, 1.5]}", "must be less than 1, got 1.5"),
        ("model.scale", "standart", "must be one of none, last, mean, standard, log, log_mean, affine, got the"),
        ("evaluation.stride", "sometimes", '"sometimes" is no span of time; write a number and a unit of'),
        ("evaluation.calibration", "atuo", "must be a whole number of cutoffs, or auto, got the text"),
        ("evaluation.intervals", "[0.8, 80]", "must be less than 1, got 80"),
        ("limits.csv_bytes", "2 gigs", '"2 gigs" is no size; write a whole number and a unit of B, KiB'),
        ("data.season", "weekly", "must be a whole number greater than 0 and at most 1,000,000, or auto, got the text"),
        ("data.target", "3", "must be a column or a list of columns, got 3; put it in double quotes"),
        ("data.encoding", "utf-9", 'unknown encoding "utf-9"; write one such as utf-8'),
        ("data.encoding", "rot13", 'unknown encoding "rot13"'),
        ("data.generate", "{kind: sin}", 'unknown kind "sin"; did you mean sine?'),
        (
            "data.generate",
            "{steps: 9}",
            'missing key "kind"; write kind: and one of them; known are sine, trend-season',
        ),
        ("data.generate", "{kind: sine, cycels: 3}", 'unknown key "cycels"; did you mean "cycles"?'),
        (
            "data.generate",
            "{kind: sine, steps: 10, cycles: 3}",
            "10 steps and 3 cycles has 3.33 points a cycle, and needs 4",
        ),
        (
            "data.generate",
            "{kind: sine, steps: 60}",
            "60 steps and 15.9155 cycles has 3.77 points a cycle, and needs 4",
        ),
        (
            "data.generate",
            "{kind: panel, ahead: 3}",
            "generate.ahead: 3 rows ahead have nothing to tell without covariates; set covariates: true",
        ),
        ("data.generate", "{kind: panel, covariates: true, ahead: 10001}", "must be at most 10,000, got 10001; give"),
        ("data.max_age", "3d", "given, but data.time is null; name the column of times"),
        ("data.target", "[a, a]", '"a" is named 2 times; name it once'),
        ("data.id", "close", '"close" is a target; name the column that tells series apart'),
        ("data.thousands", ".", '"." stands before the decimals too; set data.decimal'),
        ("data.thousands", '"0"', "must be one character that is no letter, digit or sign"),
        ("version", "2", "must be 1, got 2"),
        ("model.layers.0", "{lstm: 64}", "must be a mapping of units, activation, dropout"),
        ("model.layers.0", "lstm", 'missing key "units"; give the size of the state: a whole number greater than 0'),
        ("model.layers.1", "{lstm: {units: 3}, dropout: 0.1}", "layer 2: 2 keys"),
        ("model.layers", "[{dense: {units: 3}}]", "no recurrent layer among dense; add one of simple_rnn, lstm"),
        (
            "model.layers",
            "[{Lambda: 3}]",
            'model.layers.0.Lambda: layer 1: unknown layer "Lambda"; known are simple_rnn',
        ),
        ("model.layers", "[{lstm: {}}]", 'model.layers.0.lstm.units: missing key "units"; give the size of the state'),
        ("data.generate", "{kind: random-walk, noise: .inf}", "must be a number at least 0, got .inf; give the"),
        ("training.steps", "-1", "must be greater than 0, got -1; give the updates of the weights"),
    ],
)
def test_a_wrong_value_is_one_complaint_in_our_words(key, written, line, good, complaints):
    said = told(complaints(good, [f"{key}={written}"]))

    assert line in said
    assert not any(word in said for word in ("Input", "function-", "valid", "tuple", "dict", "str_"))


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("data.timezone", "Europe/Berlim", 'unknown time zone "Europe/Berlim"; did you mean Europe/Berlin?'),
        (
            "data.timezone",
            "../../etc/passwd",
            'unknown time zone "../../etc/passwd"; write a name such as Europe/Berlin',
        ),
        ("data.time_format", "%d/%Q", '"%d/%Q" has the unknown directive "%Q"; write one such as'),
        ("data.time_format", "dd/mm", '"dd/mm" has no directive; write one such as'),
        ("data.target", "day", '"day" is the column of times; name the column whose values you want'),
    ],
)
def test_what_is_said_of_times_must_exist(key, value, line, good, complaints):
    assert line in told(complaints(good, ["data.time=day", f"{key}={value}"]))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["training.epochs=1", "training.steps=2"], "epochs (1) and steps (2) are both given; keep one of them"),
        (["data.time=t", "data.time_format=%Y", "data.time_unit=s"], "time_format and time_unit are both given; keep"),
        (["model.segment=61"], "a segment of 61 steps, but a lookback of 60; use at most 60"),
        (
            ["model.skip={seasonal_naive: [61]}"],
            "a season of 61 steps, but a lookback of 60; raise window.lookback to 61",
        ),
        (["training.schedule=plateau", "evaluation.validation=0"], "plateau watches the validation loss, but"),
        (["training.loss=mse"], "mse fits a point, but model.output has quantiles; write loss: auto"),
    ],
)
def test_keys_that_contradict_each_other_are_told_together(options, line, good, complaints):
    assert line in told(complaints(good, options))


def test_all_contradictions_are_told_at_once(good, complaints):
    assert len(complaints(good, ["model.segment=61", "training.loss=mse"])) == 2


def test_the_learning_rate_is_told_once_with_its_place(good, complaints):
    assert complaints(good + "training:\n  optimizer: {adam: {learning_rate: -1}}\n") == [
        (
            "a.yaml:10:37: training.optimizer.adam.learning_rate: must be greater than 0, got -1; "
            "give the share of the gradient that one update follows, before the schedule, such as 0.001"
        )
    ]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("training.optimizer=adam", "training.optimizer={adam: {learning_rate: 0.001, clip_norm: 1}}"),
        ("training.optimizer={sgd: null}", "training.optimizer={sgd: {learning_rate: 0.01}}"),
        ("training.schedule=cosine", "training.schedule={cosine: {warmup: 0.05}}"),
        ("model.output=quantiles", "model.output={quantiles: [0.1, 0.5, 0.9]}"),
        ("model.layers.1=layer_norm", "model.layers.1={layer_norm: {epsilon: 0.001}}"),
        ("model.layers.1.dropout=0.1", "model.layers.1.dropout={rate: 0.1}"),
        ("data.target=close", "data.target=[close]"),
        ("limits.csv_bytes=2GiB", "limits.csv_bytes=2147483648"),
        ("limits.parameters=50M", "limits.parameters=50000000"),
    ],
)
def test_a_short_form_means_the_long_one(short, long, good, parsed):
    assert parsed(good, [short]) == parsed(good, [long])


def test_the_defaults_are_those_of_the_configuration_s_description(good, parsed):
    config = parsed(good)

    assert (config.version, config.window.stride, config.model.scale) == (1, 1, "last")
    assert config.model.output == Quantiles(quantiles=(0.1, 0.5, 0.9))
    assert (config.training.epochs, config.training.batch_size, config.training.refit) == (None, 32, True)
    assert config.training.optimizer.adam.learning_rate == 0.001
    assert config.training.schedule.cosine.warmup == 0.05
    assert (config.evaluation.folds, config.evaluation.validation) == (8, 0.15)
    assert config.evaluation.intervals == (0.8, 0.95)
    assert config.limits.csv_bytes == 2 * 1024**3


def test_a_default_equals_the_same_value_written_out(good, parsed):
    assert parsed(good) == parsed(good, ["training.early_stopping={patience: 5}", "training.schedule=cosine"])


@pytest.mark.parametrize(("levels", "output"), [((0.5,), "point"), ((0.2, 0.5), "{quantiles: [0.2, 0.5]}")])
def test_a_point_is_the_median(levels, output, good, parsed):
    assert parsed(good, [f"model.output={output}"]).model.levels == levels


@pytest.mark.parametrize(("text", "span"), [("7d", (7, "d")), ("15 min", (15, "min")), ("1mo", (1, "mo"))])
def test_a_span_is_a_count_and_a_unit(text, span):
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["0d", "7", "d", "-1d", "1.5h", "7 days", "٣d"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ConfigError, match=r"is no span of time; write a number and a unit of us, ms, s, min, h, d, b"):
        parse_span(text)
