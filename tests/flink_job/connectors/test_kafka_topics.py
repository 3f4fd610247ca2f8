"""Kafka topics of a job, looked at without Flink: what must not begin anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.connectors.kafka_topics import check_begins_anew
from flink_job.settings.settings import JobSettings

EVENTS, DECISIONS = "kafka://broker/events", "kafka://broker/decisions"


def job(folder: Path, source: str = EVENTS, decisions: str = DECISIONS, **options: bool) -> JobSettings:
    return JobSettings(sources=(source,), decisions=decisions, checkpoint_dir=str(folder), **options)


STREAMS = [
    (EVENTS, DECISIONS),
    (EVENTS, "file:d"),
    ("file:events", DECISIONS),
    ("redis:events?partitions=2", "file:d"),
    ("file:events", "redis:decisions"),
]


@pytest.mark.parametrize(("source", "decisions"), STREAMS)
def test_a_run_over_streams_does_not_begin_anew_beside_a_checkpoint(tmp_path: Path, source: str, decisions: str) -> None:
    checkpoint = tmp_path / "0a1b" / "chk-7"
    checkpoint.mkdir(parents=True)
    check_begins_anew(job(tmp_path, source, decisions))  # it is not complete
    (checkpoint / "_metadata").touch()
    with pytest.raises(SettingError) as refused:
        check_begins_anew(job(tmp_path, source, decisions))
    words = "holds the state of a job already; name another folder, or go on with --resume or --from"
    assert str(refused.value) == f"job.checkpoint_dir: {tmp_path} {words}"
    check_begins_anew(job(tmp_path, source, decisions, resume=True))
    check_begins_anew(job(tmp_path, source, decisions, bounded=True))


def test_files_are_looked_after_by_their_decisions(tmp_path: Path) -> None:
    (tmp_path / "0a1b" / "chk-7").mkdir(parents=True)
    (tmp_path / "0a1b" / "chk-7" / "_metadata").touch()
    check_begins_anew(job(tmp_path, "file:events", "file:decisions"))
