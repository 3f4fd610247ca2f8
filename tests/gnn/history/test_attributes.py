"""Attributes that no model reads: found in the events, and said with the setting that changes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gnn.history.attributes import attributes_hint, unread_attributes
from tests.support.gnn_history import GRAPH, documents, write


@pytest.fixture
def history(tmp_path: Path) -> Path:
    lines = [{**line, "attributes": {"distance": number, "shop": "a"}} for number, line in enumerate(documents(20, frauds=0))]
    lines[3]["attributes"] = {"distance": None, "code": 5}
    lines[4]["attributes"] = {"code": "five"}
    path = write(tmp_path / "events.jsonl", iter(lines))
    path.write_text("no json\n[]\n" + path.read_text())
    return path


def test_kinds_follow_from_the_values(history: Path) -> None:
    assert unread_attributes([history], GRAPH) == (["distance"], ["code", "shop"])


def test_the_hint_keeps_what_is_read_already(history: Path) -> None:
    graph = replace(GRAPH, categorical_attributes=("shop",))
    assert attributes_hint([history], graph) == (
        "no model reads the attributes distance (number), code (text): to use them, give --set graph.numeric_attributes='[distance]' "
        "--set graph.categorical_attributes='[shop, code]' here and to score and run"
    )


def test_nothing_is_said_where_all_are_read(history: Path) -> None:
    assert attributes_hint([history], replace(GRAPH, numeric_attributes=("distance",), categorical_attributes=("shop", "code"))) == ""
