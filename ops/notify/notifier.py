"""The threads that tell: one passes on what happened, one for each channel sends. None waits for another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from ops.cases.errors import StoreError
from ops.cases.store import Store
from ops.cases.told import is_told
from ops.notify.delivery import Delivery
from ops.notify.escalation import tell_unclaimed, unclaimed
from ops.notify.fan_out import BATCH, FanOut
from ops.notify.settings import EscalationSettings

LOG = logging.getLogger(__name__)

IDLE_S = 0.5
_LOOK_S = 10.0
"""How often unclaimed cases are looked for."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_END_S = 30.0


class Notifier:
    """Fan-out and delivery, from `start` until `stop`. While the store is away they wait."""

    def __init__(
        self, store: Store, fan_out: FanOut, deliveries: Sequence[Delivery], escalation: EscalationSettings, clock: Callable[[], int]
    ) -> None:
        self._store, self._fan_out, self._escalation, self._clock = store, fan_out, escalation, clock
        self._stopped = threading.Event()
        self._look_at = 0
        self.deliveries = deliveries
        steps: list[tuple[str, Callable[[], bool]]] = [("fan-out", self.pass_on)]
        steps += [(delivery.name, delivery.step) for delivery in deliveries]
        self._threads = [threading.Thread(target=self._run, args=(step,), name=f"notify {name}", daemon=True) for name, step in steps]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads end after the message that each has begun, and wait for them."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(_END_S)

    def pass_on(self) -> bool:
        """Pass on some of what happened; return whether there may be more."""
        now = self._clock()
        looks = now >= self._look_at
        with self._store.read() as session:  # most often there is nothing, and nobody need wait for it
            if not is_told(session) and not (looks and unclaimed(session, self._escalation, now)):
                self._look_at = now + round(_LOOK_S * 1000) if looks else self._look_at
                return False
        with self._store.begin() as session:
            if looks:
                tell_unclaimed(session, self._escalation, now)
                self._look_at = now + round(_LOOK_S * 1000)
            return self._fan_out.step(session, now) >= BATCH

    def _run(self, step: Callable[[], bool]) -> None:
        pause_s, is_away = _FIRST_PAUSE_S, False
        while not self._stopped.is_set():
            try:
                went_on = step()
            except StoreError as error:
                if not is_away:
                    LOG.warning("Notifications wait: %s.", str(error).rstrip("."))
                is_away = True
                self._stopped.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except Exception:  # told once more is better than never
                LOG.exception("A step of notifications failed.")
                self._stopped.wait(_LONGEST_PAUSE_S)
            else:
                pause_s, is_away = _FIRST_PAUSE_S, False
                if not went_on:
                    self._stopped.wait(IDLE_S)
