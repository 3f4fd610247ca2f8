"""Entities and similar incidents."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ops.cases.audit.entries import AuditFilter, entries
from ops.cases.entities import entity_seen, incidents_of_entity, links, note_look_up
from ops.cases.errors import NotFound
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.similar import likeness, similar, traits
from ops.cases.store import Store
from ops.cases.tables import AuditEntry, CaseRow
from tests.support.case_samples import NOW, SETTINGS, put_incident, revision_document
from tests.support.incident_samples import START, alert_document, pseudonym

DEVICE = f"device:{pseudonym(1_000_000)}"


def put(store: Store, number: int, *entities: dict[str, str], **changes: object) -> str:
    alerts = [
        alert_document(100 * number + place, START + 1000 * number + place, ring=f"{number:016x}", entities=its)
        for place, its in enumerate(entities)
    ]
    with store.begin() as session:
        take_alerts(session, alerts)
        document = revision_document(number, alerts, **changes)
        take_incident(session, document, NOW, SETTINGS)
    return str(document["id"])


def test_an_entity_is_known_by_its_alerts(store: Store) -> None:
    with store.begin() as session:
        put_incident(session, 1, alerts=3)
        put_incident(session, 2, alerts=2)
    with store.read() as session:
        seen = entity_seen(session, DEVICE)
        assert (seen.alerts, seen.incidents, seen.decisions) == (5, 2, {"investigate": 5})
        assert (seen.first_time, seen.last_time) == (START + 1_000_000, START + 2_001_000)
        assert [(one.incident.id[-1], one.alerts) for one in incidents_of_entity(session, DEVICE).rows] == [("2", 2), ("1", 3)]
        assert links(session, DEVICE, 2) == sorted((f"account:{pseudonym(number)}", 1) for number in (1001, 1002, 1003, 2001, 2002))[:2]
        assert entity_seen(session, "device:0") == type(seen)("device:0", 0, None, None, 0, {})


def test_who_looked_is_in_the_audit_and_what_for_beside_it(store: Store) -> None:
    with store.begin() as session:
        note_look_up(session, DEVICE, by="anna", now=NOW, is_raw=True)
    with store.read() as session:
        item = entries(session, AuditFilter(entity=DEVICE)).rows[0]
        assert (item.entry.actor, item.entry.action, item.entry.subject, item.entry.details) == (
            "anna",
            "entity.look_up",
            "entity:device",
            '{"raw":true}',
        )
        assert pseudonym(1_000_000) not in str([vars(row) for row in session.scalars(select(AuditEntry))])


def test_incidents_that_share_rare_entities_are_first(store: Store) -> None:
    rare, common = {"device": pseudonym(1), "address": pseudonym(2)}, {"device": pseudonym(3)}
    mine = put(store, 1, {**rare, "account": pseudonym(10)}, {**common, "account": pseudonym(11)})
    both = put(store, 2, {**rare, "account": pseudonym(20)})
    one = put(store, 3, {**common, "account": pseudonym(30)})
    for number in range(4, 8):
        put(store, number, {**common, "account": pseudonym(10 * number)}, severity="low")
    with store.begin() as session:
        session.get_one(CaseRow, both.replace("inc", "case")).verdict = "fraud"
    with store.read() as session:
        found = similar(session, mine, limit=3)
        assert found[0].incident.id == both
        assert found[0].verdict == "fraud"
        assert set(found[0].shared) == {f"device:{pseudonym(1)}", f"address:{pseudonym(2)}"}
        assert found[1].shared == [f"device:{pseudonym(3)}"]
        assert one in {like.incident.id for like in similar(session, mine)}
        assert all(0 <= like.likeness <= 1 for like in found)
        with pytest.raises(NotFound):
            similar(session, "x")


def test_an_entity_of_everybody_connects_nobody(store: Store) -> None:
    everywhere = {"ip": pseudonym(77)}
    ids = [put(store, number, {**everywhere, "account": pseudonym(1000 + number)}) for number in range(52)]
    with store.read() as session:
        assert [like.shared for like in similar(session, ids[0], limit=3)] == [[], [], []]


def test_like_evidence_is_found_without_shared_entities(store: Store) -> None:
    def facts(**values: float) -> dict[str, object]:
        return {"facts": [{"id": "F1", "name": name, "value": value} for name, value in values.items()], "strongest": []}

    mine = put(store, 1, {"account": pseudonym(1)}, evidence=facts(type_order=1, reason_DEVICE_AGE=4.0))
    near = put(store, 2, {"account": pseudonym(2)}, evidence=facts(type_order=1, reason_DEVICE_AGE=3.0))
    far = put(store, 3, {"account": pseudonym(3)}, evidence=facts(type_login=1, reason_EVENT_TIME=5.0, reason_ACCOUNT_AGE=5.0))
    other = put(store, 4, {"account": pseudonym(4)}, pattern="card testing")
    with store.read() as session:
        found = {like.incident.id: like.likeness for like in similar(session, mine)}
    assert found[near] > 0.95
    assert found.get(far, 0.0) < found[near]
    assert other not in found


def test_likeness_is_symmetric_and_one_for_the_same() -> None:
    one, other = traits(revision_document(1)), traits(revision_document(2, pattern="card testing", alerts=40))
    assert likeness(one, one) == pytest.approx(1.0)
    assert likeness(one, other) == likeness(other, one) < 1
    assert likeness({}, one) == 0


def test_facts_that_are_no_numbers_count_for_nothing() -> None:
    values = ("a lot", None, True, [1], {"of": 2}, 10**400, float("nan"), float("inf"), -(10**400), 2.5)
    names = [f"{kind}_{number}" for kind in ("reason", "type") for number in range(len(values))]
    facts = [{"id": f"F{at}", "name": name, "value": values[at % len(values)]} for at, name in enumerate(names)]
    found = traits(revision_document(1, evidence={"facts": facts, "strongest": []}))
    assert {name for name in names if name in found} == {f"{kind}_{number}" for kind in ("reason", "type") for number in range(5, 10)}
    assert all(0 <= weight <= 1 for weight in found.values())
    assert found["reason_9"] == 0.5
