"""The format in a source's URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.connectors.kafka_topics import topics
from flink_job.connectors.local_files import check_inputs, count_events
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
        ("kafka://a/t?fromat=debezium", r"fromat is no option .* \?format="),
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
