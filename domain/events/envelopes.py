"""Envelopes around an event: Debezium's, Kafka Connect's, CloudEvents' and the schema registry's frame.

A source that names a format has its records taken out of that envelope; a bare event is read as well. What
is inside meets the same contract as any other line. Nothing is decompressed, no envelope is looked for in
an envelope but those named here, and the whole record is bounded as a line is.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from domain.events.decimals import decoded
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.json_object import json_object
from domain.events.quoting import kind_of
from domain.events.skipped import DELETE, HEARTBEAT, MESSAGE, SCHEMA_CHANGE, TOMBSTONE, TRANSACTION, TRUNCATE, Skipped
from domain.events.unreadable import FRAME, framed

JSON, DEBEZIUM, CLOUDEVENTS, CONFLUENT_JSON = "json", "debezium", "cloudevents", "confluent_json"
FORMATS = (JSON, DEBEZIUM, CLOUDEVENTS, CONFLUENT_JSON)
IGNORING = "&"
"""Between a format and the names of fields to leave out, which have commas between."""

MAX_DEPTH = 16
"""An envelope may hold the schema of its content, which nests two levels for one of the content's."""
_UNAVAILABLE = "__debezium_unavailable_value"
_UNAVAILABLE_TEXTS = frozenset(
    {
        _UNAVAILABLE,
        base64.b64encode(_UNAVAILABLE.encode()).decode(),
        _UNAVAILABLE.encode().hex(),
        json.dumps({_UNAVAILABLE: _UNAVAILABLE}, separators=(",", ":")),  # of a column of the type hstore
    }
)
"""What Debezium sends for a column that is unchanged and that the database did not write to its log."""
_WITHOUT_ROW = {"d": DELETE, "t": TRUNCATE, "m": MESSAGE}
_VERSIONS = ("1.0", "0.3")
_JSON_TYPES = ("application/json", "text/json")
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
    if _is_change(doc):
        return "a Debezium envelope; add ?format=debezium to the source's URL"
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


def _is_change(doc: dict[str, Any]) -> bool:
    payload = doc.get("payload")
    inner = payload if isinstance(payload, dict) else doc
    return "op" in inner and not inner.keys().isdisjoint({"before", "after", "source"})


def _debezium(doc: dict[str, Any]) -> dict[str, Any]:
    schema = doc.get("schema")
    if "payload" in doc:
        doc = _payload(doc)
    if _is_change(doc):
        return _row(decoded(_after(doc), schema))
    if "ddl" in doc or "tableChanges" in doc:
        raise Skipped(SCHEMA_CHANGE)
    if "status" in doc and "event_id" not in doc and doc.get("status") in ("BEGIN", "END"):
        raise Skipped(TRANSACTION)
    if doc.keys() == {"ts_ms"}:
        raise Skipped(HEARTBEAT)
    return _row(decoded(doc, schema))


def _payload(doc: dict[str, Any]) -> dict[str, Any]:
    payload = doc["payload"]
    if payload is None:
        raise Skipped(TOMBSTONE)
    if not isinstance(payload, dict):
        raise Rejected("line", f"payload must be an object, not {kind_of(payload)}")
    return payload


def _after(change: dict[str, Any]) -> dict[str, Any]:
    """Return the row after a change. The row before one is never read: it is no longer true."""
    op, after = change.get("op"), change.get("after")
    if isinstance(op, str) and op in _WITHOUT_ROW:
        raise Skipped(_WITHOUT_ROW[op])
    if op not in ("c", "r", "u"):
        shown = "another text" if isinstance(op, str) else kind_of(op)
        raise Rejected("line", f"Debezium's op is {shown}; c, r, u, d, t and m are known")
    if isinstance(after, str):  # MongoDB's connector writes the document as text
        after = json_object(after.encode("utf-8", "surrogatepass"))
    if not isinstance(after, dict):
        raise Rejected("line", f"Debezium's after must be an object, not {kind_of(after)}")
    return after


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as an event: without Debezium's own fields and unknown values."""
    if str(row.get("__deleted")).lower() == "true" or row.get("__op") == "d":
        raise Skipped(DELETE)
    return {name: value for name, value in row.items() if not name.startswith("__") and not _is_unavailable(value)}


def _is_unavailable(value: Any) -> bool:
    """Return whether a column's value is Debezium's for an unknown one: text, or a map or array of it."""
    if isinstance(value, dict | list) and len(value) == 1:
        value = next(iter(value))
    return isinstance(value, str) and value in _UNAVAILABLE_TEXTS


def _cloudevents(doc: dict[str, Any]) -> dict[str, Any]:
    if "specversion" not in doc:
        return doc
    version = doc["specversion"]
    if version not in _VERSIONS:
        raise Rejected("line", f"CloudEvents of another specversion; {' or '.join(_VERSIONS)} is wanted")
    _check_content_type(doc.get("datacontenttype"))
    if doc.get("data") is not None and doc.get("data_base64") is not None:
        raise Rejected("line", "a CloudEvents envelope with data and data_base64; it may have one of them")
    data = _decoded(doc["data_base64"]) if doc.get("data_base64") is not None else doc.get("data")
    if isinstance(data, str) and data.lstrip()[:1] == "{":
        data = json_object(data.encode("utf-8", "surrogatepass"))
    if not isinstance(data, dict):
        raise Rejected("line", f"the data of a CloudEvents envelope must be an object, not {kind_of(data)}")
    return _debezium(data) if _is_change(data) else data  # Debezium has a converter to CloudEvents


def _check_content_type(value: Any) -> None:
    kind = value.partition(";")[0].strip().lower() if isinstance(value, str) else value
    if kind is not None and kind not in _JSON_TYPES and not (isinstance(kind, str) and kind.endswith("+json")):
        raise Rejected("line", "the datacontenttype of a CloudEvents envelope is another one; send application/json")


def _decoded(text: Any) -> dict[str, Any]:
    try:
        return json_object(base64.b64decode(text, validate=True))
    except (binascii.Error, TypeError, ValueError):
        raise Rejected("line", "data_base64 of a CloudEvents envelope is no Base64") from None


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    DEBEZIUM: _debezium,
    CLOUDEVENTS: _cloudevents,
    CONFLUENT_JSON: lambda doc: doc,
    JSON: lambda doc: doc,
}
