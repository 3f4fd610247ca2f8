"""Envelopes around an event: Debezium's, Kafka Connect's, CloudEvents' and the schema registry's frame.

A source that names a format has its records taken out of that envelope; a bare event is read as well. What
is inside meets the same contract as any other line. Nothing is decompressed, no envelope is looked for in
an envelope but those named here, and the whole record is bounded as a line is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.events.cloud_events import event_of
from domain.events.debezium import is_change, kind_beside_rows, row_in
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.json_object import json_object
from domain.events.skipped import TOMBSTONE, Skipped
from domain.events.unreadable import FRAME, framed

JSON, DEBEZIUM, CLOUDEVENTS, CONFLUENT_JSON = "json", "debezium", "cloudevents", "confluent_json"
FORMATS = (JSON, DEBEZIUM, CLOUDEVENTS, CONFLUENT_JSON)
IGNORING = "&"
"""Between a format and the names of fields to leave out, which have commas between."""

MAX_DEPTH = 16
"""An envelope may hold the schema of its content, which nests two levels for one of the content's."""
_OTHERS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"database", "table", "type", "data"}), "a change record of Maxwell or Canal"),
    (frozenset({"table", "op_type", "after"}), "a change record of GoldenGate"),
    (frozenset({"data", "metadata"}), "a change record of AWS DMS"),
    (frozenset({"detail-type", "detail", "source"}), "an EventBridge event"),
    (frozenset({"Type", "MessageId", "Message"}), "an SNS notification"),
    (frozenset({"TopicArn", "Message"}), "an SNS notification"),
    (frozenset({"MessageId", "Body"}), "an SQS message"),
    (frozenset({"kinesis", "eventSource"}), "a Kinesis record"),
    (frozenset({"log", "stream"}), "a container's log record"),
    (frozenset({"tag", "record"}), "a record of Fluentd"),
    (frozenset({"@timestamp", "message"}), "a log record of Logstash, Beats or Fluentd"),
    (frozenset({"message", "subscription"}), "a Pub/Sub push message"),
    (frozenset({"Records"}), "a batch of AWS records"),
    (frozenset({"resourceLogs"}), "an OpenTelemetry log export"),
)
"""Keys of envelopes that are named, but not read."""
_CONTENTS = ("event", "payload", "data", "message", "body", "record", "value", "detail", "log", "records", "events")
"""Keys under which envelopes that nobody knows hold an event."""


def check_no_deep_envelope(line: bytes) -> None:
    """Raise `Rejected`, with the mend, for a line that is too deep for an event, being an envelope."""
    try:
        doc = json_object(line, MAX_DEPTH)
    except Rejected:
        return
    check_no_envelope(doc)


def event_in(line: bytes, form: str) -> dict[str, Any]:
    """Return the event in a record, also of `JSON` with fields to leave out; raise `Rejected`, `Skipped`."""
    form, _, ignored = form.partition(IGNORING)
    if line[:1] == FRAME and form != JSON and len(line) <= MAX_LINE_BYTES:
        line = framed(line) or line  # a registry's serializer may have framed any of them
    if form == DEBEZIUM and line.strip() == b"null":
        raise Skipped(TOMBSTONE)
    event = _READERS[form](json_object(line, MAX_DEPTH))
    return {name: value for name, value in event.items() if name not in ignored.split(",")} if ignored else event


def check_no_envelope(doc: dict[str, Any]) -> None:
    """Raise `Rejected`, with the mend, for an object that looks like an envelope around an event."""
    found = _named(doc)
    if found:
        raise Rejected("line", found)


def _named(doc: dict[str, Any]) -> str:
    if is_change(doc):
        return "a Debezium envelope; add ?format=debezium to the source's URL"
    if kind := kind_beside_rows(doc):
        what = f"Debezium's record of the kind {kind}, which holds no event"
        return f"{what}; add ?format=debezium to the source's URL, which passes over it"
    if "payload" in doc and "schema" in doc:
        return "Kafka Connect's envelope of schema and payload; add ?format=debezium to the source's URL"
    if "__op" in doc or "__deleted" in doc:
        return "a row that Debezium has unwrapped, with fields of its own; add ?format=debezium to the source's URL"
    if "specversion" in doc:
        return "a CloudEvents envelope; add ?format=cloudevents to the source's URL"
    if doc.keys() >= {"before", "after"}:
        return "a Debezium envelope without op; let the connector send whole changes, or rows that it has unwrapped"
    other = next((words for keys, words in _OTHERS if keys <= doc.keys()), "")
    if not other and isinstance(message := doc.get("message"), dict) and "data" in message:
        other = "a Pub/Sub push message"
    if other:
        return f"{other}, which ringwatch does not read; send the event in it"
    if doc.keys() >= {"id", "source", "type", "data"}:
        return "a CloudEvents envelope without specversion; send it, and add ?format=cloudevents to the source's URL"
    return _unknown_envelope(doc)


def _unknown_envelope(doc: dict[str, Any]) -> str:
    if "event_id" in doc or "event_type" in doc:
        return ""
    key = next((key for key in doc if key.lower() in _CONTENTS and isinstance(doc[key], dict | list | str)), "")
    return key and f"an envelope that ringwatch does not know, with the event in {key}; send the event itself"


def _debezium(doc: dict[str, Any]) -> dict[str, Any]:
    return event_of(doc) if "specversion" in doc else row_in(doc)  # Debezium has a converter to CloudEvents


def _cloudevents(doc: dict[str, Any]) -> dict[str, Any]:
    if "specversion" not in doc and isinstance(inner := doc.get("payload"), dict) and "specversion" in inner:
        doc = inner  # with the schema of the whole
    return event_of(doc) if "specversion" in doc else doc


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    DEBEZIUM: _debezium,
    CLOUDEVENTS: _cloudevents,
    CONFLUENT_JSON: lambda doc: doc,
    JSON: lambda doc: doc,
}
