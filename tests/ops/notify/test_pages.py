"""Pages such as the digest of a day: each once to a channel, whole to mail, a few lines to the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ops.cases.given_up import retry_notices
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.notify.channel_settings import MailSettings, PagerDutySettings, SlackHookSettings, WebhookSettings
from ops.notify.notice import Page
from ops.notify.pages import put_page, readers, unsent
from ops.notify.settings import BrakeSettings, DigestSettings, EscalationSettings, NotifySettings
from tests.ops.notify.conftest import KEY, Rig
from tests.ops.notify.test_mail import mailing, parts
from tests.support.case_samples import NOW, put_incident
from tests.support.channel_stand_in import Answer, StandIn
from tests.support.smtp_stand_in import SmtpStandIn

HTML = '<!doctype html><p>5,120.00 EUR</p><img src="cid:ring-0">'


def page(subject: str = "2026-03-02", **changes: Any) -> Page:
    texts = {"title": f"ringwatch: {subject}", "text": "Stopped <b> & more", "html": HTML, "link": "https://fraud.example/overview"}
    return Page(**{"kind": "digest", "subject": subject, "at": NOW, **texts, **changes})


def put(its: Rig, *channels: str, **changes: Any) -> list[str]:
    with its.store.begin() as session:
        return list(put_page(session, page(**changes), {"ring-0": "inc-1"}, channels))


def states(store: Store) -> list[tuple[str, str]]:
    with store.read() as session:
        return [(row.key, row.state) for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


def test_mail_has_the_page_and_its_picture_once(rig: Callable[..., Rig]) -> None:
    with SmtpStandIn() as server:
        its = mailing(rig, server.port)
        assert put(its, "mail") == ["mail"] and put(its, "mail", html="<p>another") == []
        its.run()
        assert put(its, "mail") == []
        its.run()
        [mail] = server.mails
    found = parts(mail)
    assert mail["Subject"] == "ringwatch: 2026-03-02" and mail["Message-ID"] == "<digest.mail.2026-03-02@example.com>"
    assert found["text/html"].strip() == HTML and found["image/png"].startswith(b"\x89PNG")
    assert "https://fraud.example/overview" in found["text/plain"]
    assert [part["Content-ID"] for part in mail.walk() if part.get_content_type() == "image/png"] == ["<ring-0>"]


def test_a_webhook_and_slack_get_a_few_lines(rig: Callable[..., Rig], shop: StandIn) -> None:
    its = rig(
        {"shop": KEY, "team": f"{shop.url}/hook"}, webhooks=(WebhookSettings("shop", shop.url),), slack_hooks=(SlackHookSettings("team"),)
    )
    assert put(its, "shop", "team") == ["shop", "team"]
    its.run()
    by_path = {asked.path.strip("/"): asked.json for asked in shop.asked}
    event, said = by_path[""], str(by_path["hook"])
    assert (event["type"], event["subject"], event["id"]) == ("ringwatch.digest", "2026-03-02", "msg_2026-03-02")
    assert event["data"]["text"] == "Stopped <b> & more" and "html" not in event["data"]
    assert "Stopped &lt;b&gt; &amp; more" in said and "https://fraud.example/overview" in said


def test_a_storm_does_not_swallow_it(rig: Callable[..., Rig], shop: StandIn) -> None:
    brake, quiet = BrakeSettings(per_minute=2, channels={"shop": 50}), EscalationSettings(unclaimed_min=0)
    its = rig({"shop": KEY}, webhooks=(WebhookSettings("shop", shop.url),), brake=brake, escalation=quiet)
    with its.store.begin() as session:
        for number in range(9):
            put_incident(session, number, 1, its.clock.now)
    its.run()
    put(its, "shop")
    its.run_for(180, step_s=10)
    assert [asked.json["type"] for asked in shop.asked].count("ringwatch.digest") == 1
    assert {state for key, state in states(its.store) if key.startswith("digest:")} == {"sent"}


def test_what_is_refused_is_given_up_and_can_be_sent_again(rig: Callable[..., Rig], shop: StandIn) -> None:
    its = rig({"shop": KEY}, webhooks=(WebhookSettings("shop", shop.url),))
    shop.script.append(Answer(400))
    put(its, "shop")
    its.run()
    assert states(its.store) == [("digest:shop:2026-03-02", "dead")]
    with its.store.begin() as session:
        assert retry_notices(session, None, by="anna", now=its.clock.now) == 1
    its.run()
    assert states(its.store) == [("digest:shop:2026-03-02", "sent")]


def test_two_who_put_it_at_once_send_it_once(telling_both: Store) -> None:
    for expected in (["a", "b"], []):
        with telling_both.begin() as session:
            assert put_page(session, page(), {}, ["a", "b"]) == expected
    with telling_both.read() as session:
        assert not unsent(session, "digest", "2026-03-02", ["a", "b"]) and unsent(session, "digest", "2026-03-02", ["a", "c"])
        assert unsent(session, "digest", "2026-03-03", ["a"])


def test_people_get_digests_and_pagers_and_programs_do_not() -> None:
    mail = MailSettings(name="mail", host="mail.example", sender="a@example.com", to=("b@example.com",))
    every: dict[str, Any] = {"mail": (mail,), "webhooks": (WebhookSettings("shop", "https://shop.example/x"),)}
    every |= {"pagerduty": (PagerDutySettings("pager"),), "slack_hooks": (SlackHookSettings("team"),)}
    assert sorted(readers(NotifySettings(**every))) == ["mail", "team"]
    assert list(readers(NotifySettings(**every, digest=DigestSettings(channels=("shop",))))) == ["shop"]


@pytest.mark.parametrize(
    ("digest", "why"),
    [(DigestSettings(at="7:30"), "notify.digest.at"), (DigestSettings(channels=("nobody",)), "there is no channel 'nobody'")],
)
def test_settings_of_digests_are_checked(digest: DigestSettings, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        NotifySettings(digest=digest)
