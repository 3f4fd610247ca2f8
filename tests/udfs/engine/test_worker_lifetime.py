"""A worker ends with the Java process that it works for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.job_process import ROOT, wait_for
from udfs.engine import worker_lifetime as orphan

WORKER = """
import time
from udfs.engine import worker_lifetime as orphan
orphan._LOOK_EVERY_S = 0.1
orphan.end_with_taskmanager()
open({ready!r}, "w").close()
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("is_worker", [True, False])
def test_worker_ends_after_kill_of_its_java(tmp_path: Path, is_worker: bool) -> None:
    """A shell that is called java starts a shell that starts the worker, as PyFlink does; the kill reaches
    the first alone.
    """
    shutil.copy(shutil.which("bash") or "", tmp_path / "java")
    ready, worker = tmp_path / "ready", tmp_path / "worker.py"
    worker.write_text(WORKER.format(ready=str(ready)))
    (tmp_path / "runner.sh").write_text(f"{sys.executable} {worker} & echo $! > {tmp_path / 'pid'}; wait\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} | ({"WORKER_ID": "1-1"} if is_worker else {})
    java = subprocess.Popen([tmp_path / "java", "-c", f"bash {tmp_path / 'runner.sh'}; true"], env=environment)
    wait_for(ready.exists, "the worker", 30)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert orphan._stat(pid) is not None
        java.send_signal(signal.SIGKILL)
        java.wait()
        if is_worker:
            wait_for(lambda: orphan._stat(pid) is None, "the end of the worker", 10)
        else:
            with pytest.raises(AssertionError):
                wait_for(lambda: orphan._stat(pid) is None, "nothing: this is no worker", 1)
    finally:
        if orphan._stat(pid) is not None:
            os.kill(pid, signal.SIGKILL)
