"""The chain shows what somebody with the database's password did to it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.cases.audit.chain import START, Act, audit
from ops.cases.audit.entries import AuditFilter, entries, erase_entity
from ops.cases.audit.verify import Head, Verified, verify
from ops.cases.errors import Invalid
from ops.cases.store import Store

WRONG: dict[str, tuple[str, str]] = {
    "changed": ("UPDATE audit SET actor = 'eve' WHERE seq = 3", "entry 3 was changed"),
    "changed details": ("UPDATE audit SET details = '{}' WHERE seq = 1", "entry 1 was changed"),
    "removed": ("DELETE FROM audit WHERE seq = 3", "entry 3 was removed"),
    "several removed": ("DELETE FROM audit WHERE seq IN (2, 3)", "entries 2 to 3 were removed"),
    "the first removed": ("DELETE FROM audit WHERE seq = 1", "entry 1 was removed"),
    "cut off": ("DELETE FROM audit WHERE seq > 3", "the chain ends with entry 3, its head says 5"),
    "all removed": ("DELETE FROM audit", "the chain ends with entry 0, its head says 5"),
    "added by hand": (
        "INSERT INTO audit SELECT 6, at, actor, action, subject, details, commitment, hash, hash FROM audit WHERE seq = 5",
        "entry 6 was changed",
    ),
    "head removed": ("DELETE FROM audit_head", "the head of the chain was removed"),
    "head moved": ("UPDATE audit_head SET seq = 4", "the chain ends with entry 5, its head says 4"),
    "text changed": ("UPDATE audit_subjects SET text = '{}' WHERE seq = 2", "what is kept beside entry 2 was changed"),
    "entity changed": ("UPDATE audit_subjects SET entity = 'device:0' WHERE seq = 2", "what is kept beside entry 2 was changed"),
    "text added": ("INSERT INTO audit_subjects (seq, salt, text) VALUES (3, 'x', 'y')", "what is kept beside entry 3 was changed"),
}


def write(store: Store, count: int = 5) -> None:
    for number in range(1, count + 1):
        with store.begin() as session:
            entity = f"device:{number}" if number % 2 == 0 else None
            audit(
                session,
                Act(number, f"p{number % 2}", "case.claim", f"case:{number}", {"n": number}, {"reason": "é"} if entity else {}, entity),
            )


def checked(store: Store, *noted: Head) -> Verified:
    with store.read() as session:
        return verify(session, noted)


def tamper(store: Store, *statements: str) -> None:
    """As somebody who may do everything: the triggers go first."""
    with store.engine.begin() as connection:
        drops = ["TRIGGER audit_no_update", "TRIGGER audit_no_delete"] if store.is_sqlite else ["TRIGGER audit_frozen ON audit"]
        for statement in (*(f"DROP {drop}" for drop in drops), *statements):
            connection.execute(text(statement))


def test_a_whole_chain_has_no_problems_and_a_head(store: Store) -> None:
    assert checked(store).head == Head(0, START)
    write(store)
    found = checked(store, Head(0, START))
    assert (found.problems, found.head.seq, found.erased) == ([], 5, 0)
    assert Head.of(str(found.head)) == found.head


@pytest.mark.parametrize("how", WRONG)
def test_what_was_done_to_it_shows(store: Store, how: str) -> None:
    write(store)
    statement, problem = WRONG[how]
    tamper(store, statement)
    assert problem in "; ".join(checked(store).problems)


def test_entries_that_change_places_show(store: Store) -> None:
    write(store)
    columns = "at, actor, action, subject, details, commitment, previous, hash"
    tamper(
        store,
        "UPDATE audit SET seq = 100 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 100",
    )
    assert len(checked(store).problems) >= 2, columns


def test_a_chain_made_anew_shows_against_a_noted_head(store: Store) -> None:
    write(store)
    noted = checked(store).head
    tamper(store, "DELETE FROM audit", "DELETE FROM audit_subjects", f"UPDATE audit_head SET seq = 0, hash = '{START}'")
    write(store, 4)
    assert checked(store).problems == []
    assert checked(store, noted).problems == ["the chain ends with entry 4, and 5 were noted"]
    write(store, 2)
    assert checked(store, noted).problems == ["entry 5 is not the one whose hash was noted"]


def test_the_tables_refuse_changes_by_mistake(store: Store) -> None:
    write(store)
    for statement in ("UPDATE audit SET actor = 'eve'", "DELETE FROM audit WHERE seq = 5"):
        with pytest.raises(DBAPIError, match="only ever added to"), store.engine.begin() as connection:
            connection.execute(text(statement))


def test_an_entity_is_erased_and_the_chain_stays_whole(store: Store) -> None:
    write(store)
    with store.begin() as session:
        assert erase_entity(session, "device:2", by="admin", now=9) == 1
        with pytest.raises(Invalid, match="entity"):
            erase_entity(session, "2", by="admin", now=9)
    found = checked(store)
    assert (found.problems, found.erased, found.head.seq) == ([], 1, 6)
    with store.engine.connect() as connection:
        for table in ("audit", "audit_subjects"):
            assert "device:2" not in str(connection.execute(text(f"SELECT * FROM {table}")).all())


def test_what_fails_leaves_no_entry(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as session:
        audit(session, Act(1, "anna", "case.claim", "case:1"))
        _ = 1 / 0
    assert checked(store).head.seq == 0


def test_the_audit_is_read_in_pages_and_narrowed(store: Store) -> None:
    write(store, 9)

    def seqs(wanted: AuditFilter, **more: bool) -> list[int]:
        found, cursor = [], None
        with store.read() as session:
            while True:
                page = entries(session, wanted, cursor, limit=2, **more)
                found += [item.entry.seq for item in page.rows]
                if (cursor := page.after) is None:
                    return found

    assert seqs(AuditFilter()) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert seqs(AuditFilter(actor="p0"), newest_first=False) == [2, 4, 6, 8]
    assert seqs(AuditFilter(subject="case:3")) == [3]
    assert seqs(AuditFilter(action="case.claim", actor="p1", since=4, until=9)) == [7, 5]
    assert seqs(AuditFilter(entity="device:4")) == [4]
    with store.read() as session:
        beside = entries(session, AuditFilter(subject="case:4")).rows[0].beside
        assert beside is not None
        assert (beside.entity, beside.text) == ("device:4", '{"reason":"\\u00e9"}')


def test_many_write_at_once(store: Store) -> None:
    failures: list[BaseException] = []

    def work(act: Callable[[Session], None]) -> None:
        try:
            for _ in range(15):
                with store.begin() as session:
                    act(session)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(lambda session: audit(session, Act(1, "a", "b", "c", {}, {"x": 1})),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = checked(store)
    assert (failures, found.problems, found.head.seq) == ([], [], 60)
