"""A connection to the Redis that holds the job's streams, for readers that outlast its restarts."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)

LOG = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
# Replies of a server that is failing over or unable to save, or that has lost our group: it serves again
# later.
_PASSING_CODES = ("MISCONF", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY ", "NOGROUP", "UNBLOCKED")

_Reply = TypeVar("_Reply")


class RedisReadError(RuntimeError):
    """The streams cannot be read; the text names the setting and the mend."""


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that connects at its first command; raises RedisReadError if `url` is no address of a Redis.

    With rediss:// the server's certificate and host name are verified, against the system's authorities or
    those of ?ssl_ca_certs=PATH; ?ssl_certfile=PATH&ssl_keyfile=PATH present one of our own.
    """
    try:
        client = redis.Redis.from_url(
            url,
            decode_responses=True,
            encoding_errors="backslashreplace",
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            **_tls_options(url),
        )
        client.connection_pool.make_connection()  # takes the address's parameters, does not connect yet
    except (ValueError, TypeError, RedisError):  # its text may quote a part of a password
        raise RedisReadError("Setting redis.url is no address like redis://host:6379/0: correct it.") from None
    return client


def place(client: redis.Redis) -> str:
    """Where the server is, without user and password."""
    where: dict[str, Any] = client.connection_pool.connection_kwargs
    return str(where.get("path") or f"{where.get('host', 'localhost')}:{where.get('port', 6379)}")


def patiently(client: redis.Redis, call: Callable[[], _Reply], reopen: Callable[[], None]) -> _Reply:
    """The reply of `call`, made again, after `reopen`, for as long as the server cannot serve it.

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


def refuse_lasting(client: redis.Redis, error: RedisError) -> None:
    """Raises RedisReadError, with the mend, for an error that no retry mends; returns for one that passes."""
    if isinstance(error, AuthenticationError | AuthorizationError):
        mend = "correct the user and password in the setting redis.url"
    elif _is_wrong_certificate(error):
        mend = "name the authority of its certificate, ?ssl_ca_certs=PATH, and its right host in the setting redis.url"
    elif isinstance(error, ConnectionError | TimeoutError | ReadOnlyError) or str(error).startswith(_PASSING_CODES):
        return
    else:
        mend = "check the user's permissions and the setting redis.prefix"
    raise RedisReadError(f"Redis at {place(client)} refuses to be read ({error}): {mend}.") from error


def _tls_options(url: str) -> dict[str, Any]:
    """The client checks a certificate's host name only if told to; ?ssl_cert_reqs=none asks for no check at
    all.
    """
    parts = urlsplit(url)
    unchecked = parse_qs(parts.query).get("ssl_cert_reqs") == ["none"]
    return {"ssl_check_hostname": not unchecked} if parts.scheme == "rediss" else {}


def _is_wrong_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def server_version(url: str, timeout_s: float = 5.0) -> str:
    """Name, version and place of the server behind `url`; raises RedisReadError, with the mend, if it does
    not serve us.
    """
    client = connect(url, timeout_s)
    try:
        facts: dict[str, Any] = client.info("server")  # type: ignore[assignment]
        policy = client.info("memory").get("maxmemory_policy", "noeviction")  # type: ignore[union-attr]
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} does not answer ({error}): start it, or correct the setting redis.url") from None
    finally:
        client.close()
    if policy != "noeviction":
        raise RedisReadError(f"Redis at {place(client)} may evict keys ({policy}): set its maxmemory-policy to noeviction")
    name = "Valkey" if "valkey_version" in facts else "Redis"
    return f"{name} {facts.get('valkey_version', facts.get('redis_version'))} at {place(client)}"
