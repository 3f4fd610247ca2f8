"""The configured endpoint as the model of a question."""

from __future__ import annotations

from ops.assistant.asker import Asker
from ops.assistant.model_form import TURNS
from ops.assistant.sources import STORE_ONLY, Sources
from ops.llm.asked_model import EndpointModel
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.settings import LlmSettings, with_api_key
from ops.redis.settings import RedisSettings


def asker_of(settings: LlmSettings, redis: RedisSettings, is_on: bool, sources: Sources = STORE_ONLY) -> Asker:
    """Return what answers questions: with the model of an endpoint if that is configured and wanted."""
    settings = with_api_key(settings)
    if not (is_on and settings.is_configured):
        return Asker(sources=sources)
    breaker = CircuitBreaker(settings.failures_to_open, settings.cool_down_s)
    return Asker(lambda: EndpointModel(settings, redis, breaker, TURNS), sources=sources)
