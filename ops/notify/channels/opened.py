"""Channels made of their settings and secrets."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass

from domain.errors import SettingError
from ops.notify.brake import Brake
from ops.notify.channel import Channel, Traits
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
)
from ops.notify.channels.amazon import Endpoint, client_of
from ops.notify.channels.apprise import Apprise
from ops.notify.channels.eventbridge import EventBridge
from ops.notify.channels.mail import Mail
from ops.notify.channels.pagerduty import PagerDuty
from ops.notify.channels.slack_bot import SlackBot
from ops.notify.channels.slack_hook import SlackHook
from ops.notify.channels.sns import Sns
from ops.notify.channels.webhook import Webhook, signing_keys
from ops.notify.outgoing.addresses import Guard
from ops.notify.outgoing.client import HttpClient
from ops.notify.outgoing.plain import check_way
from ops.notify.settings import NotifySettings
from ops.secrets import channel_secret, channel_variable


@dataclass(frozen=True)
class Opening:
    """What channels are made with."""

    settings: NotifySettings
    origin: str
    """Address of the service, to which links lead."""
    clock: Callable[[], int]

    @property
    def guard(self) -> Guard:
        """What may be sent to."""
        return Guard(self.settings.allow_private)

    def client(self) -> HttpClient:
        """Return what sends requests; raise `SettingError`."""
        return HttpClient(self.guard, self.settings.timeout_s, self.tls())

    def endpoint(self, service: str, region: str, url: str | None) -> Endpoint:
        """Return where a service of Amazon's is called; raise `SettingError`."""
        return Endpoint(client_of(service, region, url, self.settings.timeout_s), url, self.guard)

    def tls(self) -> ssl.SSLContext:
        """Return what checks certificates; raise `SettingError`."""
        context = ssl.create_default_context()
        try:
            if self.settings.ca_file is not None:
                context.load_verify_locations(self.settings.ca_file)
        except OSError as error:
            raise SettingError(f"notify.ca_file: {self.settings.ca_file} is no readable PEM file ({error.strerror or error})") from None
        return context


def open_channels(opening: Opening) -> dict[str, Channel]:
    """Return the channels by name, none of them called yet; raise `SettingError`."""
    return {name: open_channel(name, settings, opening) for name, settings in opening.settings.channels.items()}


def open_channel(name: str, settings: ChannelSettings, opening: Opening) -> Channel:
    """Return one channel; raise `SettingError` for a secret that is missing or is none."""
    match settings:
        case WebhookSettings():
            keys = signing_keys(channel_variable(name), channel_secret(name))
            return Webhook(settings, keys, opening.client(), opening.origin, opening.clock)
        case SlackBotSettings():
            return SlackBot(settings, header_secret(name), opening.client())
        case SlackHookSettings():
            return SlackHook(url_secret(name, opening.settings.allow_private), opening.client())
        case PagerDutySettings():
            return PagerDuty(settings, channel_secret(name), opening.client(), opening.origin)
        case MailSettings():
            password = channel_secret(name) if settings.user is not None else None
            return Mail(settings, password, opening.guard, opening.tls(), opening.settings.timeout_s)
        case AppriseSettings():
            return Apprise(channel_secret(name), opening.settings.allow_private, opening.settings.timeout_s)
        case SnsSettings():
            return Sns(settings, opening.endpoint("sns", settings.topic.split(":")[3], settings.endpoint_url))
        case EventBridgeSettings():
            return EventBridge(settings, opening.endpoint("events", settings.region, settings.endpoint_url))


def header_secret(name: str) -> str:
    """Return the secret of a channel that goes into a header; raise `SettingError` for one that cannot."""
    found = channel_secret(name)
    if not (found.isascii() and found.isprintable() and " " not in found):
        raise SettingError(f"{channel_variable(name)} holds signs that no token has: copy it again, without quotes and line breaks")
    return found


def url_secret(name: str, allowed: Collection[str]) -> str:
    """Return the secret of a channel that is a URL; raise `SettingError`, which does not quote it."""
    found = channel_secret(name)
    check_way(channel_variable(name), found, allowed)
    return found


def brake_of(settings: NotifySettings, name: str, traits: Traits) -> Brake | None:
    """Return the brake of a channel, None if it has none."""
    brake = settings.brake
    usual = None if traits.is_machine else brake.pager_per_hour if traits.is_pager else brake.per_hour
    per_hour = brake.channels.get(name, usual)
    return None if per_hour is None else Brake(min(brake.per_minute, per_hour), per_hour)
