"""Tomorrow's values from a table of past ones, with a recurrent network.

    >>> import forecaster
    >>> run = forecaster.train("configs/sine.yaml")  # doctest: +SKIP
    >>> forecaster.predict(run, "data/sine.csv")  # doctest: +SKIP

Every name below is imported when it is first used, so that `import forecaster` is instant.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecaster.config.schema import Config
    from forecaster.evaluation.live import LiveReport
    from forecaster.evaluation.report import Report
    from forecaster.runs.versions import Run
    from forecaster.series.forecast import Forecast
    from forecaster.series.panel import Panel
    from forecaster.workflows.evaluate import evaluate
    from forecaster.workflows.predict import predict
    from forecaster.workflows.score import score
    from forecaster.workflows.train import train
    from forecaster.workflows.update import update

__version__ = "0.1.0"
__all__ = [
    "Config",
    "Forecast",
    "LiveReport",
    "Panel",
    "Report",
    "Run",
    "evaluate",
    "predict",
    "score",
    "train",
    "update",
]

_HOMES = {
    "Config": "config.schema",
    "Forecast": "series.forecast",
    "LiveReport": "evaluation.live",
    "Panel": "series.panel",
    "Report": "evaluation.report",
    "Run": "runs.versions",
    "evaluate": "workflows.evaluate",
    "predict": "workflows.predict",
    "score": "workflows.score",
    "train": "workflows.train",
    "update": "workflows.update",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'forecaster' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(importlib.import_module(f"forecaster.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
