"""Actions on their way to the shop: at least once, none too late, no block once auto_block is off."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session

from domain.times import HOUR_MS
from ops.actions.made import event_of
from ops.actions.pauses import of_all_s, of_one_s
from ops.actions.way import drop, is_waiting, next_due, waiting
from ops.cases import notices, outbox
from ops.cases.actions import BLOCK, RELEASE
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.notify.channel import Away, ChannelError, NotThis, Refused

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
    """What sends actions, one after the other."""

    def __init__(
        self,
        store: Store,
        target: ActionTarget,
        source: str,
        switch: Switch,
        clock: Callable[[], int],
        lease_ms: int = LEASE_MS,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Note the parts; `source` says which ringwatch it is: the service's address.

        `steady` is a clock in seconds that nobody sets: pauses end by it.
        """
        self._store, self._target, self._source, self._switch = store, target, source, switch
        self._clock, self._lease_ms, self._steady = clock, lease_ms, steady
        self._failures = 0
        self._again_at = self._drop_at = -math.inf
        self.failing = ""
        """Why the last action was not taken, empty if it was."""

    def step(self) -> bool:
        """Send what is due next; return whether anything was. Raises StoreError."""
        with self._store.read() as session:
            if not is_waiting(session):
                return False
        now, steady = self._clock(), self._steady()
        with self._store.begin() as session:
            if steady >= self._drop_at:
                self._drop_at = steady + _DROP_S
                self._drop_some(session, now)
            row = None if steady < self._again_at else next_due(session, now, may_block=self._switch.is_fresh)
            if row is not None:
                notices.lease(session, [row], now, self._lease_ms)
            session.flush()
            session.expunge_all()
        if row is None:
            return False
        if why := self._why_not(row, now):
            with self._store.begin() as session:
                drop(session, [row], why[0], now, why[1])
        else:
            self._send(row, now)
        return True

    def _drop_some(self, session: Session, now: int) -> None:
        found = [(row, self._why_not(row, now)) for row in waiting(session)]
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

    def _send(self, row: Outgoing, now: int) -> None:
        """Send, and write what came of it before anything else is taken."""
        try:
            self._target.send(event_of(row, self._source))
        except Refused as error:
            LOG.warning("The shop refuses an action (%s).", error)
            if row.target == RELEASE:  # an order must not be held for ever
                self._put_back(row, error)
            else:
                with self._store.begin() as session:
                    drop(session, [row], outbox.DEAD, now, str(error))
        except ChannelError as error:
            self._put_back(row, error)
        except Exception as error:  # a fault of ours must not stop the others
            LOG.exception("An action could not be sent.")
            self._put_back(row, ChannelError(f"unexpected {type(error).__name__}"))
        else:
            with self._store.begin() as session:
                notices.mark(session, [row], outbox.SENT, self._clock())
            if self.failing:
                LOG.info("Actions are taken again.")
            self._failures, self.failing = 0, ""

    def _put_back(self, row: Outgoing, error: ChannelError) -> None:
        now, why = self._clock(), str(error)
        if isinstance(error, Away) and not isinstance(error, NotThis):
            self._failures += 1
            again_s = of_all_s(self._failures, error)
            self._again_at = self._steady() + again_s
        else:
            again_s = of_one_s(row.attempts + 1, error)
        with self._store.begin() as session:
            if now - notices.waits_since(row) > _GIVE_UP_MS:
                drop(session, [row], outbox.DEAD, now, why)
            else:
                notices.put_back(session, [row], why, now, again_s)
        if why != self.failing:
            LOG.warning("Actions are not taken (%s); they wait.", why)
        self.failing = why
