"""One ring as the ring book keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from domain.decisions.alert import Alert
from domain.decisions.decision import BLOCK
from domain.incidents.assignment import AlertAssigned
from domain.json_text import as_json

PAID, BLOCKED = 1, 2
"""Traits: a payment was not blocked, which costs money; an alert is blocked."""
_FIRST_LEVEL = 3  # bits: 8 alerts


@dataclass(slots=True)
class Ring:
    """The alerts that belong together under the name `ring`."""

    ring: str
    first_ms: int
    last_ms: int
    alerts: int = 0
    accounts: list[str] = field(default_factory=list)
    """At most two: more are company just the same."""
    waiting: list[Alert] | None = field(default_factory=list)
    """Alerts of a lone account that wait for company; None once the ring has a session."""
    due_ms: int | None = None
    """Until when they wait."""
    slot: int | None = None
    """Which of those that wait until then it is; an older build kept none."""
    gathered: str | None = None
    """The ring name of the look-alikes in whose session its alerts are; None if it has one of its own."""
    level: int = 0
    """How often its alerts have doubled, beginning with eight."""
    traits: int = 0
    """What its alerts have shown, of the bits above. Both are kept up while it has no session of its own."""

    @classmethod
    def of(cls, text: str) -> Ring:
        """Read what `to_text` returned; an older build wrote fewer values."""
        ring = cls(*json.loads(text))
        ring.waiting = None if ring.waiting is None else [Alert.of(record) for record in ring.waiting]  # type: ignore[arg-type]
        return ring

    def to_text(self) -> str:
        """Return the ring as text."""
        waiting = None if self.waiting is None else [alert.to_record() for alert in self.waiting]
        values = [getattr(self, name) for name in self.__slots__]
        values[self.__slots__.index("waiting")] = waiting
        return as_json(values)

    @property
    def has_session(self) -> bool:
        """Return whether its alerts go to a session, its own or that of look-alikes."""
        return self.waiting is None

    @property
    def session(self) -> str:
        """Return the ring name of the session that its alerts go to."""
        return self.gathered or self.ring

    def assigned(self, alert: Alert, at_ms: int) -> AlertAssigned:
        """Return an alert on its way to the session."""
        return AlertAssigned(self.session, at_ms, alert, self.ring if self.gathered else "")

    def note(self, time_ms: int, *accounts: str) -> None:
        """Widen the ring's time to `time_ms` and add the accounts."""
        self.first_ms, self.last_ms = min(self.first_ms, time_ms), max(self.last_ms, time_ms)
        self.accounts = sorted({*self.accounts, *accounts})[:2]

    def leave_out(self, account: str) -> bool:
        """Forget an account and its alerts that wait; return whether anything is left."""
        self.accounts = [one for one in self.accounts if one != account]
        if self.waiting is None:
            return True
        waiting = [alert for alert in self.waiting if alert.account != account]
        self.alerts -= len(self.waiting) - len(waiting)
        self.waiting = waiting
        return bool(waiting)

    def stands_out(self, alert: Alert) -> bool:
        """Return whether it has become larger or graver with this alert than it was; remember that it is."""
        level = max(0, self.alerts.bit_length() - _FIRST_LEVEL)
        traits = self.traits | traits_of(alert)
        is_new = level > self.level or traits != self.traits
        self.level, self.traits = max(level, self.level), traits
        return is_new

    @property
    def precedence(self) -> tuple[int, int, int, str]:
        """Return the rank among rings that meet: the first absorbs the others."""
        return (2 if self.waiting is not None else int(self.gathered is not None), -self.alerts, self.first_ms, self.ring)


def traits_of(alert: Alert) -> int:
    """Return the traits that an alert gives its ring."""
    if alert.decision.outcome == BLOCK:
        return BLOCKED
    return PAID if alert.decision.event_type == "payment" else 0
