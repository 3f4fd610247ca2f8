"""What can be set about each kind of channel. Secrets come from the environment, see `ops.secrets`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from domain.errors import SettingError
from ops.notify.outgoing.addresses import Guard
from ops.notify.outgoing.plain import check_way

_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}", re.ASCII)
STARTTLS, TLS, PLAIN = "starttls", "tls", "none"


@dataclass(frozen=True)
class WebhookSettings:
    """A URL that takes signed webhooks."""

    name: str = ""
    """Name of the channel. Its signing keys are in `RINGWATCH_NOTIFY_NAME`, one or several `whsec_...`."""
    url: str = ""
    """Where they are sent, by https."""


@dataclass(frozen=True)
class SlackBotSettings:
    """A Slack channel that an app writes to: one message of each incident, changed in its place."""

    name: str = ""
    """Name of the channel. The app's token is in `RINGWATCH_NOTIFY_NAME`, as `xoxb-...`."""
    channel: str = ""
    """Id of the channel in Slack, such as `C0123456789`."""
    api_url: str = "https://slack.com/api"
    """Address of Slack's interface."""


@dataclass(frozen=True)
class SlackHookSettings:
    """A Slack channel by an incoming webhook: a message for each change that matters."""

    name: str = ""
    """Name of the channel. The webhook's whole URL is in `RINGWATCH_NOTIFY_NAME`: it is a secret."""


@dataclass(frozen=True)
class PagerDutySettings:
    """A service of PagerDuty: triggered, acknowledged and resolved by the incident's id."""

    name: str = ""
    """Name of the channel. The integration key is in `RINGWATCH_NOTIFY_NAME`."""
    url: str = "https://events.pagerduty.com/v2/enqueue"
    """Address of its Events API v2; of the EU `https://events.eu.pagerduty.com/v2/enqueue`."""


@dataclass(frozen=True)
class MailSettings:
    """Mail by SMTP, with the ring's picture."""

    name: str = ""
    """Name of the channel. The password of `user` is in `RINGWATCH_NOTIFY_NAME`."""
    host: str = ""
    """The server that takes mail."""
    port: int = 587
    """Its port."""
    security: str = STARTTLS
    """`starttls`, `tls` (from the first byte, port 465) or `none`: in clear text, which only hosts of
    `notify.allow_private` are sent.
    """
    user: str | None = None
    """Who logs in; null: nobody does."""
    sender: str = ""
    """Address that mails come from."""
    to: tuple[str, ...] = ()
    """Addresses that they go to."""


@dataclass(frozen=True)
class AppriseSettings:
    """Anything else that Apprise knows: Teams, Telegram, Opsgenie, Matrix and a hundred more."""

    name: str = ""
    """Name of the channel. Apprise's URL is in `RINGWATCH_NOTIFY_NAME`: it holds secrets."""


@dataclass(frozen=True)
class SnsSettings:
    """A topic of Amazon SNS. Credentials are those that boto3 finds."""

    name: str = ""
    """Name of the channel."""
    topic: str = ""
    """ARN of the topic; one that ends with `.fifo` keeps the order of an incident and drops doubles."""
    endpoint_url: str | None = None
    """Another address of the interface; null: Amazon's."""


@dataclass(frozen=True)
class EventBridgeSettings:
    """An event bus of Amazon EventBridge. Credentials are those that boto3 finds."""

    name: str = ""
    """Name of the channel."""
    bus: str = "default"
    """Name or ARN of the bus."""
    region: str = ""
    """Region of the bus, such as `eu-west-1`."""
    endpoint_url: str | None = None
    """Another address of the interface; null: Amazon's."""


ChannelSettings = (
    WebhookSettings
    | SlackBotSettings
    | SlackHookSettings
    | PagerDutySettings
    | MailSettings
    | AppriseSettings
    | SnsSettings
    | EventBridgeSettings
)


def check_channel(path: str, settings: ChannelSettings, allowed: Collection[str]) -> None:
    """Refuse what cannot be sent to, by the name of the setting; raise `SettingError`.

    `allowed` are the hosts of `notify.allow_private`: only to them anything goes in clear text.
    """
    if isinstance(settings, WebhookSettings | PagerDutySettings):
        check_way(f"{path}.url", settings.url, allowed)
    if isinstance(settings, SlackBotSettings):
        check_way(f"{path}.api_url", settings.api_url, allowed)
        _check_given(f"{path}.channel", settings.channel, "the id of a channel in Slack, such as C0123456789")
    if isinstance(settings, SnsSettings | EventBridgeSettings) and settings.endpoint_url is not None:
        check_way(f"{path}.endpoint_url", settings.endpoint_url, allowed)
    if isinstance(settings, MailSettings):
        _check_mail(path, settings)
        _check_security(path, settings, allowed)
    if isinstance(settings, SnsSettings) and not _TOPIC.fullmatch(settings.topic):
        raise SettingError(f"{path}.topic: write the ARN of a topic, such as arn:aws:sns:eu-west-1:123456789012:fraud")
    if isinstance(settings, EventBridgeSettings):
        _check_given(f"{path}.region", settings.region, "the region of the bus, such as eu-west-1")


def _check_mail(path: str, settings: MailSettings) -> None:
    _check_given(f"{path}.host", settings.host, "the name of a mail server")
    if not 1 <= settings.port <= 65_535:
        raise SettingError(f"{path}.port must lie between 1 and 65535")
    if settings.security not in (STARTTLS, TLS, PLAIN):
        raise SettingError(f"{path}.security is {settings.security!r}: write {STARTTLS}, {TLS} or {PLAIN}")
    for where, address in ((f"{path}.sender", settings.sender), *((f"{path}.to", one) for one in settings.to or ("",))):
        name, _, domain = address.rpartition("@")
        if not name or not domain or not address.isprintable() or any(sign in address for sign in " ,;<>"):
            raise SettingError(f"{where}: write an address such as fraud@example.com, without a name beside it")


def _check_given(path: str, value: str, what: str) -> None:
    if not value:
        raise SettingError(f"{path}: write {what}")


def _check_security(path: str, settings: MailSettings, allowed: Collection[str]) -> None:
    if settings.security == PLAIN and not Guard(allowed).is_allowed(settings.host):
        what = "pseudonyms and money go" if settings.user is None else "the password, pseudonyms and money go"
        raise SettingError(
            f"{path}.security is {PLAIN}, by which {what} in clear text: write {STARTTLS} or {TLS}, or name {settings.host} in "
            "notify.allow_private"
        )
