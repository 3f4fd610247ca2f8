"""Whether the Redis of the streams answers, asked now and then beside the job."""

from __future__ import annotations

import re
import time

from redis.exceptions import AuthenticationError, AuthorizationError, ConnectionError, RedisError, TimeoutError

from ops.redis.connection import connect, place

PAUSE_S, PATIENCE_S = 1.0, 0.5
_WHERE = re.compile(r"^Error -?\d+ connecting to (\S+)\. ")


class RedisWatch:
    """Watch over a server, asked at most once a second; one that refuses the question is there, too."""

    def __init__(self, url: str, prefix: str) -> None:
        """Raise `RedisReadError` if `url` is no address of a Redis."""
        self._client = connect(url, prefix, PATIENCE_S)
        self._asked, self._since, self._why = 0.0, 0.0, ""

    def away(self) -> str:
        """Return where the server should be, since when and why it does not answer; empty if it does."""
        now = time.monotonic()
        if now - self._asked >= PAUSE_S:
            self._asked, why = now, self._problem()
            if not (why and self._why):
                self._since = now
            self._why = why
        return f"{place(self._client)}, away for {now - self._since:.0f} s ({self._why})" if self._why else ""

    def _problem(self) -> str:
        try:
            self._client.ping()
        except (AuthenticationError, AuthorizationError):
            return ""
        except (ConnectionError, TimeoutError) as error:
            return self._why_away(" ".join(str(error).split())).rstrip(".")
        except RedisError:
            return ""
        return ""

    def _why_away(self, text: str) -> str:
        """Return the error without the place, unless it is not the one that was named, as in a cluster."""
        found = _WHERE.match(text)
        if found is None:
            return text
        return text[found.end() :] if found[1] == place(self._client) else f"{found[1]}: {text[found.end() :]}"
