"""kill -9 before the first, the second, ... call of some functions, for scripts that fork a child for each.

Those scripts are processes of their own, started with `ENVIRONMENT`, so that no test's process is forked.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}


def in_child(action):
    """Do something in a forked child; its status as `waitpid` gives it: 0, 256 if it raised, 9 if it was killed."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException as error:  # noqa: BLE001  (a child ends here whatever it raises)
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def kill_before(step, *places):
    """Let the `step`-th call of any of these functions kill this process: (owner, names) each."""
    calls = [0]

    def counted(real):
        def call(*args, **kwargs):
            calls[0] += 1
            if calls[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for owner, names in places:
        for name in names:
            setattr(owner, name, counted(getattr(owner, name)))
