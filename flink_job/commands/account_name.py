"""An account that a command names, to be erased: by its id, or by its pseudonym."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import SettingError

if TYPE_CHECKING:
    from domain.events.identity import Pseudonyms
    from flink_job.settings.settings import Settings

_KIND = "account:"
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)


def pseudonym_of(settings: Settings, entity: str, option: str) -> str:
    """Return the pseudonym of `account:ID`. Raises SettingError, which names the option."""
    return names_of(settings, entity, option)[0].pseudonym


@dataclass(frozen=True)
class AccountName:
    """A pseudonym of an account, what makes such ones, and the account's id if that is what was given."""

    pseudonym: str
    under: Pseudonyms
    raw: str | None = None


def names_of(settings: Settings, entity: str, option: str, is_id: bool = False) -> list[AccountName]:
    """Return the names of `account:ID`: that of today, then the one under the key from before, if any.

    What looks like a pseudonym is taken for one unless `is_id`. Raises SettingError, which names the option.
    """
    from domain.events.identity import NoIdentifier, as_text
    from ops.secrets import pseudonyms, pseudonyms_before

    account = entity.removeprefix(_KIND).strip()
    if not entity.startswith(_KIND) or not account:
        raise SettingError(f"{option}: write account:ID, with the account's id or its pseudonym")
    now, before = pseudonyms(settings.identity), pseudonyms_before(settings.identity)
    if _PSEUDONYM.fullmatch(account) and not is_id:
        return [AccountName(account, now)]
    try:
        return [AccountName(as_text(under.of("account", account)), under, account) for under in (now, before) if under]
    except NoIdentifier as why:
        raise SettingError(f"{option}: {why}") from None
