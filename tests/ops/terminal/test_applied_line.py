"""An applied control record as a line: what it does, who asked for it and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ops.redis.entry import Entry
from ops.terminal.cards import render

BY = {"by": "analyst-7", "reason": "too many\n alarms"}
SAID = "accepted 2026-09-21 14:13:20  by analyst-7  because too many alarms"


@pytest.mark.parametrize(("applied", "line"), [
    ({"control": "switch", "id": "auto_block", "state": "active", "record": {"on": False}},
     "switch       applied 5  id auto_block  version 2  off  "),
    ({"control": "switch", "id": "auto_block", "state": "active", "record": {"on": True}},
     "switch       applied 5  id auto_block  version 2  on  "),
    ({"control": "list", "id": "L1", "state": "shadow", "record": {"list": "mules", "file": "m.txt"}, "file": {"entries": 1200}},
     "list         applied 5  id L1  version 2  state shadow  list mules  file m.txt  entries 1,200  "),
    ({"control": "list", "id": "L2", "state": "active", "record": {"list": "mules", "entity": "device:9c41aa00bb11cc22"}},
     "list         applied 5  id L2  version 2  state active  list mules  entity device:9c41aa00bb11cc22  "),
    ({"control": "model", "id": "", "state": "active", "record": {"path": "models/new"}, "model": "ab12"},
     "model        applied 5  version 2  state active  path models/new  model ab12  "),
])  # fmt: skip
def test_an_applied_record_says_what_it_does_who_asked_and_why(applied: dict[str, Any], line: str) -> None:
    document = {"applied": 5, "version": 2, "first_event": {"event_id": "e1"}, "at": 1790000000000, **applied}
    document["record"] = {**applied["record"], **BY}
    entry = Entry("control_applied", "1790000000420-0", {"json": json.dumps(document)})
    assert str(render(entry)).rstrip()[21:] == f"{line}first event e1  {SAID}"
