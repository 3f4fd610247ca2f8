"""The newest state below a folder of checkpoints: what `--resume` goes on from.

Flink removes the checkpoints of a job that is stopped with a savepoint. Those of jobs before it stay, and to
go on from one of them would decide events twice. So the savepoint is noted where the checkpoints were.
"""

from __future__ import annotations

from pathlib import Path

from domain.errors import SettingError

_NOTE = "stopped-with"
"""Beside the checkpoints of a job that was stopped: the path of its savepoint."""
_SAVED = "*/chk-*/_metadata"


def note_stop(job_folder: Path, savepoint: Path) -> bool:
    """Note with which savepoint the job of a folder of checkpoints was stopped; False without the folder."""
    if not job_folder.is_dir():
        return False
    (job_folder / _NOTE).write_text(f"{savepoint}\n", encoding="utf-8")
    return True


def has_state(checkpoints: Path) -> bool:
    """Return whether a job left a complete checkpoint or a savepoint."""
    return any(checkpoints.glob(_SAVED)) or any(checkpoints.glob(f"*/{_NOTE}"))


def last_state(checkpoints: Path) -> Path:
    """Return the folder of the newest complete checkpoint, or of the savepoint of a stop after it.

    Raises `SettingError` where there is none, and where that savepoint is gone.
    """
    found = [*checkpoints.glob(_SAVED), *checkpoints.glob(f"*/{_NOTE}")]
    if not found:
        raise SettingError(
            f"job.checkpoint_dir {checkpoints} holds no complete checkpoint: name a savepoint with --from, or begin without --resume"
        )
    newest = max(found, key=lambda path: path.stat().st_mtime_ns)
    if newest.name != _NOTE:
        return newest.parent
    savepoint = Path(newest.read_text(encoding="utf-8").strip())
    if not (savepoint / "_metadata").is_file():
        raise SettingError(
            f"job.checkpoint_dir: the last job of {checkpoints} was stopped with the savepoint {savepoint}, which is gone: name where it "
            f"is with --from. To go on from an older checkpoint and decide again what came after it, remove {newest}"
        )
    return savepoint
