"""URLs of event streams, which may name the format of their records: `kafka://BROKER/TOPIC?format=debezium`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from domain.errors import SettingError
from domain.events.envelopes import CONFLUENT_JSON, FORMATS, JSON
from domain.events.event import FIELDS, LABEL_FIELDS
from flink_job.settings.kafka_url import is_kafka
from flink_job.settings.redis_url import is_redis, is_server, redis_stream

_SETTING = "job.sources"
_QUERY = re.compile(r"\?(?P<options>[A-Za-z_-]+=[^/?]*)$")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_.$-]{0,127}", re.ASCII)


@dataclass(frozen=True)
class SourceUrl:
    """Where events come from, as the URL of a file or topic, and what envelope they come in."""

    place: str
    form: str
    ignored: tuple[str, ...] = ()
    """Fields that the records have beside those of the contract, and that are left out."""


def source_url(url: str) -> SourceUrl:
    """Take a URL of `job.sources` apart; raise `SettingError` for an unknown format or option."""
    if is_server(url):
        redis_stream(url, _SETTING)  # says what to write
    query = _QUERY.search(url)
    if not query:
        return SourceUrl(url, JSON)
    place = url[: query.start()]
    options = dict(option.partition("=")[::2] for option in query["options"].split("&"))
    partitions = options.pop("partitions", None) if is_redis(place) else None
    if partitions is not None:
        place += f"?partitions={partitions}"
    other = next((name for name in options if name not in ("format", "ignore")), None)
    if other is not None:
        raise SettingError(
            f"{_SETTING}: {other} is no option of a source's URL; the options are ?format={'|'.join(FORMATS)} and ?ignore=FIELD,FIELD"
            f"{', and of redis: ?partitions=N' if is_redis(place) else ''}"
        )
    named = options.get("format", JSON)
    form, ignored = named.strip().lower().replace("-", "_"), _ignored(options.get("ignore"))
    if form not in FORMATS:
        near = get_close_matches(form, FORMATS, n=1)
        mend = f"did you mean {near[0]}?" if near else f"use one of {', '.join(FORMATS)}"
        raise SettingError(f"{_SETTING}: format {named!r} is not known: {mend}")
    if form == CONFLUENT_JSON and not is_kafka(place):
        raise SettingError(
            f"{_SETTING}: {form} is for kafka://: in a file, a frame's bytes can be a line break; "
            "write the values without frames, as kafka-json-schema-console-consumer does"
        )
    return SourceUrl(place, form, ignored)


def _ignored(names: str | None) -> tuple[str, ...]:
    if names is None:
        return ()
    fields = tuple(name.strip() for name in names.split(","))
    for name in fields:
        if not _COLUMN.fullmatch(name):
            raise SettingError(f"{_SETTING}: ignore={names!r} names no field; write ?ignore=id,updated_at")
        if name in FIELDS or name in LABEL_FIELDS:
            raise SettingError(f"{_SETTING}: ignore names {name}, which is a field of events; leave it out of the records, or send null")
    return fields
