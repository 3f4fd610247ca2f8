"""The decisions of a lake that may have kept an event from happening."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from gnn.history.unseen import hides_outcome
from ops.lake.history import read_decided
from ops.lake.storage import table_url

ACCOUNT = "00000000000000ab"


def table(lake: Path, name: str, decisions: list[str], **more: list[Any]) -> None:
    columns = {"event_id": [f"{name}{number}" for number in range(len(decisions))], "account": [ACCOUNT] * len(decisions)}
    write_deltalake(table_url(str(lake), name), pa.table(columns | {"decision": decisions} | more))


def test_decisions_come_before_events_and_with_their_switches(tmp_path: Path) -> None:
    assert list(read_decided(str(tmp_path), ["block"])) == []
    table(tmp_path, "events", ["block", "approve"])
    assert [found["event_id"] for found in read_decided(str(tmp_path), ["block"])] == ["events0"]
    table(tmp_path, "decisions", ["block", "investigate", "block"], switches=[None, None, '{"auto_block":false}'])
    found = sorted(read_decided(str(tmp_path), ["block"]), key=lambda document: str(document["event_id"]))
    assert [document["event_id"] for document in found] == ["decisions0", "decisions2"]
    assert found[0] == {"event_id": "decisions0", "entities": {"account": ACCOUNT}, "decision": "block"}
    assert [hides_outcome(document, ["block"]) for document in found] == [True, False]
    assert list(read_decided(str(tmp_path), [])) == []


def test_what_was_drawn_for_a_review_comes_with_its_share(tmp_path: Path) -> None:
    table(tmp_path, "decisions", ["block", "investigate", "investigate"], explored=[None, 0.05, None])
    found = {document["event_id"]: document.get("explored") for document in read_decided(str(tmp_path), ["block"])}
    assert found == {"decisions0": None, "decisions1": 0.05}
