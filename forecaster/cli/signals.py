"""SIGINT and SIGTERM: at once, or, while a training computes, once its checkpoint is written."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class EndedError(BaseException):
    """SIGINT or SIGTERM, as an exception that neither `except Exception` nor a library that knows Ctrl-C swallows."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
        self.word = "interrupted" if number == signal.SIGINT else "terminated"


def obey() -> None:
    """Let a signal end the command by its exception; a second one ends the process at once."""
    for number in _NUMBERS:
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    for each in _NUMBERS:
        signal.signal(each, signal.SIG_DFL)
    raise EndedError(number)


class Signals:
    """What a training asks whether it should end."""

    def __init__(self) -> None:
        self._received: int | None = None

    def asked(self) -> bool:
        """Whether a signal has come."""
        return self._received is not None

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within it a first signal is only noted, and raised at the end; a second one ends the process at once."""
        before = {number: signal.signal(number, self._note) for number in _NUMBERS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self._received is not None:
                raise EndedError(self._received) from None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._received = number
        for each in _NUMBERS:
            signal.signal(each, signal.SIG_DFL)
