"""A decision out of the case store, on both databases."""

from __future__ import annotations

import json

from ops.cases.decided_events import take_decisions
from ops.cases.store import Store
from ops.scoring.events_read import is_decision_on
from ops.scoring.stored_decisions import decided_in
from tests.support.scoring_rig import GRAPH, READER, body, decision


def test_the_store_gives_the_decision_on_an_event_of_an_account(store: Store) -> None:
    line = body("e1", "anna", device_fingerprint="d1")
    made = json.loads(decision(line, "investigate", entities={"account": READER.event(line).key[0]})["json"])
    with store.begin() as session:
        take_decisions(session, [made])
    read = READER.event(line)
    found = decided_in(store)(*read.key)
    assert found is not None
    assert found.items() >= {name: made[name] for name in ("event_id", "event_time", "decision", "score", "entities", "decided_at")}.items()
    assert is_decision_on(found, read.event, GRAPH.entities)
    assert decided_in(store)(*READER.event(body("e1", "another")).key) is None
    assert decided_in(store)(read.key[0], "e2") is None
