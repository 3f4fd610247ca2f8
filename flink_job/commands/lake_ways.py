"""The ways into the lake that the settings name: which stream fills which table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from domain.errors import SettingError
from domain.times import HOUR_S, now_ms

if TYPE_CHECKING:
    from domain.control.signature import ControlKeys
    from flink_job.settings.settings import Settings
    from ops.lake.archiver import Archiver
    from ops.lake.labels import LabelReader
    from ops.lake.meter import Meter
    from ops.lake.sources import Source
    from ops.lake.tables import Table
    from ops.lake.upkeep import Kept
    from ops.lake.way import Way

_OF_ENRICHED = ("events", "features")
_OF_LABELS = ("labels", "verdicts")
_OF_JOB = {"alerts": "alerts", "incidents": "incidents", "summaries": "incidents", "control": "control_applied"}
"""Tables of streams that the job writes and signs."""


def lake_url(settings: Settings) -> str:
    """Return the place of the lake; raise `SettingError` where none is set."""
    if settings.lake.url is None:
        raise SettingError("lake.url is not set: name a folder or s3://BUCKET/PREFIX, such as --set lake.url=run/lake")
    return settings.lake.url


def lake_tables(settings: Settings) -> dict[str, Table]:
    """Return the tables of the lake by name, with the features of these settings."""
    from domain.rules.names import RuleNames
    from ops.lake.tables import tables

    return dict(tables(tuple(RuleNames.of(settings.graph).features)))


def archiver_of(settings: Settings, meter: Meter) -> Archiver:
    """Return the archiver of these settings, not yet begun. No server is asked. Raises `SettingError`."""
    from ops.lake.archiver import Archiver

    ways = list(_ways(settings, meter))
    if not ways:
        raise SettingError("nothing would be archived: lake.tables names no table whose stream is in Redis or Kafka")
    return Archiver(ways, meter, settings.lake.commit_s, partial(upkeep, settings), settings.lake.maintain_h * HOUR_S)


def lake_metrics(settings: Settings, meter: Meter) -> AbstractContextManager[None]:
    """Return the context in which an archiver's metrics are served, where a port is set."""
    if settings.lake.metrics_port is None:
        return nullcontext()
    from flink_job.commands.metrics_port import served
    from ops.lake.lake_metrics import LakeMetrics

    return served(LakeMetrics(meter), settings.lake.metrics_port, "lake.metrics_port")


def left_out(settings: Settings) -> list[str]:
    """Return the tables of `lake.tables` that nothing fills: what they come from is no stream."""
    return [name for name in dict.fromkeys(settings.lake.tables) if not any(_streams(settings, name))]


def upkeep(settings: Settings) -> list[Kept]:
    """Maintain all tables that there are, once. Raises LakeError."""
    from ops.lake.table_names import TABLES
    from ops.lake.upkeep import keep

    lake = settings.lake
    return list(keep(lake_url(settings), TABLES, lake.keep_days, lake.vacuum_h, now_ms()))


def _ways(settings: Settings, meter: Meter) -> Iterator[Way]:
    from ops.lake.delta import LakeTable
    from ops.lake.way import Way

    url, known = lake_url(settings), lake_tables(settings)
    for name in dict.fromkeys(settings.lake.tables):
        for stream in _streams(settings, name):
            source, reads = _source(settings, stream, name), None
            if name in _OF_LABELS:
                reads = _label_reader(settings, stream)
            yield Way(known[name], LakeTable(url, known[name]), source, settings.lake.commit_rows, meter, reads)


def _streams(settings: Settings, table: str) -> Iterator[str]:
    """Yield the URLs of the streams that fill a table; none where they are files."""
    if table in _OF_JOB:
        yield f"redis:{_OF_JOB[table]}"
    elif table in _OF_LABELS:
        yield from _label_streams(settings)
    else:
        url = settings.job.enriched if table in _OF_ENRICHED else settings.job.decisions
        if table == "features" and not settings.job.enriched_features:
            raise SettingError("lake.tables names features, and the job does not write them: set job.enriched_features: true")
        if _is_stream(url):
            yield str(url)


def _label_streams(settings: Settings) -> Iterator[str]:
    from flink_job.settings.source_url import source_url

    if settings.lake.labels is not None:
        given = settings.lake.labels
    else:
        carry = settings.job.sources if settings.job.labels is None else settings.job.labels
        given = (settings.service.labels, *carry)
    seen = set()
    for url in given:
        place = source_url(url).place
        if place not in seen and _is_stream(place):
            seen.add(place)
            yield url


def _is_stream(url: str | None) -> bool:
    from flink_job.settings.kafka_url import is_kafka
    from flink_job.settings.redis_url import is_redis

    return is_redis(url) or is_kafka(url)


def _source(settings: Settings, url: str, table: str) -> Source:
    from flink_job.settings.kafka_client import client_properties
    from flink_job.settings.kafka_url import is_kafka, kafka_topic
    from flink_job.settings.redis_url import redis_stream
    from flink_job.settings.source_url import source_url
    from ops.lake.redis_source import RedisSource
    from ops.secrets import redis_url

    place = source_url(url).place
    if is_kafka(place):
        from ops.lake.kafka_source import KafkaSource

        topic = kafka_topic(place, "lake")
        return KafkaSource(topic.brokers, topic.name, client_properties(settings.kafka))
    streams = redis_stream(place, "lake").keys("")
    return RedisSource(redis_url(settings.redis.url), settings.redis.prefix, streams, table, _keys(settings, table))


def _keys(settings: Settings, table: str) -> ControlKeys | None:
    """Return the keys of the job for what it signs: all that it writes but decisions and enriched events."""
    from ops.secrets import control_keys

    return control_keys(settings.job.control_keys) if table in _OF_JOB else None


def _label_reader(settings: Settings, url: str) -> LabelReader:
    from domain.events.envelopes import IGNORING
    from domain.events.parser import EventParser
    from flink_job.settings.disposable_domains import further_domains
    from flink_job.settings.source_url import source_url
    from ops.lake.labels import LabelReader
    from ops.secrets import control_keys, pseudonyms

    found, keys = source_url(url), control_keys(settings.job.control_keys)
    parser = EventParser(
        settings.graph,
        pseudonyms(settings.identity),
        disposable=further_domains(settings.incidents.waves),
        check_label=keys.check if keys else None,
        currency=settings.currency,
    )
    form = f"{found.form}{IGNORING}{','.join(found.ignored)}" if found.ignored else found.form
    return LabelReader(parser, settings.graph.stages, form)
