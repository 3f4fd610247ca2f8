"""How a secret could be spelt in what a server answers: as it is written, and as it was sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote, unquote_plus, urlsplit

_TOKEN = 8
"""Letters of a part of an address that may be a token; shorter ones are words."""


def of_address(url: str) -> tuple[str, ...]:
    """Return what an address may hold that nobody else may read: its path, its query and their parts."""
    return tuple(dict.fromkeys(one for one in _parts_of(url) if len(one) > 1))


def of_token(token: str) -> tuple[str, ...]:
    """Return the spellings of a token that a header or a body holds: also inside of what is base64."""
    raw = token.encode()
    return (token, quote(token, safe=""), raw.hex(), *(_within_base64(raw, before) for before in range(3)))


def _within_base64(raw: bytes, before: int) -> str:
    """Return the letters that bytes are within a text in base64, after so many other bytes."""
    letters = base64.b64encode(b"\0" * before + raw).decode()
    return letters[-(-before * 4 // 3) : (before + len(raw)) * 4 // 3]


def of_key(key: bytes) -> tuple[str, ...]:
    """Return the spellings of a key of bytes."""
    plain = base64.b64encode(key).decode()
    return plain, plain.rstrip("="), base64.urlsafe_b64encode(key).decode().rstrip("="), key.hex()


def of_login(user: str, password: str) -> tuple[str, ...]:
    """Return the spellings of a password, as a log-in sends it."""
    sent = (password, f"\0{user}\0{password}", f"{user}\0{user}\0{password}")
    return (password, *(base64.b64encode(one.encode()).decode().rstrip("=") for one in sent))


def _parts_of(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    yield url
    yield parts.path
    yield parts.query
    values = [one.rpartition("=")[2] for one in parts.query.split("&")]
    for part in (*_tokens(parts.path.split("/")), *values):
        yield part
        yield unquote(part)
        yield unquote_plus(part)


def _tokens(parts: Sequence[str]) -> Iterator[str]:
    """Return those parts that are no words, such as `actions`, which an answer may need to be understood."""
    return (one for one in parts if len(one) >= _TOKEN and not (one.isalpha() and one.islower()))
