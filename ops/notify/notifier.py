"""The threads that tell: one passes on what happened, one for each channel sends. None waits for another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from domain.times import HOUR_MS
from ops.cases.orphans import is_orphaned, mark_orphans
from ops.cases.store import Store
from ops.cases.told import is_told
from ops.notify.delivery import Delivery
from ops.notify.escalation import tell_unclaimed, unclaimed
from ops.notify.fan_out import BATCH, FanOut
from ops.notify.settings import EscalationSettings
from ops.notify.step_thread import IDLE_S, StepThread

_LOOK_S = 10.0
"""How often unclaimed cases, and notices to channels that are no more, are looked for."""


class Notifier:
    """Fan-out and delivery, from `start` until `stop`. While the store is away they wait."""

    def __init__(
        self,
        store: Store,
        fan_out: FanOut,
        deliveries: Sequence[Delivery],
        escalation: EscalationSettings,
        clock: Callable[[], int],
        give_up_h: float,
    ) -> None:
        """Take what tells; without deliveries only what waits for channels of before is looked after."""
        self._store, self._fan_out, self._escalation, self._clock = store, fan_out, escalation, clock
        self._give_up_ms, self._names = round(give_up_h * HOUR_MS), [delivery.name for delivery in deliveries]
        self._looked_at = -round(_LOOK_S * 1000)
        self.deliveries = deliveries
        steps: list[tuple[str, Callable[[], bool]]] = [("fan-out", self.pass_on)]
        steps += [(delivery.name, delivery.step) for delivery in deliveries]
        idle_s = IDLE_S if deliveries else _LOOK_S
        self._threads = [StepThread(f"notify {name}", step, idle_s) for name, step in steps]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads end after the message that each has begun, and wait for them."""
        for thread in self._threads:
            thread.begin_end()
        for thread in self._threads:
            thread.stop()

    def pass_on(self) -> bool:
        """Pass on some of what happened; return whether there may be more."""
        now = self._clock()
        looks = not 0 <= now - self._looked_at < _LOOK_S * 1000
        with self._store.read() as session:  # most often there is nothing, and nobody need wait for it
            if not is_told(session) and not (looks and self._has_late(session, now)):
                self._looked_at = now if looks else self._looked_at
                return False
        with self._store.begin() as session:
            if looks:
                self._look(session, now)
            return self._fan_out.step(session, now) >= BATCH

    def _has_late(self, session: Session, now: int) -> bool:
        is_late = self._names and unclaimed(session, self._escalation, now)
        return bool(is_late) or is_orphaned(session, self._names, now, self._give_up_ms)

    def _look(self, session: Session, now: int) -> None:
        mark_orphans(session, self._names, now, self._give_up_ms)
        if self._names:
            tell_unclaimed(session, self._escalation, now)
        self._looked_at = now
