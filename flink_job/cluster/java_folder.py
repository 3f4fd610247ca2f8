"""The temporary folder of the Java process that PyFlink starts: Flink leaves jars and folders there."""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from flink_job.cluster.run_lock import LOCK, try_lock

_PREFIX = "ringwatch-java-"
_OPTION = "-Djava.io.tmpdir="


def give_java_a_folder() -> None:
    """Let the Java process that is started next keep its temporary files in a folder of its own.

    The folder is removed when this process ends, and by the next run if it is killed. A second call changes
    nothing: there is one Java process.
    """
    options = os.environ.get("JVM_ARGS", "")
    if _OPTION in options or len(gettempdir().split()) > 1:  # PyFlink takes the options apart at white space
        return
    remove_folders_of_the_dead()
    folder = Path(mkdtemp(prefix=_PREFIX))
    try_lock(folder / LOCK)  # held until this process ends
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["JVM_ARGS"] = f"{options} {_OPTION}{folder}".strip()


def remove_folders_of_the_dead(prefix: str = _PREFIX) -> None:
    """Remove the folders that killed runs have left: nobody holds their locks."""
    for folder in Path(gettempdir()).glob(f"{prefix}*"):
        try:
            handle = try_lock(folder / LOCK)
        except OSError:  # of another user
            continue
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)
