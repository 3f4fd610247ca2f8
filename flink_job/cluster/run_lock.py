"""Locks and notes that keep a second job out of the folders of one that runs, here or on the cluster."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from domain.errors import SettingError
from flink_job.cluster.rest import ENDED, ClusterError, FlinkRest, SlowClusterError
from flink_job.connectors.local_files import local_path, unwritable
from flink_job.settings.settings import JobSettings

LOCK = ".ringwatch.lock"
"""Hidden, so that no reader takes it for decisions."""
NOTE = ".ringwatch.job"
"""The job of a cluster that uses the folder: no process here holds a lock for it."""


class InUseError(SettingError):
    """Another run uses the folder."""


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

    They are made. Raises `SettingError` where another run or a cluster's job uses one, or where it cannot be
    written to.
    """
    with ExitStack() as held:
        for folder, setting in _folders(job).items():
            held.callback(os.close, _locked(folder, setting))
            _refuse_noted(folder, setting)
        yield


@contextmanager
def locked_folder(folder: Path, setting: str) -> Iterator[None]:
    """Hold a folder, which is made, for this run alone.

    Raises `InUseError` where another run uses it, `SettingError` where it cannot be written to.
    """
    handle = _locked(folder, setting)
    try:
        yield
    finally:
        os.close(handle)


def note_job(job: JobSettings, rest: FlinkRest, job_id: str) -> None:
    """Leave a note of a cluster's job in the folders that it uses, for whoever wants them next."""
    for folder in _folders(job):
        (folder / NOTE).write_text(json.dumps({"flink": rest.url, "others": rest.others, "job": job_id}))


def _folders(job: JobSettings) -> dict[Path, str]:
    """Return the folders that a job writes to, each with the setting that names it."""
    folders = {Path(job.checkpoint_dir).resolve(): "job.checkpoint_dir"}
    return folders | {local_path(url, setting): setting for setting, url in job.outputs.items() if url.startswith("file:")}


def _refuse_noted(folder: Path, setting: str) -> None:
    """Raise `SettingError` if a cluster's job uses the folder."""
    if job := _noted_job(folder):
        raise SettingError(f"{setting}: {job} is using {folder}: end it with ringwatch cluster stop-job, or name another folder")


def _noted_job(folder: Path) -> str | None:
    """Return which job of a cluster uses the folder.

    A cluster that is not there or does not know the job runs it no longer. One that is slow may.
    """
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError, ClusterError):
        note = json.loads((folder / NOTE).read_text())
        named = f"job {note['job']} at {note['flink']}"
        try:
            if FlinkRest(note["flink"], tuple(note.get("others", ()))).state(note["job"]) not in ENDED:
                return named
        except SlowClusterError:
            return f"{named}, which does not answer (if it is gone, remove {folder / NOTE}),"
    return None


def _locked(folder: Path, setting: str) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = try_lock(folder / LOCK)
    except OSError as error:
        raise unwritable(folder, setting, error.strerror) from None
    if handle is None:
        raise InUseError(f"{setting}: another run is using {folder}: wait for its end, or name another folder")
    return handle
