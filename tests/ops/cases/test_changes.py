"""Due times, closing and opening by hand, comments: all are audited, and their texts can be erased."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ops.cases.changes import close, reopen, set_due
from ops.cases.claims import claim
from ops.cases.comments import comment, comments
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.ingest.incidents import take_incident
from ops.cases.store import Store
from ops.cases.tables import AuditEntry, CaseRow
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document

HOURS = 3_600_000


def test_a_due_time_set_by_hand_no_longer_follows_the_severity(store: Store) -> None:
    id_ = put_case(store, 1)
    with store.begin() as session:
        assert set_due(session, id_, NOW + 99, by="anna", now=NOW, settings=SETTINGS, version=1).version == 2
        take_incident(session, revision_document(1, revision=2, severity="critical"), NOW + 5, SETTINGS)
    with store.read() as session:
        assert session.get_one(CaseRow, id_).due_at == NOW + 99


def test_closed_and_opened_by_hand(store: Store) -> None:
    id_ = put_case(store, 1)
    with store.begin() as session:
        closed = close(session, id_, "a test of ours", by="anna", now=NOW, settings=SETTINGS)
        assert (closed.status, closed.in_queue, closed.verdict, closed.closed_alerts) == ("closed", False, None, 2)
        for act in (
            lambda: claim(session, id_, by="anna", now=NOW, settings=SETTINGS),
            lambda: set_due(session, id_, 1, by="anna", now=NOW, settings=SETTINGS),
            lambda: close(session, id_, "x", by="anna", now=NOW, settings=SETTINGS),
        ):
            with pytest.raises(Conflict, match="is closed: open it again first"):
                act()
        opened = reopen(session, id_, "no test", by="bob", now=NOW + 1, settings=SETTINGS)
        assert (opened.status, opened.in_queue, opened.reopened_why) == ("open", True, "bob: no test")
        with pytest.raises(Conflict, match="is open: it is not closed"):
            reopen(session, id_, "x", by="bob", now=NOW, settings=SETTINGS)
    with store.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all() == ["case.close", "case.reopen"]
        assert not any("test" in row.details for row in session.scalars(select(AuditEntry)))


def test_another_persons_claim_is_respected(store: Store) -> None:
    id_ = put_case(store, 1)
    with store.begin() as session:
        claim(session, id_, by="anna", now=NOW, settings=SETTINGS)
        with pytest.raises(Conflict, match="anna has"):
            close(session, id_, "x", by="bob", now=NOW, settings=SETTINGS)
        assert close(session, id_, "x", by="bob", now=NOW + 8 * HOURS, settings=SETTINGS).status == "closed"


def test_comments_in_order_whoever_has_the_case(store: Store) -> None:
    id_ = put_case(store, 1)
    with store.begin() as session:
        claim(session, id_, by="anna", now=NOW, settings=SETTINGS)
        for number in range(5):
            comment(session, id_, f" {number} ü <b> ", by="anna" if number else "bob", now=NOW + number * HOURS, settings=SETTINGS)
        for wrong in ("", "  ", "x" * 2001, "\0"):
            with pytest.raises(Invalid, match="text"):
                comment(session, id_, wrong, by="anna", now=NOW, settings=SETTINGS)
        with pytest.raises(NotFound):
            comment(session, "case-x", "x", by="anna", now=NOW, settings=SETTINGS)
    with store.read() as session:
        first = comments(session, id_, limit=3)
        rest = comments(session, id_, first.after, limit=3)
        assert [row.text for row in (*first.rows, *rest.rows)] == [f"{number} ü <b>" for number in range(5)]
        assert (first.rows[0].by, rest.after) == ("bob", None)
        case = session.get_one(CaseRow, id_)
        assert (case.version, case.claimed_until) == (7, NOW + 12 * HOURS)  # an act of the owner makes the claim last
        assert not any("ü" in row.details for row in session.scalars(select(AuditEntry)))
