"""The format in a source's URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.cluster.kafka_watch import KafkaWatch
from flink_job.connectors.kafka_topics import NEEDED, check_begins_anew, check_resumption, jar_urls, topics
from flink_job.connectors.local_files import check_inputs, check_outputs, count_events
from flink_job.connectors.order_notes import order_notes
from flink_job.settings.settings import JobSettings, load
from flink_job.settings.source_url import SourceUrl, source_url


@pytest.mark.parametrize(
    ("url", "place", "form"),
    [
        ("file:events.jsonl", "file:events.jsonl", "json"),
        ("file:events.jsonl?format=json", "file:events.jsonl", "json"),
        ("file:/a/b?format=Debezium", "file:/a/b", "debezium"),
        ("file:what?/b", "file:what?/b", "json"),
        ("kafka://a:1,b:2/t?format=confluent-json", "kafka://a:1,b:2/t", "confluent_json"),
        ("kafka://a/t?format=cloudevents", "kafka://a/t", "cloudevents"),
    ],
)
def test_a_url_may_end_with_the_format(url: str, place: str, form: str) -> None:
    assert source_url(url) == SourceUrl(place, form)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kafka://a/t?format=debezum", r"'debezum' is not known: did you mean debezium\?"),
        ("kafka://a/t?format=avro", "'avro' is not known: use one of json, debezium, cloudevents, confluent_json"),
        ("kafka://a/t?format=", "'' is not known"),
        ("kafka://a/t?fromat=debezium", r"fromat is no option .* \?format=.* \?ignore="),
        ("file:a?format=confluent_json", "confluent_json is for kafka://"),
    ],
)
def test_a_url_that_is_not_understood(url: str, words: str) -> None:
    with pytest.raises(SettingError, match=f"^job.sources: .*{words}"):
        check_inputs(JobSettings(sources=(url,)))


def test_topics_and_files_are_found_without_their_formats(tmp_path: Path) -> None:
    (tmp_path / "events").write_bytes(b"{}\n")
    url = f"file:{tmp_path / 'events'}?format=debezium"
    assert check_inputs(JobSettings(sources=(url,))) == url
    count = count_events(JobSettings(sources=(url,), bounded=True))
    assert count is not None
    assert (count.events, count.is_exact) == (1, False), "an envelope may hold no event"
    (topic,) = topics(load(None, ["job.sources=['kafka://a/t?format=debezium']"]))["job.sources"]
    assert topic.name == "t"


TOPIC = "job.sources=['kafka://127.0.0.1:1/t?format=debezium']"


def test_whoever_looks_at_a_topic_looks_past_its_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        (tmp_path / name.replace("*", "1")).touch()
    assert len(jar_urls(load(None, [TOPIC, f"kafka.jars={tmp_path}"]))) == len(NEEDED)
    (note,) = order_notes(load(None, [TOPIC, "kafka.readers=2"]))
    assert note.startswith("kafka.readers is 2")
    with pytest.raises(SettingError, match="a bounded run over Kafka cannot be resumed"):
        check_resumption(load(None, [TOPIC, "job.bounded=true", "job.resume=true"]))
    (tmp_path / "0a" / "chk-1").mkdir(parents=True)
    (tmp_path / "0a" / "chk-1" / "_metadata").touch()
    with pytest.raises(SettingError, match="holds the state of a job already"):
        check_begins_anew(load(None, [TOPIC, f"job.checkpoint_dir={tmp_path}"]).job)
    monkeypatch.setattr("flink_job.cluster.kafka_watch.PAUSE_S", 0.0)
    watch = KafkaWatch(load(None, [TOPIC]))
    watch.away(0)
    assert "127.0.0.1:1, away" in watch.away(0)


def test_files_in_an_envelope_are_looked_at_for_their_order(tmp_path: Path) -> None:
    for name, day in (("m1", 5), ("m2", 2)):
        line = f'{{"op": "c", "before": null, "after": {{"event_time": "2026-01-{day:02d}T00:00:00Z"}}}}\n'
        (tmp_path / f"{name}.jsonl").write_text(line)
    (note,) = order_notes(load(None, [f"job.sources=['file:{tmp_path}?format=debezium']"]))
    assert "m2.jsonl begins at 2026-01-02" in note


@pytest.mark.parametrize("scheme", ["file:", "kafka://a/"])
def test_only_sources_have_a_format(scheme: str, tmp_path: Path) -> None:
    (tmp_path / "events").touch()
    url = f"{scheme}out?format=debezium"
    words = r"holds an option; only URLs of job\.sources have one, \?format="
    with pytest.raises(SettingError, match=rf"^job\.control: .*{words}"):
        control = load(None, [f"job.sources=['file:{tmp_path / 'events'}']", f"job.control={url}"])
        check_inputs(control.job)
        topics(control)
    with pytest.raises(SettingError, match=rf"^job\.decisions: .*{words}"):
        decisions = load(None, [f"job.decisions={url}"])
        check_outputs(decisions.job, restored=False)
        topics(decisions)


def test_fields_to_leave_out() -> None:
    assert source_url("kafka://a/t?ignore=id") == SourceUrl("kafka://a/t", "json", ("id",))
    for url in ("kafka://a/t?format=debezium&ignore=id,updated_at", "kafka://a/t?ignore=id, updated_at&format=debezium"):
        assert source_url(url) == SourceUrl("kafka://a/t", "debezium", ("id", "updated_at"))


@pytest.mark.parametrize(("ignore", "words"), [("", "names no field"), ("a,,b", "names no field"), ("é", "names no field"),
                                               ("id,amount", "names amount, which is a field"), ("is_fraud", "is_fraud")])  # fmt: skip
def test_fields_that_cannot_be_left_out(ignore: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        source_url(f"kafka://a/t?ignore={ignore}")
