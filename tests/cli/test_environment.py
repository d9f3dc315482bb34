"""What a cron job is given: next to nothing, or somebody else's settings. It works in silence and leaves nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from commands import SMALL, business_days, forecast, write

WIDE = 300  # seconds
NIGHTLY = {  # of a run that is there already, each in every environment
    "predict": ("predict", "--csv", "{home}/small.csv", "--run", "small"),
    "score": ("score", "small", "--csv", "{home}/small.csv"),
}
COMMANDS = NIGHTLY | {  # all of a run, in that of somebody else
    "plot": ("plot", "small", "--out", "{home}/small.png"),
    "evaluate": ("evaluate", "small"),
}
TALKING = {"evaluate"}  # those whose work is what they print
TRAINING = {
    "plain": ("train", "{home}/a.yaml"),
    "hostile": ("train", "{home}/b.yaml"),
    "first night": ("predict", "--csv", "{home}/night.csv", "--set", "training.steps=3"),
    "update": ("update", "a", "--csv", "{home}/small.csv"),
}
OTHERS = "settings of somebody else"
ENVIRONMENTS = {
    "nothing": {},
    "no home": {"PATH": "/usr/bin:/bin"},
    "a home that does not exist": {"HOME": "/nonexistent"},
    "a home that is no folder": {"HOME": "/dev/null"},
    OTHERS: {"HOME": "{user}", "KERAS_BACKEND": "torch", "TF_CPP_MIN_LOG_LEVEL": "0"},
    "no temporary folder": {"HOME": "{user}", "TMPDIR": "/nonexistent"},
    "the C locale": {"LANG": "C", "LC_ALL": "C"},
    "no GPU": {"CUDA_VISIBLE_DEVICES": "7"},
}
SETTINGS = '{"floatx": "float16", "backend": "jax", "epsilon": 0.1, "image_data_format": "channels_first"}'


def prefix(*command):
    """A command that starts another one, if this machine has it and allows it."""
    works = shutil.which(command[0]) and subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if works and works.returncode == 0 else ()


ALONE, ONE_CPU = prefix("unshare", "-n"), prefix("taskset", "-c", "0")


def line(command, home, before=()):
    """A command line with absolute paths, for whoever stands in `/`."""
    options = [part.replace("{home}", str(home)) for part in (*command, "--runs", "{home}/runs")]
    return [*before, sys.executable, "-m", "forecaster", *options]


def begun(words, environment, **streams):
    """Start a command as cron does: no terminal, nothing on stdin, in `/`."""
    settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.Popen(words, cwd="/", env=environment, start_new_session=True, **settings)


def done(words, environment):
    process = begun(words, environment)
    out, err = process.communicate(timeout=WIDE)
    return process.returncode, out, err


def below(folder):
    """Every file below a folder, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def user(tmp_path_factory):
    """The home of somebody who uses Keras otherwise, and may not be written to."""
    home = tmp_path_factory.mktemp("user")
    write(home / ".keras/keras.json", SETTINGS)
    home.chmod(0o555)
    return home


