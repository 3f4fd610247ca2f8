"""Is the state that a job goes on from readable by where the job keeps its own, `job.state_backend`?

A canonical savepoint is read by both. A checkpoint and a native savepoint are read by the kind that made them
only: the other one fails in the middle of a start, with words that name no setting.
"""

from __future__ import annotations

from pathlib import Path

from domain.errors import SettingError
from flink_job.settings.settings import Settings
from flink_job.settings.state_backend import HEAP, ROCKSDB, state_options

_CANONICAL = b"\x00\x09CANONICAL"
"""The format in the properties that Flink writes to `_metadata`, a string of Java."""
_MANIFEST = b"MANIFEST-"
"""A file of each database of RocksDB, which a checkpoint of it names."""
_TYPE, _INCREMENTAL = "state.backend.type", "execution.checkpointing.incremental"


def check_backend(state: Path, settings: Settings) -> None:
    """Raise `SettingError` if a savepoint or checkpoint is one that the job's state backend cannot read."""
    options = {**state_options(settings.job.state_backend), **settings.job.flink}
    metadata = (state / "_metadata").read_bytes()
    if _CANONICAL in metadata:
        return
    made, read = _maker(metadata), {"hashmap": HEAP, "rocksdb": ROCKSDB}.get(str(options[_TYPE]))
    # Where RocksDB writes all of its state each time, no file of it is named: that looks as the heap's does.
    if read in (None, made) or (read == ROCKSDB and str(options.get(_INCREMENTAL)).lower() != "true"):
        return
    full = f". If RocksDB made it with {_INCREMENTAL}: false, start with --set job.flink.{_INCREMENTAL}=false" if made == HEAP else ""
    raise SettingError(
        f"job.state_backend is {read}, and {state} is of {made}: only a savepoint of ringwatch cluster stop-job goes from one to the "
        f"other. Go on with --set job.state_backend={made} on a cluster, run stop-job, and start from its savepoint (--from){full}"
    )


def is_in_rocksdbs_files(state: Path) -> bool:
    """Return whether a checkpoint or native savepoint holds files of RocksDB's own, in part compressed."""
    metadata = (state / "_metadata").read_bytes()
    return _CANONICAL not in metadata and _maker(metadata) == ROCKSDB


def _maker(metadata: bytes) -> str:
    return ROCKSDB if _MANIFEST in metadata else HEAP
