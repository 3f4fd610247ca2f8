"""What can be set about incidents."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.incidents.triage import TriageSettings
from domain.incidents.wave_settings import WaveSettings

UNCONNECTED = "unconnected-"
"""How the ring name of a day's unconnected alerts begins; the day since 1970 follows."""
GATHERED = "alike-"
"""How the ring name of look-alikes that were gathered into one incident begins."""


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """When an incident begins, is published, and ends. The defaults keep a session's record below 37 kB."""

    gap_s: int = 96 * 3600
    """A ring that is silent for this long has a new incident afterwards. Rings pause for days, and refunds
    are asked for days after the order.
    """
    longest_s: int = 30 * 24 * 3600
    """An incident that goes on for longer is closed and a new one opened."""
    lone_wait_s: int = 48 * 3600
    """A lone account's weak alerts wait this long, at most `gap_s`, for company. Then they join the day's
    unconnected alerts. 0: each account is a ring.
    """
    lone_score: float = 0.5
    """From this score on an alert needs no company; nor does a blocked event."""
    first_summary_s: int = 60
    """The first revision is published this long after the first alert."""
    first_summary_alerts: int = 5
    """The first revision is published at once with this many alerts."""
    growth_factor: float = 2.0
    """The next revision is published when the alerts have grown by this factor, so revisions grow with the
    logarithm of the alerts.
    """
    growth_alerts: int = 5
    """And by at least this many alerts. A rise in severity, action, blocked alerts or money is told at once:
    blocked alerts and money by the same factor, money by at least `triage.much_money`.
    """
    strongest: int = 10
    """Strongest alerts kept as evidence."""
    participants_per_kind: int = 256
    """Most participants of one kind that an incident remembers."""
    participants_total: int = 640
    """Most participants of all kinds that an incident remembers."""
    recent_ids: int = 128
    """Alerts remembered to recognise a repeated one."""
    reviews_per_hour: int = 60
    """Most revisions published within an hour. Half are kept for first revisions, a tenth for rises in
    severity, action or money, a fifteenth for rises in what was paid. The others wait, and an overflow record
    says so: the strongest go first, rises that are like many others last, and half an hour of waiting counts
    as much as a step of severity.
    """
    triage: TriageSettings = field(default_factory=TriageSettings)
    waves: WaveSettings = field(default_factory=WaveSettings)

    def __post_init__(self) -> None:
        whole = ("gap_s", "first_summary_s", "first_summary_alerts", "growth_alerts", "strongest", "participants_per_kind")
        for name in (*whole, "recent_ids", "reviews_per_hour"):
            if getattr(self, name) < 1:
                raise ValueError(f"incidents.{name} is {getattr(self, name)}: set it to 1 or more")
        if self.longest_s < self.gap_s:
            raise ValueError(f"incidents.longest_s is {self.longest_s}: set it to gap_s ({self.gap_s}) or more")
        if self.lone_wait_s < 0:
            raise ValueError(f"incidents.lone_wait_s is {self.lone_wait_s}: set it to 0 or more")
        if self.growth_factor <= 1:
            raise ValueError(f"incidents.growth_factor is {self.growth_factor}: set it above 1")
        if self.participants_total < self.participants_per_kind:
            raise ValueError(f"incidents.participants_total is {self.participants_total}: set it to participants_per_kind or more")
