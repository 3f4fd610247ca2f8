"""The real job goes from the heap to RocksDB and back by savepoints, and decides all events as offline.

Of each kind a checkpoint and a native savepoint are refused by the other, and taken by their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest
import redis

from domain.errors import SettingError
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.cluster.savepoint_records import Records, records_in
from flink_job.settings.backend_match import check_backend
from flink_job.settings.flink_options import savepoint
from flink_job.settings.settings import load
from flink_job.settings.state_backend import HEAP, ROCKSDB
from tests.job.test_cluster import OPTIONS, alerts, check_outputs
from tests.job.test_job import KEY, replayed
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import JobProcess, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

EVENTS = 3_000
WAY = (HEAP, ROCKSDB, HEAP)
PLACE = Path("state", "rocksdb")
"""Not there before, as in a new volume of a container."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    folder = tmp_path_factory.mktemp("cluster")
    place = f'job.flink={{"state.backend.rocksdb.localdir": "{folder / PLACE}"}}'
    with ClusterProcess(folder, 1, (place,), {"RINGWATCH_PSEUDONYM_KEY": KEY}) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A history in as many files as there are backends on the way."""
    documents = [json.dumps(one) + "\n" for one in simulate(SimulatorSettings(events=EVENTS, seed=23, fraud_share=0.08)).documents()]
    folder, share = tmp_path_factory.mktemp("parts"), -(-len(documents) // len(WAY))
    files = [folder / f"{number}.jsonl" for number in range(len(WAY))]
    for number, file in enumerate(files):
        file.write_text("".join(documents[number * share : (number + 1) * share]))
    return files


def opened_databases(cluster: ClusterProcess) -> bool:
    """Whether a task of a TaskManager has a database of RocksDB where it was told to."""
    return any((cluster.folder / PLACE).rglob("db/CURRENT"))


def kept(cluster: ClusterProcess, running: str, folder: Path) -> list[Path]:
    """A checkpoint and a native savepoint of a job that goes on."""
    wait_for(lambda: copied_checkpoint(cluster, running, folder / "checkpoint"), "a checkpoint that is not replaced meanwhile")
    done = cluster.cluster.flink("savepoint", "--type", "native", running, str(folder / "native"))
    assert done.returncode == 0, done.stdout + done.stderr
    [native] = (folder / "native").iterdir()
    return [folder / "checkpoint", native]


def copied_checkpoint(cluster: ClusterProcess, running: str, to: Path) -> bool:
    """Copy the newest checkpoint, which the next one removes; return whether that was quick enough."""
    newest = cluster.rest.last_checkpoint(running)
    try:
        return newest is not None and bool(copytree(savepoint(newest["external_path"]), to, dirs_exist_ok=True))
    except (OSError, SettingError):
        return False


def test_all_is_decided_as_if_there_had_been_one_backend(
    cluster: ClusterProcess, parts: list[Path], redis_url: str, stream_prefix: str, tmp_path: Path
) -> None:
    source = tmp_path / "incoming"
    source.mkdir()
    offline = [replayed(parts[: number + 1], tmp_path / f"{number}.jsonl") for number in range(len(WAY))]
    job = JobProcess(tmp_path / "job", source, redis_url, stream_prefix, OPTIONS)
    begin: list[str] = []
    stopped: list[Path] = []
    of_one: dict[str, list[Path]] = {}
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        for part, backend, decided in zip(parts, WAY, offline, strict=True):
            part.rename(source / part.name)
            running = cluster.submit(job, "--set", f"job.state_backend={backend}", *begin)
            wait_for(partial(has_alerts, client, stream_prefix, alerts(decided)), f"all alerts on {backend}")
            assert opened_databases(cluster) == (backend == ROCKSDB)
            if backend not in of_one:
                (tmp_path / backend).mkdir()
                of_one[backend] = kept(cluster, running, tmp_path / backend)
            if decided is not offline[-1]:
                begin = ["--from", cluster.stop_job()]
                stopped.append(savepoint(begin[-1]))
        assert check_outputs(job, client, offline[-1]) == []
    cluster.command("cancel-job")
    on_heap, on_rocksdb = (records_of(folder) for folder in stopped)
    assert 0 < on_heap < on_rocksdb, "a savepoint of either is read alike"
    for made, read in ((HEAP, ROCKSDB), (ROCKSDB, HEAP)):
        assert [refused(folder, made) for folder in (*of_one[made], *stopped)] == [False] * 4
        assert [refused(folder, read) for folder in of_one[made]] == [True, True]
    with pytest.raises(AssertionError, match=r"job\.state_backend is rocksdb, and .* is of heap: .* --set job\.state_backend=heap"):
        cluster.submit(job, "--set", f"job.state_backend={ROCKSDB}", "--resume")


def has_alerts(client: redis.Redis, prefix: str, expected: int) -> bool:
    return int(client.xlen(f"{prefix}alerts")) == expected


def records_of(folder: Path) -> int:
    """How many records of entities a savepoint holds, all of them read."""
    records: Records = records_in(folder, GraphSettings())
    assert not records.refused
    return records.versions.total()


def refused(folder: Path, backend: str) -> bool:
    try:
        check_backend(folder, load(None, [f"job.state_backend={backend}"]))
    except SettingError:
        return True
    return False
