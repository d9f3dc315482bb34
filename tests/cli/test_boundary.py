"""Every exception has its exit code and its line, and a results file that says the same."""

from __future__ import annotations

import errno
import json
import signal
from pathlib import Path

import pytest
import typer

from forecaster import errors
from forecaster.cli.boundary import guarded
from forecaster.cli.signals import EndedError
from forecaster.errors import ConfigError, ForecasterError, Problem, SystemFault, UsageError
from forecaster.workflows.journal import Journal


@pytest.fixture(autouse=True)
def as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ended(tmp_path, capsys):
    """What a command raises, or returns -> its code, its lines on stderr, and its results, if any were written."""

    def end(outcome, journal=None, **more):
        def command():
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        code = guarded(command, journal or Journal(folder=tmp_path / "runs"), **more)
        file = tmp_path / "runs/run_results.json"
        return code, capsys.readouterr().err.splitlines(), json.loads(file.read_text()) if file.exists() else None

    return end


CODES = {
    "UsageError": 2,
    "ConfigError": 4,
    "DataError": 5,
    "TooShort": 5,
    "RunError": 6,
    "UnusableError": 7,
    "SystemFault": 8,
    "LockedError": 11,
}


@pytest.mark.parametrize(("name", "promised"), CODES.items())
def test_every_error_ends_with_the_code_that_is_promised(name, promised, ended):
    code, lines, _ = ended(getattr(errors, name)("3 rows", hint="add one", file="a.csv", line=7))

    assert code == promised
    assert lines == ["forecast: error: a.csv:7: 3 rows; add one"]


def test_no_error_is_left_out_of_the_test_above():
    every = {kind.__name__ for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)}

    assert every - {"ForecasterError"} == set(CODES)


@pytest.mark.parametrize(
    ("raised", "promised", "line"),
    [
        (EndedError(signal.SIGINT), 130, "forecast: interrupted; nothing was published"),
        (EndedError(signal.SIGTERM), 143, "forecast: terminated; nothing was published"),
        (MemoryError(), 8, "forecast: error: out of memory; lower training.batch_size, window.lookback or the layers'"),
        (ModuleNotFoundError(name="onnx"), 8, 'forecast: error: the library "onnx" is missing; pip install onnx'),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/x"), 8, "forecast: error: /srv/x: no space left on"),
        (OSError("odd"), 8, "forecast: error: odd; make room, or mend the permissions"),
        (typer.BadParameter("No such thing."), 2, "forecast: error: invalid value: no such thing; `forecast --help`"),
    ],
)
def test_what_the_machine_or_the_user_does_has_a_code_and_one_line(raised, promised, line, ended):
    code, lines, _ = ended(raised)

    assert code == promised
    assert len(lines) == 1
    assert lines[0].lower().startswith(line.lower())


@pytest.mark.parametrize("hidden", [False, True])
def test_a_reader_that_went_away_is_told_nothing(hidden, ended):
    """Typer turns a broken pipe into an exit of its own; the pipe is still the reason."""
    gone = typer.Exit(1) if hidden else BrokenPipeError()
    gone.__context__ = BrokenPipeError() if hidden else None

    assert ended(gone)[:2] == (141, [])