def filled(environment, user):
    return {key: value.replace("{user}", str(user)) for key, value in environment.items()}


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        *((command, each) for command in NIGHTLY for each in ENVIRONMENTS if each != OTHERS),
        *((command, OTHERS) for command in COMMANDS),
    ],
)
def test_a_command_of_the_night_works_in_any_environment(command, environment, home, user, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    given = {"TMPDIR": str(temporary)} | filled(ENVIRONMENTS[environment], user)
    before = below(user)

    code, out, err = done(line(COMMANDS[command], home, ALONE), given)

    assert (code, err) == (0, b"")
    assert (out == b"") is (command not in TALKING)
    assert below(user) == before
    assert below(temporary) == {}


@pytest.fixture(scope="module")
def nights(tmp_path_factory, user):
    """Three trainings at once, in one folder of runs and one temporary folder, and an update: what became of each."""
    home = tmp_path_factory.mktemp("nights")
    write(home / "small.csv", business_days(150))
    write(home / "night.csv", business_days(120))
    for name in ("a", "b"):
        write(home / f"{name}.yaml", SMALL.replace("name: small", f"name: {name}").replace("steps: 40", "steps: 3"))
    (home / "temporary").mkdir()
    shared = {"TMPDIR": str(home / "temporary")}
    hostile = {name: value for each in ENVIRONMENTS.values() for name, value in each.items() if name != "TMPDIR"}
    closed = ("/bin/bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash")
    nowhere = {"HOME": "/dev/null", "TMPDIR": "/nonexistent"}
    worst = filled(hostile | {"HOME": "{user}"} | shared, user)
    processes = {
        "plain": begun(line(TRAINING["plain"], home, ALONE), shared),
        "hostile": begun(line(TRAINING["hostile"], home, ONE_CPU), worst),
        "first night": begun(line(TRAINING["first night"], home, closed), nowhere),
    }
    before = below(user)
    ended = {name: (*process.communicate(timeout=WIDE), process.returncode) for name, process in processes.items()}
    code, out, err = done(line(TRAINING["update"], home, ALONE), worst)
    return home, ended | {"update": (out, err, code)}, below(user) == before


@pytest.mark.slow
@pytest.mark.parametrize("training", TRAINING)
def test_a_training_is_silent_in_any_environment(nights, training):
    _, ended, _ = nights

    assert ended[training] == (b"", b"", 0)


@pytest.mark.slow
def test_neither_settings_of_somebody_else_nor_the_number_of_processors_change_a_bit(nights):
    home, _, _ = nights

    weights = [(home / f"runs/{name}/latest/weights.safetensors").read_bytes() for name in ("a", "b")]

    assert sha256(weights[0]).digest() == sha256(weights[1]).digest()


@pytest.mark.slow
def test_the_first_night_forecasts_without_any_stream(nights):
    home, _, _ = nights

    assert (home / "night.forecast.csv").read_text().startswith("date,forecast,")
    assert json.loads((home / "runs/night/run_results.json").read_text())["code"] == 0


@pytest.mark.slow
def test_trainings_leave_nothing_outside_their_runs(nights):
    home, _, untouched = nights

    assert untouched
    assert below(home / "temporary") == {}
    assert {path.name for path in home.iterdir()} - {"small.csv", "night.csv", "a.yaml", "b.yaml", "temporary"} == {
        "runs",
        "night.forecast.csv",
    }


@pytest.mark.slow
def test_without_our_door_the_libraries_talk_and_write_and_read_settings(tmp_path):
    """The mutant of the tests above: Keras imported as anybody would."""
    write(tmp_path / ".keras/keras.json", SETTINGS.replace("jax", "tensorflow"))
    program = "import keras; print(keras.config.floatx())"

    code, out, err = done([sys.executable, "-c", program], {"HOME": str(tmp_path)})

    assert (code, out) == (0, b"float16\n")
    assert b"TensorFlow" in err
    assert (tmp_path / ".cache/matplotlib").exists() or (tmp_path / ".config/matplotlib").exists()


TRACE = prefix("strace", "-f", "-qq", "-o", "/dev/null")
_WRITES = re.compile(r"(?:O_WRONLY|O_RDWR|O_CREAT)|^\d+ +(?:mkdir|rename|unlink|symlink|link|creat|truncate|chmod)")
_PATHS = re.compile(r'"(/[^"]*)"')


def touched(command, home, tmp_path):
    """What a command opens to write, makes, renames or removes outside its folder and the temporary one."""
    log, temporary = tmp_path / "trace", tmp_path / "temporary"
    temporary.mkdir()
    traced = ("strace", "-f", "-qq", "-e", "trace=%file", "-o", str(log))
    code, _, err = done(line(command, home, traced), {"TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"})
    assert code == 0, err
    writing = [each for each in log.read_text(errors="replace").splitlines() if _WRITES.search(each)]
    allowed = (str(home), str(temporary), "/dev/", "/proc/self/")
    return {path for each in writing for path in _PATHS.findall(each) if not path.startswith(allowed)}


@pytest.mark.skipif(not TRACE, reason="no strace, or it may not be used")
@pytest.mark.parametrize("command", NIGHTLY)
def test_a_command_of_the_night_opens_no_file_to_write_outside_its_folder(command, home, tmp_path):
    assert touched(COMMANDS[command], home, tmp_path) == set()


@pytest.mark.skipif(not TRACE, reason="no strace, or it may not be used")
def test_a_file_that_is_written_elsewhere_is_seen(home, tmp_path):
    elsewhere = tmp_path / "elsewhere.csv"

    assert str(elsewhere) in touched((*COMMANDS["predict"], "--out", str(elsewhere)), home, tmp_path)


@pytest.mark.skipif(not ONE_CPU, reason="no taskset")
def test_one_processor_gives_the_same_forecast(home):
    forecasts = []
    for before in ((), ONE_CPU):
        assert done(line(COMMANDS["predict"], home, before), {})[0] == 0
        forecasts.append((home / "small.forecast.csv").read_bytes())

    assert forecasts[0] == forecasts[1]


def test_many_jobs_at_once_do_not_meet(home, tmp_path):
    """One temporary folder, one home, one run, and a table each."""
    jobs = []
    for number in range(5):
        write(home / f"t{number}.csv", business_days(60 + number))
        words = line(("predict", "--csv", f"{{home}}/t{number}.csv", "--run", "small"), home)
        jobs.append(begun(words, {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}))

    assert [(*job.communicate(timeout=WIDE), job.returncode) for job in jobs] == [(b"", b"", 0)] * 5
    assert len({(home / f"t{number}.forecast.csv").read_bytes() for number in range(5)}) == 5


def test_a_table_is_meant_from_here_a_config_means_it_from_there_and_messages_are_absolute(home):
    write(home / "deep/c.yaml", SMALL.replace("small.csv", "../gone.csv"))

    here = forecast("predict", "--csv", "deep/gone.csv", cwd=home)
    there = forecast("train", "deep/c.yaml", cwd=home)

    assert f"forecast: error: {home}/deep/gone.csv: " in here.stderr
    assert f"{home}/gone.csv" in there.stderr


def test_an_old_locale_prints_and_keeps_names_as_they_are(home):
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shutil.copy(home / "small.csv", home / "größe.csv")

    told = forecast("predict", "--csv", "größe.csv", "--run", "small", "-v", cwd=home, environment=old, check=0)

    assert told.stdout.startswith(f"{home}/größe.forecast.csv: ")


def test_results_about_a_name_that_is_not_utf_8_are_still_json(home):
    shutil.copy(os.fsencode(home / "small.csv"), os.fsencode(home) + b"/t\xff.csv")
    words = [sys.executable, "-m", "forecaster", "predict", "--run", "small", "--csv", b"t\xff.csv"]

    assert subprocess.run(words, cwd=home, capture_output=True, check=False).returncode == 0

    results = json.loads((home / "runs/small/run_results.json").read_text(encoding="utf-8"))
    assert results["outputs"] == [f"{home}/t\udcff.forecast.csv"]


@pytest.mark.slow
def test_a_table_whose_name_is_not_utf_8_gets_a_run_on_its_first_night_and_keeps_it(home):
    write(home / "t.csv", business_days(120)).rename(Path(os.fsdecode(os.fsencode(home) + b"/t\xff.csv")))
    words = [sys.executable, "-m", "forecaster", "predict", "--csv", b"t\xff.csv"]

    nights = [
        subprocess.run([*words, *more], cwd=home, capture_output=True, check=False) for more in ([], ["--no-train"])
    ]

    assert [(night.returncode, night.stdout, night.stderr) for night in nights] == [(0, b"", b"")] * 2
    assert (home / "t\udcff.forecast.csv").exists()


SLOW_LIBRARY = "import os, time\nos.write(2, b'a chatty library')\nopen({here!r}, 'w').close()\ntime.sleep(60)\n"
DEAF = "import forecaster.cli as c, forecaster.cli.boundary as b; c.obey = b.obey = lambda: None; c.main()"


def ended_during_the_import(home, number, start=("-m", "forecaster")):
    """Send a signal while a stand-in for TensorFlow takes its time to be imported."""
    here = home / "stand-in/here"
    write(home / "stand-in/tensorflow.py", SLOW_LIBRARY.format(here=str(here)))
    words = [sys.executable, *start, "train", str(home / "small.yaml"), "--runs", str(home / "runs")]
    process = begun(words, {"PYTHONPATH": str(home / "stand-in"), "PYTHONDONTWRITEBYTECODE": "1"})
    while not here.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=WIDE)
    return process.returncode, out, err


