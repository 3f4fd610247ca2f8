"""Summaries by a real, tiny model (`tests.support.real_model`): its text is poor, the fence holds.

Takes minutes on two cores.
"""

from __future__ import annotations

from domain.summaries.published import wrong_in
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.scripted_endpoint import incidents, write_each

pytest_plugins = ["tests.support.llm_fixtures", "tests.support.real_model"]


def test_what_a_real_model_writes_is_valid_or_not_published(model_url: str, redis_settings: RedisSettings) -> None:
    settings = LlmSettings(base_url=model_url, model="smollm2", timeout_s=300, patience_s=900, answer_tokens=250)
    documents = incidents(1)
    for document, summary in zip(documents, write_each(LlmWriter(settings, redis_settings), documents), strict=True):
        assert wrong_in({**document, **summary.to_document()}) == []
        assert summary.writer.name == "llm" or (summary.writer.fallback_reason or "").startswith(("refused", "the answer is cut"))
        assert 0 < summary.writer.usage.input_tokens < 20_000
