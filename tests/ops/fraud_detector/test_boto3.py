"""The unchanged client of Amazon Fraud Detector: what it is answered, and what it raises."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.events.event import Rejected
from ops.fraud_detector.parts import Away, Busy, NamedEvent, Refused, Unlike
from ops.fraud_detector.settings import OutcomeSettings
from tests.ops.fraud_detector.wire import REGISTRATION, SECRET, ScriptedEngine, client, detector

LABEL = {"eventId": "e-1", "eventTypeName": "registration", "assignedLabel": "fraud", "labelTimestamp": "2022-03-13T09:52:18Z"}
EVENT = {name: value for name, value in REGISTRATION.items() if name != "detectorId"}


def _error(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    assert type(raised.value).__name__ in (error["Code"], "ClientError")
    return error["Code"], error["Message"]


def test_a_prediction_is_read_by_the_client_as_the_original_writes_it() -> None:
    engine = ScriptedEngine(decision="block", score_given=0.98765)
    answer = client(detector(engine)).get_event_prediction(**REGISTRATION)
    assert answer["ruleResults"] == [{"ruleId": "policy", "outcomes": ["block"]}]
    assert answer["modelScores"] == [
        {
            "modelVersion": {"modelId": "ringwatch", "modelType": "ONLINE_FRAUD_INSIGHTS", "modelVersionNumber": "1.0"},
            "scores": {"ringwatch_insightscore": 987.65},
        }
    ]
    assert answer["externalModelOutputs"] == []
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200 and answer["ResponseMetadata"]["RequestId"]
    assert engine.events == [
        {
            "event_id": "e-1",
            "event_type": "signup",
            "event_time": 1646560338000,
            "account_id": "fake_valdez@example.com",
            "email": "fake_valdez@example.com",
            "ip": "124.199.26.246",
        }
    ]


def test_an_order_takes_its_entity_as_the_account_and_numbers_from_text() -> None:
    engine = ScriptedEngine()
    variables = {
        "user_agent": "Opera/8.25",
        "billing_street": "44726 Elizabeth Centers",
        "billing_zip": "80921",
        "order_price": "17.34",
        "merchant": "fraud_Lebsack",
        "payment_currency": "ETB",
        "customer_name": "Jessica",
    }
    answer = client(detector(engine)).get_event_prediction(
        **{
            **REGISTRATION,
            "eventTypeName": "transaction",
            "eventVariables": variables,
            "entities": [{"entityType": "customer", "entityId": "490-56-4431"}],
        }
    )
    assert answer["modelScores"][0]["modelVersion"]["modelType"] == "TRANSACTION_FRAUD_INSIGHTS"
    assert engine.events == [
        {
            "event_id": "e-1",
            "event_type": "order",
            "event_time": 1646560338000,
            "account_id": "490-56-4431",
            "device_fingerprint": "Opera/8.25",
            "merchant_id": "fraud_Lebsack",
            "address": {"line1": "44726 Elizabeth Centers", "postal_code": "80921"},
            "amount": 17.34,
            "attributes": {"payment_currency": "ETB"},
        }
    ]


def test_model_and_outcomes_have_the_names_that_the_clients_code_knows() -> None:
    served = detector(ScriptedEngine(decision="investigate"), model="sign_up_model", outcomes=OutcomeSettings("ok", "review", "deny"))
    answer = client(served).get_event_prediction(**REGISTRATION)
    assert answer["ruleResults"][0]["outcomes"] == ["review"]
    assert answer["modelScores"][0]["scores"] == {"sign_up_model_insightscore": 12.3}


def test_the_rule_that_decided_is_named() -> None:
    fired = [
        {"id": "R1", "version": 1, "mode": "shadow", "decision": "block"},
        {"id": "R2", "version": 1, "mode": "active", "decision": "investigate"},
        {"id": "R7", "version": 3, "mode": "active", "decision": "block"},
    ]
    answer = client(detector(ScriptedEngine(decision="block", rules=fired))).get_event_prediction(**REGISTRATION)
    assert answer["ruleResults"] == [{"ruleId": "R7", "outcomes": ["block"]}]


def test_a_fallback_has_no_score_and_says_so() -> None:
    answer = client(detector(ScriptedEngine(decision="investigate", is_fallback=True))).get_event_prediction(**REGISTRATION)
    assert answer["ruleResults"] == [{"ruleId": "fallback", "outcomes": ["investigate"]}]
    assert answer["modelScores"] == []
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-ringwatch-fallback"] == "true"


def test_a_stream_at_its_bound_is_throttling() -> None:
    engine = ScriptedEngine(refusal=Busy(2.4))
    assert _error(client(detector(engine)).get_event_prediction, **REGISTRATION)[0] == "ThrottlingException"
    assert _error(client(detector(engine)).send_event, **EVENT)[0] == "ThrottlingException"


def test_the_client_asks_again_by_itself_once_it_was_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ScriptedEngine(refusal=Busy(2.4))
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: setattr(engine, "refusal", None))
    answer = client(detector(engine), config={"retries": {"total_max_attempts": 2}}).get_event_prediction(**REGISTRATION)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1 and answer["ruleResults"]


@pytest.mark.parametrize(
    ("change", "code", "part"),
    [
        ({"eventTypeName": "unheard"}, "ResourceNotFoundException", "eventTypeName"),
        ({"eventTimestamp": "yesterday at noon"}, "ValidationException", "eventTimestamp"),
        ({"eventId": "x" * 129}, "ValidationException", "eventId"),
        ({"eventVariables": {"ip_address": "1.2.3.4"}}, "ValidationException", "eventVariables.email_address"),
        ({"entities": [{"entityType": "customer", "entityId": "a b"}]}, "ValidationException", "entities.1.member.entityId"),
        ({"detectorVersionId": "1.0"}, "ValidationException", "detectorVersionId"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(change: dict[str, Any], code: str, part: str) -> None:
    got, message = _error(client(detector(ScriptedEngine())).get_event_prediction, **{**REGISTRATION, **change})
    assert (got, part in message) == (code, True), message


def test_all_faults_are_said_at_once() -> None:
    request = {**REGISTRATION, "detectorVersionId": "01", "entities": []}
    _, message = _error(client(detector(ScriptedEngine())).get_event_prediction, **request)
    assert message.startswith("2 validation errors detected:") and "detectorVersionId" in message and "entities" in message


def test_a_missing_member_is_named() -> None:
    request = {name: value for name, value in REGISTRATION.items() if name != "eventId"}
    call = client(detector(ScriptedEngine()), config={"parameter_validation": False}).get_event_prediction
    code, message = _error(call, **request)
    assert code == "ValidationException"
    assert message == "1 validation error detected: Value null at 'eventId' failed to satisfy constraint: Member must not be null"


def test_a_known_detector_is_wanted_where_they_are_named() -> None:
    served = client(detector(ScriptedEngine(), detectors=("sign_ups",)))
    assert served.get_event_prediction(**REGISTRATION)["ruleResults"]
    assert _error(served.get_event_prediction, **{**REGISTRATION, "detectorId": "other"})[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("field", "member"),
    [("ip", "eventVariables.ip_address"), ("event_time", "eventTimestamp"), ("account_id", "eventVariables.email_address")],
)
def test_what_breaks_the_event_contract_is_named_as_the_client_sent_it(field: str, member: str) -> None:
    engine = ScriptedEngine(refusal=Rejected(field, "it is none"))
    code, message = _error(client(detector(engine)).get_event_prediction, **REGISTRATION)
    assert code == "ValidationException" and message.endswith(f"Value at '{member}' failed to satisfy constraint: it is none")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Away(), "InternalServerException"), (Unlike(), "ConflictException"), (Refused("set service.sign_with"), "AccessDeniedException")],
)
def test_each_refusal_of_the_engine_has_its_exception(outcome: Exception, code: str) -> None:
    engine = ScriptedEngine(refusal=outcome)
    got, message = _error(client(detector(engine)).send_event, **EVENT)
    assert got == code and str(outcome) in message


def test_an_event_is_sent_without_a_prediction() -> None:
    engine = ScriptedEngine()
    answer = client(detector(engine)).send_event(**EVENT)
    assert set(answer) == {"ResponseMetadata"}
    assert [event["event_id"] for event in engine.events] == ["e-1"] and engine.labels == []


def test_an_event_brings_its_label() -> None:
    engine = ScriptedEngine()
    client(detector(engine)).send_event(**EVENT, assignedLabel="legit", labelTimestamp="2022-03-13T09:52:18Z")
    (label,) = engine.labels
    assert {**label, "event_id": ""} == {
        "event_id": "",
        "event_type": "label",
        "event_time": 1647165138000,
        "subject_event_id": "e-1",
        "is_fraud": False,
        "source": "review",
        "account_id": "fake_valdez@example.com",
        "email": "fake_valdez@example.com",
        "ip": "124.199.26.246",
    }


def test_a_label_and_its_time_go_together() -> None:
    code, message = _error(client(detector(ScriptedEngine())).send_event, **EVENT, assignedLabel="legit")
    assert code == "ValidationException" and "labelTimestamp" in message


def test_a_label_finds_the_account_of_its_event_in_the_store() -> None:
    event = NamedEvent("1f0c5be2a94d7788", {"account": "1f0c5be2a94d7788", "ip": "9c41aa00bb11cc22"}, 1646560338000)
    engine = ScriptedEngine(known=[("e-1", "signup", event), ("e-1", "order", NamedEvent("2f", {"account": "2f"}, 5))])
    assert set(client(detector(engine)).update_event_label(**LABEL)) == {"ResponseMetadata"}
    (label,) = engine.labels
    assert label["pseudonyms"] == event.entities and label["subject_event_id"] == "e-1"
    assert (label["is_fraud"], label["event_time"], label["source"]) == (True, 1647165138000, "review")


def test_a_label_before_its_event_is_known_with_the_event() -> None:
    event = NamedEvent("1f", {"account": "1f"}, 1646560338000)
    engine = ScriptedEngine(known=[("e-1", "signup", event)])
    client(detector(engine)).update_event_label(**{**LABEL, "labelTimestamp": "2022-03-06"})
    assert engine.labels[0]["event_time"] == event.time_ms


def test_a_label_right_after_its_prediction_finds_it_before_the_store_does() -> None:
    engine = ScriptedEngine()
    shop = client(detector(engine))
    shop.get_event_prediction(**REGISTRATION)
    shop.update_event_label(**LABEL)
    assert engine.labels[0]["pseudonyms"].keys() == {"account", "ip", "email"}


def test_the_same_label_has_the_same_id_and_another_one_has_not() -> None:
    engine = ScriptedEngine()
    shop = client(detector(engine))
    shop.send_event(**EVENT, assignedLabel="fraud", labelTimestamp=LABEL["labelTimestamp"])
    shop.get_event_prediction(**REGISTRATION)
    shop.update_event_label(**LABEL)
    shop.update_event_label(**LABEL)
    shop.update_event_label(**{**LABEL, "assignedLabel": "legit"})
    ids = [label["event_id"] for label in engine.labels]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_a_label_of_an_event_that_nobody_knows_is_refused() -> None:
    assert _error(client(detector(ScriptedEngine())).update_event_label, **LABEL)[0] == "ResourceNotFoundException"


def test_a_label_of_an_id_that_two_accounts_use_is_a_conflict() -> None:
    known = [("e-1", "signup", NamedEvent(account, {"account": account}, 5)) for account in ("1f", "2f")]
    engine = ScriptedEngine(known=known)
    assert _error(client(detector(engine)).update_event_label, **LABEL)[0] == "ConflictException"
    assert engine.labels == []


def test_a_label_that_the_mapping_does_not_know_is_refused_before_anything_is_sent() -> None:
    engine = ScriptedEngine()
    shop = client(detector(engine))
    request = {**EVENT, "assignedLabel": "maybe", "labelTimestamp": LABEL["labelTimestamp"]}
    code, message = _error(shop.send_event, **request)
    assert code == "ValidationException" and "assignedLabel" in message and engine.events == []


def test_a_label_of_tomorrow_is_named_by_its_time() -> None:
    engine = ScriptedEngine(label_refusal=Rejected("event_time", "it lies in the future"))
    shop = client(detector(engine))
    shop.get_event_prediction(**REGISTRATION)
    code, message = _error(shop.update_event_label, **LABEL)
    assert code == "ValidationException" and "labelTimestamp" in message


def test_a_key_that_may_not_label_is_denied() -> None:
    engine = ScriptedEngine(known=[("e-1", "signup", NamedEvent("1f", {"account": "1f"}, 5))])
    served = detector(engine, access_keys=("AKIDSHOP", "AKIDBANK"), label_keys=("AKIDBANK",))
    shop = client(served)
    assert shop.get_event_prediction(**{**REGISTRATION, "eventId": "e-2"})["ruleResults"]
    assert _error(shop.update_event_label, **LABEL)[0] == "AccessDeniedException"
    request = {**EVENT, "assignedLabel": "legit", "labelTimestamp": LABEL["labelTimestamp"]}
    assert _error(shop.send_event, **request)[0] == "AccessDeniedException"
    assert engine.labels == [] and len(engine.events) == 1
    client(served, key="AKIDBANK").update_event_label(**LABEL)
    assert len(engine.labels) == 1


def test_another_operation_of_the_service_is_unknown() -> None:
    assert _error(client(detector(ScriptedEngine())).get_detectors)[0] == "UnknownOperationException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": f"{SECRET}x"}, "InvalidSignatureException"),
        ({"key": "AKIDOTHER"}, "UnrecognizedClientException"),
        ({"aws_session_token": "FwoGZXIvYXdz"}, "UnrecognizedClientException"),
        ({"region_name": "us-east-1"}, "InvalidSignatureException"),
    ],
)
def test_a_key_that_is_not_the_right_one_is_refused(change: dict[str, Any], code: str) -> None:
    engine = ScriptedEngine()
    assert _error(client(detector(engine, regions=("eu-west-1",)), **change).get_event_prediction, **REGISTRATION)[0] == code
    assert engine.events == []


@pytest.mark.parametrize(("off_s", "refused"), [(-299, False), (299, False), (-301, True), (301, True)])
def test_a_signature_is_good_for_five_minutes(off_s: int, refused: bool) -> None:
    served = client(detector(ScriptedEngine(), clock_s=lambda: time.time() + off_s))
    if refused:
        code, message = _error(served.get_event_prediction, **REGISTRATION)
        assert code == "InvalidSignatureException" and ("expired" in message or "not yet current" in message)
    else:
        assert served.get_event_prediction(**REGISTRATION)["ruleResults"]
