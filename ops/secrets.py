"""Secrets the operators need. They come from the worker's environment or from files, never from the settings
or the job graph.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from domain.control.signature import LEAST_KEY_BYTES, ControlKeys
from domain.errors import SettingError
from domain.events import identity
from domain.events.identity import IdentitySettings, Pseudonyms

PSEUDONYM_KEY = identity.PSEUDONYM_KEY
PSEUDONYM_KEY_BEFORE = f"{PSEUDONYM_KEY}_BEFORE"
"""The key that pseudonyms were made with until it was changed: what was kept since has its names."""
REDIS_URL = "RINGWATCH_REDIS_URL"
REDIS_URL_SETTING = "the setting redis.url"
LLM_API_KEY = "RINGWATCH_LLM_API_KEY"
STORE_URL = "RINGWATCH_STORE_URL"
OIDC_SECRET = "RINGWATCH_OIDC_SECRET"  # noqa: S105 - a name
CONTROL_KEY = "RINGWATCH_CONTROL_KEY"
"""Of the key that control records and labels are signed with: its name follows, as `_OPS`."""
DEMO_KEY_WARNING = f"{PSEUDONYM_KEY} is not set: pseudonyms use the public demo key and can be recomputed by anyone"
NO_PSEUDONYM_KEY = (
    f"{PSEUDONYM_KEY} is not set, and without a secret key anybody can recompute pseudonyms: "
    f"make one, openssl rand -hex 32 > pseudonyms.key, keep it for good, and name its file in {PSEUDONYM_KEY}_FILE"
)
NOTIFY = "RINGWATCH_NOTIFY"
"""Of the secret of a channel of notifications: the channel's name follows, as `_FRAUD_TEAM`."""
ACTIONS_KEY = "RINGWATCH_ACTIONS_KEY"
"""The keys that actions are signed with where they are sent as webhooks."""
_log = logging.getLogger(__name__)


def secret(name: str) -> str | None:
    """Return the secret of the variable `name`, or of the file that `name`_FILE names; else None.

    A line break at the file's end does not count. Raises `SettingError`, which never quotes the secret.
    """
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and file:
        raise SettingError(f"{name} and {name}_FILE are both set: keep one")
    if not file:
        return value or None
    try:
        value = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingError(f"{name}_FILE: {file} cannot be read ({error.strerror}): name a readable file") from None
    except UnicodeDecodeError:
        raise SettingError(f"{name}_FILE: {file} is not text in UTF-8: name the file that holds the secret") from None
    if not value:
        raise SettingError(f"{name}_FILE: {file} is empty: write the secret into it")
    return value


def pseudonyms(settings: IdentitySettings, warn: bool = True) -> Pseudonyms:
    """Return pseudonyms under the key of the environment, or under the public demo key if there is none.

    The demo key brings one warning per process, or none if `warn` is False.
    """
    key = secret(PSEUDONYM_KEY)
    if not key and warn:
        _warn_of_demo_key()
    return Pseudonyms(key.encode() if key else identity.DEMO_KEY, settings)


def pseudonyms_before(settings: IdentitySettings) -> Pseudonyms | None:
    """Return pseudonyms under the key from before it was changed; None if the environment names none.

    Raises `SettingError` if that is the present key.
    """
    key = secret(PSEUDONYM_KEY_BEFORE)
    if not key:
        return None
    if key == secret(PSEUDONYM_KEY):
        raise SettingError(f"{PSEUDONYM_KEY_BEFORE} is the present {PSEUDONYM_KEY}: put the key from before into it, or leave it out")
    return Pseudonyms(key.encode(), settings)


def control_keys(names: Sequence[str]) -> ControlKeys | None:
    """Return the keys of `job.control_keys`, each from its own variable; None if no key is named.

    Raises `SettingError` for one that is missing or too short to be a key.
    """
    return ControlKeys({name: _control_key(name) for name in names}) if names else None


def _control_key(name: str) -> bytes:
    variable = f"{CONTROL_KEY}_{name.upper()}"
    key = (secret(variable) or "").encode()
    if not key:
        raise SettingError(f"the control key {name} is not known: put it into {variable}, or the name of its file into {variable}_FILE")
    if len(key) < LEAST_KEY_BYTES:
        raise SettingError(f"{variable} has {len(key)} bytes, at least {LEAST_KEY_BYTES} make a key: take one from openssl rand -hex 32")
    return key


def channel_secret(name: str) -> str:
    """Return the secret of a channel of notifications; raise `SettingError` if there is none."""
    variable = channel_variable(name)
    found = secret(variable)
    if not found:
        raise SettingError(f"the channel {name} has no secret: put it into {variable}, or the name of its file into {variable}_FILE")
    return found


def channel_variable(name: str) -> str:
    """Return the variable that holds the secret of a channel."""
    return f"{NOTIFY}_{name.upper()}"


def require_pseudonym_key() -> None:
    """Raise `SettingError` with the mend if no key of the pseudonyms is set."""
    if not secret(PSEUDONYM_KEY):
        raise SettingError(NO_PSEUDONYM_KEY)


def short_key_note() -> str:
    """Return what is to be said of a key of the pseudonyms that can be found by trying, else nothing."""
    size = len((secret(PSEUDONYM_KEY) or "").encode())
    if not 0 < size < LEAST_KEY_BYTES:
        return ""
    return f"{PSEUDONYM_KEY} has {size} bytes: who sees a pseudonym can find it by trying; change it (docs/change-key.md)"


def make_pseudonym_key() -> None:
    """Give this process, and those that it starts, a new key if none is set."""
    if not secret(PSEUDONYM_KEY):
        os.environ[PSEUDONYM_KEY] = secrets.token_hex(32)


@cache
def _warn_of_demo_key() -> None:
    _log.warning(DEMO_KEY_WARNING)


def redis_url(configured: str | None) -> str:
    """Return the address of Redis: the environment's, else the configured one, else this machine's.

    It may hold a password.
    """
    return secret(REDIS_URL) or configured or "redis://127.0.0.1:6379/0"


def redis_url_name() -> str:
    """Return where the address of Redis is to be corrected: the variable that is set, else the setting."""
    return next((name for name in (REDIS_URL, f"{REDIS_URL}_FILE") if os.environ.get(name)), REDIS_URL_SETTING)


def store_url(configured: str) -> str:
    """Return the address of the case store: the environment's, else the configured one.

    It may hold a password.
    """
    return secret(STORE_URL) or configured
