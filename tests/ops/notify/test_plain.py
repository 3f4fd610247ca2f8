"""Nothing goes in clear text but to hosts that are named: by the settings, and when it is sent."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from domain.errors import SettingError
from flink_job.settings.settings import load
from ops.notify.channel import Away
from ops.notify.channel_settings import EventBridgeSettings, MailSettings, PagerDutySettings, SlackBotSettings, SnsSettings, WebhookSettings
from ops.notify.channels.opened import url_secret
from ops.notify.outgoing.addresses import Guard
from ops.notify.outgoing.client import HttpClient
from ops.notify.settings import NotifySettings

PLAIN = "http://inside.example.com/x"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:fraud"
MAIL = {"host": "inside.example.com", "sender": "a@example.com", "to": ("b@example.com",), "security": "none"}
CHANNELS: list[tuple[dict[str, Any], str]] = [
    ({"webhooks": (WebhookSettings("its", PLAIN),)}, r"notify\.webhooks\.0\.url begins with http://"),
    ({"pagerduty": (PagerDutySettings("its", PLAIN),)}, r"notify\.pagerduty\.0\.url begins"),
    ({"slack_bots": (SlackBotSettings("its", "C1", PLAIN),)}, r"notify\.slack_bots\.0\.api_url begins"),
    ({"sns": (SnsSettings("its", TOPIC, PLAIN),)}, r"notify\.sns\.0\.endpoint_url begins"),
    ({"eventbridge": (EventBridgeSettings("its", region="eu-west-1", endpoint_url=PLAIN),)}, r"notify\.eventbridge\.0\.endpoint_url"),
    ({"mail": (MailSettings("its", user="rw", **MAIL),)}, r"notify\.mail\.0\.security is none.* the password"),  # type: ignore[arg-type]
    ({"mail": (MailSettings("its", **MAIL),)}, r"notify\.mail\.0\.security is none.* pseudonyms and money"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("settings", "why"), CHANNELS)
def test_a_channel_in_clear_text_is_refused_unless_its_host_is_named(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingError, match=f"{why}.*name .*notify.allow_private"):
        NotifySettings(**settings)
    NotifySettings(**settings, allow_private=("INSIDE.example.com",))


def test_a_target_of_actions_in_clear_text_is_refused_unless_its_host_is_named() -> None:
    with pytest.raises(SettingError, match=r"actions\.target begins with http://.*notify\.allow_private"):
        load(None, [f"actions.target={PLAIN}"])
    assert load(None, [f"actions.target={PLAIN}", "notify.allow_private=[inside.example.com]"]).actions.target == PLAIN


def test_a_secret_address_in_clear_text_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_NOTIFY_ITS", f"{PLAIN}/T0KEN")
    with pytest.raises(SettingError, match="RINGWATCH_NOTIFY_ITS begins with http://") as refused:
        url_secret("its", ())
    assert "T0KEN" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://rw:s3cret@shop.example.com/", "https://[s3cret/", "https://shop.example.com:s3cret/", "s3cret"])
def test_an_address_that_is_refused_is_not_quoted(url: str) -> None:
    with pytest.raises(SettingError, match=r"notify\.webhooks\.0\.url") as refused:
        NotifySettings(webhooks=(WebhookSettings("its", url),))
    assert "s3cret" not in str(refused.value)


def test_the_client_sends_nothing_in_clear_text_to_a_host_that_is_not_named() -> None:
    with pytest.raises(Away, match=r"begins with http://.*notify\.allow_private"):
        HttpClient(Guard(("localhost",)), 0.2, ssl.create_default_context()).post("http://LOCALHOST.:1/x", b"", {})