@pytest.mark.parametrize(("number", "code", "word"), [("SIGTERM", 143, b"terminated"), ("SIGINT", 130, b"interrupted")])
def test_a_signal_during_the_import_of_tensorflow_is_one_line(home, number, code, word):
    said = ended_during_the_import(home, getattr(signal, number))

    assert said == (code, b"", b"forecast: " + word + b"; nothing was published\n")


def test_a_process_that_does_not_listen_dies_without_a_word(home):
    """The mutant of the test above."""
    assert ended_during_the_import(home, signal.SIGTERM, ("-c", DEAF))[0] == -signal.SIGTERM


LACKING = "import sys, types\nsys.modules[{name!r}] = {module}\nfrom forecaster.cli import main\nmain()\n"


def without(name, home, *command, module="None"):
    program = LACKING.format(name=name, module=module)
    return done([sys.executable, "-c", program, *line(command, home)[3:]], {})


@pytest.mark.parametrize(
    ("library", "package", "command"),
    [
        ("typer", "typer", ("schema",)),
        ("numpy", "numpy", ("train", "{home}/small.yaml")),
        ("yaml", "pyyaml", ("train", "{home}/small.yaml")),
        ("pydantic", "pydantic", ("train", "{home}/small.yaml")),
        ("tensorflow", "tensorflow", ("train", "{home}/small.yaml")),
        ("onnxruntime", "onnxruntime", COMMANDS["predict"]),
        ("matplotlib", "matplotlib", ("plot", "small")),
    ],
)
def test_a_missing_library_is_one_line_with_what_installs_it(home, library, package, command):
    code, out, err = without(library, home, *command)

    assert (code, out, err.count(b"\n")) == (8, b"", 1)
    assert err.startswith(b"forecast: error: ")
    assert err.endswith(f"; pip install {package}\n".encode())


def test_a_library_without_what_is_needed_of_it_is_one_line_with_what_renews_it(home):
    code, _, err = without("pydantic", home, "train", "{home}/small.yaml", module="types.ModuleType('pydantic')")

    assert (code, err.count(b"\n")) == (8, 1)
    assert err.endswith(b"; pip install -U pydantic\n")
