"""An account erased from store and lake, and what topics and files keep of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flink_job.commands.forget_report import Done

if TYPE_CHECKING:
    from flink_job.commands.account_name import AccountName
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store

STORE, LAKE = "store", "lake"
NOWHERE = "names it nowhere"
Seen = dict[tuple[tuple[str, str], ...], None]
"""Entities that an account was seen with, as pairs of kind and pseudonym, each set once."""


def seen_in_store(store: Store, account: str) -> Seen:
    """Return what the store says. Raises StoreError."""
    from ops.cases.erasure import entities_of

    if store.schema_version() is None:
        return {}
    with store.open().read() as session:
        return {tuple(sorted(one.items())): None for one in entities_of(session, account)}


def seen_in_lake(settings: Settings, account: str) -> Seen:
    """Return what the lake says. Raises LakeError."""
    from ops.lake.erase import seen_with

    if settings.lake.url is None:
        return {}
    return {tuple(sorted(one.items())): None for one in seen_with(settings.lake.url, account)}


def erase_rows(store: Store, name: AccountName, dry: bool) -> Iterator[Done]:
    """Erase the account from the store, and yield what was done to each table. Raises StoreError."""
    from domain.times import now_ms
    from ops.access.roles import LOCAL
    from ops.cases.erasure import Name, erase_account, kept_lists

    if store.schema_version() is None:
        yield Done(STORE, "there is none")
        return
    store.open()
    with store.read() if dry else store.begin() as session:
        its = Name(name.pseudonym, name.raw)
        done, kept = erase_account(session, its, LOCAL.name, now_ms(), dry), kept_lists(session, its)
    for one in done:
        yield from _counted(f"store {one.table}", one.deleted, one.masked, "would be " * dry)
    if not done:
        yield Done(STORE, NOWHERE, 0)
    if kept:
        yield Done("store lists", "kept: lists name it; delete these entries in the desk if they are to go", kept)


def erase_lake(settings: Settings, account: str, dry: bool) -> Iterator[Done]:
    """Erase the account from the lake, and yield what was done to each table. Raises LakeError."""
    from ops.lake.erase import erase, has_tables

    if settings.lake.url is None:
        return
    if not has_tables(settings.lake.url):
        mend = "correct lake.url, or set it to null where there is no lake"
        yield Done(LAKE, f"no table is in {settings.lake.url}: {mend}", is_left=True)
        return
    if dry:
        yield Done(LAKE, f"would be erased from {settings.lake.url}")
        return
    changed = 0
    for one in erase(settings.lake.url, account):
        changed += one.deleted + one.masked
        yield from _counted(f"lake {one.table}", one.deleted, one.masked)
    if not changed:
        yield Done(LAKE, NOWHERE, 0)
    yield Done(LAKE, f"old files go with maintenance once they are {settings.lake.vacuum_h:g} h old: ringwatch archive --maintain")


def not_searched(settings: Settings) -> Iterator[Done]:
    """Say of each topic and file that nothing is deleted from it."""
    from flink_job.connectors.local_files import local_path
    from flink_job.settings.kafka_url import is_kafka
    from flink_job.settings.source_url import source_url

    job = settings.job
    named = [*(source_url(url).place for url in job.sources), *job.outputs.values(), job.rejected, job.control, settings.service.labels]
    for url in dict.fromkeys(url for url in named if url):
        if is_kafka(url):
            yield Done(f"topic {url.rpartition('/')[2]}", "Kafka deletes no single record: it goes after the topic's retention.ms")
        elif url.startswith("file:") and (path := local_path(url, "job.sources")).exists():
            yield Done(f"files {path}", "not searched: delete its lines, or the files, yourself")


def _counted(place: str, deleted: int, masked: int, would: str = "") -> Iterator[Done]:
    if deleted:
        yield Done(place, f"{would}deleted", deleted)
    if masked:
        yield Done(place, f"{would}masked", masked)
