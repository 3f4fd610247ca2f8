"""Which Kafka topics a job uses, and what it needs for them: the jars of `make jars`."""

from __future__ import annotations

from pathlib import Path

from domain.errors import SettingError
from flink_job.settings.kafka_url import KafkaTopic, is_kafka, kafka_topic
from flink_job.settings.last_state import has_state
from flink_job.settings.redis_url import is_redis
from flink_job.settings.settings import JobSettings, Settings
from flink_job.settings.source_url import source_url

NEEDED = ("flink-connector-kafka-*.jar", "kafka-clients-*.jar")


class JarsMissingError(RuntimeError):
    """Error of a kafka:// URL without the connector; the message says what to do."""


def topics(settings: Settings) -> dict[str, list[KafkaTopic]]:
    """Return the Kafka topics that are configured, by setting; empty if there are none."""
    job = settings.job
    places = tuple(source_url(url).place for url in job.sources)
    urls = {"job.sources": places, "job.control": (job.control,), "job.rejected": (job.rejected,)}
    urls |= {setting: (url,) for setting, url in job.outputs.items()}
    found = {name: [kafka_topic(url, name) for url in named if url and is_kafka(url)] for name, named in urls.items()}
    return {name: named for name, named in found.items() if named}


def jar_urls(settings: Settings) -> list[str]:
    """Return the `file:` URLs of the jars that the job needs; empty without Kafka."""
    if not topics(settings):
        return []
    folder = Path(settings.kafka.jars).resolve()
    if not all(any(folder.glob(name)) for name in NEEDED):
        raise JarsMissingError(f"the Kafka connector is not in {folder}: fetch it with make jars, or name its folder in kafka.jars")
    return [jar.as_uri() for jar in sorted(folder.glob("*.jar"))]


def check_resumption(settings: Settings) -> None:
    """Refuse to resume a bounded run: Flink's connector never ends such a source (FLINK-31006)."""
    restored = settings.job.resume or settings.job.restore_from
    if restored and settings.job.bounded and any(map(is_kafka, settings.job.sources)):
        raise SettingError(
            "job.bounded: a bounded run over Kafka cannot be resumed, it would not end; start anew, or read without --bounded, which can be"
        )


def check_begins_anew(job: JobSettings) -> None:
    """Refuse to begin anew over Kafka or Redis in the folder of another run's checkpoints.

    With files the decisions that are there say so; in a topic or a stream nobody sees them. A bounded run
    cannot go on.
    """
    restored = job.resume or job.restore_from
    if restored or job.bounded or not any(is_kafka(url) or is_redis(url) for url in (*job.sources, *job.outputs.values())):
        return
    folder = Path(job.checkpoint_dir).resolve()
    if has_state(folder):
        raise SettingError(
            f"job.checkpoint_dir: {folder} holds the state of a job already; name another folder, or go on with --resume or --from"
        )
