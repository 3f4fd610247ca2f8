"""What can be set about incidents."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.incidents.triage import TriageSettings

UNCONNECTED = "unconnected-"
"""Begins the ring of the incidents that hold a day's alerts of accounts which nothing connects; the day
since 1970 follows.
"""


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """When an incident begins, is told about, and ends. The defaults keep a session's record below 16 kB."""

    gap_s: int = 96 * 3600  # rings pause for a day or two, and refunds are asked for days after the order
    longest_s: int = 30 * 24 * 3600  # what goes on longer is told again
    # An account's weak alerts wait so long, at most gap_s, for company before they count as unconnected; 0:
    # each account is a ring.
    lone_wait_s: int = 48 * 3600
    lone_score: float = 0.5  # an alert more likely fraud than not needs no company, nor does a blocked event
    first_summary_s: int = 60
    first_summary_alerts: int = 5  # an attack in full swing is told before the minute is over
    growth_factor: float = 2.0  # revisions grow with the logarithm of the alerts
    growth_alerts: int = 5  # and a small incident is not told again for each alert
    strongest: int = 10
    members_per_kind: int = 256
    members_total: int = 640
    recent_ids: int = 128  # alerts remembered to tell a repeated one
    # most revisions that are published within any hour; the others wait, strongest first
    reviews_per_hour: int = 60
    triage: TriageSettings = field(default_factory=TriageSettings)

    def __post_init__(self) -> None:
        whole = ("gap_s", "first_summary_s", "first_summary_alerts", "growth_alerts", "strongest", "members_per_kind")
        for name in (*whole, "recent_ids", "reviews_per_hour"):
            if getattr(self, name) < 1:
                raise ValueError(f"incidents.{name} is {getattr(self, name)}: set it to 1 or more")
        if self.longest_s < self.gap_s:
            raise ValueError(f"incidents.longest_s is {self.longest_s}: set it to gap_s ({self.gap_s}) or more")
        if self.lone_wait_s < 0:
            raise ValueError(f"incidents.lone_wait_s is {self.lone_wait_s}: set it to 0 or more")
        if self.growth_factor <= 1:
            raise ValueError(f"incidents.growth_factor is {self.growth_factor}: set it above 1")
        if self.members_total < self.members_per_kind:
            raise ValueError(f"incidents.members_total is {self.members_total}: set it to members_per_kind or more")
