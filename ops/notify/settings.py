"""What can be set about notifications."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from zoneinfo import ZoneInfo

from domain.decisions.alert import SEVERITIES
from domain.errors import SettingError
from ops.notify.channel_settings import (
    AppriseSettings,
    ChannelSettings,
    EventBridgeSettings,
    MailSettings,
    PagerDutySettings,
    SlackBotSettings,
    SlackHookSettings,
    SnsSettings,
    WebhookSettings,
    check_channel,
)
from ops.notify.day_times import minute_of_day

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_KINDS = ("webhooks", "slack_bots", "slack_hooks", "pagerduty", "mail", "apprise", "sns", "eventbridge")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class RouteSettings:
    """Which incidents go to which channels. All that is given must hold."""

    channels: tuple[str, ...] = ()
    """Names of channels."""
    at_least: str = "medium"
    """The mildest severity."""
    actions: tuple[str, ...] = ()
    """What is to be done: `block`, `escalate`, `verify`, `monitor`; `[]`: any."""
    kinds: tuple[str, ...] = ()
    """`ring`, `unconnected`, `wave`; `[]`: any."""
    patterns: tuple[str, ...] = ()
    """Patterns such as `device farm`; `[]`: any."""
    money_from: float = 0.0
    """Least money at risk, in euros or what is worth as much."""
    begin: str = "00:00"
    """Time of day from which on the route holds, in `notify.time_zone`."""
    end: str = "24:00"
    """Time of day until which it holds; before `begin`: over midnight."""
    days: tuple[str, ...] = DAYS
    """Days of the week on which it holds."""


@dataclass(frozen=True)
class QuietSettings:
    """Hours in which notices wait until they are over. Webhooks and event buses know no such hours."""

    begin: str = "00:00"
    """Time of day at which they begin; the same as `end`: there are none."""
    end: str = "00:00"
    """Time of day at which they end."""
    channels: tuple[str, ...] = ()
    """Channels that are quiet then; `[]`: every one that people read, but pagers."""
    but_at_least: str = "critical"
    """Incidents of this severity or a graver one are told nevertheless."""


@dataclass(frozen=True)
class BrakeSettings:
    """How many messages a channel has at most. What is beyond is gathered into one.

    A message that is changed in its place, and one that ends a page, do not count.
    """

    per_minute: int = 5
    """Messages in a minute that come one by one. What comes after is told when the minute is over, in one
    message if it is more than this.
    """
    per_hour: int = 60
    """Messages in any sixty minutes."""
    pager_per_hour: int = 10
    """Pages in any sixty minutes."""
    channels: Mapping[str, int] = field(default_factory=dict)
    """Name of a channel -> messages in an hour, instead. Webhooks and event buses have no brake unless they
    are named here.
    """


@dataclass(frozen=True)
class EscalationSettings:
    """What is told when nobody claims an incident in time."""

    unclaimed_min: float = 30.0
    """How long a case may be open without an owner; 0: nothing is told of it."""
    at_least: str = "high"
    """The mildest severity of which it is told."""
    channels: tuple[str, ...] = ()
    """Channels that are told; `[]`: those that the incident's routes name."""


@dataclass(frozen=True)
class DigestSettings:
    """The digest of a day, sent to channels. See docs/digest.md."""

    at: str | None = None
    """Time of day, in `notify.time_zone`, from which on the worker sends the digest of the last day that is
    over, such as `07:30`; null: it sends none.
    """
    time_zone: str = "UTC"
    """Zone whose days digests are of, wherever they are read, such as `Europe/Berlin`."""
    channels: tuple[str, ...] = ()
    """Channels that get it; `[]`: every one that people read, but pagers."""


