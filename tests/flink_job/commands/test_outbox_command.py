"""`ringwatch outbox` shows actions beside notices, and sends a release again that was given up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from flink_job.cli import main
from flink_job.commands.opened_store import opened_store
from flink_job.settings.settings import load
from ops.cases import outbox
from ops.cases.tables import AuditEntry, Outgoing


def row(kind: str, target: str, state: str, **more: Any) -> dict[str, Any]:
    document = {"first_at": 1_767_611_000_000, **({"data": {"event_id": "order-17"}} if kind == outbox.ACTION else {})}
    values = {"key": f"{kind}:{target}:{state}", "incident": "e1", "due_at": 0, "attempts": 1, "last_error": "HTTP 400: no"}
    return {**values, "kind": kind, "target": target, "document": document, "state": state, **more}


def test_actions_are_listed_and_releases_are_sent_again(memory_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"service.store.url=sqlite:{memory_path / 'store.db'}"
    with opened_store(load(None, [url])) as store, store.begin() as session:
        rows = [
            row(outbox.ACTION, "release", outbox.DEAD),
            row(outbox.ACTION, "block", outbox.DEAD),
            row(outbox.ACTION, "hold", outbox.PENDING),
            row(outbox.NOTICE, "shop", outbox.DEAD),
        ]
        session.execute(insert(Outgoing), rows)
    assert main(["outbox", "list", "--set", url]) == 0
    said = capsys.readouterr().out
    assert "action hold: 1 pending  (HTTP 400: no)" in said and "action release: 1 dead" in said and "shop: 1 dead" in said
    assert said.count("2026-01-05") == 3
    assert "2  2026-01-05T11:03:20Z  block  order-17  HTTP 400: no" in said
    assert main(["outbox", "retry", "2", "3", "9", "--set", url]) == 1
    said = capsys.readouterr().err
    assert "2 is not sent again: it is a block that was given up" in said and "change the order in the shop" in said
    assert "3 is not sent again: it waits (pending)" in said and "9 is not sent again: no notice or action has this number" in said
    assert main(["outbox", "retry", "--set", url]) == 0
    assert capsys.readouterr().out == "1 notice and 1 release to be sent again\n"
    with opened_store(load(None, [url])) as store, store.read() as session:
        dead = session.scalars(select(Outgoing.target).where(Outgoing.state == outbox.DEAD)).all()
        acts = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert dead == ["block"]
    assert [(act.actor, act.action, json.loads(act.details)) for act in acts] == [
        ("command line", "notices.retry", {"count": 1, "to": {"shop": 1}, "ids": [4]}),
        ("command line", "actions.retry", {"count": 1, "to": {"release": 1}, "ids": [1]}),
    ]
