"""One action on its way to the shop, and what comes of it: taken, put back to be tried again, or over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from domain.times import HOUR_MS
from ops.actions.made import event_of
from ops.actions.pauses import ShopPause, of_one_s
from ops.actions.way import drop, why_not
from ops.cases import notices, outbox
from ops.cases.action_kinds import RELEASE
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.notify.channel import Away, Busy, ChannelError, NotThis, Refused

LOG = logging.getLogger(__name__)
_GIVE_UP_MS = 72 * HOUR_MS
"""A release that could not be sent for so long is given up."""


class ActionTarget(Protocol):
    """Where actions are sent."""

    def send(self, event: Mapping[str, Any]) -> None:
        """Send a CloudEvent; it is there when this returns. Raises ChannelError."""
        ...


class Carrier:
    """What sends one action and writes what came of it; several of its calls run at once."""

    def __init__(
        self, store: Store, target: ActionTarget, source: str, is_on: Callable[[], bool], clock: Callable[[], int], pause: ShopPause
    ) -> None:
        """Note the parts; `is_on`: whether the switch auto_block is, `pause`: that of the shop."""
        self._store, self._target, self._source, self._is_on = store, target, source, is_on
        self._clock, self.pause = clock, pause
        self.failing = ""
        """Why the last action was not taken, empty if it was."""

    def carry(self, row: Outgoing, now: int, began: float) -> None:
        """Send an action, or drop it; `began` by the steady clock."""
        if why := why_not(row, now, is_on=self._is_on()):
            with self._store.begin() as session:
                drop(session, [row], why[0], now, why[1])
        else:
            self._send(row, now, began)

    def _send(self, row: Outgoing, now: int, began: float) -> None:
        """Send, and write what came of it before anything else of its event is taken."""
        try:
            self._target.send(event_of(row, self._source))
        except Refused as error:
            self._refused(row, now, began, error)
        except ChannelError as error:
            self._put_back(row, error, began)
        except Exception as error:  # a fault of ours must not stop the others
            LOG.exception("An action could not be sent.")
            self._put_back(row, ChannelError(f"unexpected {type(error).__name__}"), began)
        else:
            self._taken(row, began)

    def _taken(self, row: Outgoing, began: float) -> None:
        with self._store.begin() as session:
            notices.mark(session, [row], outbox.SENT, self._clock())
        if self.failing:
            LOG.info("Actions are taken again.")
        self.pause.end(began)
        self.failing = ""

    def _refused(self, row: Outgoing, now: int, began: float, error: Refused) -> None:
        """Give an action up; a release is tried again, as an order must not be held for ever."""
        LOG.warning("The shop refuses an action (%s).", error)
        if row.target == RELEASE:
            self._put_back(row, error, began)
        else:
            with self._store.begin() as session:
                drop(session, [row], outbox.DEAD, now, str(error))

    def _put_back(self, row: Outgoing, error: ChannelError, began: float) -> None:
        now, why = self._clock(), str(error)
        is_away = isinstance(error, Away) and not isinstance(error, NotThis | Busy)
        again_s = self.pause.lengthen(began, error) if is_away else of_one_s(row.attempts + 1, error)
        if isinstance(error, Busy):
            self.pause.doubt(row.incident or row.key, began, error)
        with self._store.begin() as session:
            if now - notices.waits_since(row) > _GIVE_UP_MS:
                drop(session, [row], outbox.DEAD, now, why)
            else:
                notices.put_back(session, [row], why, now, again_s)
        if why != self.failing:
            LOG.warning("Actions are not taken (%s); they wait." if is_away else "An action is not taken (%s); it waits.", why)
        self.failing = why
