"""AutoETS and AutoTheta of statsforecast on a long table: a program of its own, for an environment of its own.

statsforecast needs an older pandas than forecaster does, so `baselines` makes a virtual environment once and runs this
file in it; nothing of forecaster is imported here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDS = ("statsforecast==2.1.0", "pandas<3")
MODELS = ("AutoETS", "AutoTheta")
TOLD = f"add {' and '.join(MODELS)} of statsforecast, in the virtual environment in this folder; made where missing"
INTERVAL = 80
LONGEST = 2_000  # steps of a series that the models see, the newest: their time grows with every one


def baselines(
    past: Sequence[np.ndarray], season: int, horizon: int, environment: Path, models: Sequence[str] = MODELS
) -> dict[str, tuple[np.ndarray, float]]:
    """What the models say of every series, and how many seconds it took them.

    Args:
        past: S arrays; a hole is filled with the value one season before, as these models take none.
        season: Steps in one cycle.
        horizon: H.
        environment: The folder of the virtual environment; made where it is missing.
        models: Of `MODELS`; all of them by default.

    Returns:
        By model: (S, H, 3) the lower end of the 80 % interval, the forecast and the upper end; and the seconds.
    """
    python = _python(environment)
    with tempfile.TemporaryDirectory() as name:
        asked, said = Path(name) / "past.npz", Path(name) / "said.npz"
        np.savez(asked, *[filled(values[-LONGEST:], season) for values in past])
        command = [python, Path(__file__), asked, said, "--season", str(season), "--horizon", str(horizon)]
        command += ["--models", *models]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        with np.load(said) as found:
            seconds = json.loads(done.stdout)
            return {model: (found[model], seconds[model]) for model in models}


def versions(environment: Path | None) -> dict[str, str] | None:
    """Of what is in the environment; None without one."""
    if environment is None:
        return None
    names = [need.partition("=")[0].partition("<")[0] for need in NEEDS]
    asked = f"from importlib.metadata import version; print(*map(version, {names}))"
    done = subprocess.run([_python(environment), "-c", asked], check=True, stdout=subprocess.PIPE, text=True)
    return dict(zip(names, done.stdout.split(), strict=True))


def filled(values: np.ndarray, season: int) -> np.ndarray:
    """The values with each hole replaced by the value one season before; the mean where there is none.

    >>> filled(np.array([1.0, 2.0, np.nan, 4.0]), 2).tolist()
    [1.0, 2.0, 1.0, 4.0]
    """
    whole = values.copy()
    for place in np.flatnonzero(np.isnan(whole)).tolist():
        whole[place] = whole[place - season] if place >= season else np.nanmean(values)
    return whole


def _python(environment: Path) -> Path:
    python = environment / "bin" / "python"
    if not python.exists():
        print(f"# making {environment} for {', '.join(NEEDS)}", flush=True)
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    return python


def _forecast(
    past: Sequence[np.ndarray], season: int, horizon: int, models: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Runs in the environment of statsforecast."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast import models as known

    table = pd.DataFrame({
        "unique_id": np.repeat(np.arange(len(past)), [len(values) for values in past]),
        "ds": np.concatenate([np.arange(len(values)) for values in past]),
        "y": np.concatenate(past),
    })  # fmt: skip
    said: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    for name in models:
        began = time.monotonic()
        fallback = known.SeasonalNaive(season_length=season)
        work = StatsForecast([getattr(known, name)(season_length=season)], freq=1, n_jobs=-1, fallback_model=fallback)
        found = work.forecast(df=table, h=horizon, level=[INTERVAL])
        columns = [f"{name}-lo-{INTERVAL}", name, f"{name}-hi-{INTERVAL}"]
        said[name] = found[columns].to_numpy().reshape(len(past), horizon, 3)
        seconds[name] = round(time.monotonic() - began, 1)
    return said, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("past", type=Path, help="an npz with one array a series")
    parser.add_argument("said", type=Path, help="the npz to write")
    parser.add_argument("--season", type=int, required=True)
    parser.add_argument("--horizon", type=int, required=True)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    asked = parser.parse_args()
    with np.load(asked.past) as found:
        past = [found[name] for name in found.files]
    said, seconds = _forecast(past, asked.season, asked.horizon, asked.models)
    np.savez(asked.said, **said)
    json.dump(seconds, sys.stdout)


if __name__ == "__main__":
    main()
