"""Errors of a server that moves and cannot be reached. Each has a mend of its own: `ops.redis.mends`.

ConnectionError               redis-py's; it passes: who waits finds the server when it serves again
|- NoSentinelError            no Sentinel answers
|- NoPrimaryError             the Sentinels know no primary by the name in the address
|- PrimaryAwayError           the primary that they name does not answer, or is none any more
|- NodeAwayError              the node of a cluster that has the slot does not answer, or no node has it
`- AuthenticationError        redis-py's; no retry mends it
   `- SentinelRefusesError    a Sentinel refuses the user, and no other Sentinel answers
"""

from __future__ import annotations

from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError


class NoSentinelError(ConnectionError):
    """No Sentinel answers."""


class NoPrimaryError(ConnectionError):
    """The Sentinels know no primary by this name."""


class PrimaryAwayError(ConnectionError):
    """The primary that the Sentinels name does not answer, or is none any more."""


class NodeAwayError(ConnectionError):
    """The node of a cluster that has the slot does not answer, or no node has it."""


class SentinelRefusesError(AuthenticationError):
    """A Sentinel refuses the user, and no other Sentinel answers."""


def of_sentinel(place: str, error: RedisError) -> RedisError:
    """Return the error of the Sentinel at `place`, as one of ours where its mend is not that of a server."""
    if isinstance(error, AuthenticationError):
        return SentinelRefusesError(f"the Sentinel {place}: {error}")
    if isinstance(error, ConnectionError | TimeoutError):
        return caused(NoSentinelError(str(error)), error)
    return error


def caused(error: RedisError, cause: RedisError) -> RedisError:
    """Return `error` with its cause, which may be a certificate."""
    error.__cause__ = cause
    return error
