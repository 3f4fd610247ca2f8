"""Upkeep of the lake and erasure from it, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.wording import counted
from flink_job.commands.account_name import pseudonym_of
from flink_job.commands.lake_ways import lake_url, upkeep

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings


def maintained(settings: Settings) -> Iterator[str]:
    """Maintain all tables; yield what was done. Raises as `erase` does."""
    found = upkeep(settings)
    for kept in found:
        gone = f", {kept.rows_deleted:,} old rows left" if kept.rows_deleted else ""
        deleted = f", {counted(kept.files_deleted, 'unused file')} deleted" if kept.files_deleted else ""
        yield f"{kept.table}: {counted(kept.files_before, 'file')} became {kept.files:,}{gone}{deleted}"
    if not found:
        yield "there is no table to maintain"


def erased(settings: Settings, entity: str) -> Iterator[str]:
    """Erase an account, `account:ID`, from all tables; yield what was done. Raises as `erase` does."""
    from ops.lake.erase import erase

    account = pseudonym_of(settings, entity, "--erase")
    held = False
    for one in erase(lake_url(settings), account):
        parts = [f"{counted(one.deleted, 'row')} deleted"] * bool(one.deleted) + [f"{counted(one.masked, 'row')} masked"] * bool(one.masked)
        held = held or bool(parts)
        if parts:
            yield f"{one.table}: {', '.join(parts)}"
    if not held:
        yield "the lake has nothing of this account"
        return
    hours = settings.lake.vacuum_h
    yield f"files from before stay until maintenance finds them {hours:g} hours old: ringwatch archive --maintain --set lake.vacuum_h=1"
