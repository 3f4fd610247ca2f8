"""The connection to the Redis of the streams: how it is opened, and which of its errors pass.

    RedisRefusedError         no retry mends it; the text names the setting and the mend
    |- RedisReadError         a reader of the streams: it ends, with this text
    `- RedisWriteError        the job: it fails and starts again from its checkpoint; nothing is dropped

Errors that pass (a server that is away, loading, full, failing over or unable to save) never become one of
these: readers and the job wait until it serves again.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import redis
import redis.asyncio
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)

from ops.redis.connection_kind import connection_of
from ops.redis.mends import mend_address, mend_certificate, mend_refusal

LOG = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PASSING_ERRORS = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError)
_PASSING_CODES = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "ASK ", "BUSY ", "NOGROUP", "UNBLOCKED")
"""Replies of a server that fails over, hands a slot on, cannot save, or has lost a group: it serves later."""

_Reply = TypeVar("_Reply")


class RedisRefusedError(RuntimeError):
    """The streams cannot be used; the text names the setting and the mend."""

    refuses: ClassVar[str]
    mend: ClassVar[str]


class RedisReadError(RedisRefusedError):
    """The streams cannot be read."""

    refuses = "refuses to be read"
    mend = "check the server's log and the settings under redis"


class RedisWriteError(RedisRefusedError):
    """An entry cannot be written; the job fails and starts again from its checkpoint."""

    refuses = "refuses to write"
    mend = "check the server's log and the settings under redis"


def connect(url: str, prefix: str, timeout_s: float, refusal: type[RedisRefusedError] = RedisReadError) -> redis.Redis:
    """Return a client that connects at its first command; raise `refusal` if `url` is no address of a Redis.

    The forms of an address: `ops.redis.address`. In a cluster the client is that of the one slot that the
    hash tag of `prefix` names. With TLS the server's certificate and host name are verified, against the
    system's authorities or those of ?ssl_ca_certs=PATH; ?ssl_certfile=PATH&ssl_keyfile=PATH present one of
    our own.
    """
    # rejected raw text may hold half a surrogate pair, which must not fail the job
    options = {**_options(timeout_s), "encoding_errors": "backslashreplace"}
    try:
        made = connection_of(url, prefix, options)
        client = redis.Redis.from_pool(redis.ConnectionPool(made.kind, **made.options))
        client.connection_pool.make_connection()  # takes the address's parameters, does not connect yet
    except (ValueError, TypeError, RedisError):  # its text may quote a part of a password
        raise refusal(f"{mend_address()}.") from None
    return client


def connect_async(url: str, prefix: str, timeout_s: float, connections: int) -> redis.asyncio.Redis:
    """Return a client of asyncio as `connect` does, of so many connections, that tries each command once.

    Raises ValueError if `url` is no address of a Redis.
    """
    options = {**_options(timeout_s), "encoding_errors": "replace"}
    try:
        made = connection_of(url, prefix, options)
        pool = redis.asyncio.BlockingConnectionPool(connections, connection_class=made.asynchronous, timeout=timeout_s, **made.options)  # type: ignore[arg-type]
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, RedisError):
        raise ValueError(f"{mend_address()}.") from None
    return redis.asyncio.Redis.from_pool(pool)


def options_of(client: redis.Redis) -> Mapping[str, Any]:
    """Return the options of a client's connections."""
    return client.connection_pool.connection_kwargs


def place(client: redis.Redis) -> str:
    """Return where the server is, without user and password."""
    where = options_of(client)
    if "home" in where:
        return str(where["home"])
    return str(where.get("path") or f"{where.get('host', 'localhost')}:{where.get('port', 6379)}")


def patiently(client: redis.Redis, call: Callable[[], _Reply], reopen: Callable[[], None]) -> _Reply:
    """Return the reply of `call`, made again, after `reopen`, for as long as the server cannot serve it.

    Raises:
        RedisReadError: the server refuses for a reason that no retry mends.
    """
    pause_s, away = _FIRST_PAUSE_S, False
    while True:
        try:
            if away:
                reopen()
            reply = call()
        except RedisError as error:
            refuse_lasting(client, error)
            if not away:
                LOG.warning("Redis at %s cannot be read (%s); trying until it can.", place(client), error)
            away = True
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            client.connection_pool.disconnect()  # after a failover the name leads to another server
        else:
            if away:
                LOG.warning("Redis at %s can be read again.", place(client))
            return reply


def refuse_lasting(client: redis.Redis, error: RedisError, refusal: type[RedisRefusedError] = RedisReadError) -> None:
    """Raise `refusal`, with the mend, for an error that no retry mends; return for one that passes."""
    if _is_wrong_certificate(error):
        mend = mend_certificate()
    elif _passes(error):
        return
    else:
        mend = mend_refusal(error, refusal.mend)
    raise refusal(f"Redis at {place(client)} {refusal.refuses} ({error}): {mend}.") from error


def _passes(error: RedisError) -> bool:
    if isinstance(error, AuthenticationError | AuthorizationError):  # kinds of ConnectionError
        return False
    return isinstance(error, _PASSING_ERRORS) or str(error).startswith(_PASSING_CODES)


def _options(timeout_s: float) -> dict[str, Any]:
    return {"decode_responses": True, "socket_timeout": timeout_s, "socket_connect_timeout": timeout_s}


def _is_wrong_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
