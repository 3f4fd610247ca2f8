"""Locks that keep a second local run out of the folders of one that runs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from domain.errors import SettingError
from flink_job.connectors.local_files import local_path, unwritable
from flink_job.settings.settings import JobSettings

LOCK = ".ringwatch.lock"
"""Hidden, so that no reader takes it for decisions."""


def try_lock(path: Path) -> int | None:
    """Return the descriptor that holds the lock of a file, which is made; None if another one holds it.

    The lock ends with the descriptor, and so with the process, however that ends.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@contextmanager
def locked_folders(job: JobSettings) -> Iterator[None]:
    """Hold the folders of decisions and checkpoints for this run alone.

    They are made. Raises `SettingError` where another run holds one, or where it cannot be written to.
    """
    folders = {Path(job.checkpoint_dir).resolve(): "job.checkpoint_dir"}
    if job.decisions.startswith("file:"):
        folders[local_path(job.decisions, "job.decisions")] = "job.decisions"
    with ExitStack() as held:
        for folder, setting in folders.items():
            held.callback(os.close, _locked(folder, setting))
        yield


def _locked(folder: Path, setting: str) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = try_lock(folder / LOCK)
    except OSError as error:
        raise unwritable(folder, setting, error.strerror) from None
    if handle is None:
        raise SettingError(f"{setting}: another run is using {folder}: wait for its end, or name another folder")
    return handle
