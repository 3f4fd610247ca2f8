"""Claims: a case has one owner at most, whoever asks at once."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ops.cases.audit.verify import verify
from ops.cases.claims import assign, claim, next_case, release, release_expired
from ops.cases.errors import Conflict, NotFound, StoreError
from ops.cases.queue import CaseFilter
from ops.cases.store import Store
from ops.cases.tables import AuditEntry, CaseRow
from tests.support.case_samples import NOW, SETTINGS, put_case, put_incident

HOURS = 3_600_000
END = NOW + 8 * HOURS


def test_a_claim_is_of_one_person_until_it_ends(store: Store) -> None:
    id_ = put_case(store)
    with store.begin() as session:
        case = claim(session, id_, by="anna", now=NOW, settings=SETTINGS)
        assert (case.status, case.owner, case.claimed_until, case.version) == ("claimed", "anna", END, 2)
    with store.begin() as session, pytest.raises(Conflict, match=r"anna has case .* until 2026-01-05T18:16:40Z"):
        claim(session, id_, by="bob", now=NOW + 1, settings=SETTINGS)
    with store.begin() as session:
        assert claim(session, id_, by="anna", now=NOW + HOURS, settings=SETTINGS).claimed_until == END + HOURS
    with store.begin() as session:
        assert claim(session, id_, by="bob", now=END + HOURS, settings=SETTINGS).owner == "bob"


def test_a_version_that_was_overtaken_is_refused(store: Store) -> None:
    id_ = put_case(store)
    with store.begin() as session:
        claim(session, id_, by="anna", now=NOW, settings=SETTINGS, version=1)
    for act in (claim, release):
        with store.begin() as session, pytest.raises(Conflict, match=r"version 2, you saw 1\): read it again"):
            act(session, id_, by="anna", now=NOW, settings=SETTINGS, version=1)


def test_assign_takes_it_from_whoever_has_it_and_release_gives_it_back(store: Store) -> None:
    id_ = put_case(store)
    with store.begin() as session:
        claim(session, id_, by="anna", now=NOW, settings=SETTINGS)
        assert assign(session, id_, "bob", by="lead", now=NOW, settings=SETTINGS).owner == "bob"
        with pytest.raises(Conflict, match="bob has"):
            release(session, id_, by="anna", now=NOW, settings=SETTINGS)
        assert release(session, id_, by="lead", now=NOW, settings=SETTINGS, others=True).owner is None
        with pytest.raises(Conflict, match="is open: nobody has it"):
            release(session, id_, by="bob", now=NOW, settings=SETTINGS)
    with store.read() as session:
        rows = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.details).order_by(AuditEntry.seq)).all()
        assert [tuple(row) for row in rows] == [
            ("anna", "case.claim", '{"owner":"anna","before":null}'),
            ("lead", "case.assign", '{"owner":"bob","before":"anna"}'),
            ("lead", "case.release", '{"owner":"bob"}'),
        ]


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with store.begin() as session, pytest.raises(NotFound, match="no case case-x"):
        claim(session, "case-x", by="anna", now=NOW, settings=SETTINGS)


def test_next_gives_the_gravest_that_is_free(store: Store) -> None:
    with store.begin() as session:
        put_incident(session, 1, severity="high", money_at_risk={"EUR": 5.0})
        put_incident(session, 2, severity="critical", kind="wave", rings=[], event_ids=[])
        put_incident(session, 3, severity="high", money_at_risk={"EUR": 9.0, "JPY": 90_000.0})
        put_incident(session, 4, severity="high", money_at_risk={"JPY": 1_000.0})
    got = []
    with store.begin() as session:
        assert next_case(session, by="anna", now=NOW, settings=SETTINGS, wanted=CaseFilter(kind="ring", severity_rank=3)) is None
        for _ in range(5):
            case = next_case(session, by="anna", now=NOW, settings=SETTINGS)
            got.append(case.incident_id[-1] if case else None)
        assert got == ["2", "3", "4", "1", None]
        assert next_case(session, by="bob", now=END, settings=SETTINGS) is not None


def test_claims_that_have_ended_are_opened(store: Store) -> None:
    ids = [put_case(store, number) for number in range(3)]
    with store.begin() as session:
        for place, id_ in enumerate(ids):
            claim(session, id_, by="anna", now=NOW + place, settings=SETTINGS)
    with store.begin() as session:
        assert release_expired(session, END + 1) == 2
        assert release_expired(session, END + 1) == 0
    with store.read() as session:
        assert session.scalars(select(CaseRow.status).order_by(CaseRow.id)).all() == ["open", "open", "claimed"]


def test_the_tables_refuse_a_claim_without_an_owner(store: Store) -> None:
    id_ = put_case(store)
    with pytest.raises(IntegrityError), store.begin() as session:
        session.get_one(CaseRow, id_).status = "claimed"


@pytest.mark.parametrize("people", [2, 6])
def test_nobody_loses_or_doubles_a_claim(store: Store, people: int) -> None:
    """The model: each case is given once, to one person, and the audit says the same."""
    cases, failures = 24, list[BaseException]()
    with store.begin() as session:
        for number in range(cases):
            put_incident(session, number, alerts=1)
    got: dict[str, list[str]] = {f"p{number}": [] for number in range(people)}

    def work(name: str) -> None:
        try:
            while True:
                with store.begin() as session:
                    case = next_case(session, by=name, now=NOW, settings=SETTINGS)
                if case is None:
                    return
                got[name].append(case.id)
        except BaseException as error:
            failures.append(error)

    run_at_once([threading.Thread(target=work, args=(name,)) for name in got])
    assert not failures
    assert Counter(id_ for ids in got.values() for id_ in ids) == {f"case-{number:016x}": 1 for number in range(cases)}
    with store.read() as session:
        assert dict(session.execute(select(CaseRow.id, CaseRow.owner)).all()) == {id_: name for name, ids in got.items() for id_ in ids}
        found = verify(session)
        assert (found.problems, found.head.seq) == ([], cases)


def test_many_claim_the_same_cases_at_once(store: Store) -> None:
    ids = [put_case(store, number, alerts=1) for number in range(8)]
    won: list[tuple[str, str]] = []
    failures: list[BaseException] = []

    def work(name: str) -> None:
        for id_ in ids if name in "ab" else reversed(ids):
            try:
                with store.begin() as session:
                    claim(session, id_, by=name, now=NOW, settings=SETTINGS)
                won.append((id_, name))
            except Conflict:
                pass
            except StoreError as error:
                failures.append(error)

    run_at_once([threading.Thread(target=work, args=(name,)) for name in "abcd"])
    assert not failures
    assert sorted(id_ for id_, _ in won) == ids
    with store.read() as session:
        assert sorted(session.execute(select(CaseRow.id, CaseRow.owner)).all()) == sorted(won)
        assert verify(session).problems == []


def run_at_once(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
