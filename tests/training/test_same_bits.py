import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("same_bits.py")


def hashes(threads, hash_seed):
    """Weights and graphs of every kind of network, judged and deployed, trained in a process of their own."""
    limits = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), str(threads))
    environment = os.environ | limits | {"PYTHONHASHSEED": str(hash_seed)}
    found = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


@pytest.mark.slow
def test_one_seed_gives_the_same_bits_in_two_processes_and_on_one_or_two_threads():
    first = hashes(threads=1, hash_seed=1)

    assert len(set(first)) == 14
    assert hashes(threads=2, hash_seed=2) == first
