"""The places that an account is erased from, one after the other; one that is away holds up no other.

The job is told before anything is erased: only what is there says with which devices and addresses the
account was seen, and these the job must be told, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from domain.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flink_job.commands.account_name import AccountName
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.redis.named_entries import Named, NamedEntries

STATE, STORE, LAKE, STREAMS = "job's state", "store", "lake", "streams"
_PATIENCE_S = 5.0
"""How long the stream of labels may be away before the job is told by the store's outbox."""
_FAILS = (RuntimeError, OSError, SettingError)


@dataclass(frozen=True)
class Done:
    """What was done in one place."""

    place: str
    what: str
    rows: int | None = None
    is_left: bool = False
    """Whether something is still there."""


class Forgetting:
    """One run of the command."""

    def __init__(self, settings: Settings, name: AccountName, dry: bool, unread: bool) -> None:
        self._settings, self._pseudonym, self._named, self._dry, self._unread = settings, name.pseudonym, name, dry, unread
        self._seen: dict[tuple[tuple[str, str], ...], None] = {}
        """Entities that the account was seen with, as pairs of kind and pseudonym."""

    def run(self) -> Iterator[Done]:
        """Yield what is done, place by place."""
        from ops.redis.named_entries import Named

        with closing(self._entries) as entries:
            found, away = list[Named](), ""
            try:
                found = list(entries.find())
            except _FAILS as error:
                away = str(error)
            self._seen |= entries.entities
            self._look_into_store()
            self._look_into_lake()
            yield self._tell()
            if away:
                yield Done(STREAMS, f"not done: {away}", is_left=True)
            for named in found:
                yield from self._erase_entries(entries, named)
        yield from self._guarded(STORE, self._erase_rows)
        yield from self._guarded(LAKE, self._erase_lake)
        yield from self._topics()

    def close(self) -> None:
        """Close the connection to the store."""
        if "_store" in vars(self):
            self._store.close()

    @cached_property
    def _entries(self) -> NamedEntries:
        from domain.events.account_in_text import AccountInText
        from flink_job.commands.forget_lines import seen_in
        from flink_job.commands.options import event_parser
        from flink_job.settings.redis_url import is_redis, redis_stream
        from ops.redis.named_entries import NamedEntries
        from ops.secrets import redis_url

        redis, control = self._settings.redis, self._settings.job.control
        kept = {"control_applied", *([redis_stream(str(control), "job.control").name] if is_redis(control) else [])}
        names = AccountInText(self._pseudonym, self._named.under)
        seen = partial(seen_in, event_parser(self._settings), self._settings.graph.stages, self._pseudonym)
        return NamedEntries(redis_url(redis.url), redis.prefix, names, kept, seen)

    @cached_property
    def _store(self) -> Store:
        """Return the store; raise a reason if there is none, or its tables cannot be used."""
        from dataclasses import replace

        from ops.cases.store import Store
        from ops.secrets import store_url

        its = self._settings.service.store
        return Store(replace(its, url=store_url(its.url)))

    def _has_store(self) -> bool:
        return self._store.schema_version() is not None

    def _look_into_store(self) -> None:
        from ops.cases.erasure import entities_of

        try:
            if self._has_store():
                with self._store.open().read() as session:
                    self._seen |= {tuple(sorted(one.items())): None for one in entities_of(session, self._pseudonym)}
        except _FAILS:
            return  # the store's own turn says why

    def _look_into_lake(self) -> None:
        from ops.lake.erase import seen_with

        try:
            if self._settings.lake.url is not None:
                self._seen |= {tuple(sorted(one.items())): None for one in seen_with(self._settings.lake.url, self._pseudonym)}
        except _FAILS:
            return  # the lake's own turn says why

    def _documents(self) -> dict[str, Mapping[str, Any]]:
        """Return the lines that tell the job, by id; between them they name all that was seen with it."""
        from flink_job.commands.forget_lines import forget_lines

        return forget_lines(self._pseudonym, [dict(pairs) for pairs in self._seen])

    def _tell(self) -> Done:
        documents, to = self._documents(), self._settings.service.labels
        if self._dry:
            return Done(STATE, f"would be told in {to}", len(documents))
        try:
            self._send(list(documents.values()), to)
        except _FAILS as error:
            return self._queued(documents, to, error)
        return Done(STATE, f"told in {to}{self._unread_note(to)}", len(documents))

    def _send(self, documents: list[Mapping[str, Any]], to: str) -> None:
        from domain.json_text import as_json
        from flink_job.commands.publish_targets import target_of
        from ops.case_feed.sender import Patience
        from ops.secrets import control_keys

        name = self._settings.service.sign_with or next(reversed(self._settings.job.control_keys), None)
        keys = control_keys([name]) if name else None
        with closing(target_of(to, "service.labels", self._settings, Patience(_PATIENCE_S).on_wait)) as target:
            target.send([as_json(keys.signed(one, str(name)) if keys else one).encode() for one in documents])

    def _queued(self, documents: Mapping[str, Mapping[str, Any]], to: str, error: Exception) -> Done:
        from domain.times import now_ms
        from ops.cases import outbox

        try:
            if not self._has_store():
                return Done(STATE, f"not told: {error}", is_left=True)
            with self._store.open().begin() as session:
                outbox.put(session, outbox.LABEL, to, documents, now_ms(), now_ms())
        except _FAILS as also:
            return Done(STATE, f"not told: {error}; {also}", is_left=True)
        return Done(STATE, f"not told yet, the service's worker will tell it: {error}", len(documents), is_left=True)

    def _unread_note(self, to: str) -> str:
        from flink_job.commands.verdict_command import unread_note

        return f"; {note}" if (note := unread_note(to, self._settings.job)) else ""

    def _erase_entries(self, entries: NamedEntries, named: Named) -> Iterator[Done]:
        place = f"stream {named.stream}"
        ids = [*named.ids, *(named.unread if self._unread else [])]
        left = 0 if self._unread else len(named.unread)
        try:
            count = len(ids) if self._dry else entries.delete(named.stream, ids)
        except _FAILS as error:
            yield Done(place, f"not done: {error}", is_left=True)
            return
        if ids:
            yield Done(place, "would be deleted" if self._dry else "deleted", count)
        if left:
            yield Done(place, "left until all readers have read them", left, is_left=True)

    def _erase_rows(self) -> Iterator[Done]:
        from domain.times import now_ms
        from ops.access.roles import LOCAL
        from ops.cases.erasure import Name, erase_account, kept_lists

        if not self._has_store():
            yield Done(STORE, "there is none")
            return
        name, would = Name(self._pseudonym, self._named.raw), "would be " * self._dry
        store = self._store.open()
        with store.read() if self._dry else store.begin() as session:
            done, kept = erase_account(session, name, LOCAL.name, now_ms(), self._dry), kept_lists(session, name)
        for one in done:
            yield from (
                Done(f"store {one.table}", would + did, rows) for did, rows in (("deleted", one.deleted), ("masked", one.masked)) if rows
            )
        if not done:
            yield Done(STORE, "names it nowhere", 0)
        if kept:
            yield Done("store lists", "kept: lists name it; delete these entries in the desk if they are to go", kept)

    def _erase_lake(self) -> Iterator[Done]:
        if self._settings.lake.url is None:
            return
        if self._dry:
            yield Done(LAKE, f"would be erased from {self._settings.lake.url}")
            return
        from ops.lake.erase import erase

        for one in erase(self._settings.lake.url, self._pseudonym):
            yield from (Done(f"lake {one.table}", did, rows) for did, rows in (("deleted", one.deleted), ("masked", one.masked)) if rows)
        yield Done(
            LAKE, f"old files go with maintenance once they are {self._settings.lake.vacuum_h:g} h old: ringwatch archive --maintain"
        )

    def _topics(self) -> Iterator[Done]:
        """Say of each topic that nothing can be deleted from it."""
        from flink_job.settings.kafka_url import is_kafka
        from flink_job.settings.source_url import source_url

        job, service = self._settings.job, self._settings.service
        named = [*(source_url(url).place for url in job.sources), *job.outputs.values(), job.control, service.labels]
        for url in dict.fromkeys(url for url in named if is_kafka(url)):
            yield Done(f"topic {str(url).rpartition('/')[2]}", "Kafka deletes no single record: it goes after the topic's retention.ms")

    def _guarded(self, place: str, step: Any) -> Iterator[Done]:
        try:
            yield from step()
        except _FAILS as error:
            yield Done(place, f"not done: {error}", is_left=True)
