"""Requests that are well signed and otherwise hostile or strange: what no client of AWS would send."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.fraud_detector.fraud_detector import Answer
from tests.ops.fraud_detector.test_signature import HEADERS, NOW, signed
from tests.ops.fraud_detector.wire import REGISTRATION, ScriptedEngine, detector

KNOWN_ERRORS = {"ValidationException", "SerializationException", "ResourceNotFoundException"}


def sent(body: bytes, operation: str = "GetEventPrediction", engine: ScriptedEngine | None = None, query: bytes = b"") -> Answer:
    headers = [*HEADERS[:2], ("X-Amz-Target", f"AWSHawksNestServiceFacade.{operation}")]
    served = detector(engine or ScriptedEngine(), clock_s=NOW.timestamp)
    return asyncio.run(served.answer(signed(body, headers), query, body))


def error(body: Any, operation: str = "GetEventPrediction") -> tuple[str, str]:
    engine = ScriptedEngine()
    answer = sent(body if isinstance(body, bytes) else json.dumps(body).encode(), operation, engine)
    document = json.loads(answer.body)
    assert answer.status == 400 and document["__type"] == answer.error
    assert engine.events == engine.labels == []
    return document["__type"], document["message"]


def test_a_request_that_nobody_signed_reaches_nothing() -> None:
    engine = ScriptedEngine()
    answer = asyncio.run(detector(engine).answer([("host", "a"), ("x-amz-target", "x")], b"", json.dumps(REGISTRATION).encode()))
    assert json.loads(answer.body)["__type"] == "MissingAuthenticationTokenException" and engine.events == []


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"null",
        b"\xff\xfe{}",
        b'{"eventId":"e-1","eventId":"e-2"}',
        b'{"eventVariables":{"ip":"1","ip":"2"}}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"eventId":' + b"9" * 5000 + b"}",
        b'{"a":"' + b"x" * 70_000 + b'"}',
    ],
    ids=["list", "half", "null", "utf-16", "key twice", "variable twice", "long", "deep", "digits", "large"],
)
def test_what_cannot_be_read_is_a_serialization_exception(body: bytes) -> None:
    assert error(body)[0] == "SerializationException"


@pytest.mark.parametrize(("text", "what"), [("a\0@example.com", "a null character"), ("a\ud800", "half a surrogate pair")])
def test_a_text_that_is_none_is_refused(text: str, what: str) -> None:
    kind, message = error({**REGISTRATION, "eventVariables": {"email_address": text}})
    assert (kind, f"Member must be text: it holds {what}; leave it out" in message) == ("ValidationException", True)
    kind, message = error({**REGISTRATION, "eventVariables": {text: "x"}})
    assert (kind, f"names that are text: it holds {what}" in message) == ("ValidationException", True)


@pytest.mark.parametrize("value", [17, 1.5, True, [], {}])
@pytest.mark.parametrize("member", ["eventId", "eventTypeName", "eventTimestamp", "detectorId"])
def test_a_member_of_another_type_is_refused(member: str, value: Any) -> None:
    kind, message = error({**REGISTRATION, member: value})
    assert kind == "SerializationException" and member in message


@pytest.mark.parametrize(
    "change",
    [
        {"entities": {}},
        {"entities": ["a"]},
        {"entities": [{"entityType": 1, "entityId": "a"}]},
        {"eventVariables": []},
        {"eventVariables": {"ip_address": 17}},
        {"eventVariables": {"ip_address": {"a": "b"}}},
    ],
)
def test_members_within_members_are_read_as_strictly(change: dict[str, Any]) -> None:
    assert error({**REGISTRATION, **change})[0] == "SerializationException"


@pytest.mark.parametrize("id_", ["E-1", "e 1", "e-1\n", "é", "x" * 65, ""])
def test_ids_of_stored_events_have_the_models_pattern(id_: str) -> None:
    event = {name: value for name, value in REGISTRATION.items() if name != "detectorId"}
    assert error({**event, "eventId": id_}, "SendEvent")[0] == "ValidationException"


@pytest.mark.parametrize("time", ["2022-03-06T09:52:18Z\n", "2022-13-06T09:52:18Z", "06/03/2022 09:52", "20220306T095218Z"])
def test_what_is_no_time_of_iso_8601_is_refused(time: str) -> None:
    kind, message = error({**REGISTRATION, "eventTimestamp": time})
    assert kind == "ValidationException" and "eventTimestamp" in message


@pytest.mark.parametrize(
    "time",
    ["2022-03-06T09:52:18Z", "2022-03-06t09:52:18z", "2022-03-06T09:52:18", "2022-03-06T10:52:18+01:00", "2022-03-06T09:52:18.0Z"],
)
def test_times_are_utc_unless_they_say_otherwise(time: str) -> None:
    engine = ScriptedEngine()
    assert sent(json.dumps({**REGISTRATION, "eventTimestamp": time}).encode(), engine=engine).status == 200
    assert engine.events[0]["event_time"] == 1646560338000


def test_a_variable_named_as_metadata_does_not_take_its_place() -> None:
    engine = ScriptedEngine()
    variables = {**REGISTRATION["eventVariables"], "EVENT_ID": "another", "EVENT_TIMESTAMP": "1999-01-01"}
    assert sent(json.dumps({**REGISTRATION, "eventVariables": variables}).encode(), engine=engine).status == 200
    assert (engine.events[0]["event_id"], engine.events[0]["event_time"]) == ("e-1", 1646560338000)


def test_members_that_the_model_does_not_know_are_passed_over() -> None:
    assert sent(json.dumps({**REGISTRATION, "futureMember": {"a": [1]}}).encode()).status == 200


def test_a_query_is_no_place_for_a_signature() -> None:
    answer = sent(json.dumps(REGISTRATION).encode(), query=b"X-Amz-Signature=0")
    assert json.loads(answer.body)["__type"] == "UnknownOperationException"


@pytest.mark.parametrize("operation", ["", "GetDetectors", "getEventPrediction", "__class__", "GetEventPrediction "])
def test_only_three_operations_are_known(operation: str) -> None:
    body = json.dumps(REGISTRATION).encode()
    assert json.loads(sent(body, operation).body)["__type"] == "UnknownOperationException"


def test_an_answer_quotes_nothing_that_was_sent() -> None:
    secret = "4111111111111111"
    variables = {"ip_address": secret * 600, secret: "x" * 9000, "email_address": ""}
    _, message = error({**REGISTRATION, "eventVariables": variables, "eventTimestamp": secret, "detectorVersionId": f"x{secret}"})
    assert "4111" not in message


def test_a_header_of_an_answer_holds_nothing_that_was_sent() -> None:
    answer = sent(json.dumps({**REGISTRATION, "eventId": "e-1\r\nset-cookie: a=b"}).encode())
    assert answer.status == 200 or answer.error in KNOWN_ERRORS
    assert all("set-cookie" not in f"{name}{value}" for name, value in answer.headers.items())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
def test_no_request_is_our_fault(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(["GetEventPrediction", "SendEvent", "UpdateEventLabel"]))
    label = {"assignedLabel": "fraud", "labelTimestamp": "2022-03-13"}
    request = {**REGISTRATION, **label, **data.draw(st.dictionaries(st.sampled_from([*REGISTRATION, *label]), _JSON, max_size=3))}
    answer = sent(json.dumps(request).encode(), operation)
    assert answer.status == 200 or answer.error in KNOWN_ERRORS, answer.body
