"""Java's temporary files go with the run, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GIVE = (
    "import os, signal; from flink_job.cluster.java_folder import give_java_a_folder as give; give(); give(); print(os.environ['JVM_ARGS'])"
)
RUN = f"{GIVE}; from pathlib import Path; (Path(os.environ['JVM_ARGS'].split('=')[-1]) / 'flink-rpc.jar').touch()"
KILLED = f"{RUN}; import sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)"


def said(program: str, temp: Path, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(temp), **environment}, capture_output=True, text=True, check=False
    ).stdout.strip()


@pytest.mark.parametrize("end", ["", "; raise SystemExit(1)", "; raise KeyboardInterrupt"])
def test_folder_goes_with_the_process(tmp_path: Path, end: str) -> None:
    options = said(RUN + end, tmp_path, JVM_ARGS="-Xmx1g")
    assert options.startswith(f"-Xmx1g -Djava.io.tmpdir={tmp_path}/ringwatch-java-")
    assert list(tmp_path.iterdir()) == []


def test_folder_of_a_killed_process_goes_with_the_next_one_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    said(KILLED, tmp_path)
    (left,) = tmp_path.iterdir()
    assert (left / "flink-rpc.jar").exists()
    lives = f"{GIVE}; import subprocess, sys; subprocess.run([sys.executable, '-c', {GIVE!r}], env={{**os.environ, 'JVM_ARGS': ''}}); "
    lives += "from pathlib import Path; print(len(list(Path(os.environ['TMPDIR']).iterdir())))"
    assert said(lives, tmp_path).splitlines()[-1] == "1", "its own"
    assert list(tmp_path.iterdir()) == []


def test_an_own_choice_and_a_place_with_a_space_are_left_alone(tmp_path: Path) -> None:
    assert said(GIVE, tmp_path, JVM_ARGS="-Djava.io.tmpdir=/mine") == "-Djava.io.tmpdir=/mine"
    (tmp_path / "a b").mkdir()
    assert said(GIVE, tmp_path / "a b", JVM_ARGS="-Xmx1g") == "-Xmx1g"
