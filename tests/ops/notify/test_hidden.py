"""What a server echoes of our secrets is in no error, however it spells them."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Callable

import pytest

from ops.notify.channel_settings import AppriseSettings, PagerDutySettings, SlackHookSettings, WebhookSettings
from ops.notify.channels.mail_answers import meant
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import Reply
from ops.notify.outgoing.hidden import of_address, of_login
from tests.ops.notify.conftest import KEY, Rig
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, StandIn

TOKEN, PASSWORD = "T0K3Nabcdefgh", "s3cret passw0rd"
ROUTING = "R0utingKey4of32lettersabcdefghij"


def channels(url: str) -> dict[str, tuple[str, dict[str, object]]]:
    """By the kind of a channel its secret, and its settings."""
    return {
        "webhook": (KEY, {"webhooks": (WebhookSettings("its", f"{url}/{TOKEN}/in?auth={TOKEN}x%21"),)}),
        "hook": (f"{url}/services/{TOKEN}", {"slack_hooks": (SlackHookSettings("its"),)}),
        "pager": (ROUTING, {"pagerduty": (PagerDutySettings("its", f"{url}/{TOKEN}"),)}),
        "apprise": (f"json://user:s3cretw%20rd@{url.removeprefix('http://')}/{TOKEN}", {"apprise": (AppriseSettings("its"),)}),
    }


def echo_of(secret: str) -> str:
    spelt = base64.b64decode(KEY[6:]).hex(), KEY[6:], KEY[6:20]
    return f"no: {secret} {TOKEN} {TOKEN}x! {secret[-12:]} {' '.join(spelt) if secret == KEY else ''}"


@pytest.mark.parametrize("kind", ["webhook", "hook", "pager", "apprise"])
def test_no_channel_shows_its_secret_when_a_server_echoes_it(rig: Callable[..., Rig], shop: StandIn, kind: str) -> None:
    secret, settings = channels(shop.url)[kind]
    shop.usual = lambda asked: Answer(500, echo_of(secret) + asked.path)
    its = rig({"its": secret}, **settings)
    put_case(its.store)
    its.run()
    failing = its.deliveries["its"].failing
    assert failing.startswith("HTTP 500")
    known = (TOKEN, ROUTING[:8], ROUTING[-8:], KEY[6:14], "MDEyMzQ1Njc4", "s3cretw", base64.b64decode(KEY[6:]).hex()[:12])
    assert not [one for one in known if one in failing]


@pytest.mark.parametrize("sent", [PASSWORD, f"\0rw\0{PASSWORD}"])
def test_no_mail_server_makes_us_show_the_password_as_it_was_sent(sent: str) -> None:
    said = f"no: AUTH PLAIN {base64.b64encode(sent.encode()).decode()} {PASSWORD}".encode()
    error = meant(smtplib.SMTPDataError(451, said), of_login("rw", PASSWORD))
    assert base64.b64encode(sent.encode()).decode()[:16] not in str(error) and PASSWORD not in str(error)


def test_words_of_an_address_are_kept() -> None:
    with pytest.raises(Exception, match="no such actions"):
        check_reply(Reply(422, {}, b"no such actions"), of_address("https://shop.example.com/v1/actions"))
