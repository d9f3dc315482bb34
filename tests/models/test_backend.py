"""The door to Keras, with stand-ins for the two heavy libraries."""

import os
import subprocess
import sys

import pytest

NOISE = "import os; os.write(2, b'a chatty library\\n')\n"
KERAS = """
import os
print(os.environ["KERAS_BACKEND"], os.listdir(os.environ["KERAS_HOME"]))
class backend:
    @staticmethod
    def backend():
        return "jax"
"""


@pytest.fixture
def imported(tmp_path):
    """A function: the text of two stand-in modules to a finished process that imported the backend."""

    def run(tensorflow, keras):
        (tmp_path / "tensorflow.py").write_text(tensorflow)
        (tmp_path / "keras.py").write_text(keras)
        script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import forecaster.models.backend"
        environment = os.environ | {"KERAS_BACKEND": "torch", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", script]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    return run


def test_what_a_library_writes_is_kept_until_its_import_breaks(imported):
    done = imported(NOISE + "raise ImportError('no such symbol')", KERAS)

    assert done.returncode == 1
    assert done.stderr.startswith("a chatty library\n")
    assert "no such symbol" in done.stderr


def test_keras_is_given_its_backend_and_an_empty_home(imported):
    done = imported(NOISE, KERAS)

    assert done.stdout == "tensorflow []\n"
    assert "a chatty library" not in done.stderr


def test_a_keras_that_already_runs_on_another_backend_is_refused(imported):
    done = imported("", KERAS)

    assert 'SystemFault: Keras already runs on "jax" in this process, networks here on tensorflow' in done.stderr
