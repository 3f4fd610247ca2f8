"""Settings that lead to a scripted endpoint and a real Redis-compatible server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from ops.llm.settings import LlmSettings
from tests.support.scripted_endpoint import Endpoint, Serve


@pytest.fixture(scope="session")
def _threaded_server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def llm_server(_threaded_server: HTTPServer) -> Iterator[HTTPServer]:
    """A server that answers several requests at once."""
    yield _threaded_server
    _threaded_server.clear()


@pytest.fixture
def serve(llm_server: HTTPServer) -> Serve:
    """Starts an endpoint and returns settings that lead to it, changed as asked."""

    def start(endpoint: Endpoint, **changes: Any) -> LlmSettings:
        llm_server.expect_request("/v1/chat/completions").respond_with_handler(endpoint)
        defaults = {"base_url": llm_server.url_for("/v1"), "api_key": "sk-test", "model": "tiny", "batch_wait_s": 0.1}
        return LlmSettings(**{**defaults, **changes})

    return start
