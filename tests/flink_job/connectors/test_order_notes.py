"""What is said before a job starts of an order that cannot be kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flink_job.cluster import check
from flink_job.cluster.check import looks
from flink_job.cluster.kafka_check import KafkaFound
from flink_job.commands.run_command import notes_before
from flink_job.connectors.order_notes import order_notes, partition_note, raw_notes, unread_notes
from flink_job.settings.settings import Settings, load

KAFKA = "kafka://broker/events"


def settings(*sources: str, **more: object) -> Settings:
    listed = "[" + ", ".join(f"'{source}'" for source in sources) + "]"
    return load(None, [f"job.sources={listed}", *(f"{name.replace('__', '.')}={value}" for name, value in more.items())])


def history(folder: Path, **first_days: int) -> Path:
    folder.mkdir(exist_ok=True)
    for name, day in first_days.items():
        (folder / f"{name}.jsonl").write_text(f'{{"event_time": "2026-01-{day:02d}"}}\n')
    return folder


def test_one_source_in_order_needs_no_word(tmp_path: Path) -> None:
    history(tmp_path, m1=1, m2=2, m10=10)
    assert list(order_notes(settings(f"file:{tmp_path}"))) == []
    assert list(order_notes(settings(KAFKA))) == []
    assert list(order_notes(settings("file:/not/there"))) == []


def test_files_whose_names_and_times_disagree_are_named(tmp_path: Path) -> None:
    history(tmp_path, m1=5, m2=2)
    (note,) = order_notes(settings(f"file:{tmp_path}"))
    assert f"{tmp_path}/m2.jsonl begins at 2026-01-02T00:00:00Z and is read after {tmp_path}/m1.jsonl" in note
    assert list(order_notes(settings(f"file:{tmp_path}", job__resume=True))) == [], "a restored job has read them"


def test_several_sources_and_several_readers(tmp_path: Path) -> None:
    (note,) = order_notes(settings(f"file:{history(tmp_path, m1=1)}", KAFKA))
    assert note.startswith("2 sources are read side by side, with no order between them")
    assert note.endswith("go on with the live source by --resume; name a source of labels alone in job.labels")
    both = ["redis:events", "redis:labels"]
    assert list(order_notes(settings(*both, job__labels=["redis:labels"]))) == [], "labels have no order to keep"
    (note,) = order_notes(settings(*both, job__labels=[]))
    assert note.endswith("go on with the live source by --resume")
    (readers,) = order_notes(settings(KAFKA, kafka__readers=3))
    assert readers.startswith("kafka.readers is 3: partitions are read side by side")
    assert readers.endswith("unless the topic is keyed by account")


def test_a_topic_of_several_partitions() -> None:
    kafka = settings(KAFKA)
    assert partition_note({"events": 1}, kafka) == ""
    note = partition_note({"events": 4, "labels": 1, "refunds": 2}, kafka)
    assert note.startswith("events has 4 partitions and refunds has 2 partitions, with no order between them: scores may differ a little")
    assert partition_note({"events": 4}, settings(KAFKA, kafka__readers=2)) == "", "said already"


@pytest.mark.parametrize(("partitions", "notes"), [(1, 0), (3, 1)])
def test_check_and_run_say_how_many_partitions_there_are(partitions: int, notes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = settings(KAFKA, job__labels=[])
    monkeypatch.setattr("flink_job.cluster.kafka_check.check_kafka", lambda _: KafkaFound("1 topic", {"events": partitions}))
    for name in ("check_inputs", "check_java", "check_ports", "_output", "_disk", "_redis", "_model"):
        monkeypatch.setattr(check, name, lambda *_: "in order")
    told = [finding.text for subject, finding in check.examine(kafka) if subject == "partitions"]
    assert len(told) == notes
    assert check.require(kafka) == told


def test_run_and_check_say_it(tmp_path: Path) -> None:
    wrong = settings(f"file:{history(tmp_path, m1=5, m2=2)}")
    (note,) = order_notes(wrong)
    assert note in list(notes_before(wrong))
    (found,) = (look() for subject, look in looks(wrong) if subject == "order")
    assert (found.good, found.is_note, found.text) == (True, True, note)


def test_what_holds_no_lines_is_named_by_run_and_check(tmp_path: Path) -> None:
    history(tmp_path, m1=1)
    for number in range(6):
        (tmp_path / f"x{number}.xz").write_bytes(b"\xfd7zXZ\0")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    chosen = settings(f"file:{tmp_path}")
    notes = list(unread_notes(chosen))
    assert notes[0] == f"{tmp_path}/a.zip is no file of lines but a zip archive: unpack it; the job leaves it out"
    assert notes[-1] == f"2 more files of file:{tmp_path} cannot be read as lines either"
    assert len(notes) == 6
    assert [look().text for subject, look in looks(chosen) if subject == "files"] == notes
    assert set(notes) <= set(notes_before(chosen))


def test_a_place_with_raw_personal_data_is_named_by_run_and_check(tmp_path: Path) -> None:
    history(tmp_path, m1=1)
    chosen = settings(f"file:{tmp_path}", job__enriched="redis:rich", job__enriched_raw="true")
    (note,) = raw_notes(chosen.job)
    assert note.startswith("redis:rich will hold raw personal data (job.enriched_raw), such as names")
    assert "(the readers' user of docs/operate.md may: name a file: or kafka: place)" in note
    (elsewhere,) = raw_notes(replace(chosen.job, enriched="file:rich"))
    assert "docs/operate.md" not in elsewhere
    assert note in list(notes_before(chosen))
    (found,) = (look() for subject, look in looks(chosen) if subject == "raw events")
    assert (found.good, found.is_note, found.text) == (True, True, note)
    assert list(raw_notes(settings(f"file:{tmp_path}", job__enriched="redis:rich").job)) == []
