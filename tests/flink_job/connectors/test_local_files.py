"""Sources and decisions in files, looked at before Flink starts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.connectors.local_files import EventCount, check_inputs, check_outputs, count_events
from flink_job.settings.settings import JobSettings

EVENT = b'{"event_id":"e","event_type":"order","text":"a label"}\n'
LABEL = b'{"event_id":"l","event_type": "label"}\n'


def bounded(*paths: Path) -> JobSettings:
    return JobSettings(sources=tuple(f"file:{path}" for path in paths), bounded=True)


def test_events_are_counted_without_labels_in_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "in" / "a.jsonl").write_bytes(5 * EVENT + LABEL)
    (tmp_path / "in" / "below" / "b.jsonl").write_bytes(LABEL + EVENT + EVENT.rstrip())  # no newline at the end
    (tmp_path / "in" / ".hidden").write_bytes(EVENT)
    (tmp_path / "in" / "_hidden").write_bytes(EVENT)
    (tmp_path / "one").write_bytes(EVENT)
    assert count_events(bounded(tmp_path / "in")) == EventCount(7, True)
    assert count_events(bounded(tmp_path / "in", tmp_path / "one")) == EventCount(8, True)
    (tmp_path / "one").write_bytes(b"")
    assert count_events(bounded(tmp_path / "one")) == EventCount(0, True)


def test_large_files_are_estimated(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes((3 * EVENT + LABEL) * 20_000)
    count = count_events(bounded(path), most_bytes=2**20)
    assert count is not None
    assert not count.is_exact
    assert count.events == pytest.approx(60_000, rel=0.01)
    assert count_events(bounded(path)) == EventCount(60_000, True), "also over the edges of chunks"


def test_what_is_not_known_before(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(EVENT)
    job = bounded(path)
    for other in (
        replace(job, bounded=False),
        replace(job, resume=True),
        replace(job, restore_from="somewhere"),
        replace(job, sources=(*job.sources, "kafka://broker/events")),
        replace(job, sources=(f"file:{tmp_path / 'none'}",)),
    ):
        assert count_events(other) is None


def test_inputs_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "events").touch()
    job = bounded(tmp_path / "events")
    assert check_inputs(job) == job.sources[0]
    assert check_inputs(replace(job, sources=("kafka://broker/events",)))
    for wrong, words in (
        (replace(job, sources=()), "job.sources is empty"),
        (bounded(tmp_path / "events", tmp_path / "none"), f"job.sources: {tmp_path / 'none'} does not exist"),
        (replace(job, control=f"file:{tmp_path / 'none'}"), "job.control: .* does not exist"),
        (replace(job, sources=("http://events",)), "write file:PATH, redis:NAME or kafka"),
    ):
        with pytest.raises(SettingError, match=words):
            check_inputs(wrong)


def test_hidden_files_are_no_decisions(tmp_path: Path) -> None:
    job = JobSettings(decisions=f"file:{tmp_path}")
    for name in (".ringwatch.lock", ".decisions-0.jsonl.inprogress.1"):
        (tmp_path / name).touch()
    check_outputs(job, restored=False)


@pytest.mark.parametrize("below", ["", "a/b"])
def test_decisions_that_cannot_be_written(below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, int]] = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append((path, mode)))
    with pytest.raises(SettingError, match=r"job\.decisions: cannot write to .*: name another folder or mend its rights"):
        check_outputs(JobSettings(decisions=f"file:{tmp_path / below}"), restored=False)
    assert asked == [(tmp_path, os.W_OK | os.X_OK)], "the nearest folder that is there"


def test_folder_that_cannot_be_listed_is_not_counted_and_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert count_events(bounded(tmp_path)) is None
    with pytest.raises(SettingError, match=r"job\.sources: .* cannot be read \(Permission denied\): mend its rights"):
        check_inputs(bounded(tmp_path))


def test_decisions_go_to_an_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "decisions"
    job = JobSettings(decisions=f"file:{folder}")
    check_outputs(job, restored=False)
    folder.mkdir()
    check_outputs(job, restored=False)
    (folder / "one.jsonl").touch()
    check_outputs(job, restored=True)
    with pytest.raises(SettingError, match="holds decisions already"):
        check_outputs(job, restored=False)
    with pytest.raises(SettingError, match="is a file; name a folder"):
        check_outputs(JobSettings(decisions=f"file:{folder / 'one.jsonl'}"), restored=True)
