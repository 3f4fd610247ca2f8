"""Which channels an incident goes to, and when: by severity, action, kind, money and time of day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.decisions.alert import SEVERITIES
from ops.notify.day_times import is_within, local, minute_at, minute_of_day, next_ms
from ops.notify.settings import DAYS, NotifySettings, RouteSettings

ANY = RouteSettings()


@dataclass(frozen=True)
class Subject:
    """What of an incident decides who is told."""

    incident: str
    severity_rank: int
    action: str
    kind: str
    pattern: str | None
    money: float


class Routes:
    """The routes and quiet hours of the settings."""

    def __init__(self, settings: NotifySettings, quiet: Collection[str]) -> None:
        """Take the settings; `quiet` are the channels that quiet hours hold for where they name none."""
        self._settings, self._zone = settings, settings.zone
        self._quiet = frozenset(settings.quiet_hours.channels or quiet)
        self._loud_rank = SEVERITIES.index(settings.quiet_hours.but_at_least)

    def of(self, subject: Subject, at: int) -> frozenset[str]:
        """Return the channels that an incident goes to at a moment, ms since 1970."""
        if not self._settings.routes:
            return frozenset(self._settings.channels if _matches(ANY, subject) else ())
        named = (route.channels for route in self._settings.routes if _matches(route, subject) and self._holds(route, at))
        return frozenset(name for channels in named for name in channels)

    def not_before(self, channel: str, subject: Subject, at: int) -> int:
        """Return when a channel may be told: now, or when its quiet hours end."""
        quiet = self._settings.quiet_hours
        begin, end = (minute_of_day("notify.quiet_hours", text) % 1440 for text in (quiet.begin, quiet.end))
        if channel not in self._quiet or subject.severity_rank >= self._loud_rank:
            return at
        return next_ms(at, end, self._zone) if is_within(begin, end, minute_at(local(at, self._zone))) else at

    def _holds(self, route: RouteSettings, at: int) -> bool:
        now = local(at, self._zone)
        begin, end = minute_of_day("begin", route.begin), minute_of_day("end", route.end)
        return DAYS[now.weekday()] in route.days and is_within(begin, end, minute_at(now))


def _matches(route: RouteSettings, subject: Subject) -> bool:
    return (
        subject.severity_rank >= SEVERITIES.index(route.at_least)
        and (not route.actions or subject.action in route.actions)
        and (not route.kinds or subject.kind in route.kinds)
        and (not route.patterns or subject.pattern in route.patterns)
        and subject.money >= route.money_from
    )
