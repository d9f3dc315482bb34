"""The one door to Keras and TensorFlow: imported quietly, and set up the same way whatever the environment says.

TensorFlow writes to file descriptor 2 while it is imported, whatever its log level; Keras reads a settings file in the
user's home and writes one there, and imports a plotting library, which does the same. None belongs into a cron job.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from forecaster.errors import SystemFault, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACKEND = "tensorflow"


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """File descriptor 2 leads to a buffer, which is replayed where the body raises."""
    if sys.stderr is None:  # the process began without one, and nothing written there can be seen
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as buffer:
        kept = os.dup(2)
        os.dup2(buffer.fileno(), 2)
        try:
            yield
        except Exception:  # not an interruption, which is nothing that the buffer explains
            os.dup2(kept, 2)
            buffer.seek(0)
            os.write(2, buffer.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def _absent(library: str) -> Iterator[None]:
    """Whoever tries to import a library inside finds that it is not there, unless it already is."""
    if library in sys.modules:
        yield
        return
    sys.modules[library] = None  # type: ignore[assignment]  # as the import system documents
    try:
        yield
    finally:
        del sys.modules[library]


def _imported() -> tuple[Any, Any]:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # whatever the environment says: it would write into cron's mail
    with tempfile.TemporaryDirectory(prefix="forecast-keras-") as home, _quiet():  # noqa: SIM117
        with _environment(KERAS_HOME=home, KERAS_BACKEND=_BACKEND), _absent("matplotlib"):
            return importlib.import_module("tensorflow"), importlib.import_module("keras")


tf, keras = _imported()
if keras.backend.backend() != _BACKEND:
    raise SystemFault(
        f"Keras already runs on {quoted(keras.backend.backend())} in this process, networks here on {_BACKEND}",
        hint="import forecaster's networks before keras, or use another process",
    )
keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)
keras.mixed_precision.set_global_policy("float32")
tf.config.experimental.enable_op_determinism()
ops = keras.ops

__all__ = ["keras", "ops", "tf"]
