"""Passwords: what one must be, and its argon2id hash."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ops.access.login_limits import TooManyLogins
from ops.cases.errors import Invalid

LEAST, MOST = 12, 512
"""Characters of a password. The upper bound keeps the hash from reading megabytes."""
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 46 MiB and a core for some 100 ms
_WAITING = threading.BoundedSemaphore(8)  # threads that serve others must not all wait for hashes
_HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)  # more than OWASP's least, t=1 with 46 MiB
_NOBODY = _HASHER.hash("nobody has this password")


def new_password_hash(password: str, name: str) -> str:
    """Return the hash of a new password; raise `Invalid` for one that is too short, too long or the name.

    It takes a tenth of a second and more: call it before a transaction, not in one.
    """
    if not LEAST <= len(password) <= MOST:
        raise Invalid("password", f"{LEAST} to {MOST} characters are wanted")
    if name.casefold() in password.casefold() and len(password) < len(name) + LEAST // 2:
        raise Invalid("password", "it is little more than the name: take another one")
    return password_hash(password)


def password_hash(password: str) -> str:
    """Return the argon2id hash with its parameters and salt."""
    with _turn():
        return _HASHER.hash(_bytes(password))


def verified(hashed: str | None, password: str) -> bool:
    """Return whether a password has this hash. It takes as long without a hash: nobody learns names."""
    if len(password) > MOST:
        return False
    with _turn():
        try:
            return _HASHER.verify(hashed or _NOBODY, _bytes(password)) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False


def outdated(hashed: str) -> bool:
    """Return whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for a core; raise `TooManyLogins` if many wait."""
    if not _WAITING.acquire(blocking=False):
        raise TooManyLogins(5)
    try:
        with _AT_ONCE:
            yield
    finally:
        _WAITING.release()


def _bytes(password: str) -> bytes:
    """Return the bytes that are hashed: keyboards write one letter in several ways."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
