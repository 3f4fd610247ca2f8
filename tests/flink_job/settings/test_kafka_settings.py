"""kafka:// URLs and the settings beside them: what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.cluster.check import examine
from flink_job.connectors.kafka_topics import JarsMissingError, check_resumption, jar_urls, topics
from flink_job.settings.kafka_settings import KafkaSettings
from flink_job.settings.kafka_url import KafkaTopic, kafka_topic
from flink_job.settings.settings import load


@pytest.mark.parametrize(
    ("url", "topic"),
    [
        ("kafka://broker/events", KafkaTopic("broker:9092", "events")),
        ("kafka://a:1,b.example:65535,c/shop.events-1_x", KafkaTopic("a:1,b.example:65535,c:9092", "shop.events-1_x")),
        ("kafka://[::1]:9093/t", KafkaTopic("[::1]:9093", "t")),
    ],
)
def test_urls(url: str, topic: KafkaTopic) -> None:
    assert kafka_topic(url, "job.sources") == topic


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("kafka:broker/t", "write kafka://BROKER"),
        ("kafka://broker", "write kafka://BROKER"),
        ("kafka:///t", "write kafka://BROKER"),
        ("kafka://broker/", "'' is no name of a Kafka topic"),
        ("kafka://broker/a/b", "'a/b' is no name"),
        ("kafka://broker/a?x=1", "only URLs of job.sources have one"),
        ("kafka://broker/..", "is no name"),
        ("kafka://broker/" + "t" * 250, "is no name"),
        ("kafka://a,,b/t", "'' is no broker"),
        ("kafka://a:0/t", "'a:0' is no broker"),
        ("kafka://a:65536/t", "is no broker"),
        ("kafka://a:port/t", "is no broker"),
    ],
)
def test_urls_that_are_none(url: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=r"job\.decisions: ") as caught:
        kafka_topic(url, "job.decisions")
    assert complaint in str(caught.value)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingError, match=r"sasl\.jaas\.config") as caught:
        kafka_topic("kafka://shop:pa55@broker/t", "job.sources")
    assert "pa55" not in str(caught.value)


def test_topics_by_setting() -> None:
    settings = load(None, ["job.sources=[file:x, kafka://a/t, kafka://b/u]", "job.rejected=kafka://a/r"])
    assert topics(settings) == {
        "job.sources": [KafkaTopic("a:9092", "t"), KafkaTopic("b:9092", "u")],
        "job.rejected": [KafkaTopic("a:9092", "r")],
    }
    assert topics(load(None)) == {}


def test_rejected_records_go_to_kafka_only() -> None:
    with pytest.raises(SettingError, match=r"job\.rejected: 'file:x' is not understood; write kafka://"):
        load(None, ["job.rejected=file:x"])


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("start=yesterday", r"kafka\.start is 'yesterday': write earliest, latest, group or a time"),
        ("start=1769860800", r"kafka\.start"),
        ("guarantee=once", r"kafka\.guarantee is 'once': write exactly_once or at_least_once"),
        ("readers=0", r"kafka\.readers must be at least 1"),
        ("group=''", r"kafka\.group must not be empty"),
        ("properties={group.id: x}", r"kafka\.properties\.group\.id: this is set by kafka\.group"),
        ("properties={bootstrap.servers: x}", r"kafka://"),
        ("groups=x", r"did you mean kafka\.group"),
    ],
)
def test_settings_that_are_refused(override: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        load(None, [f"kafka.{override}"])


def test_start_at_a_time(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("kafka: {start: 2026-01-31T12:00:00Z}\n")  # which YAML takes for a date
    zones = ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00")
    for settings in (load(config), *(load(None, [f"kafka.start={time}"]) for time in zones)):
        assert settings.kafka.start_ms() == 1_769_860_800_000
    assert KafkaSettings(start="group").start_ms() is None


def test_properties_keep_their_dots_however_they_are_written() -> None:
    nested = load(None, ["kafka.properties.security.protocol=SSL", "kafka.properties.fetch.min.bytes=1"])
    flat = load(None, ["kafka.properties={security.protocol: SSL, fetch.min.bytes: 1}"])
    assert nested.kafka.properties == flat.kafka.properties == {"security.protocol": "SSL", "fetch.min.bytes": "1"}


LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required username=shop"


@pytest.mark.parametrize(
    "properties",
    [
        {"ssl.key.password": "pa55"},
        {"ssl.keystore.key": "pa55"},
        {"sasl.jaas.config": f"{LOGIN} password=pa55;"},
        {"sasl.jaas.config": f'{LOGIN} password="pa55";'},
        {"sasl.jaas.config": f"{LOGIN} username='${{env:U}}' password = 'pa55';"},
        {"sasl.oauthbearer.client.credentials.client.secret": "pa55"},
    ],
)
def test_secrets_in_plain_text_are_refused_and_not_repeated(properties: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=r"holds a secret in plain text: write \$\{env:NAME\}") as caught:
        KafkaSettings(properties=properties)
    assert "pa55" not in str(caught.value)


def test_references_to_secrets_are_left_to_kafkas_own_client() -> None:
    properties = {"sasl.jaas.config": f'{LOGIN} password="${{env:SHOP_PASSWORD}}";', "ssl.key.password": "${directory:/run/secrets:key}"}
    made = KafkaSettings(properties=properties).client_properties()
    assert made.items() >= properties.items()
    assert made["config.providers"] == "env,file,directory"


def test_transactions_outlast_a_slow_checkpoint() -> None:
    assert KafkaSettings().transaction_timeout_ms(10) == 900_000
    with pytest.raises(SettingError, match=r"kafka\.transaction_timeout_s is 300, but a transaction stays open for up to 310 s"):
        KafkaSettings(transaction_timeout_s=300).transaction_timeout_ms(10)


def test_missing_jars_are_told_only_where_kafka_is_configured(tmp_path: Path) -> None:
    nowhere = ["redis.url=redis://127.0.0.1:1/0", f"job.log_dir={tmp_path}", f"job.checkpoint_dir={tmp_path}", f"kafka.jars={tmp_path}"]
    assert "Kafka" not in dict(examine(load(None, nowhere)))
    finding = dict(examine(load(None, [*nowhere, "job.decisions=kafka://127.0.0.1:1/t"])))["Kafka"]
    assert not finding.good
    assert f"the Kafka connector is not in {tmp_path}: fetch it with make jars" in finding.text
    (tmp_path / "kafka-clients-1.jar").write_bytes(b"")
    with pytest.raises(JarsMissingError):
        jar_urls(load(None, [*nowhere, "job.rejected=kafka://127.0.0.1:1/t"]))
    (tmp_path / "flink-connector-kafka-1.jar").write_bytes(b"")
    assert len(jar_urls(load(None, [*nowhere, "job.rejected=kafka://127.0.0.1:1/t"]))) == 2
    assert jar_urls(load(None, nowhere)) == []


def test_a_bounded_run_over_kafka_is_not_resumed() -> None:
    bounded, topic = "job.bounded=true", "job.sources=[file:x, kafka://a/t]"
    for restored in ("job.resume=true", "job.restore_from=chk-1"):
        with pytest.raises(SettingError, match="a bounded run over Kafka cannot be resumed"):
            check_resumption(load(None, [bounded, topic, restored]))
        check_resumption(load(None, [topic, restored]))
        check_resumption(load(None, [bounded, "job.sources=[file:x]", restored]))
    check_resumption(load(None, [bounded, topic]))
