"""What can be set about waves."""

from __future__ import annotations

from dataclasses import dataclass

from domain.events.disposable_mail import is_domain


@dataclass(frozen=True, slots=True)
class WaveSettings:
    """When many events of one kind at the same time are an incident of the kind `wave`."""

    enabled: bool = True
    """False: no waves are looked for, and nothing is kept for them."""
    least_events: int = 8
    """A wave has at least this many events."""
    least_ratio: float = 2.0
    """A wave has at least this many times the usual events. A lower ratio finds smaller waves in large
    classes of events, and more busy days that are none.
    """
    learn_days: float = 3.0
    """Until so many days of events are known only a huge wave is one: 50 events and ten times the usual.
    Within the first six hours nothing is.
    """
    quiet_s: int = 3 * 3600
    """A wave without more events than usual for this long is closed."""
    longest_s: int = 24 * 3600
    """A wave that goes on for longer is closed and a new one opened, and what goes on begins to be usual."""
    disposable_domains: tuple[str, ...] = ()
    """Further e-mail domains whose mailboxes are thrown away, besides the 8,900 that ringwatch knows."""
    disposable_domains_file: str | None = None
    """A file with still more of them, one a line; read where the job is started. null: none."""

    def __post_init__(self) -> None:
        for name in ("least_events", "quiet_s", "longest_s"):
            if getattr(self, name) < 1:
                raise ValueError(f"incidents.waves.{name} is {getattr(self, name)}: set it to 1 or more")
        if self.least_ratio <= 1:
            raise ValueError(f"incidents.waves.least_ratio is {self.least_ratio}: set it above 1")
        if self.learn_days < 0:
            raise ValueError(f"incidents.waves.learn_days is {self.learn_days}: set it to 0 or more")
        if self.longest_s < self.quiet_s:
            raise ValueError(f"incidents.waves.longest_s is {self.longest_s}: set it to quiet_s ({self.quiet_s}) or more")
        for domain in self.disposable_domains:
            if not is_domain(domain):
                raise ValueError(f"incidents.waves.disposable_domains: {domain!r} is no domain; write it like mailinator.com")
