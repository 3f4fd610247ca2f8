"""Examples on their way to a model: from Redis, believed as little as a model, in the key of the cache."""

from __future__ import annotations

import time
from typing import Any

import pytest

from domain.control.signature import ControlKeys
from domain.summaries.examples.example import Example
from domain.summaries.examples.shelf import shelf_text
from domain.summaries.fence.strict import read_strictly
from domain.summaries.prompt import PROMPT_VERSION, prompt_of
from ops.llm.examples import KEY
from ops.llm.examples_hand_over import HandOver
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.feedback_samples import CORRECTION
from tests.support.fence_samples import FARM
from tests.support.scripted_endpoint import Data, Endpoint, Serve, asked_for, good, incidents, one_by_one, write_all, write_each

pytest_plugins = ["tests.support.llm_fixtures"]
KEYS = ControlKeys({"ops": b"k" * 32})


def example() -> Example:
    text, _ = read_strictly(CORRECTION, FARM)
    assert text is not None
    return Example.of(text, FARM)


def follows(asked: list[Data]) -> Data:
    """A model that does as the first example does."""
    if "incident" not in asked[0]:
        return dict(asked[0]["examples"][0]) if "examples" in asked[0] else good(asked)
    return {"summaries": [{"incident": one["incident"], **(one["examples"][0] if "examples" in one else good([one]))} for one in asked]}


def hand_over(client: Any, prefix: str, text: str | None) -> bool:
    return HandOver(client, prefix, lambda: text).step()


def test_a_model_is_shown_the_nearest_and_what_it_learns_is_published(
    serve: Serve, redis_settings: RedisSettings, redis_client: Any
) -> None:
    assert hand_over(redis_client, redis_settings.prefix, shelf_text([example()]))
    endpoint = Endpoint(follows)
    settings = serve(endpoint, examples=2)
    [summary] = write_each(LlmWriter(settings, redis_settings), incidents(1))
    assert summary.to_document()["writer"]["prompt"] == f"{PROMPT_VERSION}+examples"
    assert "There is one device in 6 alerts" in summary.to_document()["explanation"]
    assert "examples" in asked_for(endpoint.requests[0])[0]
    both = write_all(LlmWriter(settings, redis_settings), incidents(3)[1:])
    assert all("There is one device in" in one.to_document()["explanation"] for one in both)


def test_without_the_setting_nothing_is_read_and_the_question_is_as_before(
    serve: Serve, redis_settings: RedisSettings, redis_client: Any
) -> None:
    hand_over(redis_client, redis_settings.prefix, shelf_text([example()]))
    endpoint = Endpoint(follows)
    [summary] = write_each(LlmWriter(serve(endpoint), redis_settings), incidents(1))
    assert "examples" not in asked_for(endpoint.requests[0])[0] and summary.writer.prompt == PROMPT_VERSION


def test_the_cache_answers_the_same_examples_alone(serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    endpoint = Endpoint(follows)
    settings = serve(endpoint, examples=1)
    for text, calls in ((None, 1), (shelf_text([example()]), 2), (shelf_text([example()]), 2), (None, 2)):
        hand_over(redis_client, redis_settings.prefix, text)
        [summary] = write_each(LlmWriter(settings, redis_settings), incidents(1))
        assert summary.writer.name == "llm" and len(endpoint.requests) == calls


@pytest.mark.parametrize(
    "planted", [b"{", b"\xff\xfe", b"[1]", b'{"kind": "summary_examples", "examples": [{}]}', b"x" * 1_000_000, b"[" * 99_999]
)
def test_what_is_no_document_of_examples_costs_no_summary(
    serve: Serve, redis_settings: RedisSettings, redis_client: Any, planted: bytes
) -> None:
    redis_client.set(f"{redis_settings.prefix}{KEY}", planted)
    [summary] = write_each(LlmWriter(serve(Endpoint(follows), examples=1), redis_settings), incidents(1))
    assert (summary.writer.name, summary.writer.prompt) == ("llm", PROMPT_VERSION)


@pytest.mark.parametrize(("text", "is_used"), [(shelf_text([example()]), False), (shelf_text([example()], KEYS, "ops"), True)])
def test_where_control_records_are_signed_examples_are(
    serve: Serve, redis_settings: RedisSettings, redis_client: Any, text: str, is_used: bool
) -> None:
    hand_over(redis_client, redis_settings.prefix, text)
    [summary] = write_each(LlmWriter(serve(Endpoint(follows), examples=1), redis_settings, keys=KEYS), incidents(1))
    assert str(summary.writer.prompt).endswith("+examples") == is_used


def test_a_question_that_is_too_long_with_examples_is_asked_without(serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    hand_over(redis_client, redis_settings.prefix, shelf_text([example()]))
    endpoint = Endpoint(one_by_one(413, good(asked_for({"messages": prompt_of(incidents(1))}))))
    [summary] = write_each(LlmWriter(serve(endpoint, examples=1), redis_settings), incidents(1))
    assert (summary.writer.name, summary.writer.prompt) == ("llm", PROMPT_VERSION)
    assert ["examples" in asked_for(request)[0] for request in endpoint.requests] == [True, False]


def test_a_hand_over_writes_what_has_changed_and_takes_back_what_is_none(redis_client: Any, stream_prefix: str) -> None:
    steps = []
    for text in (None, "a", "a", "b", None, None):
        steps.append(hand_over(redis_client, stream_prefix, text))
        time.sleep(0.01)  # what is taken back is gone after a millisecond
    assert steps == [False, True, False, True, True, False] and not redis_client.exists(f"{stream_prefix}{KEY}")


def test_what_redis_refuses_is_said_once_and_stops_nobody(redis_client: Any, stream_prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    redis_client.xadd(f"{stream_prefix}{KEY}", {"a": "b"})  # no text
    hand_over_twice = HandOver(redis_client, stream_prefix, lambda: "a")
    assert not hand_over_twice.step() and not hand_over_twice.step()
    assert [record.getMessage()[:46] for record in caplog.records] == ["The examples for summaries are not handed over"]


@pytest.mark.parametrize("changes", [{"examples": -1}, {"examples": 6}, {"example_tokens": 0}])
def test_settings_are_bounded(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="set it"):
        LlmSettings(**changes)
