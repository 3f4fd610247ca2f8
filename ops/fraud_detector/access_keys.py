"""The secrets of the access keys that calls are signed with. Each comes from a variable of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.errors import SettingError
from ops.secrets import secret

ACCESS_KEY = "RINGWATCH_ACCESS_KEY"
"""Of the secret of an access key: its id follows, as `_SHOP`."""
LEAST_CHARACTERS = 20
_PRINTABLE = range(0x21, 0x7F)


def access_keys(ids: Iterable[str]) -> Mapping[str, bytes]:
    """Return id -> secret; raise `SettingError` for one that is missing or too short to be a secret."""
    return {key: _secret_of(key) for key in ids}


def _secret_of(key: str) -> bytes:
    variable = f"{ACCESS_KEY}_{key.upper()}"
    text = secret(variable) or ""
    if not text:
        raise SettingError(f"the access key {key} has no secret: put it into {variable}, or the name of its file into {variable}_FILE")
    if not all(ord(letter) in _PRINTABLE for letter in text):
        raise SettingError(
            f"{variable} holds white space or letters beyond ASCII, which no client signs with: take one from openssl rand -hex 20"
        )
    if len(text) < LEAST_CHARACTERS:
        raise SettingError(
            f"{variable} has {len(text)} characters, at least {LEAST_CHARACTERS} make a secret: take one from openssl rand -hex 20"
        )
    return text.encode()
