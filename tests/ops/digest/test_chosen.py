"""A model chooses among sentences that code wrote: nothing else is shown, and what must be said stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug import Request, Response

from ops.cases.store import Store
from ops.digest.chosen import by_template, picked, writer_of
from ops.digest.figures import Digest
from ops.digest.sentences import more_sentences, sentences
from ops.redis.settings import RedisSettings
from tests.ops.digest.test_forms import of
from tests.support.digest_samples import DAYS, HOSTILE, fill
from tests.support.scripted_endpoint import Endpoint, Serve

pytest_plugins = ["tests.support.llm_fixtures"]


class Says(Endpoint):
    """An endpoint that says one thing."""

    def __init__(self, said: Any) -> None:
        super().__init__()
        self.said = said

    def __call__(self, request: Request) -> Response:
        self.requests.append(request.get_json())
        if isinstance(self.said, int):
            return Response("{}", self.said, content_type="application/json")
        return Response(json.dumps(self.completion(self.said)), content_type="application/json")


@pytest.fixture
def digest(sqlite_store: Store) -> Digest:
    fill(sqlite_store)
    return of(sqlite_store, DAYS[1])


def test_a_model_orders_what_code_wrote(digest: Digest, serve: Serve, redis_settings: RedisSettings) -> None:
    written, endpoint = [*sentences(digest), *more_sentences(digest)], Says({"order": [6, 1, 6, 2]})
    assert writer_of(serve(endpoint), redis_settings)(digest) == ([written[2], written[5], written[0], written[1]], "tiny")
    asked = json.dumps(endpoint.requests)
    assert "is not known" in written[2] and "harm.example" not in asked and HOSTILE not in asked


@pytest.mark.parametrize("said", ["Nothing happened.", {"order": [99]}, {"order": []}, {"order": ["1"]}, {"order": [True]}, 500])
def test_what_no_sentence_is_leaves_the_template(said: Any, digest: Digest, serve: Serve, redis_settings: RedisSettings) -> None:
    settings = serve(Says(said), failures_to_open=1, timeout_s=1.0, patience_s=2.0)
    assert writer_of(settings, redis_settings)(digest) == by_template(digest)


def test_a_budget_that_is_spent_asks_nobody(digest: Digest, serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Says({"order": [1]})
    assert writer_of(serve(endpoint, money_per_day=0.0), redis_settings)(digest) == by_template(digest) and not endpoint.requests


def test_an_endpoint_that_is_not_configured_is_the_template(digest: Digest, serve: Serve, redis_settings: RedisSettings) -> None:
    assert writer_of(serve(Says(""), base_url="", api_key=""), redis_settings) is by_template


def test_what_must_be_said_comes_first() -> None:
    written = ["The job stopped 5.00 EUR.", "There is 1 new incident.", "Missed so far, by labels: 1 fraud."]
    assert picked(written, [2]) == [written[0], written[2], written[1]]
