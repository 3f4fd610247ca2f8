"""An account that is forgotten: no state of the incidents names it, and nothing published later does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import Alert
from domain.incidents.assignment import AccountForgotten, AlertAssigned, RingAbsorbed, assignment_of
from domain.incidents.forgotten import ERASED, MASK, Forgotten, ForgottenAccounts, without
from domain.incidents.incident import Incident
from domain.incidents.kept_clues import MOST
from domain.incidents.review_desk import ReviewDesk
from domain.incidents.ring_book import RingBook, unconnected
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.memory.ring_labels import ring_name
from domain.summaries.published import wrong_in
from domain.summaries.template_writer import template_summary
from tests.domain.incidents.test_ring_book import Book
from tests.support.incident_samples import HOUR, START, TYPES, alert, incident_of, pseudonym

SETTINGS = IncidentSettings(first_summary_alerts=2)
RING = ring_name(pseudonym(1))
ITS = pseudonym(1)


def of(account: int, number: int, time_ms: int = START, **changes: Any) -> Alert:
    """An alert of an account; `pseudonym(account)` is on it."""
    entities = {"account": pseudonym(account), "device": pseudonym(900 + number % 3)}
    return alert(number, time_ms, **{"entities": entities, "ring": RING, **changes})


def closing(session: IncidentSession) -> dict[str, Any]:
    assert session.next_deadline is not None
    document = session.on_deadline(START + 3000 * HOUR)[-1].to_document()
    assert (document["status"], session.closed) == ("closed", True)
    return document


OUTCOMES = ["investigate", "block"]
EVENTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 3000), st.sampled_from(TYPES), st.integers(0, 9), st.sampled_from(OUTCOMES)),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_an_incident_goes_on_as_if_its_alerts_had_never_come(events: list[tuple[int, int, str, int, str]]) -> None:
    def alert_of(number: int) -> Alert:
        account, minute, kind, amount, outcome = events[number]
        fields = {
            "event_type": kind,
            "amount": 10.5 * amount,
            "decision": outcome,
            "score": amount / 10,
            "ring": ring_name(pseudonym(account)),
        }
        return of(account, number, START + minute * 1000, **fields)

    kept: dict[int, str] = {}
    session, plain = IncidentSession.open(RING, SETTINGS, 0, kept), IncidentSession.open(RING, SETTINGS)
    for number, (account, *_) in enumerate(events):
        session.on_alert(alert_of(number))
        session = IncidentSession.from_bytes(session.to_bytes(), SETTINGS, 0, kept)
        if account != 1:
            plain.on_alert(alert_of(number))
    said = session.on_forgotten(ITS, START + 3000 * 1000)
    assert not any(ITS in json.dumps(one.to_document()) for one in said)
    assert not any(ITS in text for text in kept.values()) and int(ITS, 16).to_bytes(8, "little") not in session.to_bytes()
    assert session.closed == plain.closed
    if plain.closed:
        assert kept == {} and [one.status for one in said[-1:]] == ["closed"] * (len(said) > 0)
        return
    differ = ("id", "revision", "told_at")
    was, would = closing(session), closing(plain)
    assert {**was, **dict.fromkeys(differ)} == {**would, **dict.fromkeys(differ)}
    assert kept == {}


def test_what_goes_on_is_published_at_once_under_the_same_id() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    (opened,) = [one for number in (0, 1) for one in session.on_alert(of(number + 1, number))]
    (again,) = session.on_forgotten(ITS, START + 5)
    assert (again.id, again.revision, again.status, again.alerts, again.told_at) == (opened.id, 2, "grown", 1, START + 5)
    assert again.money_at_risk == {"EUR": 100.25} and again.event_ids == ("e1",)
    assert again.participants["account"] == {"count": 1, "exact": True, "pseudonyms": [pseudonym(2)]}
    assert session.on_forgotten(ITS, START + 6) == [], "it is told once"


def test_an_incident_that_had_only_it_ends() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    for number in (0, 1):
        session.on_alert(of(1, number))
    (closed,) = session.on_forgotten(ITS, START + 5)
    document = closed.to_document()
    assert (closed.status, closed.revision, closed.alerts, closed.severity, closed.action) == ("closed", 2, 0, "low", "monitor")
    assert (document["participants"], document["money_at_risk"], document["event_ids"], session.closed) == ({}, {}, [], True)
    summary = template_summary(document)
    assert wrong_in({**document, **summary.to_document()}) == []
    assert "forgotten" in summary.to_document()["explanation"]


def test_one_that_nobody_knows_yet_ends_without_a_word() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    session.on_alert(of(1, 0))
    assert (session.on_forgotten(ITS, START + 5), session.closed) == ([], True)


def test_what_was_due_before_is_published_without_the_name() -> None:
    session = IncidentSession.open(RING, SETTINGS)
    session.on_alert(of(1, 0))
    opened, closed = session.on_forgotten(ITS, START + HOUR)
    assert (opened.status, closed.status) == ("opened", "closed")
    assert ITS not in json.dumps(opened.to_document()) and opened.event_ids == ()


@pytest.mark.parametrize("is_older", [False, True])
def test_of_more_than_is_kept_the_sums_stay_and_the_names_go(is_older: bool) -> None:
    """As of an older build, which kept none."""
    kept: dict[int, str] = {}
    session = IncidentSession.open(RING, SETTINGS, 0, kept)
    for number in range(3 if is_older else MOST + 2):
        session.on_alert(of(1 + number % 2, number, START + number))
    if is_older:
        session = IncidentSession.from_bytes(session.to_bytes(), SETTINGS)
    count = session.on_forgotten(ITS, START + 2000)[-1]
    document = count.to_document()
    assert ITS not in json.dumps(document) and document["event_ids"] == []
    assert (document["alerts"], document["participants"]["account"]["count"]) == (3 if is_older else MOST + 2, 1)
    assert len(kept) == (3 if is_older else MOST // 2)


def test_the_ring_of_an_older_build_that_is_named_by_it_loses_its_name() -> None:
    session = IncidentSession.open(ITS, SETTINGS)
    (first,) = [one for number in (0, 1) for one in session.on_alert(of(number + 1, number, ring=ITS))]
    again = session.on_forgotten(ITS, START + 5)[-1]
    assert (again.ring, again.id, [ring["ring"] for ring in again.rings]) == (MASK, first.id, [MASK])
    restored = IncidentSession.from_bytes(session.to_bytes(), SETTINGS)
    assert restored.take(RingAbsorbed(ITS, START + 9, ITS, RING))[-1].ring == MASK


LABELS = st.integers(0, 7)
MOVES = st.lists(
    st.tuples(LABELS, st.lists(LABELS, max_size=2), st.integers(0, 4), st.sampled_from([0.1, 0.6]), st.integers(0, 9)), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(MOVES, st.integers(0, 40))
def test_the_book_sends_nothing_of_it_any_more_and_tells_each_session_that_has_it(moves: list[Any], then: int) -> None:
    book, now, account, homes = Book(), START, f"{1:016x}", set[str]()
    before: list[str] = []
    for number, (label, joins, of_account, score, hours) in enumerate([*moves, (0, [], 0, 0.1, 0)]):
        if number == min(then, len(moves)):
            before = [one.alert.event_id for one in book.sent if isinstance(one, AlertAssigned)]
            homes = {one.ring for one in book.sent if isinstance(one, AlertAssigned) and one.alert.account == account}
            told = book.book.on_forgotten(account, now)
            assert {one.ring for one in told if isinstance(one, AccountForgotten)} == homes
            assert not any(
                account in key or account in text for state in book.state for key, text in [(str(k), v) for k, v in state.items()]
            )
            break
        now += hours * HOUR
        names = [ring_name(str(one)) for one in (label, *joins)]
        book.alert(names[0], *names[1:], time_ms=now, account=of_account, score=score)
        book.advance(now - HOUR)
    book.advance(now + 200 * HOUR)
    sent = [one.alert for one in book.sent if isinstance(one, AlertAssigned)]
    assert not any(one.account == account for one in sent[len(before) :])
    others = {f"e{number}" for number, move in enumerate(moves[: min(then, len(moves))], 1) if move[2] != 1}
    assert others <= {one.event_id for one in sent}, "all others are sent"


def older() -> tuple[RingBook, tuple[dict[str, str], dict[str, str], dict[int, str], dict[str, str]]]:
    """A book as an older build left it: two rings that have met, named by labels, and one that waits."""
    state: tuple[dict[str, str], dict[str, str], dict[int, str], dict[str, str]] = ({}, {}, {}, {})
    waits = of(3, 7, ring=pseudonym(3), score=0.1)
    state[0][pseudonym(2)] = f"{ITS} {START}"
    state[1][ITS] = json.dumps([ITS, START, START, 3, [ITS, pseudonym(2)], None, None])
    name = pseudonym(3)
    state[1][name] = json.dumps([name, START, START, 1, [name], [waits.to_record()], START + 48 * HOUR, 0])
    state[1][f"{START + 48 * HOUR}/0"], state[2][START + 48 * HOUR] = json.dumps(name), "1"
    return RingBook(IncidentSettings(), *state), state


def test_rings_of_an_older_build_go_on_under_their_names() -> None:
    book, state = older()
    for label in (pseudonym(2), ITS):
        (sent,) = book.on_alert(of(9, 9, ring=ring_name(label)))[0]
        assert sent.ring == ITS
    again = RingBook(IncidentSettings(), *state)
    (sent,) = again.on_alert(of(9, 10, ring=ring_name(pseudonym(2))))[0]
    assert (sent.ring, len(state[0])) == (ITS, 4)
    assert [one.ring for one in again.on_deadline(START + 48 * HOUR)] == [unconnected(START)]


def test_a_name_of_an_older_build_is_given_up_for_that_of_today() -> None:
    book, state = older()
    book.on_alert(of(9, 9, ring=ring_name(pseudonym(2))))
    told = book.on_forgotten(ITS, START + 5)
    assert {one.ring for one in told if isinstance(one, AccountForgotten)} >= {ITS, unconnected(START)}
    assert told[-1] == RingAbsorbed(ITS, START + 5, ITS, RING)
    assert not any(ITS in f"{key} {text}" for part in state for key, text in part.items())
    for label in (ITS, pseudonym(2)):
        assert [one.ring for one in book.on_alert(of(9, 11, START + 9, ring=ring_name(label)))[0]] == [RING]
    name = pseudonym(3)
    told = book.on_forgotten(name, START + 6)
    assert (book.on_deadline(START + 48 * HOUR), [one for one in told if isinstance(one, RingAbsorbed)]) == ([], [])
    assert not any(name in f"{key} {text}" for part in state for key, text in part.items())


def test_what_waits_for_an_analyst_and_what_is_on_its_way_is_published_without_it() -> None:
    state: dict[str, str] = {}
    desk, first = ReviewDesk(1, state), Incident.of(incident_of([of(2, 5)]))
    named = incident_of([of(1, 0), of(2, 1)])
    desk.on_revision(first)
    desk.on_revision(Incident.of({**named, "id": "inc-waits", "told_at": first.told_at}))
    desk.on_forgotten(Forgotten(ITS, first.told_at + 5))
    desk.on_revision(Incident.of({**named, "id": "inc-late", "told_at": first.told_at + 5}))
    assert not any(ITS in text for text in state.values())
    published = [document for hour in range(4) for document in ReviewDesk(1, state).on_deadline(first.told_at + hour * HOUR)[0]]
    found = {document["id"]: document for document in published if document["status"] != "overflow"}
    assert set(found) == {"inc-waits", "inc-late"} and ITS not in json.dumps(published)
    assert MASK in found["inc-waits"]["participants"]["account"]["pseudonyms"]
    again, _ = desk.on_revision(Incident.of({**named, "id": "inc-new", "told_at": first.told_at + 90 * HOUR}))
    assert ITS in json.dumps(again), "it came again"


def test_a_document_has_zeros_where_it_named_the_account() -> None:
    document = incident_of([of(1, 0, ring=ITS), of(2, 1, START + 1)])
    masked = without(document, ITS)
    assert ITS not in json.dumps(masked) and without(masked, ITS) == masked
    assert [event["id"] for event in masked["evidence"]["strongest"]] == [ERASED, "e1"]
    assert (masked["alerts"], masked["event_ids"]) == (2, [])
    known = ForgottenAccounts.of(None)
    known.add(Forgotten(ITS, document["told_at"]))
    assert known.without(document) == masked
    assert ForgottenAccounts.of(known.to_text()).without({**document, "told_at": document["told_at"] + 1}) != masked


def test_who_was_forgotten_is_remembered_for_an_hour() -> None:
    known = ForgottenAccounts()
    known.add(Forgotten(ITS, START))
    known.add(Forgotten(pseudonym(2), START + HOUR))
    assert known.has(ITS, START) and not known.has(ITS, START + 1)
    known.add(Forgotten(pseudonym(3), START + HOUR + 1))
    assert not known.has(ITS, START) and known.has(pseudonym(2), START)


def test_the_news_survives_the_wire() -> None:
    sent = AccountForgotten("r", 5, ITS)
    assert assignment_of(json.loads(json.dumps(sent.to_document()))) == sent
    assert Forgotten.of(json.loads(Forgotten(ITS, 5).to_text())) == Forgotten(ITS, 5)
    assert Forgotten.of(sent.to_document()) is None
