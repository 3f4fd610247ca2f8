"""What `--resume` goes on from: the newest checkpoint, or the savepoint of a stop after it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.settings.last_state import has_state, last_state, note_stop
from tests.support.checkpoints import checkpoint

NOTE = "stopped-with"


def stopped(folder: Path, job: str, savepoint: Path, age_s: int) -> Path:
    """A job that was stopped: Flink leaves its folder, and removes its checkpoints."""
    (folder / job).mkdir(exist_ok=True)
    savepoint.mkdir()
    (savepoint / "_metadata").write_text("")
    note_stop(folder / job, savepoint)
    os.utime(folder / job / NOTE, (1_000_000 - age_s, 1_000_000 - age_s))
    return savepoint


def test_the_newest_complete_checkpoint(tmp_path: Path) -> None:
    checkpoint(tmp_path, "first", 9, age_s=300)
    newest = checkpoint(tmp_path, "second", 2, age_s=100)
    checkpoint(tmp_path, "second", 1, age_s=200)
    checkpoint(tmp_path, "second", 3, age_s=0, complete=False)
    assert last_state(tmp_path) == newest


def test_a_stop_is_newer_than_what_jobs_before_it_left(tmp_path: Path) -> None:
    """Else what the stopped job decided would be decided again."""
    kept = tmp_path / "checkpoints"
    checkpoint(kept, "crashed", 9, age_s=300)
    savepoint = stopped(kept, "stopped", tmp_path / "savepoint-1", age_s=200)
    assert last_state(kept) == savepoint
    assert last_state(kept) == savepoint, "asking changes nothing"
    newest = checkpoint(kept, "gone-on", 1, age_s=100)
    assert last_state(kept) == newest
    assert last_state(kept) != stopped(kept, "gone-on", tmp_path / "savepoint-2", age_s=150)


def test_a_savepoint_that_is_gone_is_named(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    checkpoint(kept, "crashed", 9, age_s=300)
    savepoint = stopped(kept, "stopped", tmp_path / "savepoint-1", age_s=200)
    savepoint.rename(tmp_path / "moved")
    with pytest.raises(
        SettingError, match=rf"stopped with the savepoint {savepoint}, which is gone: name where it is with --from\. .*{NOTE}$"
    ):
        last_state(kept)
    (kept / "stopped" / NOTE).unlink()
    assert last_state(kept).name == "chk-9", "as the error says"


def test_a_stop_elsewhere_is_noted_nowhere(tmp_path: Path) -> None:
    """The job's checkpoints are in another folder than the settings name."""
    assert not note_stop(tmp_path / "job", tmp_path / "savepoint-1")
    assert not has_state(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_whether_there_is_any(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    assert not has_state(kept)
    checkpoint(kept, "job", 1, age_s=0, complete=False)
    assert not has_state(kept)
    stopped(kept, "job", tmp_path / "savepoint-1", age_s=0)
    assert has_state(kept)
    checkpoint(tmp_path / "other", "job", 1, age_s=0)
    assert has_state(tmp_path / "other")


def test_nothing_to_go_on_from(tmp_path: Path) -> None:
    checkpoint(tmp_path, "job", 1, age_s=0, complete=False)
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(
            SettingError,
            match=r"job.checkpoint_dir .* holds no complete checkpoint: name a savepoint with --from, or begin without --resume",
        ):
            last_state(folder)
