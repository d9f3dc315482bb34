"""Make the pictures of these pages again, by the commands that stand on them.

python docs/models/pictures.py              all of them
python docs/models/pictures.py lstm gru     those of some pages

Every page has its commands under "Picture". They are run in a copy of the configs and tables, so that no run and no
forecast is left behind; a command that several pages share is run once.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGES = sorted(page.stem for page in HERE.glob("*.md") if page.stem != "README")


def commands(page: str) -> list[str]:
    """The lines under a page's "Picture", in order; the last one draws it."""
    text = (HERE / f"{page}.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^## Picture\n.*?^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line for line in block.splitlines() if line]


def copied(folder: Path) -> dict[str, str]:
    """Put the configs and tables into a folder, and give the environment in which commands run there."""
    for part in ("configs", "data"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "docs" / "models").mkdir(parents=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "FORECAST_RUNS": str(folder / "runs")}


def run(line: str, folder: Path, environment: dict[str, str]) -> None:
    """One command; if it fails, its words are shown and nothing more is run."""
    print(f"$ {line}", flush=True)
    done = subprocess.run(  # noqa: S603  (the lines are our own pages')
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}{line}: code {done.returncode}")


def main() -> None:
    """Run, and keep the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of {', '.join(PAGES)}; default: all")
    asked = parser.parse_args().pages or PAGES
    if strange := sorted(set(asked) - set(PAGES)):
        parser.error(f"there is no page {strange[0]}; take some of {', '.join(PAGES)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment, done = copied(folder), set()
        for page in asked:
            for line in commands(page):
                if line not in done:
                    run(line, folder, environment)
                    done.add(line)
            shutil.copy(folder / "docs" / "models" / f"{page}.png", HERE / f"{page}.png")


if __name__ == "__main__":
    main()
