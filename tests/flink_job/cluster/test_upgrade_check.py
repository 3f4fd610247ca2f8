"""What `ringwatch upgrade --check` says of a savepoint that is read, and of those that would be refused."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.watch import WaveWatch
from domain.memory.place_record import PLACE_BYTES, PLACE_HEAD
from domain.memory.place_record import VERSION as PLACE_VERSION
from domain.memory.record import VERSION, RecordLayout
from flink_job.cluster.murmur import murmur3_128
from flink_job.cluster.savepoint_uids import METADATA
from flink_job.cluster.upgrade_check import looks, positions
from flink_job.settings.order_match import order_uid
from flink_job.settings.settings import JobSettings, load
from ops.secrets import PSEUDONYM_KEY
from tests.support.frozen_savepoint import KEY, OPTIONS, unpacked


@pytest.fixture
def savepoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    return unpacked(tmp_path)


def said(savepoint: Path, *more: str) -> dict[str, str]:
    """Subject -> its finding, `FAIL ` before one that is not good."""
    found = {subject: look() for subject, look in looks(load(None, [*OPTIONS, *more]), str(savepoint))}
    return {subject: f"{'' if finding.good else 'FAIL '}{finding.text}" for subject, finding in found.items()}


def with_a_newer_record(savepoint: Path) -> None:
    """Write the version of a record anew, as a later program would."""
    tag = RecordLayout(GraphSettings(), 0).tag.to_bytes(2, "little")
    [file] = [path for path in savepoint.iterdir() if tag in path.read_bytes() and path.name != METADATA and _accounts(path)]
    content = bytearray(file.read_bytes())
    content[content.find(tag, _first(content, tag)) - 2] = VERSION + 1
    file.write_bytes(content)


def _accounts(path: Path) -> bool:
    return _first(path.read_bytes(), RecordLayout(GraphSettings(), 0).tag.to_bytes(2, "little")) > 0


def _first(content: bytes | bytearray, tag: bytes) -> int:
    """Where the first tag is that has a record's length before it; 0 if none is."""
    at = content.find(tag, 6)
    while at >= 0:
        if 60 <= int.from_bytes(content[at - 6 : at - 2], "big") <= 8192:
            return at
        at = content.find(tag, at + 1)
    return 0


def test_one_that_is_read(savepoint: Path) -> None:
    found = said(savepoint)
    assert found["savepoint"] == f"{savepoint} holds 28 operators"
    assert found["pseudonyms"] == "made with this key and these settings of identity"
    assert found["operators"].startswith("all are of this version, ")
    assert found["records"] == (
        f"162 of version 2, all read; each becomes one of version {VERSION} when its entity is met; 45 of graph.ring_entities, all read"
    )
    assert found["state"] == "is read with job.state_backend heap"
    assert found.keys() == {"savepoint", "pseudonyms", "state", "operators", "records", "incidents"}, (
        "positions are compared where sources are named"
    )


def test_the_files_that_it_came_from_are_its_position(savepoint: Path) -> None:
    files = "job.sources=['file:in']"
    assert said(savepoint, files)["positions"] == "sources and outputs of the settings are those of the savepoint"
    streams = ("job.sources=['redis:events']", "job.labels=[]")
    assert said(savepoint, *streams)["positions"].startswith("FAIL the settings name no place for source-0: name them as before")


def test_events_that_wait_in_it_are_not_left_there(savepoint: Path) -> None:
    uid = order_uid("account", load(None, OPTIONS)).encode()
    hashed = murmur3_128(uid)
    with (savepoint / METADATA).open("ab") as metadata:
        metadata.write(len(uid).to_bytes(2, "big") + uid + hashed)
    assert said(savepoint)["order"].startswith(f"FAIL job.order is arrival, and {savepoint} was made with event_time")
    assert said(savepoint, "job.order=event_time")["order"] == "made with job.order, and read with event_time"


def test_one_of_the_other_state_backend_is_refused(savepoint: Path) -> None:
    assert said(savepoint, "job.state_backend=rocksdb")["state"] == "is read with job.state_backend rocksdb"
    metadata = savepoint / METADATA
    metadata.write_bytes(metadata.read_bytes().replace(b"CANONICAL", b"NATIVE"))
    assert said(savepoint, "job.state_backend=rocksdb")["state"].startswith(
        f"FAIL job.state_backend is rocksdb, and {savepoint} is of heap: "
    )


