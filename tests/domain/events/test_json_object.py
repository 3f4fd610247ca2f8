"""Repeated keys, and what a line is that holds no JSON object."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import json_object
from domain.events.event import FIELDS, Rejected
from domain.events.unreadable import is_blank
from tests.support.event_lines import PARSER, label, order, raw

SPACES = st.sampled_from(["", "", "", " ", "\t", "  \r", "\n"])
JSON_KEYS = st.sampled_from([*sorted(FIELDS), "items", "a", 'a":', "a: b", 'e"', "city", "line1", "\\u0061", ""])
JSON_LEAVES = st.one_of(st.sampled_from(["1", "true", "null", '"x"', '"a:b"', '"\\" :"', '"k\\":1"', '"12:30:00Z"', "1e5", "[]"]))


@st.composite
def written_objects(draw: st.DrawFn, depth: int = 2) -> str:
    """JSON text with keys that may repeat, and white space where JSON allows it."""
    members = []
    for key in draw(st.lists(JSON_KEYS, max_size=6)):
        inner = draw(written_objects(depth - 1)) if depth and draw(st.integers(0, 3)) == 0 else draw(JSON_LEAVES)
        before, after, end = draw(SPACES), draw(SPACES), draw(SPACES)
        members.append(f"{json.dumps(key)}{before}:{after}{inner}{end}")
    return "{" + ",".join(members) + "}"


@given(more=written_objects(), space=SPACES, attributes=st.one_of(st.none(), written_objects(0)))
@settings(max_examples=500, deadline=None)
def test_a_glance_at_the_keys_sees_what_a_close_look_sees(more: str, space: str, attributes: str | None) -> None:
    """A repeated key is found wherever it is; a line that is no event is refused with the same words."""
    given = order()[1:-1].decode() if attributes is None else raw("attributes", attributes)[1:-1].decode()
    for text in (more, "{" + given + "," + more[1:] if len(more) > 2 else "{" + given + "}"):
        line = (text + space).encode()
        at_a_glance = outcome(line)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_object, "plain_object", lambda text, line: None)
            assert outcome(line) == at_a_glance


def outcome(line: bytes) -> str:
    try:
        return repr(PARSER.parse(line))
    except Rejected as why:
        return f"{why.field}, {why}"


LINE = order()
WHAT_IT_IS = [
    # what, line, words of the reason
    ("a frame around JSON", b"\0\0\0\0\7" + LINE, "(schema 7) around JSON; add ?format=confluent_json to the source's URL"),
    ("a wide frame around JSON", b"\0\0\0\0\0\0\0\0\7" + LINE, "around JSON; add ?format=confluent_json"),
    ("a frame around Avro", b"\0\0\0\0\7\x02\x06o-1", "(schema 7) around Avro or Protobuf, which ringwatch does not read; send JSON"),
    ("a frame around nothing", b"\0\0\0\0\7", "a schema-registry frame (schema 7) with nothing after it"),
    ("a frame around a byte order mark", b"\0\0\0\0\7\xef\xbb\xbf", "a schema-registry frame (schema 7) with nothing after it"),
    ("a frame and a byte order mark", b"\0\0\0\0\7\xef\xbb\xbf" + LINE, "(schema 7) around JSON; add ?format=confluent_json"),
    ("a frame of AWS Glue", b"\3\0" + bytes(range(16)) + LINE, "AWS Glue"),
    ("UTF-16, little end first, no mark", LINE.decode().encode("utf-16-le"), "UTF-16 or UTF-32 text; send UTF-8"),
    ("UTF-16, big end first, no mark", LINE.decode().encode("utf-16-be"), "UTF-16 or UTF-32 text; send UTF-8"),
    ("UTF-32, no mark", LINE.decode().encode("utf-32-le"), "UTF-16 or UTF-32 text; send UTF-8"),
    ("zstd", b"\x28\xb5\x2f\xfd\0\0", "zstd data; unpack it"),
    ("zip", b"PK\x03\x04\x14\0\0\0", "a zip archive"),
    ("Parquet", b"PAR1\x15\0", "ringwatch import makes events of it"),
    ("Avro file", b"Obj\x01\x04\x16avro.schema", "an Avro file"),
    ("XML", b"<event id='1'/>", "XML or HTML"),
    ("two objects", LINE + LINE, f"not JSON at character {len(LINE)}: Extra data; write each event on a line of its own"),
    ("an array of events", b"[" + LINE + b"," + LINE + b"]", "an array of 2 values; write each event as an object on a line"),
    ("JSON in a string", json.dumps(LINE.decode()).encode(), "it was encoded twice; send the object itself"),
    ("single quotes", str(json.loads(LINE)).encode(), "JSON has double quotes, not single ones"),
    ("a comma too many", LINE[:-1] + b",}", "remove the comma before it"),
    ("Python's constants", LINE[:-1] + b', "a": True}', "JSON writes true, false and null"),
    ("an object over lines", b"{", "write the whole object on one line"),
    ("a line cut off", LINE[:-5], "write the whole object on one line"),
    ("CSV", b"event_id,event_type,event_time", "ringwatch import makes events of a table"),
    ("Debezium", b'{"before":null,"after":' + LINE + b',"op":"c"}', "a Debezium envelope; add ?format=debezium"),
    ("Debezium with a schema", b'{"schema":null,"payload":{"before":null,"after":{},"op":"c"}}', "a Debezium envelope"),
    ("Connect", b'{"schema":null,"payload":' + LINE + b"}", "Kafka Connect's envelope"),
    ("an unwrapped row", LINE[:-1] + b',"__op":"c"}', "a row that Debezium has unwrapped"),
    ("CloudEvents", b'{"specversion":"1.0","id":"1","source":"/s","type":"t","data":' + LINE + b"}", "add ?format=cloudevents"),
    ("Maxwell", b'{"database":"d","table":"t","type":"insert","data":' + LINE + b"}", "Maxwell or Canal, which ringwatch does not read"),
    ("EventBridge", b'{"detail-type":"t","source":"s","detail":' + LINE + b"}", "an EventBridge event"),
    ("a label's field first", b'{"source":"/s","id":"1","type":"t","specversion":"1.0","data":{}}', "add ?format=cloudevents"),
    ("CloudEvents without a version", b'{"source":"/s","id":"1","type":"t","data":' + LINE + b"}", "without specversion"),
    ("Debezium without op", b'{"before":null,"after":' + LINE + b"}", "a Debezium envelope without op"),
    ("Pub/Sub", b'{"message":{"data":"e30=","messageId":"1"}}', "a Pub/Sub push message"),
    ("Docker", b'{"log":"{}","stream":"stdout","time":"x"}', "a container's log record"),
    ("Fluentd", b'{"tag":"shop","time":1,"record":' + LINE + b"}", "a record of Fluentd"),
    ("Logstash", b'{"@timestamp":"x","message":"{}","host":"h"}', "a log record of Logstash"),
    ("SQS", b'{"MessageId":"1","Body":"{}"}', "an SQS message"),
    ("an unknown envelope", b'{"event":' + LINE + b"}", "an envelope that ringwatch does not know, with the event in event"),
    ("an unknown envelope of text", b'{"id":1,"payload":"{}"}', "with the event in payload; send the event itself"),
    ("a line of an indented object", b'  "event_id": "e-1",', "write each event on one line, as jq -c does"),
    ("the last line of a member", b"  },", "write each event on one line, as jq -c does"),
    ("the end of an indented object", b"}", "write each event on one line, as jq -c does"),
    ("SNS", b'{"Type":"Notification","MessageId":"1","Message":"{}"}', "an SNS notification"),
]


@pytest.mark.parametrize(("line", "words"), [row[1:] for row in WHAT_IT_IS], ids=[row[0] for row in WHAT_IT_IS])
def test_a_line_that_is_no_event_is_named_for_what_it_is(line: bytes, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        PARSER.parse(line)
    assert caught.value.field == "line"
    assert words in caught.value.reason
    assert "alice" not in caught.value.reason, "nobody's data is quoted"


@pytest.mark.parametrize("line", [label(), order()], ids=["label", "order"])
def test_a_byte_order_mark_is_passed_over(line: bytes) -> None:
    assert PARSER.parse(b"\xef\xbb\xbf" + line) == PARSER.parse(line)
    assert [is_blank(blank) for blank in (b"", b" \r", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r", line)] == [True] * 4 + [False]