def test_a_module_of_ours_that_is_missing_is_our_mistake(ended, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    code, (line,), results = ended(ModuleNotFoundError("no way", name="forecaster.nothing"))

    assert code == results["code"] == 1
    assert line.startswith('forecast: error: internal error: ModuleNotFoundError: "no way"; report ')
    assert "Traceback" in next(tmp_path.glob("forecast-crash-*.txt")).read_text()


def test_a_crash_whose_report_cannot_be_written_is_still_one_line(ended, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", __file__)

    code, lines, _ = ended(ZeroDivisionError("boom"))

    assert (code, len(lines)) == (1, 1)
    assert lines[0].endswith("run again with --debug and report what it prints")


def test_the_words_of_a_crash_cannot_break_the_line(ended, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", __file__)

    assert len(ended(ValueError("a\nb\x1b[2J"))[1]) == 1


def test_of_seven_problems_five_are_told_and_the_rest_counted(ended):
    problems = [Problem(f"wrong {number}", "mend it", "a.yaml", number) for number in range(1, 8)]

    _, lines, results = ended(ConfigError.of(problems))

    assert lines[4:] == ["forecast: error: a.yaml:5: wrong 5; mend it", "forecast: error: and 2 more problems"]
    assert len(results["error"]) == 6


@pytest.mark.parametrize("raised", [ConfigError("wrong", hint="mend it"), ZeroDivisionError("boom")])
def test_a_traceback_is_shown_to_whoever_asks(raised, ended, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert not any("Traceback" in line for line in ended(raised)[1])
    assert any("Traceback" in line for line in ended(raised, debug=True)[1])


@pytest.mark.parametrize("returned", [None, 0])
def test_a_command_that_raises_nothing_ends_with_the_code_of_its_journal(returned, ended):
    assert ended(returned)[:2] == (0, [])


def test_faults_are_code_3_and_are_told_as_warnings(ended, tmp_path):
    journal = Journal(folder=tmp_path / "runs", faults=["series a was skipped"])

    code, lines, results = ended(None, journal)

    assert (code, results["code"], results["status"]) == (3, 3, "published with faults")
    assert lines == ["forecast: warning: series a was skipped"]


def test_of_many_faults_the_first_five_are_told_and_all_are_kept(ended, tmp_path):
    _, lines, results = ended(None, Journal(folder=tmp_path / "runs", faults=[f"fault {n}" for n in range(9)]))

    assert lines == [f"forecast: warning: fault {n}" for n in range(5)]
    assert len(results["faults"]) == 9


@pytest.mark.parametrize("raised", [UsageError("wrong", hint="x"), typer.BadParameter("wrong")])
def test_a_wrong_command_line_writes_no_results(raised, ended):
    code, _, results = ended(raised)

    assert (code, results) == (2, None)


@pytest.mark.parametrize("raised", [EndedError(signal.SIGTERM), BrokenPipeError(), MemoryError()])
def test_every_other_end_writes_its_code_into_the_results(raised, ended):
    code, _, results = ended(raised)

    assert (results["code"], results["status"]) == (code, "failed")


def test_results_that_cannot_be_written_do_not_mask_the_code(ended, tmp_path):
    (tmp_path / "file").touch()

    code, lines, _ = ended(ConfigError("wrong", hint="mend it"), Journal(file=tmp_path / "file/results.json"))

    assert code == 4
    assert lines[0] == "forecast: error: wrong; mend it"
    assert lines[1].startswith("forecast: warning: run_results.json was not written: ")


def test_a_closed_stderr_changes_no_code(monkeypatch):
    class Closed:
        def write(self, _):
            raise ValueError("I/O operation on closed file")

    def fail():
        raise SystemFault("disk full", hint="make room")

    monkeypatch.setattr("sys.stderr", Closed())

    assert guarded(fail, Journal()) == 8


def test_a_stdout_that_is_full_is_told_before_the_end(ended, monkeypatch):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        full.write("a forecast")

        assert ended(None)[0] == 8
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space left"):
            full.close()


def test_sigterm_is_an_exception_that_no_except_exception_swallows(ended):
    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        except Exception:  # noqa: BLE001  (what a library below might do)
            return 0

    assert guarded(work, Journal()) == 143


def test_a_second_sigterm_ends_the_process_at_once(ended):
    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            handlers.append(signal.getsignal(signal.SIGTERM))

    handlers = []
    guarded(work, Journal())

    assert handlers == [signal.SIG_DFL]


def test_an_error_of_no_kind_of_its_own_counts_as_ours(ended):
    assert ended(ForecasterError("odd", hint="tell us"))[0] == 1
