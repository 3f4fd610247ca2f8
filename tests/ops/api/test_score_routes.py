"""POST /v1/score, /v1/events and /v1/labels over HTTP, with a job that is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.control.signature import ControlKeys
from ops.access.access import Access
from ops.access.settings import AccessSettings
from ops.api.app import create_app
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.store import Store
from ops.scoring.publishing import LabelSettings, Publishing
from tests.support.api_calls import BASE
from tests.support.scoring_rig import READER, MadeUpJob, event, scoring_on

KEYS = ControlKeys({"ops": b"a key of the tests, long enough"})
LABEL = {"event_type": "label", "subject_event_id": "e1", "is_fraud": True, "source": "chargeback"}


@pytest.fixture
def service(redis_url: str, stream_prefix: str, sqlite_store: Store) -> Service:
    scoring = scoring_on(redis_url, stream_prefix, most_unread=8, deadline_ms=300)
    return Service(ServiceSettings(), sqlite_store, Access(sqlite_store, AccessSettings()), scoring)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), base_url=BASE) as client:
        yield client


def labels_by(service: Service, prefix: str, **settings: Any) -> None:
    """Let the service send labels with these settings."""
    scoring = service.scoring
    assert scoring
    gate = scoring._gate
    chosen = LabelSettings(lambda _: f"{prefix}labels", **settings)
    scoring.publish_labels = Publishing(READER, gate, lambda _: f"{prefix}events", gate, chosen).labels


def test_a_score_and_its_repeat(client: TestClient, job: MadeUpJob) -> None:
    sent = event("o-1", event_type="order", amount=12.5, currency="EUR")
    answer = client.post("/v1/score", json=sent)
    assert answer.status_code == 200
    assert (answer.json()["decision"], answer.json()["fallback"]) == ("approve", False)
    assert client.post("/v1/score", json=sent).content == answer.content
    problem = client.post("/v1/score", json={**sent, "amount": 13})
    assert (problem.status_code, problem.json()["field"]) == (409, "event_id")
    text = client.get("/metrics").text
    assert 'ringwatch_score_wait_seconds_count{outcome="decision"} 1.0' in text
    assert 'ringwatch_score_wait_seconds_count{outcome="repeat"} 1.0' in text


def test_a_fallback_is_marked(client: TestClient) -> None:
    answer = client.post("/v1/score?deadline_ms=50", json=event())
    assert answer.status_code == 200
    found = answer.json()
    assert (found["decision"], found["fallback"], found["fallback_reason"], found["accepted"]) == ("approve", True, "deadline", True)
    assert 'ringwatch_score_fallbacks_total{reason="deadline"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (b"", "line"),
        (b"{", "line"),
        (b"[1]", "line"),
        (b"\xff", "line"),
        (json.dumps(event(amount=1)).encode(), "amount"),
        (json.dumps(event("l1", **LABEL)).encode(), "event_type"),
        (json.dumps(event(event_time="tomorrow")).encode(), "event_time"),
    ],
)
def test_what_is_no_event_is_a_problem_with_its_field(sent: bytes, field: str, client: TestClient) -> None:
    answer = client.post("/v1/score", content=sent)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.post("/v1/events", content=sent if sent != b"[1]" else b"1").status_code == 422


@pytest.mark.parametrize("wrong", ["9", "10001", "60001", "soon"])
def test_a_deadline_out_of_bounds_is_refused(wrong: str, client: TestClient) -> None:
    answer = client.post(f"/v1/score?deadline_ms={wrong}", json=event())
    assert (answer.status_code, answer.json()["field"]) == (422, "deadline_ms")
    assert "from 10 to 10,000 is wanted (service.score.most_deadline_ms)" in answer.json()["detail"]


def test_a_full_stream_is_429_with_retry_after(client: TestClient, redis_client: Any, stream_prefix: str) -> None:
    many = [event(f"e{number}") for number in range(10)]
    answer = client.post("/v1/events", json=many)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["refused"]) == (202, 8, 2)
    assert [line["status"] for line in answer.json()["lines"]] == 8 * ["accepted"] + 2 * ["full"]
    for path in ("/v1/score", "/v1/events"):
        answer = client.post(path, json=many[-1])
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert redis_client.xlen(f"{stream_prefix}events") == 8


def test_events_one_by_one_in_an_array_and_by_line(client: TestClient, redis_client: Any, stream_prefix: str) -> None:
    one, two, three = (event(f"e{number}") for number in range(3))
    answer = client.post("/v1/events", json=one)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    answer = client.post("/v1/events", json=[one, two, {**two, "ip": "10.1.2.3"}, {**three, "colour": "red"}])
    assert [(line["line"], line["status"], line["field"]) for line in answer.json()["lines"]] == [
        (1, "repeated", None), (2, "accepted", None), (3, "unlike", "event_id"), (4, "refused", "colour"),
    ]  # fmt: skip
    lines = "\n".join([json.dumps(two), "", "{", json.dumps(three)])
    answer = client.post("/v1/events", content=lines, headers={"content-type": "application/x-ndjson"})
    assert [(line["line"], line["status"]) for line in answer.json()["lines"]] == [(1, "repeated"), (3, "refused"), (4, "accepted")]
    nothing = client.post("/v1/events", content="\n\n{}", headers={"content-type": "application/x-ndjson"})
    assert (nothing.status_code, nothing.json()["field"]) == (422, "2.event_type")
    assert [json.loads(fields["json"]) for _, fields in redis_client.xrange(f"{stream_prefix}events")] == [one, two, three]
    problem = client.post("/v1/events", json=[{**one, "colour": "red"}, {}])
    assert (problem.status_code, problem.json()["field"]) == (422, "0.colour")
    assert "none of the 2 was taken" in problem.json()["detail"]
    assert client.post("/v1/events", json={**one, "ip": "10.1.2.3"}).status_code == 409
    assert client.post("/v1/events", json=[]).json() == {"accepted": 0, "refused": 0, "lines": []}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"[" * 100_000, "nested deeper than 4 levels"),
        (b'[{"a": 1},\n {"b": }]', "the array is no JSON: Expecting value at line 2, column 8"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        (b"[" + b"9" * 5000 + b"]", "a number has too many digits"),
        (b'[{"amount": 1, "amount": 2}]', "amount appears twice"),
    ],
    ids=["deep", "no JSON", "no UTF-8", "digits", "a key twice"],
)
def test_an_array_that_cannot_be_read_is_told_why(sent: bytes, said: str, client: TestClient) -> None:
    answer = client.post("/v1/events", content=sent)
    assert answer.status_code == 422 and said in answer.json()["detail"]


def test_an_event_sent_without_waiting_can_be_asked_for(client: TestClient, job: MadeUpJob) -> None:
    sent = event("e9")
    assert client.post("/v1/events", json=sent).status_code == 202
    assert client.post("/v1/score", json=sent).json()["fallback"] is False
    assert len(job.lines) == 1


def test_labels_are_signed_and_only_labels_are_taken(client: TestClient, service: Service, redis_client: Any, stream_prefix: str) -> None:
    labels_by(service, stream_prefix, keys=KEYS, sign_with="ops")
    label = event("cb-1", **LABEL)
    assert client.post("/v1/labels", json=label).json()["accepted"] == 1
    assert client.post("/v1/labels", json=label).json()["lines"][0]["status"] == "repeated"
    assert client.post("/v1/labels", json=event("e1")).json()["field"] == "event_type"
    [(_, fields)] = redis_client.xrange(f"{stream_prefix}labels")
    KEYS.check(json.loads(fields["json"]))


def test_labels_that_the_job_would_reject_are_refused_at_once(client: TestClient, service: Service, stream_prefix: str) -> None:
    labels_by(service, stream_prefix, refused="the job takes no labels from redis:labels")
    answer = client.post("/v1/labels", json=event("cb-1", **LABEL))
    assert (answer.status_code, answer.json()["detail"]) == (409, "the job takes no labels from redis:labels")


def test_nobody_waits_for_a_job_whose_decisions_come_late(client: TestClient, service: Service, job: MadeUpJob) -> None:
    assert service.scoring
    service.scoring.refused = "job.order is event_time: set it to arrival"
    answer = client.post("/v1/score", json=event("o-1"))
    assert (answer.status_code, answer.json()["detail"]) == (409, "job.order is event_time: set it to arrival")
    assert job.lines == []
    assert client.post("/v1/events", json=event("o-1")).status_code == 202
