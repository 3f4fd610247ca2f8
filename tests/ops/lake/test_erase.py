"""An account is erased from all tables, and nobody else with it; upkeep deletes the files from before."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from ops.lake.delta import LakeTable
from ops.lake.erase import MASK, Erased, erase
from ops.lake.rows import Record, rows_of
from ops.lake.storage import LakeError
from ops.lake.table_names import TABLES
from ops.lake.tables import tables
from ops.lake.upkeep import keep
from tests.ops.lake.lake_samples import FIRST_MS, decision

ACCOUNT, OTHER = "1f" * 8, "2e" * 8
HOSTILE = "e'); DROP TABLE x; --"
"""The id of an event, which its sender chooses."""


def add(lake: Path, name: str, *documents: dict[str, Any]) -> None:
    table = tables(["event.amount"])[name]
    into = LakeTable(str(lake), table)
    into.places([])
    into.append([rows_of(table, [Record(json.dumps(one), FIRST_MS) for one in documents])], {"test": 1}, {})


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    both = ((ACCOUNT, HOSTILE), (OTHER, "e"), (ACCOUNT, "e1"))
    flagged = [decision(1, event_id=event_id, decision="block", entities={"account": name}, severity="high") for name, event_id in both]
    events = [{**one, "event": {**one, "pseudonyms": one["entities"]}, "features": [1]} for one in flagged]
    label = {"event_id": "l1", "event_time": FIRST_MS, "subject_event_id": "e1", "is_fraud": True, "pseudonyms": {"account": ACCOUNT}}
    facts = [{"id": "F1", "text": f"account {ACCOUNT} is in 3 alerts"}, {"id": "F2", "text": f"account {OTHER} has e1"}]
    incident = {"id": "i1", "revision": 1, "told_at": FIRST_MS, "event_ids": [HOSTILE, "e", "e1"], "evidence": {"facts": facts}}
    summary = {"explanation": f"{ACCOUNT} and {OTHER}", "writer": {"name": "template"}}
    record = {"list": "mules", "entity": f"account:{ACCOUNT}"}
    for name, documents in {
        "decisions": flagged, "alerts": flagged, "events": events, "features": events, "labels": [label],
        "verdicts": [{**label, "source": "verdict", "attributes": {"by": "ana"}}], "incidents": [{**incident, **summary}],
        "summaries": [{**incident, **summary}], "control": [{"control": "list", "id": "L1", "at": FIRST_MS, "record": record}],
    }.items():  # fmt: skip
        add(tmp_path, name, *documents)
    return tmp_path


def rows(lake: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DeltaTable(f"{lake}/{table}").to_pyarrow_table().to_pylist()
    return found


def test_its_rows_leave_and_its_name_is_masked_elsewhere(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.lake.erase._IDS", 1)
    found = {one.table: one for one in erase(str(lake), ACCOUNT)}
    assert found["decisions"] == Erased("decisions", 2, 0) and found["incidents"].masked and not found["incidents"].deleted
    text = json.dumps({table: rows(lake, table) for table in TABLES}, default=str)
    assert ACCOUNT not in text and "DROP TABLE" not in text and OTHER in text
    assert [row["event_id"] for table in ("decisions", "alerts", "events", "features") for row in rows(lake, table)] == ["e"] * 4
    assert (rows(lake, "labels"), rows(lake, "verdicts")) == ([], [])
    (incident,) = rows(lake, "incidents")
    assert json.loads(incident["event_ids"]) == ["erased", "e", "erased"]
    facts = json.loads(incident["evidence"])["facts"]
    assert [fact["text"] for fact in facts] == [f"account {MASK} is in 3 alerts", f"account {OTHER} has e1"]
    assert rows(lake, "summaries")[0]["explanation"] == f"{MASK} and {OTHER}"
    assert json.loads(rows(lake, "control")[0]["record"])["entity"] == f"account:{MASK}"


def test_the_files_from_before_are_deleted_by_upkeep(lake: Path) -> None:
    before = [path for path in lake.rglob("*.parquet") if "checkpoint" not in path.name]
    list(erase(str(lake), ACCOUNT))
    for path in before:
        os.utime(path, (time.time() - 7200,) * 2)
    for log in lake.rglob("*.json"):  # what has removed them is as old
        text = log.read_text()
        log.write_text(text.replace('"deletionTimestamp":1', '"deletionTimestamp":0'))
    list(keep(str(lake), TABLES, 0, 1, FIRST_MS))
    assert not [path for path in before if path.exists()]
    assert len(rows(lake, "decisions")) == 1


def test_what_is_no_pseudonym_is_refused(lake: Path) -> None:
    with pytest.raises(ValueError, match="no pseudonym"):
        list(erase(str(lake), "x' OR 'a' = 'a"))


def test_a_damaged_table_holds_up_no_other_and_is_named_at_the_end(lake: Path) -> None:
    """Also one that says which events were the account's: the other one still does."""
    for table in ("alerts", "labels"):
        for log in (lake / table / "_delta_log").glob("*.json"):
            log.write_text("{")
    with pytest.raises(LakeError, match=r"table alerts: it is damaged.*nor could it be erased from labels; it is erased from all other"):
        list(erase(str(lake), ACCOUNT))
    left = [table for table in TABLES if table not in ("alerts", "labels")]
    text = json.dumps({table: rows(lake, table) for table in left}, default=str)
    assert ACCOUNT not in text and "DROP TABLE" not in text and OTHER in text
