"""The run directory: publish a version, open it again, find it by name or by table."""

from forecaster.runs.finding import Damaged, find_run, list_runs, only_run, run_name, stem_of
from forecaster.runs.opening import Run, folder_of, open_run
from forecaster.runs.publishing import next_version, publish

__all__ = [
    "Damaged",
    "Run",
    "find_run",
    "folder_of",
    "list_runs",
    "next_version",
    "only_run",
    "open_run",
    "publish",
    "run_name",
    "stem_of",
]
