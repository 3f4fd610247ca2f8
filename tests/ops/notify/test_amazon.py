"""SNS and EventBridge by boto3, against moto's server: what arrives, and what errors mean."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from domain.errors import SettingError
from ops.notify.channel import Away, Later, Refused
from ops.notify.channel_settings import EventBridgeSettings, SnsSettings
from ops.notify.channels.amazon import client_of, meant
from ops.notify.settings import EscalationSettings
from tests.ops.notify.conftest import Rig
from tests.support.case_samples import put_case

REGION = "eu-west-1"
PATIENT: Any = {"escalation": EscalationSettings(unclaimed_min=0), "timeout_s": 30.0}


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    """The address of a server in place of Amazon."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_EC2_METADATA_DISABLED", "true")):
            patch.setenv(name, value)
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        yield "http://{}:{}".format(*server.get_host_and_port())
        server.stop()


def client(service: str, amazon: str) -> Any:
    return boto3.client(service, region_name=REGION, endpoint_url=amazon)


def received(amazon: str, queue: str) -> list[dict[str, Any]]:
    sqs = client("sqs", amazon)
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def topic_with_queue(amazon: str, name: str, fifo: bool) -> tuple[str, str]:
    sns, sqs = client("sns", amazon), client("sqs", amazon)
    attributes = {"FifoTopic": "true"} if fifo else {}
    topic = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


@pytest.mark.parametrize("name", ["fraud", "fraud.fifo"])
def test_a_topic_gets_the_incident(rig: Callable[..., Rig], amazon: str, name: str) -> None:
    topic, queue = topic_with_queue(amazon, name, name.endswith(".fifo"))
    its = rig(sns=(SnsSettings("topic", topic, amazon),), **PATIENT)
    for revision in (1, 2):
        put_case(its.store, 1, revision=revision, severity=("medium", "critical")[revision - 1], headline="<b>\n" + "x" * 300_000)
        its.run()
    first, second = received(amazon, queue)
    assert [json.loads(one["Message"])["severity"] for one in (first, second)] == ["medium", "critical"]
    assert first["Subject"].startswith("ringwatch MEDIUM: <b> x") and len(first["Subject"]) <= 100


def test_a_bus_gets_events(rig: Callable[..., Rig], amazon: str) -> None:
    events, logs = client("events", amazon), client("logs", amazon)
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["ringwatch"]}))
    logs.create_log_group(logGroupName="/fraud")
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": f"arn:aws:logs:{REGION}:123456789012:log-group:/fraud"}])
    its = rig(eventbridge=(EventBridgeSettings("bus", "default", REGION, amazon),), **PATIENT)
    put_case(its.store, 1)
    its.run()
    found = logs.filter_log_events(logGroupName="/fraud")["events"]
    [event] = [json.loads(one["message"]) for one in found]
    assert event["detail-type"] == "Incident found" and event["detail"]["incident"] == "inc-0000000000000001"


def test_a_topic_that_is_not_there_is_named_and_messages_wait(rig: Callable[..., Rig], amazon: str) -> None:
    its = rig(sns=(SnsSettings("topic", f"arn:aws:sns:{REGION}:123456789012:none", amazon),), **PATIENT)
    put_case(its.store, 1)
    its.run()
    assert "NotFound" in its.deliveries["topic"].failing


def test_amazon_that_is_away_holds_messages_back(rig: Callable[..., Rig], amazon: str) -> None:
    its = rig(sns=(SnsSettings("topic", f"arn:aws:sns:{REGION}:123456789012:none", "http://127.0.0.1:1"),), **PATIENT)
    put_case(its.store, 1)
    its.run()
    assert its.deliveries["topic"].failing == "no answer of Amazon (EndpointConnectionError)"


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SettingError, match=r"need boto3: pip install '\.\[aws\]' in the folder of ringwatch"):
        client_of("sns", REGION, None, 1.0)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("Throttling", Away), ("ThrottlingException", Away), ("InternalError", Later), ("InvalidParameter", Refused), ("AccessDenied", Away)],
)
def test_errors_of_amazon_mean_what_they_say(code: str, kind: type[Exception]) -> None:
    assert type(meant(code, "x")) is kind
