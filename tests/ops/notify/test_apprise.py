"""Whatever Apprise can send to, in a process whose every connection is judged."""

from __future__ import annotations

from collections.abc import Callable

from ops.notify.channel_settings import AppriseSettings
from tests.ops.notify.conftest import Rig
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, StandIn


def through(rig: Callable[..., Rig], url: str, allowed: tuple[str, ...] = ("127.0.0.1",)) -> Rig:
    its = rig({"any": url}, apprise=(AppriseSettings("any"),), allow_private=allowed)
    put_case(its.store, 1, headline="<b>Ring</b>\n<!channel>")
    its.run()
    return its


def test_a_message_arrives_as_text(rig: Callable[..., Rig], shop: StandIn) -> None:
    its = through(rig, f"json://127.0.0.1:{shop.port}/hook")
    [asked] = shop.asked
    assert asked.json["title"] == "MEDIUM: <b>Ring</b> <!channel>" and "Money at risk: 100.00 EUR" in asked.json["message"]
    assert its.deliveries["any"].failing == ""


def test_nothing_goes_to_a_private_address_directly_or_by_a_redirect(rig: Callable[..., Rig], shop: StandIn) -> None:
    its = through(rig, f"json://127.0.0.1:{shop.port}/hook", allowed=())
    assert shop.asked == [] and "notify.allow_private" in its.deliveries["any"].failing


def test_what_fails_says_its_status_and_no_secret(rig: Callable[..., Rig], shop: StandIn) -> None:
    shop.usual = lambda _: Answer(500, "no")
    its = through(rig, f"json://user:s3cretword@127.0.0.1:{shop.port}/hook")
    failing = its.deliveries["any"].failing
    assert failing == "HTTP 500"


def test_a_url_that_is_none_is_said(rig: Callable[..., Rig]) -> None:
    assert "does not understand the channel's URL" in through(rig, "nothing://x").deliveries["any"].failing
