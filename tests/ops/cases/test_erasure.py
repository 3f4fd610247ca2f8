"""An account erased from the store: no row names it, others keep theirs, and the audit stays whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from ops.cases import outbox
from ops.cases.audit.chain import Act, audit
from ops.cases.audit.verify import verify
from ops.cases.comments import comment
from ops.cases.decided_events import take_decisions
from ops.cases.erasure import FORGET_KEY, Name, entities_of, erase_account, kept_lists
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.case_upkeep import case_id_of
from ops.cases.ingest.incidents import take_incident
from ops.cases.masks import FORGOTTEN, Mask
from ops.cases.questions import keep_question
from ops.cases.store import Store
from ops.cases.tables import AlertRow, ControlChange, DecidedEvent, IncidentRing, IncidentRow, Outgoing, SavedFilter, Table
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import NOW, SETTINGS, revision_document, some_alerts
from tests.support.incident_samples import pseudonym

RAW = "c-17"
ACCOUNT, OTHER = pseudonym(1001), pseudonym(1002)
LIST = {"control": "list", "id": "L1", "version": 1, "entity": f"account:{ACCOUNT}"}


def everything(store: Store) -> str:
    """The text of all rows but the audit's chain."""
    with store.read() as session:
        tables = [table for name, table in Table.metadata.tables.items() if name not in ("audit", "audit_head")]
        return "\n".join(json.dumps([list(row) for row in session.execute(select(table))]) for table in tables)


def erase(store: Store, **changes: Any) -> dict[str, tuple[int, int]]:
    with store.read() if changes.get("dry") else store.begin() as session:
        done = erase_account(session, Name(ACCOUNT, RAW), "anna", NOW, **changes)
    found: dict[str, tuple[int, int]] = {}
    for one in done:
        deleted, masked = found.get(one.table, (0, 0))
        found[one.table] = deleted + one.deleted, masked + one.masked
    return found


@pytest.fixture
def filled(store: Store) -> Store:
    """One incident of two accounts whose ring has the name of one, and all that people and the worker did."""
    its = some_alerts(2, ACCOUNT, 1000)
    with store.begin() as session:
        take_alerts(session, its)
        take_decisions(session, its)
        take_incident(session, revision_document(1, its, headline=f"account {ACCOUNT} and others"), NOW, SETTINGS)
        case = case_id_of("inc-0000000000000001")
        comment(session, case, f"asked {RAW}, not {RAW}1; see {ACCOUNT.upper()}", by="anna", now=NOW, settings=SETTINGS)
        give_verdict(session, case, "fraud", f"{RAW} says so", by="anna", now=NOW, settings=SETTINGS, labels_to="redis:labels")
        outbox.put(session, outbox.NOTICE, "team", {"n1": {"text": f"ring of {ACCOUNT}"}}, NOW, NOW)
        outbox.put(session, outbox.LABEL, "redis:labels", {f"{FORGET_KEY}1": {"pseudonyms": {"account": ACCOUNT}}}, NOW, NOW)
        keep_question(session, "anna", NOW, f"what of {ACCOUNT}?", {})
        keep_question(session, "ben", NOW, f"what of {OTHER}?", {})
        audit(session, Act(NOW, "anna", "entity.look_up", "entity", entity=f"account:{ACCOUNT}"))
        audit(session, Act(NOW, "anna", "case.comment", "case:1", private={"text": f"{RAW} again"}))
        audit(session, Act(NOW, "anna", "case.comment", "case:1", private={"text": f"{RAW}1 is another"}))
        session.add(SavedFilter(owner="anna", name="one", query=f"entity=account:{ACCOUNT}", at=NOW))
        common = {"state": "active", "by": "anna", "reason": "card tests", "at": NOW, "status": "applied", "version": 1}
        session.execute(insert(ControlChange), [{**common, "kind": "list", "record_id": "L1", "entity": LIST["entity"], "record": LIST}])
    return store


def test_the_name_is_nowhere_and_others_stay(filled: Store) -> None:
    erase(filled)
    text = everything(filled).replace(json.dumps(LIST), "").replace(f'"{LIST["entity"]}"', "")
    with filled.read() as session:
        told = session.scalars(select(Outgoing.document).where(Outgoing.key == f"{FORGET_KEY}1")).one()
        assert told == {"pseudonyms": {"account": ACCOUNT}}  # the job is still to be told
        assert [row.account for row in session.scalars(select(AlertRow))] == [OTHER]
        assert [row.account for row in session.scalars(select(DecidedEvent))] == [OTHER]
        incident = session.scalars(select(IncidentRow)).one()
        assert (incident.ring, incident.headline) == (FORGOTTEN, f"account {FORGOTTEN} and others")
        assert incident.document["event_ids"] == ["erased", "e1001"]
        assert session.scalars(select(IncidentRing.ring)).all() == [FORGOTTEN]
        assert kept_lists(session, Name(ACCOUNT)) == 1
        assert not verify(session).problems
    assert ACCOUNT not in text.replace(json.dumps(told), "").lower()
    assert f"{RAW} " not in text and f"asked {FORGOTTEN}, not {RAW}1" in text and OTHER in text and f"{RAW}1 is another" in text


def test_it_says_what_it_did_and_does_nothing_again(filled: Store) -> None:
    before = everything(filled)
    would = erase(filled, dry=True)
    assert everything(filled) == before
    did = erase(filled)
    assert did == would
    assert did["outbox"] == (1, 2) and did["alerts"] == (1, 1) and did["decided_events"] == (1, 0) and did["incident_revisions"] == (0, 1)
    assert did["questions"] == (1, 0) and did["audit_subjects"] == (4, 0) and did["comments"] == (0, 1)
    assert erase(filled) == {}


def test_with_whom_it_was_seen_is_known_before(filled: Store) -> None:
    with filled.read() as session:
        assert entities_of(session, ACCOUNT) == [{"account": ACCOUNT, "device": pseudonym(1_000_000)}]


def test_two_names_of_one_ring_are_masked(store: Store) -> None:
    with store.begin() as session:
        for ring in (ACCOUNT, OTHER):
            its = some_alerts(1, ring, 1000)
            take_alerts(session, its)
        document = revision_document(1, some_alerts(1, ACCOUNT, 1000))
        take_incident(session, document | {"rings": [*document["rings"], {**document["rings"][0], "ring": OTHER}]}, NOW, SETTINGS)
        for name in (ACCOUNT, OTHER):
            erase_account(session, Name(name), "anna", NOW)
    with store.read() as session:
        assert session.scalars(select(IncidentRing.ring)).all() == [FORGOTTEN]


def test_a_document_is_masked_in_its_values() -> None:
    mask = Mask(ACCOUNT, RAW, ["e1"])
    assert mask.of({"a": [ACCOUNT, "e1", "e12"], "reason": f"by {RAW}"}) == {"a": [FORGOTTEN, "erased", "e12"], "reason": f"by {FORGOTTEN}"}
    assert not mask.is_in({"a": OTHER}) and mask.of(None) is None
    assert Mask(ACCOUNT, "ab").words == [ACCOUNT]
