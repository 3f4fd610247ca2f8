"""One wave: what belongs to it so far, and its revisions as incident documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from domain.incidents.incident import WAVE, Incident, Status, incident_id
from domain.incidents.money import from_units, yardstick
from domain.incidents.triage import TriageSettings
from domain.incidents.waves.classes import CLASSES, class_name
from domain.incidents.waves.counts import BUCKET_MS, Total
from domain.incidents.waves.evidence import wave_evidence
from domain.incidents.waves.sample import WaveEvent, named, without

GREAT_EVENTS, GREAT_RATIO = 100, 10.0
"""From so many events, and so many times the usual, on a wave is grave whatever money it asks for."""
_TOTALS = ("total", "since")


@dataclass(slots=True)
class Wave:
    """The open wave of one class. Buckets are quarters of an hour since 1970."""

    position: int
    """Of the class, in `CLASSES`."""
    start: int
    """The bucket in which it begins."""
    high: int
    """The last bucket whose trailing hour had more events than usual."""
    total: Total = field(default_factory=Total)
    """What came up to `high`."""
    usual: float = 0.0
    """Events that are usual in that time."""
    since: Total = field(default_factory=Total)
    """What came since: of the wave only if it goes on."""
    usual_since: float = 0.0
    goes_on: bool = False
    """Whether the wave before it was closed for its length alone: such a one begins to be usual."""
    revision: int = 0
    published: int = 0
    """Events in the last revision."""
    is_slow: bool = False
    """Whether no hour stands out, but the day does against those of weeks before."""
    found: int = 0
    """The bucket in which it was found."""
    before: list[WaveEvent] = field(default_factory=list)
    """The last of its events when it was found."""
    latest: list[WaveEvent] = field(default_factory=list)
    """Its latest events."""

    def take(self, bucket: int, total: Total, usual: float, is_high: bool) -> None:
        """Take in the events of a bucket, and how many are usual."""
        self.since.add(total)
        self.usual_since += usual
        if is_high:
            self.total.add(self.since)
            self.usual += self.usual_since
            self.since, self.usual_since, self.high = Total(), 0.0, bucket

    def leave_out(self, account: str) -> None:
        """Name no events of an account; they count all the same."""
        self.before, self.latest = without(self.before, account), without(self.latest, account)

    def revise(self, status: Status, told_ms: int, triage: TriageSettings, related: tuple[str, ...]) -> Incident:
        """Return the next revision, published at `told_ms`; `related` are ids of waves at the same time."""
        self.revision, self.published = self.revision + 1, self.total.events
        severity = wave_severity(self.total, self.usual, triage)
        name = class_name(self.position)
        kind, age = CLASSES[self.position]
        return Incident(
            id=wave_id(self.position, self.start),
            revision=self.revision,
            status=status,
            ring=name,
            severity=severity,
            action="escalate" if severity == "high" else "verify",
            first_time=self.total.first_ms,
            last_time=self.total.last_ms,
            alerts=self.total.events,
            money_at_risk={currency: from_units(units) for currency, units in sorted((self.total.money or {}).items())},
            evidence=wave_evidence(kind, age, self.total, self.usual),
            told_at=told_ms,
            merged_into=None,
            rings=(),
            participants={},
            event_ids=(),
            kind=WAVE,
            events=tuple(named([*self.before, *self.latest])),
            related=related,
        )

    def to_state(self) -> list[Any]:
        """Return the wave as JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return [value.to_state() if isinstance(value, Total) else value for value in values.values()]

    @classmethod
    def of(cls, state: list[Any]) -> Self:
        """Read what `to_state` returned, or an older build, whose waves had fewer values."""
        values = dict(zip(cls.__slots__, state, strict=False))
        return cls(**values | {name: Total.of(values[name]) for name in _TOTALS})


def wave_id(position: int, start: int) -> str:
    """Return the id of the incident of a wave of a class that begins in the bucket `start`."""
    return incident_id(class_name(position), start * BUCKET_MS)


def wave_severity(total: Total, usual: float, triage: TriageSettings) -> str:
    """Return high for much money or very many events, otherwise medium: no account of a wave is proven."""
    money = max((yardstick(units, currency) for currency, units in (total.money or {}).items()), default=0.0)
    is_great = total.events >= GREAT_EVENTS and total.events >= GREAT_RATIO * usual
    return "high" if money >= triage.much_money or is_great else "medium"
