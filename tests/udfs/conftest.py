"""The environment of an operator that is driven by hand."""

from __future__ import annotations

from typing import NoReturn

import pytest

from ops.redis.embedded import EmbeddedRedis
from ops.secrets import LLM_API_KEY, PSEUDONYM_KEY, REDIS_URL
from tests.support.redis_users import url_of

KEY = "a key for the tests"


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of the server, of a user with the rights that docs give the job."""
    return url_of(redis_server, "job")


@pytest.fixture
def operator_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known key, no endpoint, and no Py4J gateway."""
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    for name in (REDIS_URL, LLM_API_KEY, "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pyflink.common.time.get_gateway", _no_gateway)


def _no_gateway() -> NoReturn:
    raise AssertionError("an operator asked for a Py4J gateway: on a TaskManager that hangs (FLINK-40628)")
