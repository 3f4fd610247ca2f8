"""Java's process ends at once after its shutdown: no library is destroyed while threads still use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

pytestmark = [pytest.mark.flink, pytest.mark.timeout(120)]

COMPILES = """
import ctypes, logging
logging.getLogger("numba").setLevel(logging.WARNING)  # its records would go to Java, which is stopped
library = ctypes.CDLL(None)
library.on_exit(ctypes.cast(library.sleep, ctypes.c_void_p), None)  # sleep(exit code), after LLVM is destroyed
from numba import njit
open("compiles", "w").close()
while True:
    njit(lambda count: sum([each * 1.5 for each in range(count) if each % 3]))(10)
"""
"""Runs in the JVM's interpreter. Without more it ended with SIGABRT in each of fifteen tries."""
ENDS = """
import os, sys, threading, time
from flink_job.cluster.java_end import end_at_once
from flink_job.cluster.environment import python_path

os.environ["PYTHONPATH"] = python_path()
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

env, jvm = StreamExecutionEnvironment.get_execution_environment(), get_gateway().jvm
if sys.argv[1] == "at once":
    end_at_once(env)
jvm.java.io.File("left").deleteOnExit()
open("left", "w").close()
kind = jvm.pemja.core.PythonInterpreterConfig.ExecType.MULTI_THREAD
config = jvm.pemja.core.PythonInterpreterConfig.newBuilder().setPythonExec(sys.executable).addPythonPaths(os.environ["PYTHONPATH"])
interpreter = jvm.pemja.core.PythonInterpreter(config.setExcType(kind).build())
threading.Thread(target=interpreter.exec, args=(sys.argv[2],), daemon=True).start()
while not os.path.exists("compiles"):
    time.sleep(0.05)
time.sleep(1)
threading.Thread(target=jvm.System.exit, args=(2,), daemon=True).start()
print(os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]), os.path.exists("left"), flush=True)
os._exit(0)
"""


def java_ends(how: str, folder: Path) -> list[str]:
    words = [sys.executable, "-W", "ignore", "-c", ENDS, how, COMPILES]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RINGWATCH_CACHE": ""}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False).stdout.splitlines()[-1].split()


def test_shutdown_is_done_and_nothing_is_destroyed(tmp_path: Path) -> None:
    assert java_ends("at once", tmp_path) == [str(-signal.SIGKILL), "False"]
    assert not list(tmp_path.glob("hs_err*"))
