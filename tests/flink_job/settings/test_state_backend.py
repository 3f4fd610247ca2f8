"""Where the state is kept: what Flink is told, by job and by cluster."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyflink
import pytest

from domain.errors import SettingError
from flink_job.settings.flink_options import cluster_options, engine_options, job_options
from flink_job.settings.settings import load
from flink_job.settings.state_backend import BACKENDS, HEAP, ROCKSDB, state_options


def test_the_state_is_on_the_heap_unless_it_is_said() -> None:
    found = job_options(load(None), 1)
    assert found["state.backend.type"] == "hashmap"
    assert "execution.checkpointing.incremental" not in found


def test_rocksdb_writes_what_has_changed() -> None:
    found = job_options(load(None, [f"job.state_backend={ROCKSDB}"]), 1)
    assert found["state.backend.type"] == "rocksdb"
    assert found["execution.checkpointing.incremental"] == "true"


def test_an_option_of_flink_wins() -> None:
    settings = load(None, [f"job.state_backend={ROCKSDB}", "job.flink={execution.checkpointing.incremental: false}"])
    assert job_options(settings, 1)["execution.checkpointing.incremental"] == "false"


def test_another_is_refused() -> None:
    with pytest.raises(SettingError, match=r"job\.state_backend is 'disk': write heap or rocksdb"):
        load(None, ["job.state_backend=disk"])


def test_the_cluster_and_a_local_flink_have_the_memory_for_it() -> None:
    name = "taskmanager.memory.managed.size"
    settings = load(None, ["cluster.managed_memory=1g"])
    assert engine_options(settings)[name] == cluster_options(settings)[name] == "1g"
    assert cluster_options(load(None))[name] == "256m"


@pytest.mark.parametrize("memory", ["", "much", "1.5g", "-1g"])
def test_memory_that_flink_cannot_read_is_refused(memory: str) -> None:
    with pytest.raises(SettingError, match=r"cluster\.managed_memory"):
        load(None, [f"cluster.managed_memory='{memory}'"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_flink_itself_has_what_it_takes(backend: str) -> None:
    classes = {HEAP: "runtime/state/hashmap/HashMapStateBackend", ROCKSDB: "state/rocksdb/EmbeddedRocksDBStateBackend"}
    [jar] = (Path(pyflink.__file__).parent / "lib").glob("flink-dist-*.jar")
    with zipfile.ZipFile(jar) as opened:
        assert f"org/apache/flink/{classes[backend]}.class" in opened.namelist()
    assert state_options(backend)["state.backend.type"] in {"hashmap", "rocksdb"}
