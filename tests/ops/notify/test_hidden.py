"""What a server echoes of our secrets is in no error, however it spells them."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from sqlalchemy import select

from ops.cases.notices import one_line
from ops.cases.tables import Outgoing
from ops.notify.channel_settings import AppriseSettings, PagerDutySettings, SlackBotSettings, SlackHookSettings, WebhookSettings
from ops.notify.channels.mail_answers import meant
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import Reply
from ops.notify.outgoing.hidden import of_address, of_login
from tests.ops.notify.conftest import KEY, Rig
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, Asked, StandIn
from tests.support.incident_samples import pseudonym

TOKEN, PASSWORD = "T0K3Nabcdefgh", "s3cret passw0rd"
ROUTING = "R0utingKey4of32lettersabcdefghij"
BOT = "xoxb-1234567890-abcdefGHIJKL"


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


ECHOES: dict[str, Callable[[Asked], object]] = {
    "as JSON": lambda asked: {"headers": dict(asked.headers), "data": asked.body.decode(), "path": asked.path},
    "as lines": lambda asked: (
        f"{asked.path}\r\n" + "".join(f"{one}: {its}\r\n" for one, its in asked.headers.items()) + asked.body.decode()
    ),
    "parsed": lambda asked: {"request": {"headers": dict(asked.headers), "json": asked.json}},
    "in base64": lambda asked: base64.b64encode(f"{dict(asked.headers)} ".encode() + asked.body).decode(),
    "quoted": lambda asked: quote(f"{dict(asked.headers)} {asked.body.decode()}"),
    "body first": lambda asked: f"cannot take {asked.body.decode()} of {dict(asked.headers)}",
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("kind", ["webhook", "bot", "hook", "pager"])
def test_an_answer_that_repeats_the_request_is_kept_in_a_line_without_a_secret(
    rig: Callable[..., Rig], shop: StandIn, kind: str, echo: str
) -> None:
    secret, settings = {**channels(shop.url), "bot": (BOT, {"slack_bots": (SlackBotSettings("its", "C0123456789", shop.url),)})}[kind]
    shop.usual = lambda asked: Answer(500, ECHOES[echo](asked))
    its = rig({"its": secret}, **settings)
    put_case(its.store)
    its.run()
    with its.store.read() as session:
        [why] = [row.last_error or "" for row in session.scalars(select(Outgoing).where(Outgoing.kind == "notice"))]
    assert why.startswith("HTTP 500") and len(why) <= 300 and why.isprintable()
    given = shop.asked[0].headers
    parts = [TOKEN, BOT, ROUTING, secret, *given.get("webhook-signature", "").split(","), given.get("authorization", "")]
    shown = [part[at : at + 12] for part in parts for at in range(len(part) - 11) if part[at : at + 12] in why]
    assert not shown and pseudonym(1) not in why and "Linked accounts" not in why.replace("…", "")


def test_a_reason_is_kept_in_one_line_and_cut() -> None:
    assert one_line("a\r\nb\tc") == "a b c" and len(one_line("x" * 1_000)) == 300


def test_words_of_an_address_are_kept() -> None:
    with pytest.raises(Exception, match="no such actions"):
        check_reply(Reply(422, {}, b"no such actions"), of_address("https://shop.example.com/v1/actions"))
