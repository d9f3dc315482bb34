"""The name of a run, and how a file's name becomes one."""

import re
import unicodedata
from typing import Annotated

from pydantic import Field

from forecaster.config.parts import Words

LONGEST_NAME = 64
PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}$"
RunName = Annotated[
    str,
    Field(pattern=PATTERN),
    Words(f"a name of at most {LONGEST_NAME} letters, digits and . _ - that starts with a letter or a digit"),
]


def run_name(stem: str) -> str | None:
    """The run that a file's stem names: accents are dropped, and what no name may hold becomes one `-`.

    >>> run_name("Preise März (2)"), run_name(".hidden"), run_name("日本")
    ('Preise-Marz-2', 'hidden', None)

    Returns:
        None where nothing is left that a name could start with.
    """
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    dashed = re.sub(r"[^A-Za-z0-9._]+", "-", plain)
    return dashed.lstrip("._-")[:LONGEST_NAME].rstrip("._-") or None
