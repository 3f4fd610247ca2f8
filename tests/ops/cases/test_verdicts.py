"""Verdicts: labels wait until they can no longer be undone; what the job was told is what is in force."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sqlalchemy import select

from domain.errors import SettingError
from domain.events.event import Event
from domain.events.identity import DEMO_KEY, IdentitySettings, Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from ops.cases import outbox
from ops.cases.bulk import bulk
from ops.cases.claims import claim
from ops.cases.entities_of import alert_id
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.ingest.incidents import take_incident
from ops.cases.settings import CaseSettings
from ops.cases.standing import standing_words, told_flags
from ops.cases.store import Store
from ops.cases.tables import AlertRow, AuditEntry, CaseRow, Outgoing
from ops.cases.undo import blocks_of, undo_verdict
from ops.cases.verdict_labels import label_part
from ops.cases.verdicts import Said, give_verdict, verdicts
from ops.cases.words import VERDICTS
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document
from tests.support.incident_samples import pseudonym

UNDO = 10_000
TO = "redis:labels"


def give(store: Store, case_id: str, word: str = "fraud", now: int = NOW, **more: Any) -> Said:
    with store.begin() as session:
        return give_verdict(
            session, case_id, word, "same courier", by=more.pop("by", "anna"), now=now, settings=SETTINGS, labels_to=TO, **more
        )


def undo(store: Store, verdict_id: str, now: int = NOW, by: str = "anna") -> tuple[int, int]:
    with store.begin() as session:
        undone = undo_verdict(session, verdict_id, "a mistake", by=by, now=now, settings=SETTINGS, labels_to=TO)
        return undone.cancelled, undone.corrected


def send(store: Store, now: int) -> list[dict[str, Any]]:
    """What a worker sends then."""
    with store.begin() as session:
        rows = outbox.take_due(session, now)
    with store.begin() as session:
        outbox.mark_sent(session, [row.id for row in rows], now)
    return [row.document for row in rows]


def test_labels_are_sent_once_the_verdict_can_no_longer_be_undone(store: Store) -> None:
    case_id = put_case(store, 1)
    said = give(store, case_id)
    assert (said.labelled, said.said_before, said.missing) == (2, 0, 0)
    assert (said.case.status, said.case.in_queue, said.case.verdict, said.case.owner, said.case.version) == (
        "closed",
        False,
        "fraud",
        "anna",
        2,
    )
    assert send(store, NOW + UNDO - 1) == []
    sent = send(store, NOW + UNDO)
    assert sorted((label["subject_event_id"], label["is_fraud"]) for label in sent) == [("e1000", True), ("e1001", True)]
    assert sent[0]["pseudonyms"]["device"] == pseudonym(1_000_000)
    assert send(store, NOW + 10 * UNDO) == []
    with store.read() as session:
        assert [verdict.sent_at for verdict in verdicts(session, case_id)] == [NOW + UNDO]


def test_the_job_reads_the_labels(store: Store) -> None:
    case_id = put_case(store, 1)
    with store.begin() as session:
        give_verdict(session, case_id, "fraud", "a\nlong " + "x" * 1900, by="anna", now=NOW, settings=SETTINGS, labels_to=TO)
    parser = EventParser(GraphSettings(), Pseudonyms(DEMO_KEY, IdentitySettings()))
    for label in send(store, NOW + UNDO):
        event = parser.parse(json.dumps(label).encode())
        assert isinstance(event, Event)
        assert label["attributes"]["reason"].startswith("a long x")


def test_undone_in_time_nothing_is_sent_and_the_case_is_open_again(store: Store) -> None:
    case_id = put_case(store, 1)
    said = give(store, case_id)
    assert undo(store, said.verdict.id, NOW + UNDO - 1) == (2, 0)
    assert send(store, NOW + 10 * UNDO) == []
    with store.read() as session:
        case = session.get_one(CaseRow, case_id)
        assert (case.status, case.owner, case.verdict, case.reopened_why) == ("open", None, None, "anna took the verdict fraud back")
    with store.begin() as session, pytest.raises(Conflict, match="was undone by anna"):
        undo_verdict(session, said.verdict.id, "x", by="bob", now=NOW, settings=SETTINGS, labels_to=TO)


def test_undone_later_labels_withdraw_it(store: Store) -> None:
    said = give(store, put_case(store, 1))
    assert len(send(store, NOW + UNDO)) == 2
    assert undo(store, said.verdict.id, NOW + 2 * UNDO) == (0, 2)
    assert [label["is_fraud"] for label in send(store, NOW + 2 * UNDO)] == [None, None]


def test_labels_that_a_worker_holds_are_withdrawn_after_them(store: Store) -> None:
    said = give(store, put_case(store, 1))
    with store.begin() as session:
        held = outbox.take_due(session, NOW + UNDO, lease_ms=1000)
        assert len(held) == 2
        assert outbox.take_due(session, NOW + UNDO) == []
    assert undo(store, said.verdict.id, NOW + UNDO) == (0, 2)
    assert send(store, NOW + UNDO + 999) == []  # the worker may yet send them
    assert [label["is_fraud"] for label in send(store, NOW + UNDO + 1001)] == [True, True, None, None]


def test_chosen_alerts_leave_the_case_open(store: Store) -> None:
    case_id = put_case(store, 1, alerts=3)
    one = alert_id(pseudonym(1001), "e1000")
    said = give(store, case_id, "legitimate", alert_ids=[one])
    assert (said.case.status, said.labelled) == ("open", 1)
    said = give(store, case_id, "legitimate", now=NOW + 1)
    assert (said.case.status, said.labelled, said.said_before) == ("closed", 2, 1)
    with store.begin() as session, pytest.raises(NotFound, match="has no alert nowhere"):
        give_verdict(session, put_case_in(session), "fraud", "x", by="a", now=NOW, settings=SETTINGS, labels_to=TO, alert_ids=["nowhere"])


def put_case_in(session: Any) -> str:
    from tests.support.case_samples import put_incident

    return put_incident(session, 2)


def test_who_may_and_what_holds_is_checked(store: Store) -> None:
    case_id = put_case(store, 1)
    with store.begin() as session:
        claim(session, case_id, by="bob", now=NOW, settings=SETTINGS)
    with pytest.raises(Conflict, match="bob has"):
        give(store, case_id)
    with pytest.raises(Invalid, match="use one of fraud, legitimate, inconclusive"):
        give(store, case_id, "perhaps", by="bob")
    for reason in ("", " ", "x" * 2001, "a\0b", "\ud800"):
        with store.begin() as session, pytest.raises(Invalid, match="reason"):
            give_verdict(session, case_id, "fraud", reason, by="bob", now=NOW, settings=SETTINGS, labels_to=TO)
    with store.read() as session:
        assert session.scalars(select(Outgoing)).all() == []
        assert session.scalars(select(AuditEntry.action)).all() == ["case.claim"]
    give(store, case_id, by="bob")
    with pytest.raises(Conflict, match="is closed: open it again first"):
        give(store, case_id, by="bob")


def test_alerts_that_the_store_does_not_have_are_counted(store: Store) -> None:
    case_id = put_case(store, 1)
    with store.begin() as session:
        take_incident(session, revision_document(1, revision=2, alerts=10, rings=[]), NOW, SETTINGS)
    assert give(store, case_id).missing == 8


def test_blocked_events_are_counted_for_four_eyes(store: Store) -> None:
    case_id = put_case(store, 1, alerts=4)
    with store.begin() as session:
        for alert in session.scalars(select(AlertRow).order_by(AlertRow.event_id).limit(3)):
            alert.decision = "block"
    said = give(store, case_id)
    with store.read() as session:
        assert blocks_of(session, [said.verdict.id]) == 3


def test_in_bulk_each_case_is_for_itself(store: Store) -> None:
    ids = [put_case(store, number) for number in range(3)]
    give(store, ids[1])
    with store.begin() as session:
        outcomes = bulk(
            session,
            [ids[2], ids[1], "case-x", ids[0]],
            lambda case_id: give_verdict(session, case_id, "legitimate", "sale", by="anna", now=NOW, settings=SETTINGS, labels_to=TO),
        )
    assert [(outcome.case_id, type(outcome.error).__name__) for outcome in outcomes] == [
        (ids[2], "NoneType"), (ids[1], "Conflict"), ("case-x", "NotFound"), (ids[0], "NoneType"),
    ]  # fmt: skip
    with store.read() as session:
        assert sorted(session.execute(select(CaseRow.id, CaseRow.verdict)).all()) == sorted(
            zip(ids, ["legitimate", "fraud", "legitimate"], strict=True)
        )
        assert len(session.scalars(select(AuditEntry)).all()) == 3


@pytest.mark.parametrize("seed", range(8))
def test_what_the_job_is_told_is_what_is_in_force(store: Store, seed: int) -> None:
    """Verdicts, undos and workers in any order: the last label of each alert says its word in force."""
    chance = random.Random(seed)
    case_id = put_case(store, 1, alerts=3)
    ids = [alert_id(pseudonym(1001 + number), f"e{1000 + number}") for number in range(3)]
    now, given, held, sent = NOW, list[str](), list[Any](), dict[str, Any]()
    for _ in range(25):
        now += chance.choice([1, 1000, UNDO // 2, UNDO])
        act = chance.random()
        if act < 0.4:
            chosen = chance.sample(ids, chance.randint(1, 3)) if chance.random() < 0.7 else None
            try:
                given.append(give(store, case_id, chance.choice(list(VERDICTS)), now, alert_ids=chosen).verdict.id)
            except Conflict:
                undo(store, given.pop(), now)
        elif act < 0.6 and given:
            undo(store, given.pop(chance.randrange(len(given))), now)
        elif act < 0.8:
            for label in send(store, now):
                sent[label["subject_event_id"]] = label["is_fraud"]
        else:  # a worker takes some, sends them or not, and dies
            with store.begin() as session:
                held = list(outbox.take_due(session, now, lease_ms=5))
            for row in held if chance.random() < 0.5 else []:
                sent[row.document["subject_event_id"]] = row.document["is_fraud"]
        with store.read() as session:
            words, told = standing_words(session, ids), told_flags(session, case_id)
            assert {id_: told.get(label_part(id_)) for id_ in ids} == {id_: VERDICTS[words.get(id_, "inconclusive")] for id_ in ids}
    for label in send(store, now + 10 * UNDO):
        sent[label["subject_event_id"]] = label["is_fraud"]
    assert {id_: sent.get(f"e{1000 + number}") for number, id_ in enumerate(ids)} == {
        id_: VERDICTS[words.get(id_, "inconclusive")] for id_ in ids
    }


def test_settings_of_no_undo_send_at_once(store: Store) -> None:
    with store.begin() as session:
        give_verdict(session, put_case_in(session), "fraud", "x", by="a", now=NOW, settings=CaseSettings(undo_s=0), labels_to=TO)
    assert len(send(store, NOW)) == 2
    with pytest.raises(SettingError):
        CaseSettings(undo_s=-1)


def test_of_verdicts_in_one_moment_the_last_is_in_force_even_if_a_clock_goes_back(store: Store) -> None:
    case_id, one = put_case(store, 1), alert_id(pseudonym(1001), "e1000")
    for number, word in enumerate(["fraud", "legitimate"] * 4):
        give(store, case_id, word, NOW - number // 4, alert_ids=[one])
        with store.read() as session:
            assert standing_words(session, [one]) == {one: word}
