"""The job's connection to Redis: how it is opened, and which of its errors pass."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)

# Replies of a server that is loading, full, failing over or unable to save: it takes writes again later.
_PASSING_ERRORS = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError)
_PASSING_CODES = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY")


class RedisWriteError(RuntimeError):
    """An entry cannot be written; the job fails and restarts from its checkpoint, so nothing is dropped."""


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that connects at its first command; raises RedisWriteError if `url` is no address of a Redis.

    With rediss:// the server's certificate and host name are verified, against the system's authorities or
    those of ?ssl_ca_certs=PATH; ?ssl_certfile=PATH&ssl_keyfile=PATH present one of our own.
    """
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Rejected raw text may hold half a surrogate pair, which must not fail the job.
            encoding_errors="backslashreplace",
            **_tls_options(url),
        )
        client.connection_pool.make_connection()  # takes the address's parameters, does not connect yet
    except (ValueError, TypeError, RedisError):  # its text may quote a part of a password
        raise RedisWriteError("Setting redis.url is no address like redis://host:6379/0: correct it.") from None
    return client


def place(client: redis.Redis) -> str:
    """Where the server is, without user and password."""
    where: dict[str, Any] = client.connection_pool.connection_kwargs
    return str(where.get("path") or f"{where.get('host', 'localhost')}:{where.get('port', 6379)}")


def refuse_lasting(client: redis.Redis, error: RedisError) -> None:
    """Raises RedisWriteError, with the mend, for an error that no retry mends; returns for one that passes."""
    if isinstance(error, AuthenticationError | AuthorizationError):
        mend = "correct the user and password in the setting redis.url"
    elif _is_wrong_certificate(error):
        mend = "name the authority of its certificate, ?ssl_ca_certs=PATH, and its right host in the setting redis.url"
    elif isinstance(error, _PASSING_ERRORS) or str(error).startswith(_PASSING_CODES):
        return
    else:
        mend = "check the server, the user's permissions and the settings under redis, redis.url first"
    raise RedisWriteError(f"Redis at {place(client)} refuses to write ({error}): {mend}.") from error


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
