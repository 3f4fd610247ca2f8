"""Entries on their way to Redis in the state of one key, and the timers that send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyflink.common import Types
from pyflink.datastream import RuntimeContext, TimeDomain
from pyflink.datastream.state import MapStateDescriptor

from domain.times import now_ms
from ops.redis.backlog import AT_ONCE, Backlog, Written
from ops.redis.stream_entry import StreamEntry
from udfs.engine.keyed_map import KeyedMap
from udfs.engine.redis_delivery import RedisDelivery

WAITS_MS = 5
"""So long an entry waits for others, to go with them in one pipeline."""
END_MS = (1 << 63) - 1
"""The watermark of a stream that has ended: Flink calls timers of this time, and drops those by the clock."""


class BufferedDelivery:
    """A backlog in the state of the operator's one key: a checkpoint holds what is not written yet.

    So a checkpoint waits for no server, and a restart sends what was kept; the rest of the reason why each
    entry is there once is `Backlog`'s.
    """

    def __init__(
        self, delivery: RedisDelivery, runtime_context: RuntimeContext, written: Callable[[Written], None], longest_pause_s: float = 5.0,
        is_forgiving: bool = False,
    ) -> None:  # fmt: skip
        """Take the operator's writer; `written` is called with each entry that is in its stream."""
        kept = KeyedMap[int, str](runtime_context.get_map_state(MapStateDescriptor("waiting", Types.LONG(), Types.STRING())))
        self._delivery, self._written = delivery, written
        self._backlog = Backlog(delivery.writer, kept, longest_pause_s, is_forgiving)
        self._size = runtime_context.get_metrics_group().counter("redis_backlog")
        self._shown = 0
        self._waits_at_end = not is_forgiving
        self._is_timed = self._knows_end = False

    def __len__(self) -> int:
        return len(self._backlog)

    @property
    def is_away(self) -> bool:
        """Return whether the last attempt to write failed."""
        return self._backlog.is_away

    def add(self, stream: str, entry: StreamEntry, timers: Any) -> None:
        """Take an entry; it is written in some ms, as soon as the server takes it."""
        self._backlog.add(stream, self._delivery.signed(stream, entry))
        if len(self._backlog) % AT_ONCE == 0:
            self._tell(self._backlog.attempt())
        self._time(timers)
        self._show()

    def leave_out(self, account: str) -> None:
        """Let nothing of an account wait any more, by its pseudonym."""
        self._backlog.leave_out(account)
        self._show()

    def on_timer(self, ctx: Any) -> None:
        """Try to write what waits. At the end of the stream wait until it is written, unless forgiving."""
        is_end = ctx.time_domain() is TimeDomain.EVENT_TIME
        if is_end and self._waits_at_end:
            self.finish()
            return
        self._is_timed = self._is_timed and is_end
        self._tell(self._backlog.attempt())
        if self._backlog:
            self._time(ctx.timer_service())
        self._show()

    def finish(self) -> None:
        """Write all that waits, however long that takes."""
        self._tell(self._backlog.finish())
        self._show()

    def _tell(self, done: list[Written]) -> None:
        for one in done:
            self._written(one)

    def _time(self, timers: Any) -> None:
        if not self._knows_end:
            timers.register_event_time_timer(END_MS)
            self._knows_end = True
        if not self._is_timed:
            timers.register_processing_time_timer(now_ms() + max(WAITS_MS, round(1000 * self._backlog.pause_s)))
            self._is_timed = True

    def _show(self) -> None:
        self._delivery.show()
        size = len(self._backlog)
        if size != self._shown:
            self._size.inc(size - self._shown)
            self._shown = size
