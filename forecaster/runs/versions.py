"""The run directory: publish a version, open it again, find it by name or by table, go back, verify."""

from forecaster.runs.finding import Damaged, find_run, list_runs, only_run, run_name, stem_of
from forecaster.runs.opening import Run, folder_of, open_run
from forecaster.runs.opening import versions as versions_of
from forecaster.runs.publishing import next_version, publish
from forecaster.runs.returning import Returned, rollback
from forecaster.runs.verifying import damage

__all__ = [
    "Damaged",
    "Returned",
    "Run",
    "damage",
    "find_run",
    "folder_of",
    "list_runs",
    "next_version",
    "only_run",
    "open_run",
    "publish",
    "rollback",
    "run_name",
    "stem_of",
    "versions_of",
]
