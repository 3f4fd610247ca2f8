"""State that the job's backend cannot read is refused before a start; tests/job has real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.settings.backend_match import check_backend
from flink_job.settings.flink_options import restore_path
from flink_job.settings.settings import load
from tests.support.frozen_savepoint import unpacked

OF_HEAP, OF_ROCKSDB = b"\x00\x05parse", b"\x00\x05parse\x00\x0fMANIFEST-000004"
CANONICAL = b"\x00\x09CANONICAL"


def state_of(folder: Path, metadata: bytes) -> Path:
    (folder / "_metadata").write_bytes(metadata)
    return folder


def refused(state: Path, *settings: str) -> str:
    """What is said of the state under these settings; empty if it is read."""
    try:
        check_backend(state, load(None, settings))
    except SettingError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("metadata", "made", "read"), [(OF_HEAP, "heap", "rocksdb"), (OF_ROCKSDB, "rocksdb", "heap")])
def test_a_checkpoint_is_read_by_the_kind_that_made_it(tmp_path: Path, metadata: bytes, made: str, read: str) -> None:
    state = state_of(tmp_path, metadata)
    assert refused(state, f"job.state_backend={made}") == ""
    said = refused(state, f"job.state_backend={read}")
    assert said.startswith(f"job.state_backend is {read}, and {state} is of {made}: ")
    assert f"Go on with --set job.state_backend={made} on a cluster, run stop-job, and start from its savepoint (--from)" in said
    assert ("--set job.flink.execution.checkpointing.incremental=false" in said) == (made == "heap"), "a full one of RocksDB names no file"


@pytest.mark.parametrize("backend", ["heap", "rocksdb"])
def test_a_canonical_savepoint_is_read_by_both(tmp_path: Path, backend: str) -> None:
    assert refused(state_of(tmp_path, OF_HEAP + CANONICAL), f"job.state_backend={backend}") == ""
    assert refused(unpacked(tmp_path), f"job.state_backend={backend}") == ""


def test_what_flink_is_told_counts(tmp_path: Path) -> None:
    state = state_of(tmp_path, OF_HEAP)
    assert refused(state, "job.flink={state.backend.type: rocksdb, execution.checkpointing.incremental: true}") != ""
    assert refused(state, "job.state_backend=rocksdb", "job.flink={state.backend.type: hashmap}") == ""
    assert refused(state, "job.state_backend=rocksdb", "job.flink={execution.checkpointing.incremental: false}") == "", (
        "a full checkpoint of RocksDB looks like one of the heap"
    )
    assert refused(state, "job.flink={state.backend.type: forst}") == ""


def test_a_start_asks(tmp_path: Path) -> None:
    chosen = ["job.resume=true", f"job.checkpoint_dir={tmp_path}"]
    (tmp_path / "0a" / "chk-1").mkdir(parents=True)
    state = state_of(tmp_path / "0a" / "chk-1", OF_ROCKSDB)
    with pytest.raises(SettingError, match=r"^job\.state_backend is heap, and .*chk-1 is of rocksdb"):
        restore_path(load(None, chosen))
    assert restore_path(load(None, [*chosen, "job.state_backend=rocksdb"])) == state.as_uri()
