"""Questions over a real HTTP endpoint: one tool a turn as JSON, within the budget, away without harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug import Request, Response

from ops.assistant.asker import Asker
from ops.assistant.endpoint_model import asker_of
from ops.cases.store import Store
from ops.redis.settings import RedisSettings
from tests.support.asked_month import NOW, month
from tests.support.scripted_endpoint import Endpoint, Serve
from tests.support.scripted_questions import Turn, call, rows

pytest_plugins = ["tests.support.llm_fixtures"]
QUESTION = "Compare what was blocked by its kind"
TURNS = (call("count", measure="alerts", window="2026-01"), rows("T1.1"))


class Tools(Endpoint):
    """An endpoint that says one turn after the other, the last one again and again; a number is a status."""

    def __init__(self, *turns: Turn | int, **options: Any) -> None:
        super().__init__(**options)
        self.turns = list(turns)

    def __call__(self, request: Request) -> Response:
        asked = request.get_json()
        self.requests.append(asked)
        if asked.get("response_format", {}).get("type") not in self.formats:
            return Response(json.dumps({"error": {"message": "unknown parameter response_format"}}), 400)
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if isinstance(turn, int):
            return Response(json.dumps({"error": {"message": "scripted"}}), turn, content_type="application/json")
        return Response(json.dumps(self.completion(dict(turn) if not isinstance(turn, str) else turn)), content_type="application/json")


@pytest.mark.parametrize("formats", [("json_schema",), (None,)])
def test_a_question_over_http(serve: Serve, redis_settings: RedisSettings, sqlite_store: Store, formats: tuple[str | None, ...]) -> None:
    made = month(sqlite_store)
    endpoint = Tools(*TURNS, formats=formats)
    answer = asker_of(serve(endpoint), redis_settings, True).ask(sqlite_store, QUESTION, NOW, None)
    assert [one.text for one in answer.sentences] == [f"Flagged events, from 2026-01-01 to 2026-01-31: alerts {len(made.alerts)}."]
    assert answer.writer == "tiny"
    if formats == ("json_schema",):
        schema = endpoint.requests[-1]["response_format"]["json_schema"]
        assert schema["name"] == "tool_call" and set(schema["schema"]["properties"]) == {"tool", "arguments"}


def test_an_endpoint_that_fails_says_nothing(serve: Serve, redis_settings: RedisSettings, sqlite_store: Store) -> None:
    asker = asker_of(serve(Tools(500), failures_to_open=1, timeout_s=1.0, patience_s=2.0), redis_settings, True)
    assert "The model gives no answer" in asker.ask(sqlite_store, QUESTION, NOW, None).why
    assert "left alone for a while" in asker.ask(sqlite_store, QUESTION, NOW, None).why
    assert asker.ask(sqlite_store, "How many alerts?", NOW, None).is_known


def test_a_budget_that_is_spent_asks_nobody(serve: Serve, redis_settings: RedisSettings, sqlite_store: Store) -> None:
    endpoint = Tools(*TURNS)
    asker = asker_of(serve(endpoint, money_per_day=0.0), redis_settings, True)
    assert "llm.money_per_day is used up" in asker.ask(sqlite_store, QUESTION, NOW, None).why and not endpoint.requests


def test_code_answers_alone_where_no_model_is_wanted(serve: Serve, redis_settings: RedisSettings, sqlite_store: Store) -> None:
    endpoint = Tools(*TURNS)
    asker = asker_of(serve(endpoint), redis_settings, False)
    assert not asker.has_model and "not among the ready ones" in asker.ask(sqlite_store, QUESTION, NOW, None).why
    assert not Asker().has_model and not endpoint.requests
