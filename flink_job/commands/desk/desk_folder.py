"""The folder of a desk, under the temporary folder: everything of it is in there, and goes at its end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flink_job.cluster.java_folder import remove_folders_of_the_dead
from flink_job.cluster.run_lock import LOCK, try_lock
from flink_job.commands.desk.desk_settings import LOGS

PREFIX = "ringwatch-desk-"


class DeskFolder:
    """A folder that nobody else may read; `keeps_logs` says that its logs stay."""

    def __init__(self, path: Path) -> None:
        self.path, self.logs = path, path / LOGS
        self.keeps_logs = False
        self.logs.mkdir()

    def remove(self) -> None:
        """Remove it, or all of it but the logs."""
        for entry in self.path.iterdir():
            if self.keeps_logs and entry == self.logs:
                continue
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
        if not self.keeps_logs:
            shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def desk_folder() -> Iterator[DeskFolder]:
    """Lend a new folder, which holds the temporary files of this process and its children as well.

    Folders of desks that were killed are removed.
    """
    remove_folders_of_the_dead(PREFIX)
    before = os.environ.get("TMPDIR")
    folder = DeskFolder(Path(tempfile.mkdtemp(prefix=PREFIX)))
    handle = try_lock(folder.path / LOCK)
    try:
        _temporary_files_in(folder.path / "tmp")
        yield folder
    finally:
        os.environ.pop("TMPDIR", None) if before is None else os.environ.update(TMPDIR=before)
        tempfile.tempdir = None
        folder.remove()
        if handle is not None:
            os.close(handle)


def _temporary_files_in(folder: Path) -> None:
    folder.mkdir()
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # it is looked up anew
