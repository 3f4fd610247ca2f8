"""Actions on their way to the shop: at least once, none too late, no block once auto_block is off."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from sqlalchemy.orm import Session

from domain.times import HOUR_MS
from ops.actions.lanes import Lanes, OneLane
from ops.actions.made import event_of
from ops.actions.pauses import ShopPause, of_one_s
from ops.actions.under_way import UnderWay
from ops.actions.way import drop, is_waiting, next_due, waiting
from ops.cases import notices, outbox
from ops.cases.actions import BLOCK, RELEASE
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.notify.channel import Away, Busy, ChannelError, NotThis, Refused

LOG = logging.getLogger(__name__)
LEASE_MS = 60_000
"""A worker that sends takes no longer; one that died left its row for so long."""
_GIVE_UP_MS = 72 * HOUR_MS
"""A release that could not be sent for so long is given up."""
_DROP_S = 0.3
"""How often those that wait are looked through."""


class ActionTarget(Protocol):
    """Where actions are sent."""

    def send(self, event: Mapping[str, Any]) -> None:
        """Send a CloudEvent; it is there when this returns. Raises ChannelError."""
        ...


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
        self._store, self._target, self._source, self._switch = store, target, source, switch
        self._clock, self._lease_ms, self._steady = clock, lease_ms, steady
        self._lanes, self._pause = lanes or OneLane(), ShopPause(steady)
        self._under_way = UnderWay(steady)
        self._drop_at = -math.inf
        self.failing = ""
        """Why the last action was not taken, empty if it was."""

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
            if why := self._why_not(row, now):
                with self._store.begin() as session:
                    drop(session, [row], why[0], now, why[1])
            else:
                self._send(row, now, began)
        finally:
            self._under_way.end(row)

    def _drop_some(self, session: Session, under_way: Sequence[int], now: int) -> None:
        found = [(row, self._why_not(row, now)) for row in waiting(session, under_way)]
        for why in {why for _, why in found if why is not None}:
            drop(session, [row for row, its in found if its == why], why[0], now, why[1])

    def _why_not(self, row: Outgoing, now: int) -> tuple[str, str] | None:
        """Return the state and the reason of an action that is not to be sent, None if it is."""
        until = row.document["until"]
        if until is not None and now > until:
            return outbox.EXPIRED, "too late to be sent"
        if row.target == BLOCK and not row.document["by"] and not self._switch.is_on:
            return outbox.CANCELLED, "auto_block was switched off"
        return None

    def _send(self, row: Outgoing, now: int, began: float) -> None:
        """Send, and write what came of it before anything else of its event is taken."""
        try:
            self._target.send(event_of(row, self._source))
        except Refused as error:
            LOG.warning("The shop refuses an action (%s).", error)
            if row.target == RELEASE:  # an order must not be held for ever
                self._put_back(row, error, began)
            else:
                with self._store.begin() as session:
                    drop(session, [row], outbox.DEAD, now, str(error))
        except ChannelError as error:
            self._put_back(row, error, began)
        except Exception as error:  # a fault of ours must not stop the others
            LOG.exception("An action could not be sent.")
            self._put_back(row, ChannelError(f"unexpected {type(error).__name__}"), began)
        else:
            with self._store.begin() as session:
                notices.mark(session, [row], outbox.SENT, self._clock())
            if self.failing:
                LOG.info("Actions are taken again.")
            self._pause.end(began)
            self.failing = ""

    def _put_back(self, row: Outgoing, error: ChannelError, began: float) -> None:
        now, why = self._clock(), str(error)
        is_away = isinstance(error, Away) and not isinstance(error, NotThis | Busy)
        again_s = self._pause.lengthen(began, error) if is_away else of_one_s(row.attempts + 1, error)
        if isinstance(error, Busy):
            self._pause.doubt(row.incident or row.key, began, error)
        with self._store.begin() as session:
            if now - notices.waits_since(row) > _GIVE_UP_MS:
                drop(session, [row], outbox.DEAD, now, why)
            else:
                notices.put_back(session, [row], why, now, again_s)
        if why != self.failing:
            LOG.warning("Actions are not taken (%s); they wait." if is_away else "An action is not taken (%s); it waits.", why)
        self.failing = why
