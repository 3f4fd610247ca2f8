"""Ten situations of a channel: nothing is lost, order is kept, nothing goes where it must not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.times import HOUR_MS
from ops.cases import notices
from ops.cases.claims import claim
from ops.cases.given_up import retry_notices
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.notify.channel_settings import SlackHookSettings, WebhookSettings
from ops.notify.settings import QuietSettings
from tests.ops.notify.conftest import KEY, Rig
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import Answer, StandIn, certificate_for

Made = Callable[..., Rig]


def hooked(rig: Made, url: str, **more: Any) -> Rig:
    return rig({"shop": KEY}, webhooks=(WebhookSettings("shop", url),), **more)


def states(store: Store) -> list[tuple[str, str | None]]:
    with store.read() as session:
        rows = session.scalars(select(Outgoing).where(Outgoing.kind == "notice").order_by(Outgoing.id))
        return [(row.state, row.last_error) for row in rows]


def test_a_busy_channel_is_left_alone_for_as_long_as_it_asks(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    shop.script = [Answer(429, "slow down", {"Retry-After": "120"})]
    put_case(its.store, 1)
    its.run_for(119, step_s=17)
    assert len(shop.asked) == 1 and its.deliveries["shop"].failing == "HTTP 429: slow down"
    its.run_for(2)
    assert len(shop.asked) == 2 and states(its.store) == [("sent", None)] and its.deliveries["shop"].failing == ""


@pytest.mark.parametrize("answer", [Answer(drops=True), Answer(hangs=True), Answer(503), Answer(302)])
def test_a_channel_that_does_not_answer_is_tried_again_with_the_same_id(rig: Made, shop: StandIn, answer: Answer) -> None:
    its = hooked(rig, shop.url, timeout_s=0.3)
    shop.script = [answer, answer]
    put_case(its.store, 1)
    its.run_for(180, step_s=5)
    assert len(shop.asked) == 3 and states(its.store) == [("sent", None)]
    assert len({asked.headers["webhook-id"] for asked in shop.asked}) == 1


def test_an_answer_that_never_ends_is_cut_and_its_status_counts(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url, timeout_s=0.5)
    shop.script = [Answer(drips=True)]
    put_case(its.store, 1)
    its.run_for(30)
    assert len(shop.asked) == 1 and states(its.store) == [("sent", None)]


def test_a_message_that_fails_alone_holds_no_others_back(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    shop.usual = lambda asked: Answer(500 if b"inc-0000000000000001" in asked.body else 200)
    for number in (1, 2, 3):
        put_case(its.store, number)
    its.run_for(60, step_s=4)
    assert [state for state, _ in states(its.store)] == ["pending", "sent", "sent"]
    shop.usual = lambda _: Answer()
    its.run_for(120, step_s=5)
    assert [state for state, _ in states(its.store)] == ["sent", "sent", "sent"]


def test_a_message_that_is_refused_is_dead_until_somebody_retries_it(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    shop.script = [Answer(400, "no such field\x1b[31m: <script>alert(1)</script> key whsec_0123456789abcdefgh")]
    put_case(its.store, 1)
    its.run_for(10)
    [(state, why)] = states(its.store)
    assert state == "dead" and why is not None and "no such field" in why and "<script>" not in why and "\x1b" not in why
    with its.store.begin() as session:
        assert [one.count for one in notices.counts(session)] == [1]
        assert retry_notices(session, None, by="anna", now=its.clock.now) == 1
    its.run()
    assert states(its.store) == [("sent", None)]


def test_what_cannot_be_sent_for_days_is_given_up(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url, give_up_h=1.0)
    shop.usual = lambda _: Answer(503)
    put_case(its.store, 1)
    its.run_for(3500, step_s=350)
    assert [state for state, _ in states(its.store)] == ["pending"]
    its.run_for(300, step_s=60)
    assert states(its.store) == [("dead", "HTTP 503")]


def test_a_channel_that_is_away_for_an_hour_gets_all_the_oldest_first(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url, expire_h=0.5)
    shop.usual = lambda _: Answer(503)
    for number in range(20):
        put_case(its.store, number, at=its.clock.now)
        its.run_for(180, step_s=180)
    shop.usual = lambda _: Answer()
    shop.asked.clear()
    its.run_for(120, step_s=30)
    incidents = [asked.json["subject"] for asked in shop.asked]
    assert incidents == [f"inc-{number:016x}" for number in range(20)]
    late = [asked.json["data"]["is_late"] for asked in shop.asked]
    assert late == sorted(late, reverse=True) and 8 <= sum(late) <= 11


@pytest.mark.parametrize("answer", [Answer(500), Answer(503, headers={"Retry-After": "600"}), Answer(drops=True)])
def test_a_clock_that_is_set_back_makes_no_pause_longer(rig: Made, shop: StandIn, answer: Answer) -> None:
    its = hooked(rig, shop.url)
    shop.script = [answer]
    put_case(its.store, 1, at=its.clock.now)
    its.run()
    put_case(its.store, 2, at=its.clock.now)
    its.fan_out()
    its.clock.pass_s(-3600)
    put_case(its.store, 3, at=its.clock.now)
    its.run_for(5)
    assert [state for state, _ in states(its.store)] == ["sent"] * 3


def test_a_clock_that_is_set_back_ends_no_quiet_hours(rig: Made, shop: StandIn) -> None:
    hours = QuietSettings("00:00", "23:59")
    its = rig({"team": f"{shop.url}/hook"}, slack_hooks=(SlackHookSettings("team"),), quiet_hours=hours)
    put_case(its.store, 1, at=its.clock.now)
    its.run()
    its.clock.pass_s(-3600)
    its.run_for(60)
    assert not shop.asked and [state for state, _ in states(its.store)] == ["pending"]


def test_the_order_of_an_incident_is_kept_when_its_first_message_fails(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    shop.script = [Answer(500)]
    case_id = put_case(its.store, 1)
    its.run_for(2)
    with its.store.begin() as session:
        claim(session, case_id, by="anna", now=its.clock.now, settings=SETTINGS)
    its.run_for(30)
    assert [asked.json["type"].rpartition(".")[2] for asked in shop.asked] == ["found", "found", "claimed"]
    assert [asked.json["data"]["state"] for asked in shop.asked] == ["open", "claimed", "claimed"]


def test_a_worker_that_dies_while_it_sends_leaves_the_row_to_another(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    put_case(its.store, 1)
    its.fan_out()
    with its.store.begin() as session:  # taken by a worker that is no more
        assert its.deliveries["shop"]._taker.take(session, its.clock.now) is not None
    assert its.run() == 0
    its.clock.pass_s(121)
    assert its.run() == 1 and states(its.store) == [("sent", None)]


def test_two_workers_send_no_row_twice_and_keep_the_order(rig: Made, telling_both: Store, shop: StandIn) -> None:
    one, two = (hooked(rig, shop.url, store=telling_both) for _ in range(2))
    for number in range(10):
        put_case(telling_both, number)
    for _ in range(20):
        one.run(most=1)
        two.run(most=1)
    assert [asked.json["subject"] for asked in shop.asked] == [f"inc-{number:016x}" for number in range(10)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_nothing_goes_to_a_private_address(rig: Made, shop: StandIn, host: str) -> None:
    its = hooked(rig, f"https://{host}:{shop.port}/x", allow_private=())
    put_case(its.store, 1)
    its.run()
    [(state, why)] = states(its.store)
    assert state == "pending" and why is not None and "notify.allow_private" in why
    assert shop.asked == []


def test_a_redirect_to_a_private_address_is_not_followed(rig: Made, shop: StandIn) -> None:
    with StandIn() as inside:
        its = hooked(rig, shop.url)
        shop.script = [Answer(307, "", {"Location": inside.url})]
        put_case(its.store, 1)
        its.run()
        assert inside.asked == []
    assert "write the address itself" in (states(its.store)[0][1] or "")


def test_a_certificate_for_another_name_is_not_trusted(rig: Made, tmp_path: Path) -> None:
    right, wrong = certificate_for(tmp_path, "127.0.0.1"), certificate_for(tmp_path, "shop.example.com")
    with StandIn(certificate=wrong) as shop:
        its = hooked(rig, shop.url, ca_file=str(wrong[0]))
        put_case(its.store, 1)
        its.run()
        assert "certificate is not trusted" in (states(its.store)[0][1] or "") and shop.asked == []
    with StandIn(certificate=right) as shop:
        its = hooked(rig, shop.url, ca_file=str(right[0]))
        its.clock.pass_s(200)
        its.run()
        assert len(shop.asked) == 1


def test_incidents_that_are_forgotten_are_told_to_nobody(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url)
    put_case(its.store, 1)
    its.fan_out()
    with its.store.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM incidents")
    its.run()
    assert [state for state, _ in states(its.store)] == ["cancelled"] and shop.asked == []


def test_a_notice_says_from_when_on_it_is_late(rig: Made, shop: StandIn) -> None:
    its = hooked(rig, shop.url, expire_h=1.0)
    put_case(its.store, 1, at=its.clock.now - 2 * HOUR_MS)
    its.run()
    assert shop.asked[0].json["data"]["is_late"] is True
