"""POST / of the whole app: boto3, a made-up job behind a real Redis, and the case store on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import redis
from botocore.config import Config
from botocore.exceptions import ClientError
from fastapi.testclient import TestClient

from domain.events.parser import EventParser
from ops.access.access import Access
from ops.access.settings import AccessSettings
from ops.api.app import create_app
from ops.api.fraud_detector_engine import ScoringEngine
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.decided_events import take_decisions
from ops.cases.store import Store
from ops.fraud_detector.event_bridge import EventBridge
from ops.fraud_detector.fraud_detector import Answer, FraudDetector
from ops.fraud_detector.settings import FraudDetectorSettings
from ops.scoring.events_read import EventReader
from tests.ops.fraud_detector.test_event_bridge import ENVELOPE
from tests.ops.fraud_detector.wire import KEY, MAPPINGS, REGISTRATION, SECRET, answered, headers_of, mappings
from tests.support.api_calls import BASE
from tests.support.scoring_rig import GRAPH, NAMES, MadeUpJob, decision, scoring_on

EVENT = {name: value for name, value in REGISTRATION.items() if name != "detectorId"}
LABEL = {"eventId": "e-1", "eventTypeName": "registration", "assignedLabel": "fraud", "labelTimestamp": "2022-03-13T09:52:18Z"}


@pytest.fixture
def service(redis_url: str, stream_prefix: str, store: Store) -> Service:
    reader = EventReader(EventParser(GRAPH, NAMES), EventBridge(mappings()).opened)
    scoring = scoring_on(redis_url, stream_prefix, most_unread=8, reader=reader, deadline_ms=500)
    settings = FraudDetectorSettings(event_types=dict.fromkeys(MAPPINGS, ""), access_keys=(KEY,))
    detector = FraudDetector(settings, mappings(), {KEY: SECRET.encode()}, ScoringEngine(scoring, store))
    return Service(ServiceSettings(), store, Access(store, AccessSettings()), scoring=scoring, fraud_detector=detector)


@pytest.fixture
def web(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), base_url=BASE, raise_server_exceptions=False) as web:
        yield web


@pytest.fixture
def shop(web: TestClient) -> Any:
    """boto3 as it is installed; what it would write to a socket goes to the app."""
    config = Config(retries={"total_max_attempts": 1})
    given = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "eu-west-1", "config": config}
    client = boto3.client("frauddetector", endpoint_url=BASE, **given)
    client.meta.events.register("before-send.frauddetector", lambda request, **_: _sent(web, request))
    return client


def _sent(web: TestClient, request: Any) -> Any:
    answer = web.post("/", content=request.body, headers=dict(headers_of(request)))
    return answered(request.url, Answer(answer.status_code, dict(answer.headers), answer.content))


def _code(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**request)
    code: str = raised.value.response["Error"]["Code"]
    return code


def _in_stream(url: str, stream: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(url) as client:
        found: Any = client.xrange(stream)
    return [json.loads(fields[b"json"]) for _, fields in found]


def test_a_prediction_comes_from_the_job_and_again_from_memory(shop: Any, job: MadeUpJob) -> None:
    first, second = (shop.get_event_prediction(**REGISTRATION) for _ in range(2))
    assert first["modelScores"] == second["modelScores"] != []
    assert first["ruleResults"] == second["ruleResults"] == [{"ruleId": "policy", "outcomes": ["approve"]}]
    assert len(job.lines) == 1
    assert _code(shop.get_event_prediction, **{**REGISTRATION, "eventTimestamp": "2022-03-07"}) == "ConflictException"


def test_without_the_job_the_fallback_comes_in_time(shop: Any) -> None:
    answer = shop.get_event_prediction(**REGISTRATION)
    assert answer["ruleResults"] == [{"ruleId": "fallback", "outcomes": ["approve"]}] and answer["modelScores"] == []


def test_what_the_job_would_reject_is_refused_by_the_clients_name_for_it(shop: Any, redis_url: str, stream_prefix: str) -> None:
    for variables, name in (({"ip_address": "1.2.3.4, 5.6.7.8"}, "ip_address"), ({"email_address": "guest"}, "email_address")):
        with pytest.raises(shop.exceptions.ValidationException, match=f"eventVariables.{name}"):
            shop.get_event_prediction(**{**REGISTRATION, "eventVariables": {**REGISTRATION["eventVariables"], **variables}})
    with pytest.raises(shop.exceptions.ValidationException, match="eventTimestamp"):
        shop.get_event_prediction(**{**REGISTRATION, "eventTimestamp": "1969-03-06T09:52:18Z"})
    assert _in_stream(redis_url, f"{stream_prefix}events") == []


def test_a_stream_that_is_full_throttles(shop: Any) -> None:
    codes = []
    for place in range(12):
        try:
            shop.send_event(**{**EVENT, "eventId": f"e-{place}"})
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes and set(codes) == {"ThrottlingException"}


def test_a_label_of_an_event_in_the_store_carries_its_pseudonyms(shop: Any, store: Store, redis_url: str, stream_prefix: str) -> None:
    assert _code(shop.update_event_label, **LABEL) == "ResourceNotFoundException"
    line = json.dumps({"event_id": "e-1", "event_type": "signup", "event_time": 1646560338000, "account_id": "a@example.com"}).encode()
    document = json.loads(decision(line)["json"])
    with store.begin() as session:
        take_decisions(session, [document])
    shop.update_event_label(**LABEL)
    shop.update_event_label(**LABEL)
    [label] = _in_stream(redis_url, f"{stream_prefix}labels")
    assert label["pseudonyms"] == document["entities"]
    assert (label["subject_event_id"], label["is_fraud"], label["source"]) == ("e-1", True, "review")


def test_an_event_of_another_type_is_not_meant_by_a_label(shop: Any, store: Store) -> None:
    line = json.dumps({"event_id": "e-1", "event_type": "login", "event_time": 1646560338000, "account_id": "a@example.com"}).encode()
    with store.begin() as session:
        take_decisions(session, [json.loads(decision(line)["json"])])
    assert _code(shop.update_event_label, **LABEL) == "ResourceNotFoundException"


def test_a_label_of_next_week_is_named_by_its_time(shop: Any) -> None:
    shop.get_event_prediction(**REGISTRATION)  # its fallback names the account, too
    with pytest.raises(shop.exceptions.ValidationException, match="labelTimestamp"):
        shop.update_event_label(**{**LABEL, "labelTimestamp": "2099-01-01T00:00:00Z"})


def test_a_fault_of_ours_is_an_internal_error_and_says_nothing(
    shop: Any, service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service.scoring, "score", lambda _: (_ for _ in ()).throw(RuntimeError("a@example.com")))
    assert _code(shop.get_event_prediction, **REGISTRATION) == "InternalServerException"
    assert "a@example.com" not in "".join(capfd.readouterr())


def test_a_service_without_event_types_answers_no_such_calls(shop: Any, service: Service) -> None:
    service.fraud_detector = None
    assert _code(shop.get_event_prediction, **REGISTRATION) == "ResourceUnavailableException"


def test_a_body_beyond_the_limit_is_not_read(web: TestClient) -> None:
    assert web.post("/", content=b"x" * (1 << 21)).status_code == 413


def test_a_token_or_a_session_opens_nothing_here(web: TestClient) -> None:
    answer = web.post(
        "/", json=REGISTRATION, headers={"Authorization": "Bearer rw_1", "X-Amz-Target": "AWSHawksNestServiceFacade.SendEvent"}
    )
    assert (answer.status_code, answer.json()["__type"]) == (400, "MissingAuthenticationTokenException")
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"


def test_events_of_event_bridge_are_taken_out_of_their_envelopes(web: TestClient, redis_url: str, stream_prefix: str) -> None:
    bad = {**ENVELOPE, "id": "7c2", "detail": {"ip_address": "1.2.3.4"}}
    own = {**ENVELOPE, "id": "7c3", "detail-type": "Logged in", "detail": {"event_type": "login", "account_id": "a-17"}}
    answer = web.post("/v1/events", json=[ENVELOPE, bad, own])
    assert answer.status_code == 202
    assert [(line["status"], line["field"]) for line in answer.json()["lines"]] == [
        ("accepted", None),
        ("refused", "detail.email_address"),
        ("accepted", None),
    ]
    assert [(event["event_id"], event["event_type"]) for event in _in_stream(redis_url, f"{stream_prefix}events")] == [
        ("7c1e6a30", "signup"),
        ("7c3", "login"),
    ]
    again = web.post("/v1/events", json=ENVELOPE)
    assert again.json()["lines"][0]["status"] == "repeated"
