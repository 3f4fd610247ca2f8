"""Upkeep of the lake and erasure from it, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.errors import SettingError
from domain.wording import counted
from flink_job.commands.lake_ways import lake_url, upkeep

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

_KIND = "account:"
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)


def maintained(settings: Settings) -> Iterator[str]:
    """Maintain all tables; yield what was done. Raises SettingError, LakeError."""
    found = upkeep(settings)
    for kept in found:
        gone = f", {kept.rows_deleted:,} old rows left" if kept.rows_deleted else ""
        deleted = f", {counted(kept.files_deleted, 'unused file')} deleted" if kept.files_deleted else ""
        yield f"{kept.table}: {counted(kept.files_before, 'file')} became {kept.files:,}{gone}{deleted}"
    if not found:
        yield "there is no table to maintain"


def erased(settings: Settings, entity: str) -> Iterator[str]:
    """Erase an account, `account:ID`, from all tables; yield what was done."""
    from ops.lake.erase import erase

    done = [one for one in erase(lake_url(settings), _pseudonym(settings, entity)) if one.deleted or one.masked]
    for one in done:
        parts = [f"{counted(one.deleted, 'row')} deleted"] * bool(one.deleted) + [f"{counted(one.masked, 'row')} masked"] * bool(one.masked)
        yield f"{one.table}: {', '.join(parts)}"
    if not done:
        yield "the lake has nothing of this account"
        return
    hours = settings.lake.vacuum_h
    yield f"files from before stay until maintenance finds them {hours:g} hours old: ringwatch archive --maintain --set lake.vacuum_h=1"


def _pseudonym(settings: Settings, entity: str) -> str:
    from domain.events.identity import as_text
    from ops.secrets import pseudonyms

    account = entity.removeprefix(_KIND).strip()
    if not entity.startswith(_KIND) or not account:
        raise SettingError("--erase: write account:ID, with the account's id or its pseudonym")
    return account if _PSEUDONYM.fullmatch(account) else as_text(pseudonyms(settings.identity).of("account", account))
