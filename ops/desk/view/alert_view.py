"""What is asked of the list of alerts, as the address says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from domain.decisions.alert import SEVERITIES
from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.graph import EVENT_TYPES
from domain.times import DAY_MS, HOUR_MS
from ops.cases.alerts import AlertFilter
from ops.desk.view.entity_names import EntityName, entity_name_of
from ops.desk.view.queue_view import Choice

DECISIONS = {BLOCK: "blocked", INVESTIGATE: "to investigate"}
SPANS = {"hour": ("Last hour", HOUR_MS), "day": ("Last day", DAY_MS), "week": ("Last week", 7 * DAY_MS)}
"""Value in the address -> words, length of event time before now."""


@dataclass(frozen=True)
class AlertView:
    """What a list of alerts shows. Empty values are left out of the address."""

    decision: str = ""
    severity: str = ""
    type: str = ""
    span: str = ""
    entity: str = ""
    """As `device:9c41...`."""
    incident: str = ""

    def address(self, **changes: str) -> str:
        """Return the address of this list with changes."""
        query = urlencode({name: value for name, value in asdict(replace(self, **changes)).items() if value}, safe=":")
        return f"/alerts?{query}" if query else "/alerts"

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves anything out."""
        return any(asdict(self).values())

    @property
    def its_entity(self) -> EntityName | None:
        """The entity whose alerts these are."""
        return entity_name_of(self.entity) if self.entity else None

    def wanted(self, now: int) -> AlertFilter:
        """Return the store's filter."""
        return AlertFilter(
            incident=self.incident or None,
            entity=self.entity or None,
            decision=self.decision or None,
            severity=self.severity or None,
            event_type=self.type or None,
            time_from=now - SPANS[self.span][1] if self.span else None,
        )

    def decisions(self) -> list[Choice]:
        """Return the links of decisions."""
        return self._choices("decision", DECISIONS.items())

    def severities(self) -> list[Choice]:
        """Return the links of severities, the gravest first; alerts have no low one."""
        return self._choices("severity", [(word, word) for word in reversed(SEVERITIES[1:])])

    def types(self) -> list[Choice]:
        """Return the links of types of event."""
        return self._choices("type", [(name, name.replace("_", " ")) for name in EVENT_TYPES])

    def spans(self) -> list[Choice]:
        """Return the links of times."""
        return self._choices("span", [(value, words) for value, (words, _) in SPANS.items()])

    def _choices(self, name: str, values: Iterable[tuple[str, str]]) -> list[Choice]:
        now = getattr(self, name)
        return [Choice(word, self.address(**{name: "" if value == now else value}), value == now, None, value) for value, word in values]
