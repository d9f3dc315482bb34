"""What decides the bits of a training besides its config and its table: the libraries and the processor."""

from __future__ import annotations

import platform
from importlib.metadata import version as version_of
from pathlib import Path

from forecaster import __version__

_LIBRARIES = ("tensorflow", "keras", "tf2onnx", "onnxruntime", "numpy", "pandas", "scipy", "holidays")


def versions() -> dict[str, str]:
    """Of forecaster, Python and the libraries that decide the bits."""
    return {
        "forecaster": __version__,
        "python": platform.python_version(),
        **{name: version_of(name) for name in _LIBRARIES},
    }


def cpu() -> str:
    """The processor's name: equal bits are promised on one machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