def test_files_of_rocksdb_are_not_taken_for_what_they_hold(savepoint: Path) -> None:
    """They are compressed in part, and what is left of an incident there would be called unreadable."""
    metadata = savepoint / METADATA
    metadata.write_bytes(metadata.read_bytes().replace(b"CANONICAL", b"NATIVE") + b"\x00\x0fMANIFEST-000004")
    found = said(savepoint, "job.state_backend=rocksdb")
    assert found["records"] == found["incidents"]
    assert found["incidents"].startswith("they are in RocksDB's files, which are not looked into")


def test_another_key_is_refused(savepoint: Path) -> None:
    found = {subject: look() for subject, look in looks(load(None), str(savepoint))}
    assert not found["pseudonyms"].good and "identity.pseudonyms=1" in found["pseudonyms"].text


def test_records_of_a_later_version_are_refused(savepoint: Path) -> None:
    with_a_newer_record(savepoint)
    assert said(savepoint)["records"].startswith(
        f"FAIL 1 times: a account record has version {VERSION + 1}, this program reads up to {VERSION}"
    )


def test_records_of_ring_entities_of_a_later_version_are_refused(savepoint: Path) -> None:
    place = bytearray(PLACE_BYTES)
    head = np.frombuffer(place, PLACE_HEAD, 1)[0]
    for name in ("first_seen", "clock", "distinct_since"):
        head[name] = 1_760_000_000_000
    head["version"] = PLACE_VERSION + 1
    touched = (1_760_000_000_000).to_bytes(8, "big")
    (savepoint / "more").write_bytes(b"before" + touched + PLACE_BYTES.to_bytes(4, "big") + bytes(place) + b"after")
    assert said(savepoint)["records"].startswith(f"FAIL 1 times: a record of graph.ring_entities has version {PLACE_VERSION + 1}")


def test_incidents_and_the_watch_for_waves_are_read(savepoint: Path) -> None:
    assert said(savepoint)["incidents"] == "6 open ones, all read"
    watch = WaveWatch(IncidentSettings()).to_bytes()
    (savepoint / "watch").write_bytes(b"before" + pickle.dumps(watch) + b"after")
    assert said(savepoint)["incidents"] == "6 open ones and the watch for waves, all read"
    (savepoint / "watch").write_bytes(b"before" + pickle.dumps(b"\xc8" + watch[1:]))
    assert said(savepoint)["incidents"].startswith("FAIL 1 times: the watch for waves has version 200, this build reads")


def test_incidents_of_a_later_version_are_refused_and_damaged_ones_are(savepoint: Path) -> None:
    metadata = savepoint / METADATA
    content = bytearray(metadata.read_bytes())
    at = content.find(b'{"ring":')
    content[at - 5] = 200
    content[content.find(b'"session"', content.find(b'{"ring":', at + 1))] = ord("!")
    metadata.write_bytes(content)
    found = said(savepoint)["incidents"]
    assert found.startswith("FAIL 1 times: incident session cannot be read (it has version 200, this build reads up to version")
    assert found.count("1 times: incident session cannot be read") == 2


def test_another_graph_finds_no_record_and_says_what_that_may_be(savepoint: Path) -> None:
    found = said(savepoint, "graph.half_lives_s=[60, 3600]")
    assert found["records"].startswith("none is found that these settings of graph describe")


def test_what_is_no_savepoint(tmp_path: Path) -> None:
    assert said(tmp_path) == {"savepoint": f"FAIL {tmp_path} is no savepoint or checkpoint: name the folder that holds _metadata"}
    (tmp_path / METADATA).write_bytes(b"\x49\x60\x67\x2d\0\0\0\x06")
    assert said(tmp_path)["operators"] == "FAIL no operator of ringwatch is in it: name a savepoint of ringwatch"


def test_positions_follow_from_the_settings() -> None:
    job = JobSettings(
        sources=("kafka://b/events", "redis:labels", "file:in"),
        labels=("redis:labels",),
        control="redis:control",
        decisions="kafka://b/decisions",
        enriched="file:enriched",
        rejected="kafka://b/rejected",
    )
    assert positions(job) == {
        "kafka-source-0", "redis-source-1", "source-2", "redis-control", "kafka-decisions", "enriched", "kafka-rejected",
    }  # fmt: skip
