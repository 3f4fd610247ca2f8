"""Folders that look as Flink's checkpoints do."""

from __future__ import annotations

import os
from pathlib import Path


def checkpoint(folder: Path, job: str, number: int, age_s: int, complete: bool = True) -> Path:
    """Make the folder of a checkpoint, so many seconds old; one that is not complete has no `_metadata`."""
    path = folder / job / f"chk-{number}"
    path.mkdir(parents=True)
    if complete:
        (path / "_metadata").write_text("")
        os.utime(path / "_metadata", (1_000_000 - age_s, 1_000_000 - age_s))
    return path
