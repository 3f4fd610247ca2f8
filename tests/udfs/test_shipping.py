"""What is shipped with the operators, and what comes from the worker's environment."""

from __future__ import annotations

import logging
import pickle
import warnings

import pytest

from domain.events.identity import USUAL, Pseudonyms
from ops import secrets
from ops.llm.settings import LlmSettings, with_api_key
from ops.redis.settings import RedisSettings
from ops.secrets import PSEUDONYM_KEY, REDIS_URL, pseudonyms, redis_url

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.deliver_alert import DeliverAlert
    from udfs.deliver_incident import DeliverIncident
    from udfs.parse import Parse
    from udfs.stage import Stage
    from udfs.summarise import Summarise
    from udfs.to_stages import SendToFirstStage
from tests.support.operator_runtime import GRAPH, KEY

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_pseudonyms_use_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    secrets._warn_of_demo_key.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert pseudonyms(USUAL).of("account", "u1") == Pseudonyms(KEY.encode()).of("account", "u1")
        assert caplog.text == ""
        monkeypatch.delenv(PSEUDONYM_KEY)
        public = pseudonyms(USUAL).of("account", "u1")
        pseudonyms(USUAL)
    assert public != Pseudonyms(KEY.encode()).of("account", "u1")
    assert caplog.text.count("RINGWATCH_PSEUDONYM_KEY is not set") == 1, "once in a process"


def test_redis_address_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert redis_url(None) == "redis://127.0.0.1:6379/0"
    assert redis_url("redis://configured:1/0") == "redis://configured:1/0"
    monkeypatch.setenv(REDIS_URL, "redis://of-the-environment:1/0")
    assert redis_url("redis://configured:1/0") == "redis://of-the-environment:1/0"


def test_no_secret_is_shipped_with_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "second")
    assert with_api_key(LlmSettings()).api_key == "second"
    monkeypatch.setenv("RINGWATCH_LLM_API_KEY", "sesame")
    monkeypatch.setenv(REDIS_URL, "redis://:sesame@host:1/0")
    monkeypatch.setenv(PSEUDONYM_KEY, "sesame")
    assert with_api_key(LlmSettings(api_key="configured")).api_key == "sesame"
    redis = RedisSettings()
    for operator in (
        Parse(GRAPH, None, SendToFirstStage(GRAPH)),
        Stage(GRAPH, 0),
        Summarise(LlmSettings()),
        DeliverAlert(redis),
        DeliverIncident(redis),
    ):
        assert b"sesame" not in pickle.dumps(operator)
