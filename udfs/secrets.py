"""Secrets the operators need. They come from the worker's environment, never from the job graph."""

from __future__ import annotations

import logging
import os
from dataclasses import replace

from domain.identity import Pseudonyms
from domain.summary import LlmSettings

PSEUDONYM_KEY = "RINGWATCH_PSEUDONYM_KEY"
REDIS_URL = "RINGWATCH_REDIS_URL"
_DEMO_KEY = b"ringwatch demo key: not secret"
_log = logging.getLogger(__name__)


def pseudonyms() -> Pseudonyms:
    """Pseudonyms under the key of the environment; under the public demo key, with a warning, if there is none."""
    key = os.environ.get(PSEUDONYM_KEY, "").encode()
    if not key:
        _log.warning("%s is not set: pseudonyms use the public demo key and can be recomputed by anyone", PSEUDONYM_KEY)
    return Pseudonyms(key or _DEMO_KEY)


def redis_url(configured: str | None) -> str:
    """The address of Redis, which may hold a password: the environment's, else the configured one, else this machine's."""
    return os.environ.get(REDIS_URL) or configured or "redis://127.0.0.1:6379/0"


def with_api_key(settings: LlmSettings) -> LlmSettings:
    """The LLM's settings with the key of the environment."""
    key = os.environ.get("RINGWATCH_LLM_API_KEY") or os.environ.get("OPENAI_API_KEY")
    return replace(settings, api_key=key) if key else settings
