"""Slack, by an app and by an incoming webhook: one message an incident, limits kept, texts are texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.json_text import as_json
from ops.cases.claims import claim
from ops.cases.verdicts import give_verdict
from ops.notify.channel_settings import SlackBotSettings, SlackHookSettings
from ops.notify.channels.slack_blocks import escaped
from ops.notify.settings import BrakeSettings, EscalationSettings
from tests.ops.notify.conftest import Rig
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import Answer, StandIn
from tests.support.slack_stand_in import CHANNEL, TOKEN, Slack, check_limits

HOSTILE = "<!channel> *now* <@U123> <https://evil.example|your bank> & `rm` \u202e\x1b[31m " + "x" * 4_000


@pytest.fixture
def slack() -> Iterator[Slack]:
    server = Slack()
    with server:
        yield server


@pytest.fixture
def bot(rig: Callable[..., Rig], slack: Slack) -> Rig:
    settings = SlackBotSettings("team", CHANNEL, f"{slack.url}/api")
    return rig({"team": TOKEN}, slack_bots=(settings,), escalation=EscalationSettings(at_least="medium"))


def act(its: Rig, case_id: str, verdict: str | None = None) -> None:
    who: Any = {"by": "anna", "now": its.clock.now, "settings": SETTINGS}
    with its.store.begin() as session:
        if verdict is None:
            claim(session, case_id, **who)
        else:
            give_verdict(session, case_id, verdict, "x", **who, labels_to="redis:labels")


def test_an_incident_has_one_message_that_is_changed_and_replies_for_what_matters(bot: Rig, slack: Slack) -> None:
    case_id = put_case(bot.store)
    bot.run_for(5)
    act(bot, case_id)
    bot.run_for(5)
    put_case(bot.store, alerts=4, revision=2)
    bot.run_for(30)
    act(bot, case_id, "fraud")
    bot.run_for(5)
    [message] = slack.posted
    assert "closed: fraud" in as_json(message["blocks"]) and "4 alerts" in as_json(message["blocks"])
    assert [reply["text"] for reply in slack.replies] == ["verdict by anna (fraud)"]
    assert slack.calls == ["chat.postMessage", "chat.update", "chat.update", "chat.update", "chat.postMessage"]


def test_nobody_claims_in_time_and_the_channel_hears_of_it_once(bot: Rig, slack: Slack) -> None:
    put_case(bot.store)
    bot.run_for(3600, step_s=60)
    [reply] = slack.replies
    assert reply["text"] == "nobody has claimed it in time" and reply["reply_broadcast"] is True


def test_hostile_texts_are_texts_and_limits_are_kept(bot: Rig, slack: Slack) -> None:
    put_case(bot.store, headline=HOSTILE, explanation=HOSTILE, next_steps=[HOSTILE] * 30, action="<!here>")
    bot.run()
    written = as_json(slack.posted[0])
    assert "<!" not in written.replace("plain_text", "") or "<!channel" not in slack.posted[0]["text"]
    for block in slack.posted[0]["blocks"]:
        texts = [block.get("text", {}), *block.get("fields", [])]
        assert all("<" not in text["text"] for text in texts if text.get("type") == "mrkdwn")
        assert all(text["verbatim"] is True for text in texts if text.get("type") == "mrkdwn")
    assert "\u202e" not in written and "\\u001b" not in written


def test_what_may_have_arrived_is_looked_for_before_it_is_posted_again(bot: Rig, slack: Slack) -> None:
    put_case(bot.store)
    slack_serves = slack.usual

    def takes_and_drops(asked: Any) -> Answer:
        slack.usual = slack_serves
        slack_serves(asked)
        return Answer(drops=True)

    slack.usual = takes_and_drops
    bot.run_for(30)
    assert len(slack.posted) == 1 and slack.calls == ["chat.postMessage", "conversations.history", "chat.update"]


def test_an_app_that_may_not_read_posts_nevertheless(bot: Rig, slack: Slack) -> None:
    slack.may_read, slack.script = False, [Answer(drops=True)]
    put_case(bot.store)
    bot.run_for(30)
    assert len(slack.posted) == 1


def test_a_message_that_somebody_deleted_is_posted_anew(bot: Rig, slack: Slack) -> None:
    case_id = put_case(bot.store)
    bot.run_for(3)
    slack.messages.clear()
    act(bot, case_id)
    bot.run_for(3)
    assert len(slack.posted) == 1


@pytest.mark.parametrize("error", ["invalid_auth", "channel_not_found", "is_archived", "<script>"])
def test_what_is_wrong_with_the_app_holds_messages_back_and_shows_no_token(bot: Rig, slack: Slack, error: str) -> None:
    slack.usual = lambda _: Answer(body={"ok": False, "error": error})
    put_case(bot.store)
    bot.run_for(10)
    assert len(slack.asked) == 1 and bot.deliveries["team"].failing.startswith("Slack says ")
    assert TOKEN not in bot.deliveries["team"].failing and "<" not in bot.deliveries["team"].failing


def test_slack_is_asked_once_a_second_at_most(bot: Rig, slack: Slack) -> None:
    for number in range(4):
        put_case(bot.store, number)
    bot.run()
    assert len(slack.posted) == 1
    bot.run_for(3)
    assert 2 <= len(slack.posted) <= 3
    bot.run_for(6)
    assert len(slack.posted) == 4


def test_a_storm_is_five_messages_and_one_for_all_the_rest(bot: Rig, slack: Slack) -> None:
    for number in range(60):
        put_case(bot.store, number, headline=HOSTILE)
    bot.run_for(75)
    assert len(slack.posted) == 6
    digest = slack.posted[-1]
    assert digest["text"].startswith("55 incidents at once: 55 medium") and "and 45 more" in as_json(digest["blocks"])
    assert "<!channel" not in as_json(digest["blocks"])


def test_verdicts_beyond_the_brake_change_messages_without_a_reply(rig: Callable[..., Rig], slack: Slack) -> None:
    settings = SlackBotSettings("team", CHANNEL, f"{slack.url}/api")
    its = rig({"team": TOKEN}, slack_bots=(settings,), brake=BrakeSettings(per_minute=50, per_hour=5))
    cases = [put_case(its.store, number) for number in range(4)]
    its.run_for(10)
    for case_id in cases:
        act(its, case_id, "legitimate")
    its.run_for(20)
    assert len(slack.posted) == 4 and len(slack.replies) == 1
    assert all("closed: legitimate" in as_json(message["blocks"]) for message in slack.posted)


def test_a_hook_posts_what_matters_and_nothing_else(rig: Callable[..., Rig], shop: StandIn) -> None:
    secret = f"{shop.url}/services/T0123/B0123/abcdefghijklmnop"
    its = rig({"hook": secret}, slack_hooks=(SlackHookSettings("hook"),))
    shop.usual = lambda asked: check_limits(asked.json) or Answer(body="ok")  # type: ignore[func-returns-value]
    case_id = put_case(its.store, headline=HOSTILE)
    its.run_for(3)
    act(its, case_id)
    put_case(its.store, revision=2)
    its.run_for(3)
    assert len(shop.asked) == 1 and shop.asked[0].path == "/services/T0123/B0123/abcdefghijklmnop"
    put_case(its.store, revision=3, severity="critical")
    its.run_for(3)
    act(its, case_id, "fraud")
    its.run_for(3)
    assert len(shop.asked) == 3


def test_the_address_of_a_hook_is_never_shown(rig: Callable[..., Rig], shop: StandIn) -> None:
    secret = f"{shop.url}/services/T0123/B0123/abcdefghijklmnop"
    its = rig({"hook": secret}, slack_hooks=(SlackHookSettings("hook"),))
    shop.usual = lambda asked: Answer(404, f"no_service at {asked.path}")
    put_case(its.store)
    its.run()
    failing = its.deliveries["hook"].failing
    assert "404" in failing and not any(part in failing for part in ("abcdefghijklmnop", "T0123", "127.0.0.1"))


def test_escaping_cuts_before_an_entity() -> None:
    assert escaped("<" * 10, 10) == "&lt;&lt;…"
    assert escaped("a&b") == "a&amp;b"
