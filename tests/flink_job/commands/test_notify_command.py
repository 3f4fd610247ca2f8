"""`ringwatch notify` and `ringwatch outbox`: a sample to a channel, and what was given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flink_job.cli import main
from ops.cases import notices, outbox
from ops.cases.notices import Wanted
from ops.cases.orphans import mark_orphans
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.cases.told import Told
from tests.ops.notify.conftest import KEY
from tests.support.channel_stand_in import Answer, StandIn

Call = Callable[..., int]


@pytest.fixture
def shop() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def call(tmp_path: Path, shop: StandIn) -> Call:
    channels = f'notify.webhooks=[{{name: shop, url: "{shop.url}"}}]'
    own = (channels, "notify.allow_private=[127.0.0.1]", f"service.store.url=sqlite:{tmp_path / 'store.db'}")
    return lambda *words: main([*words, *(word for one in own for word in ("--set", one))])


def test_a_sample_is_sent_and_what_came_back_is_said(
    call: Call, shop: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGWATCH_NOTIFY_SHOP", KEY)
    assert call("notify", "test", "shop") == 0
    assert "shop: taken" in capsys.readouterr().out and "This is a test of ringwatch" in shop.asked[0].json["data"]["headline"]
    shop.script = [Answer(401, "who are you?")]
    assert call("notify", "test", "shop") == 1
    assert "shop: not taken: HTTP 401: it does not take our key: who are you?" in capsys.readouterr().out


def test_channels_say_what_is_missing(call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("notify", "channels") == 1
    assert "put it into RINGWATCH_NOTIFY_SHOP" in capsys.readouterr().out
    monkeypatch.setenv("RINGWATCH_NOTIFY_SHOP", KEY)
    assert call("notify", "channels") == 0
    assert capsys.readouterr().out == "shop: Webhook, ready\n"
    assert call("notify", "test", "shpo") == 2
    assert "there is no channel shpo: known are shop" in capsys.readouterr().err


def test_what_was_given_up_is_listed_and_sent_again(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("outbox", "list") == 0
    assert capsys.readouterr().out == "nothing waits, and nothing was given up\n"
    store = Store(StoreSettings(url=f"sqlite:{tmp_path / 'store.db'}"))
    with store.begin() as session:
        notices.put_notices(session, [Wanted("shop", "inc-1", 1, [Told("inc-1", "revision", "", 1767611000000, "1")])])
        notices.mark(session, session.query(Outgoing).all(), outbox.DEAD, 1, "HTTP 400")
    assert call("outbox", "list") == 0
    assert capsys.readouterr().out == "shop: 1 dead\n1  2026-01-05T11:03:20Z  shop  inc-1  HTTP 400\n"
    assert call("outbox", "retry", "7") == 1
    capsys.readouterr()
    assert call("outbox", "retry") == 0
    assert "1 notice to be sent again" in capsys.readouterr().out
    with store.read() as session:
        assert session.query(Outgoing).one().state == "pending"
    with store.begin() as session:
        mark_orphans(session, [], 1, 1000)
    assert call("outbox", "list") == 0
    assert capsys.readouterr().out.startswith("shop: 1 pending  (the settings name no such channel: name it in the section notify again")
    store.close()
