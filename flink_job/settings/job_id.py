"""The id by which a job is known to others, the same whenever it starts again."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from flink_job.settings.settings import JobSettings

JOB_ID = ".ringwatch.job-id"
"""Beside the checkpoints, which are what makes a job the same."""


def known_job_id(job: JobSettings) -> str:
    """Return the id of a job that has been started before, an empty one of any other."""
    try:
        return (Path(job.checkpoint_dir).resolve() / JOB_ID).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def job_id(job: JobSettings) -> str:
    """Return the id that the folder of the checkpoints holds, which is made; where nothing can be written, a
    digest of its name.
    """
    folder = Path(job.checkpoint_dir).resolve()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), (folder / JOB_ID).open("x", encoding="utf-8") as file:
            file.write(uuid4().hex)
    return known_job_id(job) or hashlib.blake2b(folder.as_uri().encode(), digest_size=16).hexdigest()
