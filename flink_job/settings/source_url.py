"""URLs of event streams, which may name the format of their records: `kafka://BROKER/TOPIC?format=debezium`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from domain.errors import SettingError
from domain.events.envelopes import CONFLUENT_JSON, FORMATS, JSON
from flink_job.settings.kafka_url import is_kafka

_SETTING = "job.sources"
_QUERY = re.compile(r"\?(?P<name>[A-Za-z_-]+)=(?P<value>[^/?]*)$")


@dataclass(frozen=True)
class SourceUrl:
    """Where events come from, as the URL of a file or topic, and what envelope they come in."""

    place: str
    form: str


def source_url(url: str) -> SourceUrl:
    """Take a URL of `job.sources` apart; raise `SettingError` for an unknown format or option."""
    query = _QUERY.search(url)
    if not query:
        return SourceUrl(url, JSON)
    place, name = url[: query.start()], query["name"]
    form = query["value"].strip().lower().replace("-", "_")
    if name != "format":
        raise SettingError(f"{_SETTING}: {name} is no option of a source's URL; the one option is ?format={'|'.join(FORMATS)}")
    if form not in FORMATS:
        near = get_close_matches(form, FORMATS, n=1)
        mend = f"did you mean {near[0]}?" if near else f"use one of {', '.join(FORMATS)}"
        raise SettingError(f"{_SETTING}: format {query['value']!r} is not known: {mend}")
    if form == CONFLUENT_JSON and not is_kafka(place):
        raise SettingError(
            f"{_SETTING}: {form} is for kafka://: in a file, a frame's bytes can be a line break; "
            "write the values without frames, as kafka-json-schema-console-consumer does"
        )
    return SourceUrl(place, form)
