"""A stream of the job -> Kinesis: by one instance at a time, which keeps an account's records in order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ops.feeds.bridge_state import BridgeState
from ops.feeds.group_reader import GroupReader
from ops.feeds.kinesis import Kinesis
from ops.feeds.meter import Meter
from ops.feeds.put_requests import MOST_KEY, MOST_RECORD_BYTES, PutRequests, Record
from ops.redis.connection import RedisRefusedError
from ops.redis.entry import Entry

LOG = logging.getLogger(__name__)

_WHOLE = "stream"
"""The lease of all of it."""
_WAIT_S = 0.2


class _LostError(Exception):
    """Another instance has the lease."""


class Outlet:
    """The way out of one stream of Redis."""

    def __init__(
        self,
        reader: Callable[[], GroupReader],
        kinesis: Kinesis,
        state: BridgeState,
        meter: Meter,
        lease_s: float,
    ) -> None:
        """Note the parts; `reader` makes one, which begins with what nobody has acknowledged."""
        self._reader, self._kinesis, self._state, self._meter, self._lease_s = reader, kinesis, state, meter, lease_s
        self._turn_at = 0.0

    def run(self, stops: Callable[[], bool], check: Callable[[], None], tell: Callable[[], None], follow: bool = True) -> None:
        """Send entries until `stops`, or until all that is there is sent.

        `check` is called while Kinesis does not take them, and may end that by raising.
        """
        self._kinesis.ask("describe_stream_summary")  # who may not, or names no stream, hears of it now

        def wait() -> None:
            check()
            tell()

        requests = PutRequests(self._kinesis, self._meter, self._keep, wait)
        try:
            while not stops() and self._send_while_mine(requests, stops, tell, follow):
                time.sleep(min(0.2, self._lease_s / 5))
                tell()
        finally:
            with suppress(RedisRefusedError):  # the lease ends by itself
                self._state.give_up([_WHOLE], ends=True)

    def _send_while_mine(self, requests: PutRequests, stops: Callable[[], bool], tell: Callable[[], None], follow: bool) -> bool:
        """Send as long as this instance has the lease; return whether more is to be sent."""
        if not self._is_mine():
            return True
        reader = self._reader()
        try:
            while not stops() and self._is_mine():
                entries = reader.read(_WAIT_S)
                self._pass_on(entries, requests)
                reader.acknowledge(entries)
                tell()
                if not entries and not follow:
                    return False
        except _LostError:
            LOG.warning("Another instance sends the stream now: this one was still for too long.")
        finally:
            reader.close()
        return True

    def _keep(self) -> None:
        if not self._is_mine():
            raise _LostError

    def _is_mine(self) -> bool:
        """Return whether this instance has the lease, renewed or taken now and then."""
        if time.monotonic() >= self._turn_at:
            turn = self._state.take([_WHOLE])
            self._turn_at = time.monotonic() + self._lease_s / 3
            self._meter.shards, self._meter.others = len(turn.mine), turn.others
        return self._meter.shards > 0

    def _pass_on(self, entries: list[Entry], requests: PutRequests) -> None:
        records = [record_of(entry) for entry in entries]
        fit = [record for record in records if record.size <= MOST_RECORD_BYTES]
        for entry, record in zip(entries, records, strict=True):
            if record.size > MOST_RECORD_BYTES:
                self._meter.refused += 1
                LOG.error(
                    "Entry %s of stream %s has %s bytes, more than Kinesis takes: it is left out.",
                    entry.entry_id,
                    entry.stream,
                    f"{record.size:,}",
                )
        requests.send(fit)
        self._meter.took(len(entries), len(fit))
        if entries:
            self._meter.behind_ms[_WHOLE] = max(0, int(1000 * time.time()) - int(entries[-1].entry_id.partition("-")[0]))
        else:
            self._meter.behind_ms[_WHOLE] = 0


def record_of(entry: Entry) -> Record:
    """Return what is sent of an entry: its document, under its account, its incident, or else its own id."""
    document = entry.document() or {}
    key = _account(document) or document.get("id") or document.get("event_id") or entry.entry_id
    text = str(key)[:MOST_KEY].encode("utf-8", "replace").decode()  # JSON may name half a surrogate pair
    return Record(text, entry.fields.get("json", "").encode("utf-8", "replace"))


def _account(document: Mapping[str, Any]) -> str:
    entities = document.get("entities")
    return str(entities.get("account") or "") if isinstance(entities, dict) else ""
