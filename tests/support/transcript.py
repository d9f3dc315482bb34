"""A transcript in Markdown, executed as a reader would: in a terminal, line after line."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FOLDERS = re.compile(r"(?<![\w.])(?:/[\w.~+-]+)*/(?=[\w.]+)")  # of absolute paths
_NUMBERS = re.compile(r"[-+\N{MINUS SIGN}]?\d[\d.,:TZ-]*(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Command:
    """One command of a transcript, and the lines that the reader is shown under it."""

    line: str
    shown: tuple[str, ...]


def blocks(markdown: str, language: str) -> list[str]:
    """The contents of every fenced block in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL)


def commands(markdown: str) -> list[Command]:
    """Every `$ ` line of every `console` block, in order."""
    found: list[Command] = []
    for line in "".join(blocks(markdown, "console")).splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ()))
        elif line.strip() and line.strip() not in ("...", "…"):
            found[-1] = Command(found[-1].line, (*found[-1].shown, line))
    return found


def loose(line: str) -> str:
    """A line with what may differ masked: numbers, the folders above, spaces."""
    return " ".join(_NUMBERS.sub("#", _FOLDERS.sub("", _ESCAPES.sub("", line))).split())


def missing(shown: tuple[str, ...], output: str) -> list[str]:
    """The shown lines that the output does not hold, in this order."""
    lines = iter([loose(line) for part in output.splitlines() for line in part.split("\r")])
    return [line for line in shown if loose(line) not in lines]


def run_in_terminal(line: str, folder: Path) -> tuple[int, str]:
    """The exit code and everything that a person would have seen."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
        "LINES": "40",
        "TERM": "xterm",
    }
    with subprocess.Popen(
        ["bash", "-c", line],  # noqa: S607  (what the reader would type it into)
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        output = b"".join(_chunks(ours))
    os.close(ours)
    return process.returncode, output.decode()


def _chunks(terminal: int):
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux says so when the last writer has gone
            return
        if not chunk:
            return
        yield chunk
