"""An account that a command names, to be erased: by its id, or by its pseudonym."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

_KIND = "account:"
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)


def pseudonym_of(settings: Settings, entity: str, option: str) -> str:
    """Return the pseudonym of `account:ID`. Raises SettingError, which names the option."""
    return account_of(settings, entity, option)[0]


def account_of(settings: Settings, entity: str, option: str) -> tuple[str, str | None]:
    """Return the pseudonym of `account:ID`, and the id if that is what was given. Raises SettingError."""
    from domain.events.identity import NoIdentifier, as_text
    from ops.secrets import pseudonyms

    account = entity.removeprefix(_KIND).strip()
    if not entity.startswith(_KIND) or not account:
        raise SettingError(f"{option}: write account:ID, with the account's id or its pseudonym")
    if _PSEUDONYM.fullmatch(account):
        return account, None
    try:
        return as_text(pseudonyms(settings.identity).of("account", account)), account
    except NoIdentifier as why:
        raise SettingError(f"{option}: {why}") from None
