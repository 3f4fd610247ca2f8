"""Alerts and revisions, in any order and any number of times: the end is the same, and as `_holder` says."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from domain.decisions.alert import Alert
from domain.incidents.ring_book import unconnected
from domain.times import DAY_MS
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident, take_incidents
from ops.cases.ingest.places import note_place, place_in, places
from ops.cases.store import Store
from ops.cases.tables import AlertEntity, AlertRow, CaseRow, IncidentEntity, IncidentRevision, IncidentRow
from ops.redis.cases import _holder
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document, some_alerts
from tests.support.incident_samples import START, alert_document, pseudonym

Document = dict[str, Any]
RINGS = ("aa", "bb", "cc")


def take(store: Store, *documents: Mapping[str, Any], at: int = NOW, batch: int = 1) -> None:
    """In batches of one stream each, as the worker takes them."""
    for start in range(0, len(documents), batch):
        some = documents[start : start + batch]
        with store.begin() as session:
            take_alerts(session, [document for document in some if "rings" not in document])
            take_incidents(session, [(document, at) for document in some if "rings" in document], SETTINGS)


def holders(store: Store) -> dict[str, str | None]:
    with store.read() as session:
        return dict(session.execute(select(AlertRow.event_id, AlertRow.incident_id)).all())


def counts(store: Store) -> dict[tuple[str, str], int]:
    with store.read() as session:
        rows = session.scalars(select(IncidentEntity))
        return {(row.entity, row.incident_id): row.alerts for row in rows if row.alerts}


def counted_anew(store: Store) -> dict[tuple[str, str], int]:
    statement = select(AlertEntity.entity, AlertRow.incident_id).join(AlertRow, AlertRow.id == AlertEntity.alert_id)
    with store.read() as session:
        return dict(Counter((entity, incident) for entity, incident in session.execute(statement) if incident))


def history(seed: int) -> tuple[list[Document], list[Document]]:
    """Alerts, and revisions of incidents that hold most of them: of rings (listed or not) and of days."""
    chance = random.Random(seed)
    alerts = [
        alert_document(
            number,
            START + number * 1000 + chance.choice([0, 0, DAY_MS]),
            ring=chance.choice(RINGS),
            entities={"account": pseudonym(chance.randrange(8)), "device": pseudonym(100 + chance.randrange(3))},
        )
        for number in range(24)
    ]
    revisions = []
    for number, ring in enumerate(RINGS):
        its = sorted((alert for alert in alerts if alert["ring"] == ring), key=lambda alert: alert["event_time"])
        cut = chance.randrange(len(its) + 1)
        for part, some in enumerate((its[:cut], its[cut:])):
            kept = [alert for alert in some if chance.random() < 0.8]
            revisions += _grown(kept, 10 * number + part, chance)
    for day in sorted({unconnected(alert["event_time"]) for alert in alerts}):
        lone = [alert for alert in alerts if unconnected(alert["event_time"]) == day][:2]
        listed = [alert["event_id"] for alert in lone] if chance.random() < 0.5 else []
        revisions.append(revision_document(900 + int(day[-2:]), lone, ring=day, kind="unconnected", rings=[], event_ids=listed))
    return alerts, revisions


def _grown(alerts: Sequence[Document], number: int, chance: random.Random) -> list[Document]:
    """Up to three revisions, each of more alerts; the last may be too large to list them."""
    ends = sorted(chance.sample(range(1, len(alerts) + 1), min(3, len(alerts))))
    made = [revision_document(number, alerts[:end], revision=place, severity="low") for place, end in enumerate(ends, 1)]
    if made and chance.random() < 0.5:
        made[-1]["event_ids"] = made[-1]["event_ids"][:1] if made[-1]["alerts"] > 1 else []
    return made


@pytest.mark.parametrize(("seed", "batch"), [(0, 1), (1, 3), (2, 7), (3, 40), (4, 200), (5, 2)])
def test_any_order_gives_what_the_newest_revisions_say(store: Store, seed: int, batch: int) -> None:
    alerts, revisions = history(seed)
    documents = alerts + revisions
    shuffled = documents + random.Random(seed).choices(documents, k=10)
    random.Random(-seed).shuffle(shuffled)
    take(store, *shuffled, batch=batch)
    check(store, alerts, revisions)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_workers_at_once_give_the_same(store: Store, seed: int) -> None:
    """Each of three has a share of alerts and revisions; all see some twice."""
    alerts, revisions = history(seed)
    documents, failures = alerts + revisions, list[BaseException]()

    def work(number: int) -> None:
        chance = random.Random(100 * seed + number)
        its = [document for place, document in enumerate(documents) if place % 3 == number or chance.random() < 0.2]
        chance.shuffle(its)
        try:
            take(store, *its, batch=4)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    check(store, alerts, revisions)


def check(store: Store, alerts: Sequence[Document], revisions: Sequence[Document]) -> None:
    """The end is what the newest revisions and the rule of `_holder` say."""
    newest = {document["id"]: document for document in sorted(revisions, key=lambda document: document["revision"])}
    found = holders(store)
    assert len(found) == len(alerts)
    for document in alerts:
        alert = Alert.of(document)
        its = {
            incident
            for incident, revision in newest.items()
            if _holder(revision, [other for other in newest.values() if other is not revision])(alert)
        }
        assert found[alert.event_id] in (its or {None}), alert.event_id
    assert counts(store) == counted_anew(store)
    with store.read() as session:
        assert dict(session.execute(select(IncidentRow.id, IncidentRow.revision)).all()) == {
            id_: document["revision"] for id_, document in newest.items()
        }


def test_a_revision_is_kept_whole_and_an_older_one_changes_nothing(store: Store) -> None:
    alerts = some_alerts(3)
    older, newer = revision_document(1, alerts[:2]), revision_document(1, alerts, revision=2, severity="high", status="closed")
    take(store, *alerts, newer, older)
    with store.read() as session:
        row = session.get(IncidentRow, older["id"])
        assert row is not None
        assert (row.revision, row.severity_rank, row.document, row.closed_at) == (2, 2, newer, newer["told_at"])
        kept = session.scalars(select(IncidentRevision).order_by(IncidentRevision.revision)).all()
        assert [one.document for one in kept] == [older, newer]
        case = session.scalars(select(CaseRow)).one()
        assert case.due_at == NOW + 8 * 3_600_000


def test_a_mild_incident_has_no_case_until_it_is_graver(store: Store) -> None:
    take(store, revision_document(1, severity="low"))
    with store.read() as session:
        assert session.scalars(select(CaseRow)).all() == []
    take(store, revision_document(1, severity="medium", revision=2))
    take(store, revision_document(1, severity="critical", revision=3), at=NOW + 1)
    with store.read() as session:
        case = session.scalars(select(CaseRow)).one()
        assert (case.severity_rank, case.due_at, case.version) == (3, NOW + 1 + 2 * 3_600_000, 1)


def test_a_closed_case_is_opened_again_by_more_alerts_and_says_why(store: Store) -> None:
    case_id = put_case(store, 1, alerts=2)
    with store.begin() as session:
        case = session.get_one(CaseRow, case_id)
        case.status, case.in_queue, case.closed_at, case.closed_alerts, case.verdict = "closed", False, NOW, 2, "fraud"
    more = some_alerts(3, f"{1:016x}", 1000)
    take(store, revision_document(1, more[:2], revision=2, status="closed"), at=NOW + 5)
    with store.read() as session:
        assert session.get_one(CaseRow, case_id).status == "closed"
    take(store, *more, revision_document(1, more, revision=3), at=NOW + 10)
    with store.read() as session:
        case = session.get_one(CaseRow, case_id)
        assert (case.status, case.in_queue, case.verdict, case.version) == ("open", True, None, 2)
        assert case.reopened_why == "1 new alert after the verdict fraud (revision 3)"
        assert (case.opened_at, case.due_at) == (NOW + 10, NOW + 10 + 48 * 3_600_000)


def test_a_wave_has_a_case_and_no_alerts(store: Store) -> None:
    take(store, revision_document(1, kind="wave", rings=[], participants={}, event_ids=[], alerts=900, ring="signups"))
    with store.read() as session:
        assert session.scalars(select(CaseRow.kind)).all() == ["wave"]
        assert session.scalars(select(IncidentRow.accounts)).all() == [0]


def test_a_wrong_document_writes_nothing(store: Store) -> None:
    with pytest.raises(ValueError, match="score"), store.begin() as session:
        take_alerts(session, [alert_document(1), alert_document(2, score=7)])
    with pytest.raises((KeyError, ValueError)), store.begin() as session:
        take_incident(session, {"id": "inc-1"}, NOW, SETTINGS)
    assert holders(store) == {}


@pytest.mark.parametrize("name", ["inc-<script>", "inc-a/b", "inc-\n", "x" * 65, "inc-ü", ""])
def test_an_id_that_no_path_can_have_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match=r"^id: "), store.begin() as session:
        take_incident(session, {**revision_document(1, []), "id": name}, NOW, SETTINGS)


def test_letters_of_all_kinds_come_back(store: Store) -> None:
    alert = alert_document(1, event_id="é\u4e2d\U0001f600 '\"\\ %s :x")
    take(store, alert)
    with store.read() as session:
        assert session.scalars(select(AlertRow)).one().document == alert


def test_places_are_written_with_what_was_read(store: Store) -> None:
    with store.begin() as session:
        assert place_in(session, "alerts") is None
        note_place(session, "alerts", "1-0", NOW)
    with pytest.raises(ZeroDivisionError), store.begin() as session:
        note_place(session, "alerts", "2-0", NOW)
        _ = 1 / 0
    with store.begin() as session:
        assert place_in(session, "alerts") == "1-0"
        note_place(session, "alerts", "3-0", NOW + 1)
    with store.read() as session:
        assert {name: (place.entry_id, place.at) for name, place in places(session).items()} == {"alerts": ("3-0", NOW + 1)}
