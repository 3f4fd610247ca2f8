"""`ringwatch actions test`: a sample to the shop, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flink_job.cli import main
from tests.ops.actions.conftest import KEY
from tests.support.channel_stand_in import Answer, StandIn

Call = Callable[..., int]


@pytest.fixture
def shop() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def call(shop: StandIn) -> Call:
    own = (f"actions.target={shop.url}/", "notify.allow_private=[127.0.0.1]")
    return lambda *more: main(["actions", "test", *(word for one in (*own, *more) for word in ("--set", one))])


def test_a_sample_is_marked_as_a_test_and_what_came_back_is_said(
    call: Call, shop: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", KEY)
    assert call() == 0
    event = shop.asked[0].json
    assert event["type"] == "ringwatch.action.release" and event["data"]["test"] is True and event["data"]["why"] == "test"
    assert event["data"]["event_id"].startswith("ringwatch-test-") and "webhook-signature" in shop.asked[0].headers
    taken, mode = capsys.readouterr().out.splitlines()
    assert taken == f"actions.target: taken: the release of {event['data']['event_id']}, which is no order"
    assert mode.startswith("actions.mode is dry")
    shop.script = [Answer(401, "who are you?")]
    assert call("actions.auto_block=true", "actions.mode=live") == 1
    assert "actions.mode" not in (said := capsys.readouterr().out)
    assert "actions.target: not taken: HTTP 401: it does not take our key: who are you?" in said


def test_without_key_or_target_it_says_what_to_set(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call() == 2 and "RINGWATCH_ACTIONS_KEY" in capsys.readouterr().err
    assert main(["actions", "test"]) == 2 and "actions.target names nothing to send to" in capsys.readouterr().err


def test_a_stream_gets_a_line(call: Call, redis_url: str, stream_prefix: str, redis_client: Any) -> None:
    assert call("actions.target=redis:actions", f"redis.url={redis_url}", f"redis.prefix={stream_prefix}") == 0
    assert b"ringwatch-test-" in repr(redis_client.xrange(f"{stream_prefix}actions")).encode()
