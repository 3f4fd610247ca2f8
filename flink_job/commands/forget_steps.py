"""The places that an account is erased from, one after the other; one that is away holds up no other.

The job is told before anything is erased: only what is there says with which devices and addresses the
account was seen, and these the job must be told, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from flink_job.commands.forget_job import tell
from flink_job.commands.forget_kept import LAKE, STORE, Seen, erase_lake, erase_rows, not_searched, seen_in_lake, seen_in_store
from flink_job.commands.forget_lines import forget_lines, seen_in
from flink_job.commands.forget_report import FAILS, Done

if TYPE_CHECKING:
    from flink_job.commands.account_name import AccountName
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.redis.named_entries import Named, NamedEntries

STREAMS = "streams"


class Forgetting:
    """One run of the command, for one name of the account."""

    def __init__(self, settings: Settings, name: AccountName, dry: bool, unread: bool) -> None:
        self._settings, self._name, self._dry, self._unread = settings, name, dry, unread
        self._seen: Seen = {}

    def run(self) -> Iterator[Done]:
        """Yield what is done, place by place."""
        with closing(self._entries()) as entries:
            found, away = self._found(entries)
            for look in (partial(seen_in_store, self._store), partial(seen_in_lake, self._settings)):
                with suppress(*FAILS):  # its own turn says why
                    self._seen |= look(self._name.pseudonym)
            lines = forget_lines(self._name.pseudonym, [dict(pairs) for pairs in self._seen])
            yield tell(self._settings, lines, self._store, self._dry)
            if away:
                yield Done(STREAMS, f"not done: {away}", is_left=True)
            for named in found:
                yield from self._erase_entries(entries, named)
        yield from _guarded(STORE, lambda: erase_rows(self._store, self._name, self._dry))
        yield from _guarded(LAKE, lambda: erase_lake(self._settings, self._name.pseudonym, self._dry))
        yield from not_searched(self._settings)

    def close(self) -> None:
        """Close the connection to the store."""
        self._store.close()

    def _found(self, entries: NamedEntries) -> tuple[list[Named], str]:
        """Return what the streams hold, and why it cannot be known."""
        try:
            return list(entries.find()), ""
        except FAILS as error:
            return [], str(error)
        finally:
            self._seen |= entries.entities

    @cached_property
    def _store(self) -> Store:
        """The store of these settings, not opened yet."""
        from dataclasses import replace

        from ops.cases.store import Store
        from ops.secrets import store_url

        its = self._settings.service.store
        return Store(replace(its, url=store_url(its.url)))

    def _entries(self) -> NamedEntries:
        from domain.events.account_in_text import AccountInText
        from flink_job.commands.options import event_parser
        from flink_job.settings.redis_url import is_redis, redis_stream
        from ops.redis.named_entries import NamedEntries
        from ops.secrets import redis_url

        redis, control = self._settings.redis, self._settings.job.control
        kept = {"control_applied", *([redis_stream(str(control), "job.control").name] if is_redis(control) else [])}
        names = AccountInText(self._name.pseudonym, self._name.under)
        seen = partial(seen_in, event_parser(self._settings), self._settings.graph.stages, self._name.pseudonym)
        return NamedEntries(redis_url(redis.url), redis.prefix, names, kept, seen)

    def _erase_entries(self, entries: NamedEntries, named: Named) -> Iterator[Done]:
        place = f"stream {named.stream}"
        ids = [*named.ids, *(named.unread if self._unread else [])]
        left = 0 if self._unread else len(named.unread)
        try:
            count = len(ids) if self._dry else entries.delete(named.stream, ids)
        except FAILS as error:
            yield Done(place, f"not done: {error}", is_left=True)
            return
        if ids:
            yield Done(place, "would be deleted" if self._dry else "deleted", count)
        if left:
            yield Done(place, "left until all readers have read them", left, is_left=True)


def _guarded(place: str, step: Callable[[], Iterator[Done]]) -> Iterator[Done]:
    try:
        yield from step()
    except FAILS as error:
        yield Done(place, f"not done: {error}", is_left=True)
