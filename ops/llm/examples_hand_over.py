"""Examples into Redis, where the job's writers read them: written where they have changed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from redis.exceptions import RedisError, ResponseError

from ops.llm.examples import KEY

LOG = logging.getLogger(__name__)


class HandOver:
    """Hand-over of one document of examples; `text` makes it, None for none."""

    def __init__(self, client: redis.Redis, prefix: str, text: Callable[[], str | None]) -> None:
        self._client, self._key, self._text = client, f"{prefix}{KEY}", text
        self._is_refused = False

    def step(self) -> bool:
        """Write the document if it is another than Redis holds; return whether it was.

        There is no hurry: where Redis is away the next step tries again. What it refuses is said once.
        """
        text = self._text()
        try:
            held = self._client.get(self._key)
            if (held.decode("utf-8", "replace") if isinstance(held, bytes) else held) == text:
                return False
            # GET and SET are the service's rights, DEL is none of them
            self._client.set(self._key, text or "", px=None if text else 1)
        except ResponseError as error:
            if not self._is_refused:
                LOG.warning("The examples for summaries are not handed over: %s", error)
            self._is_refused = True
            return False
        except (RedisError, OSError):
            return False
        self._is_refused = False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
