"""Questions to a real, tiny model (`tests.support.real_model`): nothing that no tool says is shown.

It hardly ever finds the rows. Takes minutes on two cores.
"""

from __future__ import annotations

from ops.assistant.asker import Asker
from ops.assistant.fence import said_by
from ops.assistant.model_form import TURNS
from ops.cases.store import Store
from ops.llm.asked_model import EndpointModel
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.settings import LlmSettings
from ops.redis.settings import RedisSettings
from tests.support.asked_month import NOW, month
from tests.support.store_contents import contents

pytest_plugins = ["tests.support.real_model"]
QUESTIONS = ("Which event types were blocked in January, by day?", "List the incidents of pattern card testing")


def test_a_real_model_shows_nothing_that_no_tool_says(model_url: str, redis_settings: RedisSettings, sqlite_store: Store) -> None:
    month(sqlite_store, 6, 30)
    settings = LlmSettings(base_url=model_url, model="smollm2", timeout_s=300, patience_s=300, answer_tokens=200)
    asker = Asker(lambda: EndpointModel(settings, redis_settings, CircuitBreaker(3, 60.0), TURNS), 240.0)
    before = contents(sqlite_store)
    for question in QUESTIONS:
        answer = asker.ask(sqlite_store, question, NOW, None)
        cited = [cite for one in answer.sentences for cite in one.cites]
        assert answer.writer == "smollm2" and answer.proposal is None
        assert {one.text for one in answer.sentences} <= {one.text for one in said_by({"rows": cited}, answer.results)[0]} | {
            one.text for one in said_by({"rows": [one.partition(".")[0] for one in cited]}, answer.results)[0]
        }
        print(f"{question} -> {len(answer.results)} results, {len(answer.sentences)} sentences, {answer.why}")
    assert contents(sqlite_store) == before
