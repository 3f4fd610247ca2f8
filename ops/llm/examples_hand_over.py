"""Examples into Redis, where the job's writers read them: written where they have changed."""

from __future__ import annotations

from collections.abc import Callable

import redis
from redis.exceptions import RedisError

from ops.llm.examples import KEY


class HandOver:
    """Hand-over of one document of examples; `text` makes it, None for none."""

    def __init__(self, client: redis.Redis, prefix: str, text: Callable[[], str | None]) -> None:
        self._client, self._key, self._text = client, f"{prefix}{KEY}", text

    def step(self) -> bool:
        """Write the document if it is another than Redis holds; return whether it was."""
        text = self._text()
        try:
            held = self._client.get(self._key)
            if (held.decode("utf-8", "replace") if isinstance(held, bytes) else held) == text:
                return False
            if text is None:
                self._client.delete(self._key)
            else:
                self._client.set(self._key, text)
        except (RedisError, OSError):  # there is no hurry: the next step tries again
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
