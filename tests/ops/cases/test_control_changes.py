"""Changes of control records: checked, numbered, sent once, and what the job answers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from domain.control.applied import applied_document
from domain.control.changes import Change
from domain.control.records import record_of
from domain.control.refused import refused
from domain.events.event import Event, Rejected
from domain.events.rejection import rejection
from ops.cases.control_answers import note_applied, note_refused
from ops.cases.control_changes import APPLIED, OVERTAKEN, PROPOSED, REFUSED, SENT, ControlDesk, Wanted, newest, with_state
from ops.cases.control_files import ControlFiles
from ops.cases.control_lists import changes, records, records_of_entity
from ops.cases.store import Store
from ops.cases.tables import ControlChange, Outgoing
from tests.support.control_samples import NAMES, PSEUDONYMS, START

DESK = ControlDesk(NAMES, PSEUDONYMS, "redis:control", ControlFiles(("/srv/models",)))
WHEN = {"all": [{"field": "event_type", "is": "signup"}]}
DEVICE = "device:9c41aa00bb11cc22"


def rule(record_id: str = "R7", **changes: Any) -> Wanted:
    content = {"state": "active", "when": WHEN, "decision": "investigate", "text": "a sign-up", **changes}
    return Wanted("rule", record_id, content, "anna", "sign-up wave")


def listed(record_id: str = "L1", **changes: Any) -> Wanted:
    return Wanted("list", record_id, {"list": "block", "state": "active", "entity": DEVICE, **changes}, "anna", "chargebacks")


def ask(store: Store, wanted: Wanted, **more: Any) -> ControlChange:
    with store.begin() as session:
        return DESK.ask(session, wanted, START, **more)


def outgoing(store: Store) -> list[dict[str, Any]]:
    with store.read() as session:
        return [row.document for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


def applied(change: ControlChange, at: int = START + 5) -> dict[str, Any]:
    """The entry that the job writes when an event is judged by a change."""
    event = Event("e1", 0, START, (1,), 1)
    key = f"{change.kind}:{change.record_id}"
    return applied_document(Change(key, 57, at, change.record), event)


def test_a_rule_is_sent_with_author_reason_and_the_next_version(store: Store) -> None:
    assert [ask(store, rule()).version, ask(store, rule(text="another")).version] == [1, 2]
    first, second = outgoing(store)
    assert (first["by"], first["reason"], first["version"], first["id"]) == ("anna", "sign-up wave", 1, "R7")
    assert (second["version"], second["text"]) == (2, "another")
    assert record_of(dict(second), NAMES, PSEUDONYMS).rule is not None


def test_versions_are_of_each_record_and_kind(store: Store) -> None:
    found = [ask(store, wanted).version for wanted in (rule("A"), rule("B"), listed("A"), rule("A"))]
    assert found == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (rule(when={"feature": "device.acounts_1h", "at_least": 8}), "when.feature"),
        (rule(decision="blok"), "decision"),
        (rule(expires_at="tomorrow"), "expires_at"),
        (listed(entity="device:xx"), "entity"),
        (listed(raw="device:4f2a"), "entity"),
        (listed(entity=None, raw="planet:mars"), "raw"),
        (Wanted("switch", "auto_blok", {"on": False}, "anna", "x"), "name"),
        (Wanted("model", "", {"path": ""}, "anna", "x"), "path"),
        (rule(text="x" * 150, when={"all": [{"field": "currency", "in": ["EUR"] * 50}] * 21}), "when"),
    ],
)
def test_what_the_job_would_refuse_is_refused_at_once_and_leaves_nothing(store: Store, wanted: Wanted, field: str) -> None:
    with pytest.raises(Rejected) as why:
        ask(store, wanted)
    assert why.value.field.startswith(field)
    assert outgoing(store) == []
    with store.read() as session:
        assert changes(session, 9) == []


def test_a_raw_identifier_is_hashed_and_in_no_row(store: Store) -> None:
    change = ask(store, listed(entity=None, raw="device:4f2a-77c1-secret"))
    assert change.entity == f"device:{PSEUDONYMS.of('device', '4f2a-77c1-secret'):016x}"
    assert "4f2a" not in json.dumps([change.record, *outgoing(store)])


def test_an_allow_list_waits_for_a_second_person_and_then_has_the_next_version(store: Store) -> None:
    proposal = ask(store, listed(list="allow"))
    assert (proposal.status, proposal.version, outgoing(store)) == (PROPOSED, None, [])
    assert ask(store, listed(list="block")).version == 1
    with store.begin() as session:
        found = session.get(ControlChange, proposal.id)
        assert found is not None
        DESK.approve(session, found, "ben", START + 1)
    assert (found.status, found.version, found.approved_by) == (SENT, 2, "ben")
    assert [(one["list"], one["version"], one["by"]) for one in outgoing(store)] == [("block", 1, "anna"), ("allow", 2, "anna")]


@pytest.mark.parametrize(
    ("state", "status"), [("active", PROPOSED), ("shadow", SENT), ("paused", SENT), ("deleted", SENT)]
)  # what lets nobody pass needs no second person
def test_only_what_lets_an_entity_pass_needs_a_second_person(store: Store, state: str, status: str) -> None:
    ask(store, listed(list="allow", state="paused"))
    with store.begin() as session:
        current = newest(session, "list", "L1")
        assert current is not None
        assert DESK.ask(session, with_state(current, state, "ben", "for a test"), START).status == status


def test_alone_on_a_machine_without_users_there_is_no_second_person(store: Store) -> None:
    assert ask(store, listed(list="allow"), alone=True).status == SENT


def test_another_state_keeps_the_content_and_names_the_new_author(store: Store) -> None:
    ask(store, rule(expires_at="2026-12-31T00:00:00Z"))
    with store.begin() as session:
        current = newest(session, "rule", "R7")
        assert current is not None
        record = DESK.ask(session, with_state(current, "paused", "ben", "false alarms"), START).record
    assert record == {**outgoing(store)[0], "version": 2, "state": "paused", "by": "ben", "reason": "false alarms"}


def test_what_the_job_applies_is_applied_and_overtakes_what_was_sent_before(store: Store) -> None:
    first, second = ask(store, rule()), ask(store, rule(text="b"))
    third = ask(store, rule(text="c"))
    for _ in range(2):  # an entry that comes again changes nothing
        with store.begin() as session:
            note_applied(session, applied(second))
    with store.read() as session:
        found = {change.id: change.status for change in changes(session, 9)}
    assert found == {first.id: OVERTAKEN, second.id: APPLIED, third.id: SENT}


def test_what_was_sent_past_the_service_is_a_change_and_the_next_version_is_higher(store: Store) -> None:
    record = rule().document(41)
    change = ControlChange(kind="rule", record_id="R7", version=41, record=record)
    with store.begin() as session:
        note_applied(session, applied(change))
    with store.read() as session:
        [found] = changes(session, 9)
    assert (found.status, found.by, found.version) == (APPLIED, "anna", 41)
    assert ask(store, rule()).version == 42


def test_a_model_without_version_counts_by_arrival_and_once(store: Store) -> None:
    change = ControlChange(kind="model", record_id="", version=None, record={"control": "model", "path": "models/new"})
    for at in (START, START, START + 9):
        with store.begin() as session:
            note_applied(session, applied(change, at))
    assert ask(store, Wanted("model", "", {"path": "/srv/models/b"}, "anna", "better")).version == 3


def test_what_the_job_refuses_says_why_until_it_is_applied_after_all(store: Store) -> None:
    change = ask(store, rule())
    line = json.dumps(change.record).encode()
    document = refused(line, Rejected("state", "200 rules are active, the most there may be"), START)
    with store.begin() as session:
        assert note_refused(session, document)
        assert not note_refused(session, document)
    with store.read() as session:
        [found] = changes(session, 9)
        assert (found.status, found.why_refused) == (REFUSED, "state: 200 rules are active, the most there may be")
        assert newest(session, "rule", "R7") is None
    with store.begin() as session:
        note_applied(session, applied(change))
    with store.read() as session:
        [found] = changes(session, 9)
        assert (found.status, found.why_refused) == (APPLIED, None)


@pytest.mark.parametrize(
    "raw",
    [
        *("", "[1]", "{", None, '{"control": "rule"}'),
        '{"control": "rule", "id": "R7", "version": true}',
        '{"control": "rule", "id": [], "version": 1}',
    ],
)
def test_a_rejected_line_of_another_kind_is_no_answer(store: Store, raw: Any) -> None:
    ask(store, rule())
    with store.begin() as session:
        assert not note_refused(session, {"field": "line", "reason": "x", "raw": raw, "of": "control"})


def test_an_event_that_looks_like_a_change_refuses_none(store: Store) -> None:
    change = ask(store, rule())
    line = json.dumps(change.record).encode()
    with store.begin() as session:
        assert not note_refused(session, rejection(line, Rejected("event_type", "it is missing"), START))


def test_a_forged_refusal_does_not_touch_what_is_applied(store: Store) -> None:
    change = ask(store, rule())
    with store.begin() as session:
        note_applied(session, applied(change))
        assert not note_refused(
            session, {"field": "x", "reason": "x", "raw": '{"control": "rule", "id": "R7", "version": 1}', "of": "control"}
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "javascript:alert(1)"},
        {"id": "../x"},
        {"id": ""},
        {"version": "7"},
        {"version": 2**80},
        {"record": {"reason": "w" * 10_000}},
        {"record": {"by": "\u202egnp"}},
        {"record": {"text": ["x"]}},
        {"record": {"decision": "<script>"}},
        {"record": {"state": "else"}},
        {"control": "list", "record": {"list": "../x"}},
        {"control": "list", "record": {"entity": "device:<b>"}},
        {"control": "list", "record": {"file": "x" * 600}},
        {"control": "list", "record": {"kind": "<b>"}},
        {"control": "model", "record": {"path": "a\nb"}},
    ],
    ids=str,
)
def test_what_the_job_cannot_have_applied_is_no_answer(sqlite_store: Store, changes: dict[str, Any]) -> None:
    """Whoever can write to the stream cannot have pages say what they like."""
    entry = {"control": "rule", "id": "R7", "version": 1, "at": START, "record": rule().document(1)} | changes
    with pytest.raises(ValueError, match=r"^it is no entry"), sqlite_store.begin() as session:
        note_applied(session, entry)


def test_the_list_has_the_newest_of_each_record_and_pages_of_it_are_whole(store: Store) -> None:
    for number in range(5):
        ask(store, rule(f"R{number}"))
        ask(store, rule(f"R{number}", text="newer", state="paused" if number == 3 else "active"))
    with store.read() as session:
        first = records(session, "rule", 3)
        rest = records(session, "rule", 3, after=first[-1].record_id)
        paused = records(session, "rule", 9, state="paused")
    assert [(one.record_id, one.version) for one in (*first, *rest)] == [(f"R{number}", 2) for number in range(5)]
    assert [one.record_id for one in paused] == ["R3"]


def test_an_entity_knows_the_lists_that_name_it(store: Store) -> None:
    ask(store, listed("L1"))
    ask(store, listed("L2", list="mules"))
    ask(store, listed("L2", list="mules", state="deleted"))
    ask(store, listed("L3", entity="device:00000000000000aa"))
    with store.read() as session:
        assert [one.record_id for one in records_of_entity(session, DEVICE)] == ["L1"]
        assert [one.record_id for one in records(session, "list", 9, list_name="block")] == ["L1", "L3"]


def test_two_who_change_a_rule_at_once_have_two_versions(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: ask(store, rule(text=f"by {number}")).version, range(12)))
    assert sorted(version or 0 for version in found) == list(range(1, 13))
    assert sorted(one["version"] for one in outgoing(store)) == list(range(1, 13))
