"""Decisions in Redis through the worker of `ringwatch serve` to a shop, with the settings of a user."""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from domain.errors import SettingError
from domain.json_text import as_json
from domain.times import now_ms
from flink_job.cli import main
from flink_job.commands import serve_actions
from flink_job.commands.opened_store import opened_store
from flink_job.commands.serve_actions import acting, measured_of
from flink_job.commands.serve_checks import check_actions, check_target, check_worker
from flink_job.commands.serve_process import worker_words
from flink_job.commands.serve_worker import worker_of
from flink_job.settings.settings import PRETRAINED, load
from ops.cases.tables import ActionRow
from tests.ops.actions.conftest import KEY
from tests.support.action_samples import decision_document
from tests.support.channel_stand_in import StandIn

MODEL = json.loads((PRETRAINED / "card.json").read_text("utf-8"))["model_id"]
FREE = "{blocks_per_hour: 100, order_share: 1.0, legitimate_share: 1.0}"


@pytest.mark.parametrize(("mode", "arrives"), [("live", True), ("dry", False)])
def test_a_decision_of_the_default_model_reaches_the_shop(
    mode: str, arrives: bool, memory_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", KEY)
    with StandIn() as shop:
        chosen = [f"service.store.url=sqlite:{memory_path / 'store.db'}", f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
        actions = f"actions={{auto_block: true, mode: {mode}, target: '{shop.url}/', budget: {FREE}}}"
        settings = load(None, [*chosen, actions, "notify.allow_private=[127.0.0.1]"])
        with opened_store(settings) as store, acting(settings, store) as acts:
            worker = worker_of(settings, store, acts)
            working = threading.Thread(target=worker.run)
            working.start()
            for document in [*approved(), flagged(0, MODEL), flagged(1, "unknown-1")]:
                redis_client.xadd(f"{stream_prefix}decisions", {"json": as_json(document)})
            until = time.monotonic() + 60
            while time.monotonic() < until and (len(shop.asked) if arrives else count(store)) < 2:
                time.sleep(0.05)
            worker.stop()
            working.join()
            assert count(store) == 2
        found = [asked.json["data"]["action"] for asked in shop.asked]
        assert sorted(found) == (["block", "hold"] if arrives else [])


def approved() -> list[dict[str, Any]]:
    """Orders enough for a share of them to be a block."""
    return [decision_document(100 + number, "approve", 0.01) for number in range(5)]


def flagged(number: int, model: str) -> dict[str, Any]:
    return decision_document(number, score=0.97, model=model, decided_at=now_ms())


def count(store: Any) -> int:
    with store.read() as session:
        return len(session.scalars(select(ActionRow)).all())


def test_the_card_of_the_settings_model_is_found_and_no_other(memory_path: Path) -> None:
    settings = load(None, [f"service.store.url=sqlite:{memory_path / 'store.db'}"])
    with opened_store(settings) as store:
        find = measured_of(settings, store)
        assert any(one.at_least > 0.9 for one in find(MODEL)) and find("unknown-1") == ()


def test_cards_are_looked_for_once_whatever_the_models_names(memory_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(serve_actions, "read_cards", lambda folders: looked.append(folders) or {})
    settings = load(None, [f"service.store.url=sqlite:{memory_path / 'store.db'}"])
    with opened_store(settings) as store:
        find = measured_of(settings, store)
        assert [find(f"unknown-{number}") for number in range(50)] == [()] * 50
    assert len(looked) == 1


@pytest.mark.parametrize("url", ["file:run/decisions", "kafka://broker/decisions"])
def test_actions_want_decisions_that_the_worker_reads(url: str) -> None:
    chosen = [f"service.score.decisions={url}"]
    with pytest.raises(SettingError, match=r"actions.auto_block is on, and service.score.decisions is"):
        check_actions(load(None, [*chosen, "actions.auto_block=true"]))
    check_actions(load(None, chosen))


def test_what_the_worker_refuses_is_refused_before_anything_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_ACTIONS_KEY", raising=False)
    check_worker(load(None, ["actions.auto_block=true"]))
    live = ["actions={auto_block: true, mode: live, target: 'https://shop.example.com/'}"]
    with pytest.raises(SettingError, match="RINGWATCH_ACTIONS_KEY holds no key"):
        check_worker(load(None, live))
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", KEY)
    check_worker(load(None, live))
    with pytest.raises(SettingError, match="SHOP"):
        check_worker(load(None, ["notify.webhooks=[{name: shop, url: 'https://shop.example.com/'}]"]))


def test_serve_ends_with_2_where_its_worker_would_not_start(
    memory_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.api.json_log.log_json", structlog.reset_defaults)  # to the streams that are now
    words = ["--set", f"service.store.url=sqlite:{memory_path / 'store.db'}", "--set", "service.score.decisions=file:run/decisions"]
    assert main(["serve", "--port", "8099", *words, "--set", "actions.auto_block=true"]) == 2
    said = capsys.readouterr()
    assert "serving at" not in said.out and "actions.auto_block is on" in said.out + said.err


def test_the_worker_has_the_address_of_the_web_part() -> None:
    given = argparse.Namespace(config=None, set=["redis.prefix=a"], debug=False, host="::1", port=8099)
    assert worker_words(given) == ["serve", "--only", "worker", "--set", "redis.prefix=a", "--host", "::1", "--port", "8099"]


def test_actions_go_to_a_stream_of_redis(
    memory_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = [f"service.store.url=sqlite:{memory_path / 'store.db'}", f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
    settings = load(None, [*chosen, f"actions={{auto_block: true, mode: live, target: 'redis:actions', budget: {FREE}}}"])
    with opened_store(settings) as store, acting(settings, store) as acts:
        assert acts is not None and "set job.decisions to redis:decisions" in caplog.text
        with store.begin() as session:
            acts(session, [*approved(), flagged(0, MODEL)])
        until = time.monotonic() + 60
        while time.monotonic() < until and not redis_client.xlen(f"{stream_prefix}actions"):
            time.sleep(0.05)
    [(_, fields)] = redis_client.xrange(f"{stream_prefix}actions")
    event = json.loads(fields["json"])
    assert event["type"] == "ringwatch.action.block" and event["data"]["event_id"] == "order-0" and event["id"].startswith("msg_")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("redis:events", "the job reads or writes redis:events"),
        ("redis:control", "the job reads or writes redis:control"),
        ("redis:alerts", "the job writes the stream alerts itself"),
        ("redis:a b", "names no stream"),
        ("kafka://", "write kafka://BROKER"),
    ],
)
def test_a_stream_of_the_job_is_no_target(target: str, why: str) -> None:
    with pytest.raises(SettingError, match=why.replace("(", r"\(")):
        check_target(load(None, [f"actions.target={target}"]))
