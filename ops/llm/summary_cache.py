"""Summaries that a model has written, by digest of the question: a restart or a repeated revision does not
pay twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from domain.json_text import as_json
from domain.summaries.answer import ANSWER_CHARS, decoded, draft_of
from domain.summaries.fence.reader import read
from domain.summaries.prompt import prompt_of
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText
from ops.llm.settings import LlmSettings


class SummaryCache:
    """Drafts as JSON in Redis, each for `cache_days`. What comes back is read against the evidence again.

    A key is the digest of the model and of all that it would be sent, rules and examples included: with a new
    model, a new prompt, other examples or other evidence the old draft is not found. Without Redis nothing is
    found and nothing kept.
    """

    def __init__(self, client: redis.asyncio.Redis, prefix: str, settings: LlmSettings, language: str = "en") -> None:
        self._language = language
        self._client, self._prefix = client, f"{prefix}llm:summary:"
        self._model, self._seconds = settings.model, max(1, round(settings.cache_days * 86_400))

    async def get(self, incident: Mapping[str, Any], examples: Sequence[Draft] = ()) -> SummaryText | None:
        """Return the text for an incident document, None if there is none that holds."""
        try:
            kept = await self._client.getrange(self._key(incident, examples), 0, ANSWER_CHARS)
        except (RedisError, OSError, UnicodeDecodeError):
            return None
        if not kept:
            return None
        try:
            draft, _ = draft_of(decoded(kept))
        except ValueError:
            return None
        return read(draft, incident, self._language)[0] if draft else None

    async def put(self, incident: Mapping[str, Any], draft: Draft, examples: Sequence[Draft] = ()) -> None:
        """Keep a draft that says what the evidence says."""
        try:
            await self._client.set(self._key(incident, examples), as_json(asdict(draft)), ex=self._seconds)
        except (RedisError, OSError):
            return

    def _key(self, incident: Mapping[str, Any], examples: Sequence[Draft]) -> str:
        question = as_json([self._model, prompt_of([incident], self._language, [examples])])
        return self._prefix + hashlib.blake2b(question.encode(), digest_size=16).hexdigest()