@dataclass(frozen=True)
class NotifySettings:
    """Notifications: who is told of incidents, how and when. See docs/notify.md."""

    webhooks: tuple[WebhookSettings, ...] = ()
    """Signed webhooks (Standard Webhooks, the body a CloudEvent), as `[{name: shop, url: https://...}]`."""
    slack_bots: tuple[SlackBotSettings, ...] = ()
    """Slack channels that an app writes to: one message an incident, changed in its place."""
    slack_hooks: tuple[SlackHookSettings, ...] = ()
    """Slack channels by an incoming webhook."""
    pagerduty: tuple[PagerDutySettings, ...] = ()
    """Services of PagerDuty."""
    mail: tuple[MailSettings, ...] = ()
    """Mail by SMTP."""
    apprise: tuple[AppriseSettings, ...] = ()
    """Whatever else Apprise can send to."""
    sns: tuple[SnsSettings, ...] = ()
    """Topics of Amazon SNS."""
    eventbridge: tuple[EventBridgeSettings, ...] = ()
    """Event buses of Amazon EventBridge."""
    routes: tuple[RouteSettings, ...] = ()
    """Which incidents go to which channels; `[]`: every one of at least medium severity to every channel."""
    quiet_hours: QuietSettings = field(default_factory=QuietSettings)
    brake: BrakeSettings = field(default_factory=BrakeSettings)
    escalation: EscalationSettings = field(default_factory=EscalationSettings)
    digest: DigestSettings = field(default_factory=DigestSettings)
    time_zone: str = "UTC"
    """Of the times of day, such as `Europe/Berlin`."""
    expire_h: float = 6.0
    """A notice that is older when it can be sent says so; a page is then not sent."""
    give_up_h: float = 72.0
    """A notice that could not be sent for so long is given up: see `ringwatch outbox`."""
    timeout_s: float = 10.0
    """Longest time of one request."""
    allow_private: tuple[str, ...] = ()
    """Hosts in private networks that may be sent to, as they stand in the address. Only to them plain http is
    allowed, too, and mail without TLS.
    """
    ca_file: str | None = None
    """PEM file of further certificate authorities; null: those of the system."""

    def __post_init__(self) -> None:
        _check_names([name for _, name, _ in self._named()])
        for path, _, channel in self._named():
            check_channel(path, channel, self.allow_private)
        for number, route in enumerate(self.routes):
            self._check_route(f"notify.routes.{number}", route)
        self._check_quiet()
        self._check_numbers()
        self._check_known("notify.escalation.channels", self.escalation.channels)
        _check_severity("notify.escalation.at_least", self.escalation.at_least)
        self._check_digest()
        for path, zone in (("notify.time_zone", self.time_zone), ("notify.digest.time_zone", self.digest.time_zone)):
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):
                raise SettingError(f"{path} is {zone!r}: write a name such as Europe/Berlin") from None

    @property
    def channels(self) -> dict[str, ChannelSettings]:
        """The channels by name."""
        return {name: channel for _, name, channel in self._named()}

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the times of day."""
        return ZoneInfo(self.time_zone)

    @property
    def digest_zone(self) -> ZoneInfo:
        """The time zone of the days of digests."""
        return ZoneInfo(self.digest.time_zone)

    def _named(self) -> Iterator[tuple[str, str, ChannelSettings]]:
        for kind in _KINDS:
            for number, channel in enumerate(getattr(self, kind)):
                yield f"notify.{kind}.{number}", channel.name, channel

    def _check_route(self, path: str, route: RouteSettings) -> None:
        if not route.channels:
            raise SettingError(f"{path}.channels: name one of {', '.join(self.channels) or 'no channels yet'}")
        self._check_known(f"{path}.channels", route.channels)
        _check_severity(f"{path}.at_least", route.at_least)
        for name in ("begin", "end"):
            minute_of_day(f"{path}.{name}", getattr(route, name))
        if unknown := next((day for day in route.days if day not in DAYS), None):
            raise SettingError(f"{path}.days: {unknown!r} is no day; write some of {', '.join(DAYS)}")

    def _check_quiet(self) -> None:
        for name in ("begin", "end"):
            minute_of_day(f"notify.quiet_hours.{name}", getattr(self.quiet_hours, name))
        self._check_known("notify.quiet_hours.channels", self.quiet_hours.channels)
        _check_severity("notify.quiet_hours.but_at_least", self.quiet_hours.but_at_least)

    def _check_digest(self) -> None:
        self._check_known("notify.digest.channels", self.digest.channels)
        if self.digest.at is not None:
            minute_of_day("notify.digest.at", self.digest.at)

    def _check_numbers(self) -> None:
        for name in ("expire_h", "give_up_h", "timeout_s"):
            if getattr(self, name) <= 0:
                raise SettingError(f"notify.{name} must be positive")
        self._check_known("notify.brake.channels", tuple(self.brake.channels))
        caps = {f"channels.{name}": cap for name, cap in self.brake.channels.items()}
        own = {item.name: getattr(self.brake, item.name) for item in fields(self.brake) if item.name != "channels"}
        for name, cap in {**own, **caps}.items():
            if cap < 1:
                raise SettingError(f"notify.brake.{name} must be at least 1")
        if self.escalation.unclaimed_min < 0:
            raise SettingError("notify.escalation.unclaimed_min must not be negative; 0 tells nothing")

    def _check_known(self, path: str, names: tuple[str, ...]) -> None:
        if unknown := next((name for name in names if name not in self.channels), None):
            raise SettingError(f"{path}: there is no channel {unknown!r}; known are {', '.join(self.channels) or 'none'}")


def _check_names(names: list[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise SettingError(f"notify: {name!r} is no name of a channel; write small letters, digits and _, such as fraud_team")
        if names.count(name) > 1:
            raise SettingError(f"notify: two channels are called {name}: their secrets would have one name")


def _check_severity(path: str, severity: str) -> None:
    if severity not in SEVERITIES:
        raise SettingError(f"{path} is {severity!r}: write one of {', '.join(SEVERITIES)}")
