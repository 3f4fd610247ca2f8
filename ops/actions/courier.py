"""Actions on their way to the shop: at least once, none too late, no block once auto_block is off."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from ops.actions.carrying import ActionTarget, Carrier
from ops.actions.lanes import Lanes, OneLane
from ops.actions.pauses import ShopPause
from ops.actions.under_way import UnderWay
from ops.actions.way import drop, is_waiting, next_due, waiting, why_not
from ops.cases import notices
from ops.cases.store import Store
from ops.cases.tables import Outgoing

LEASE_MS = 60_000
"""A worker that sends takes no longer; one that died left its row for so long."""
_DROP_S = 0.3
"""How often those that wait are looked through."""


class Switch(Protocol):
    """What is known of the switch auto_block."""

    @property
    def is_on(self) -> bool:
        """Whether it was on when it was last read."""
        ...

    @property
    def is_fresh(self) -> bool:
        """Whether that was a moment ago."""
        ...


class Courier:
    """What sends actions: one `step` after the other takes them, and lanes have them under way."""

    def __init__(
        self,
        store: Store,
        target: ActionTarget,
        source: str,
        switch: Switch,
        clock: Callable[[], int],
        lease_ms: int = LEASE_MS,
        steady: Callable[[], float] = time.monotonic,
        lanes: Lanes | None = None,
    ) -> None:
        """Note the parts; `source` says which ringwatch it is: the service's address.

        `steady` is a clock in seconds that nobody sets: pauses end by it. Without `lanes` a step returns once
        what it has taken was sent.
        """
        self._store, self._switch, self._clock, self._lease_ms, self._steady = store, switch, clock, lease_ms, steady
        self._lanes, self._pause, self._under_way = lanes or OneLane(), ShopPause(steady), UnderWay(steady)
        self._carrier = Carrier(store, target, source, lambda: switch.is_on, clock, self._pause)
        self._drop_at = -math.inf

    @property
    def failing(self) -> str:
        """Why the last action was not taken, empty if it was."""
        return self._carrier.failing

    def step(self) -> bool:
        """Begin to send what is due next; return whether anything was. Raises StoreError."""
        with self._store.read() as session:
            if not is_waiting(session):
                return False
        if not self._lanes.enter():
            return False
        work = None
        try:
            work = self._next()
        finally:
            if work is None:
                self._lanes.leave()
        if work is not None:
            self._lanes.run(work)
        return work is not None

    def close(self) -> None:
        """Wait for what is under way."""
        self._lanes.close()

    def _next(self) -> Callable[[], None] | None:
        """Take what is due next, and return what sends it; None if nothing is due."""
        now, steady, under_way = self._clock(), self._steady(), self._under_way.ids
        with self._store.begin() as session:
            if steady >= self._drop_at:
                self._drop_at = steady + _DROP_S
                self._drop_some(session, under_way, now)
            row = self._first(session, now, under_way)
            if row is not None:
                notices.lease(session, [row], now, self._lease_ms)
            session.flush()
            session.expunge_all()
        if row is None:
            return None
        self._under_way.begin(row, steady)
        self._pause.start()
        return partial(self._carry, row, now, steady)

    def _first(self, session: Session, now: int, under_way: Sequence[int]) -> Outgoing | None:
        """Return what may be sent next. Of a slow or doubted shop the newest: an older one may be why."""
        if not (self._under_way.has_room() and self._pause.allows(len(under_way))):
            return None
        is_newest_first = self._under_way.is_slow or self._pause.is_doubted
        may_be_tried = self._under_way.has_room_for_tried()
        may_block = self._switch.is_fresh
        return next_due(session, now, under_way, may_block=may_block, may_be_tried=may_be_tried, is_newest_first=is_newest_first)

    def _carry(self, row: Outgoing, now: int, began: float) -> None:
        """Send an action, or drop it; `began` by the steady clock."""
        try:
            self._carrier.carry(row, now, began)
        finally:
            self._under_way.end(row)

    def _drop_some(self, session: Session, under_way: Sequence[int], now: int) -> None:
        is_on = self._switch.is_on
        found = [(row, why_not(row, now, is_on=is_on)) for row in waiting(session, under_way)]
        for why in {why for _, why in found if why is not None}:
            drop(session, [row for row, its in found if its == why], why[0], now, why[1])
