"""A channel that is away for an hour: all is told afterwards, the oldest first, and what is late says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ops.cases.store import Store
from ops.notify.channel_settings import MailSettings, PagerDutySettings, SlackBotSettings, SlackHookSettings, WebhookSettings
from ops.notify.settings import BrakeSettings, EscalationSettings
from tests.ops.notify.conftest import KEY, Rig
from tests.ops.notify.test_delivery import states
from tests.ops.notify.test_ten_situations import TAKEN, told
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, StandIn
from tests.support.smtp_stand_in import SmtpStandIn

COUNT, EVERY_S = 12, 300
INCIDENT = re.compile(r"inc-[0-9a-f]{16}")
LATE = re.compile(r'"is_late": ?true|\(\d+ min(ute)?s? late\)|\blate\b')


@dataclass
class Place:
    """Where a channel's messages go."""

    settings: dict[str, Any]
    secret: str
    leave: Callable[[], object]
    """The channel is away from now on."""
    come_back: Callable[[], object]
    texts: Callable[[], list[str]]
    """What has arrived."""


def by_http(shop: StandIn, secret: str = KEY, **settings: Any) -> Place:
    def answer(with_status: int) -> None:
        shop.usual = lambda _: Answer(with_status, TAKEN)
        shop.asked.clear()

    return Place(settings, secret, lambda: answer(503), lambda: answer(200), lambda: [one.body.decode() for one in told(shop)])


def by_mail(server: SmtpStandIn) -> Place:
    its = MailSettings("shop", "127.0.0.1", server.port, "none", None, "rw@example.com", ("ops@example.com",))
    return Place(
        {"mail": (its,)},
        "",
        lambda: server.answers.update(CONNECT="421 not now"),
        server.answers.clear,
        lambda: [str(mail) for mail in server.mails],
    )


@contextmanager
def place_of(kind: str) -> Iterator[Place]:
    with ExitStack() as stack:
        if kind == "mail":
            yield by_mail(stack.enter_context(SmtpStandIn()))
            return
        shop = stack.enter_context(StandIn())
        match kind:
            case "webhook":
                yield by_http(shop, webhooks=(WebhookSettings("shop", shop.url),))
            case "slack_bot":
                yield by_http(shop, "xoxb-1234", slack_bots=(SlackBotSettings("shop", "C0123456789", shop.url),))
            case "slack_hook":
                yield by_http(shop, f"{shop.url}/services/T1", slack_hooks=(SlackHookSettings("shop"),))
            case "pagerduty":
                yield by_http(shop, "k" * 32, pagerduty=(PagerDutySettings("shop", shop.url),))


@pytest.mark.parametrize("kind", ["webhook", "slack_bot", "slack_hook", "pagerduty", "mail"])
def test_all_is_told_afterwards_the_oldest_first(rig: Callable[..., Rig], telling_both: Store, kind: str) -> None:
    brake = BrakeSettings(per_minute=100, per_hour=100, pager_per_hour=100)
    with place_of(kind) as place:
        calm = EscalationSettings(unclaimed_min=0)
        its = rig({"shop": place.secret}, telling_both, brake=brake, expire_h=0.5, escalation=calm, **place.settings)
        place.leave()
        for number in range(COUNT):
            put_case(its.store, number, at=its.clock.now)
            its.run_for(EVERY_S, step_s=EVERY_S)
        assert place.texts() == [] or kind != "mail"
        place.come_back()
        its.run_for(90, step_s=1.5)
        found = place.texts()
    incidents = [INCIDENT.findall(text)[0] for text in found]
    late = [LATE.search(text) is not None for text in found]
    expired = [state for state, _ in states(its.store)].count("expired")
    assert incidents == [f"inc-{number:016x}" for number in range(expired, COUNT)]
    assert {state for state, _ in states(its.store)} == ({"expired", "sent"} if kind == "pagerduty" else {"sent"})
    if kind == "pagerduty":
        assert 5 <= expired <= 7 and not any(late)
    else:
        assert expired == 0 and late == sorted(late, reverse=True) and 5 <= sum(late) <= 7
