"""The digest's sentences, chosen and ordered by a model among those that code wrote. No word of the model is
shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.json_text import as_json
from domain.summaries.objects import objects_in
from domain.summaries.thoughts import spoken
from ops.digest.figures import Digest
from ops.digest.forms import TEMPLATE
from ops.digest.sentences import is_must, more_sentences, sentences, without_texts
from ops.llm.asked_model import EndpointModel, NoAnswer
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.endpoint.form import AnswerForm
from ops.llm.settings import LlmSettings, with_api_key
from ops.redis.settings import RedisSettings

LOG = logging.getLogger(__name__)
Text = tuple[Sequence[str], str]
"""Sentences, and who wrote them."""
Writer = Callable[[Digest], Text]
MOST = 8
_ANSWER_CHARS = 8000
_RULES = f"""You choose what the reader of a daily digest of fraud detection reads first.
You get numbered sentences. Choose at most {MOST} and put them in the best order: money first, then what needs
somebody today. Write one JSON object and nothing else: {{"order": [NUMBER, ...]}}."""


def by_template(digest: Digest) -> Text:
    """Return the sentences of the template."""
    return sentences(digest), TEMPLATE


def writer_of(settings: LlmSettings, redis: RedisSettings) -> Writer:
    """Return what writes the sentences: a model chooses them where an endpoint is configured."""
    settings = with_api_key(settings)
    if not settings.is_configured:
        return by_template
    breaker = CircuitBreaker(settings.failures_to_open, settings.cool_down_s)
    return lambda digest: _chosen(settings, redis, breaker, digest)


def order_in(text: str, count: int = 1) -> Mapping[str, Any]:
    """Return the last object with an order in what a model said. Raises ValueError."""
    said = spoken(text)[:_ANSWER_CHARS]
    found = [each.value for each in objects_in(said) if isinstance(each.value.get("order"), list)]
    if not found:
        raise ValueError('write one JSON object: {"order": [NUMBER, ...]}')
    return found[-1]


def picked(written: Sequence[str], order: Sequence[object]) -> list[str]:
    """Return the sentences in an order; those that must be said and are not in it come first.

    Raises ValueError for an order that names none, or what there is not.
    """
    if not order or any(type(one) is not int or not 1 <= one <= len(written) for one in order):
        raise ValueError(f"order has numbers from 1 to {len(written)}")
    wanted = list(dict.fromkeys(written[one - 1] for one in order if isinstance(one, int)))[:MOST]
    return [*(one for one in written if is_must(one) and one not in wanted), *wanted]


def _schema(count: int) -> dict[str, Any]:
    order = {"type": "array", "items": {"type": "integer"}}
    return {"type": "object", "additionalProperties": False, "required": ["order"], "properties": {"order": order}}


ORDER = AnswerForm("digest_order", _schema, order_in)


def _chosen(settings: LlmSettings, redis: RedisSettings, breaker: CircuitBreaker, digest: Digest) -> Text:
    """Return what a model chose; what the template writes where it chose nothing that can be."""
    written = [*sentences(digest), *more_sentences(digest)]
    try:
        said = asyncio.run(_said(EndpointModel(settings, redis, breaker, ORDER), written))
        return picked(written, order_in(said)["order"]), settings.model
    except (NoAnswer, ValueError, RecursionError) as why:
        LOG.info("The template writes the digest of %s: %s.", digest.day, why)
        return by_template(digest)


async def _said(model: EndpointModel, written: Sequence[str]) -> str:
    numbered = {str(number): without_texts(one) for number, one in enumerate(written, 1)}
    try:
        return await model.say([{"role": "system", "content": _RULES}, {"role": "user", "content": as_json(numbered)}])
    finally:
        await model.close()
