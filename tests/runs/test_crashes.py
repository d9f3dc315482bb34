"""kill -9 at every step, and many processes at once: the old version or the new one, never a mixture."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from killing import ENVIRONMENT

from forecaster.runs.manifest import KNOWN
from forecaster.runs.versions import open_run

HERE = Path(__file__).parent

KILL = """
import json, os, sys
from pathlib import Path
from killing import in_child, kill_before
from conftest import FILES, manifest_of, accept
from forecaster.runs.versions import open_run, publish

CALLS = "open write fsync mkdir rename replace symlink unlink rmdir ftruncate pwrite close".split()
runs = Path(sys.argv[1])

def version(text):
    publish(runs, "prices", {name: text.encode() for name in FILES}, manifest_of(), verify=accept)

def killed_at(step, text):
    kill_before(step, (os, CALLS))
    version(text)

for _ in range(5):
    version("old 0")
found, step, old = [], 0, "old 0"
while True:
    step += 1
    new = f"new {step}"
    status = in_child(lambda: killed_at(step, new))
    run = open_run(runs, "prices", files=FILES)
    contents = sorted({run.read(name).decode() for name in FILES})
    old, before = f"old {step}", old
    after = in_child(lambda: version(old))
    left = sorted(p.name for p in (runs / "prices").iterdir())
    found.append({"status": status, "before": before, "new": new, "contents": contents, "after": after, "left": left})
    if status == 0:
        break
json.dump(found, sys.stdout)
"""

PUBLISH = """
import sys
from pathlib import Path
from conftest import FILES, manifest_of, accept
from forecaster.errors import ForecasterError
from forecaster.runs.versions import publish
try:
    for count in range(int(sys.argv[3])):
        text = f"{sys.argv[2]} {count}"
        publish(Path(sys.argv[1]), "prices", {name: text.encode() for name in FILES}, manifest_of(), verify=accept)
except ForecasterError as error:
    sys.exit(error.exit_code)
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=HERE,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def contents(runs):
    run = open_run(runs, "prices", files=KNOWN)
    return {run.read(name) for name in KNOWN}


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    """What was found after a kill -9 before the 1st, the 2nd, ... system call of a publication."""
    with start(KILL, tmp_path_factory.mktemp("runs")) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def test_every_step_of_a_publication_was_killed_but_the_last_that_ran_through(kills):
    assert [kill["status"] for kill in kills] == [9] * (len(kills) - 1) + [0]
    assert len(kills) > 50


def test_a_kill_at_any_step_leaves_the_old_version_or_the_new_one(kills):
    seen = {"old": 0, "new": 0}
    for kill in kills:
        (content,) = kill["contents"]
        assert content in {kill["before"], kill["new"]}
        seen[content[:3]] += 1

    assert min(seen.values()) > 0


def test_the_next_publication_after_a_kill_succeeds_and_sweeps(kills):
    for kill in kills:
        assert (kill["after"], kill["left"]) == (0, [".lock", "latest", "versions"])


def test_processes_that_publish_at_once_end_with_code_0_or_11(tmp_path):
    publishers = [start(PUBLISH, tmp_path, name, 10) for name in "abcd"]
    codes = []
    for publisher in publishers:
        with publisher:
            publisher.communicate()
        codes.append(publisher.returncode)

    assert set(codes) <= {0, 11}
    assert 0 in codes
    assert len(contents(tmp_path)) == 1


def test_a_reader_always_sees_one_whole_version_while_others_are_published(tmp_path, make):
    make(tmp_path, "prices", **dict.fromkeys(KNOWN, b"first"))
    seen = set()
    with start(PUBLISH, tmp_path, "a", 60) as publisher:
        while publisher.poll() is None:
            (content,) = contents(tmp_path)
            seen.add(content)
        publisher.communicate()

    assert publisher.returncode == 0
    assert len(seen) > 3
