import os
import signal
import subprocess
import sys
import threading

import pytest

from forecaster.errors import LockedError
from forecaster.store import lock

HOLD = """
import sys, time
from pathlib import Path
from forecaster.store import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_a_second_process_is_told_who_holds_the_lock_and_since_when(tmp_path, holder):
    words = rf"process {holder.pid}, started \d+ s ago, is at work"

    with pytest.raises(LockedError, match=words) as caught, lock(tmp_path):
        pytest.fail("two hold it")
    assert caught.value.exit_code == 11


def test_the_kernel_frees_the_lock_of_a_process_that_was_killed(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    with lock(tmp_path):
        assert (tmp_path / ".lock").read_text().split()[0] == str(os.getpid())


def test_waiting_for_the_lock_pays(tmp_path, holder):
    timer = threading.Timer(0.2, holder.kill)
    timer.start()

    with lock(tmp_path, wait=30):
        timer.join()


def test_the_same_thread_may_enter_twice_and_holds_until_the_outer_block_ends(tmp_path):
    with lock(tmp_path):
        with lock(tmp_path):
            pass
        assert _other_thread(tmp_path) == "locked"
    assert _other_thread(tmp_path) == "free"


def test_a_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="x"), lock(tmp_path):
        raise ValueError("x")

    assert _other_thread(tmp_path) == "free"


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"kept")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to("../secret")

    with pytest.raises(Exception, match="too many levels of symbolic links"), lock(tmp_path / "run"):
        pass
    assert (tmp_path / "secret").read_bytes() == b"kept"


def _other_thread(folder):
    found = []

    def attempt():
        try:
            with lock(folder):
                found.append("free")
        except LockedError:
            found.append("locked")

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return found[0]
