"""Three days of a shop in the store and in a lake, made by chance of a seed: alerts, incidents that grow,
verdicts, some of them undone, changes of rules, decisions and labels.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.control.records import RULE
from domain.json_text import as_json
from domain.times import DAY_MS
from ops.cases.control_changes import ControlDesk, Wanted
from ops.cases.decided_events import take_decisions
from ops.cases.errors import Conflict
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.case_upkeep import case_id_of
from ops.cases.ingest.incidents import take_incident
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import give_verdict
from ops.lake.delta import LakeTable
from ops.lake.rows import Record, rows_of
from ops.lake.tables import tables
from tests.support.case_samples import revision_document
from tests.support.control_samples import NAMES, PSEUDONYMS, rule
from tests.support.incident_samples import alert_document, pseudonym

FIRST = 1_772_409_600_000
"""2026-03-02, at midnight in UTC."""
DAYS = ("2026-03-02", "2026-03-03", "2026-03-04")
NOW = FIRST + 3 * DAY_MS + 7 * 3_600_000
SETTINGS = CaseSettings()
HOSTILE = '</td><script>alert("x")</script><img src=https://harm.example/x> [pay](https://harm.example) www.harm.example'
_WORDS = ("fraud", "fraud", "legitimate", "inconclusive")
_PATTERNS = ("device farm", "card testing", "refund abuse", None)


def fill(store: Store, seed: int = 1) -> None:
    """Write three days."""
    chance = random.Random(seed)
    for number in range(18):
        _incident(store, number, chance)
    _verdicts(store, chance)
    with store.begin() as session:
        desk = ControlDesk(NAMES, PSEUDONYMS, "redis:control")
        for number in range(5):
            content = {name: value for name, value in rule().items() if name in ("state", "when", "decision", "text")}
            wanted = Wanted(RULE, f"r{number}", content, f"person{number}", "a test of it")
            desk.ask(session, wanted, FIRST + chance.randrange(3 * DAY_MS))


def decisions(seed: int = 2) -> list[dict[str, Any]]:
    """Decisions of three days, some of them twice."""
    chance = random.Random(seed)
    made = [_decision(number, chance) for number in range(400)]
    return [*made, *({**one, "decided_at": one["decided_at"] + 9} for one in made[::40])]


def labels(seed: int = 3) -> list[dict[str, Any]]:
    """Labels of a third of the decisions: of two sources, some withdrawn later."""
    chance = random.Random(seed)
    made = []
    for one in decisions()[:400:3]:
        for source in chance.sample(("chargeback", "analyst"), chance.randint(1, 2)):
            for step in range(chance.randint(1, 2)):
                made.append(_label(one, source, len(made), step, chance))
    return made


def fill_decided(store: Store) -> None:
    """Write the decisions into the store's index."""
    with store.begin() as session:
        take_decisions(session, decisions())


def fill_lake(folder: Path, *, with_labels: bool = True) -> str:
    """Write decisions and labels into a lake, and return its URL."""
    write(folder, "decisions", decisions())
    if with_labels:
        write(folder, "labels", labels())
    return str(folder)


def write(folder: Path, name: str, documents: Sequence[Mapping[str, Any]]) -> None:
    """Write documents into a table of a lake."""
    table = tables()[name]
    lake = LakeTable(str(folder), table)
    lake.places([])
    lake.append([rows_of(table, [Record(as_json(one), NOW) for one in documents])], {"test": 1}, {})


def _incident(store: Store, number: int, chance: random.Random) -> None:
    """Write an incident with one to three revisions over the days."""
    start, its = FIRST + chance.randrange(3 * DAY_MS), list[dict[str, Any]]()
    pattern, headline = chance.choice(_PATTERNS), HOSTILE if number == 0 else f"Linked accounts {number}"
    for revision in range(1, chance.randint(2, 4)):
        its += [_alert(number, len(its) + n, start, chance) for n in range(chance.randint(1, 3))]
        told = max(one["event_time"] for one in its)
        money = {"EUR": round(sum(one["amount"] or 0 for one in its), 2) + (5000 if number == 0 else 0)}
        writer = {"name": chance.choice(("llm", "template")), "calls": 1, "input_tokens": 700, "output_tokens": 90, "cost": 0.0021}
        status = "opened" if revision == 1 else chance.choice(("grown", "closed"))
        document = revision_document(
            number,
            its,
            revision=revision,
            status=status,
            told_at=told,
            pattern=pattern,
            headline=headline,
            money_at_risk=money,
            writer=writer,
        )
        with store.begin() as session:
            take_alerts(session, its)
            take_incident(session, document, told + 1000, SETTINGS)
        start = told + chance.randrange(DAY_MS)


def _alert(incident: int, number: int, start: int, chance: random.Random) -> dict[str, Any]:
    amount = None if chance.random() < 0.1 else round(chance.uniform(1, 900), 2)
    return alert_document(
        1000 * incident + number,
        start + chance.randrange(3_600_000),
        decision=chance.choice(("block", "investigate")),
        amount=amount,
        currency=None if amount is None else chance.choice(("EUR", "EUR", "JPY", "USD")),
        ring=f"{incident:016x}",
    )


def _verdicts(store: Store, chance: random.Random) -> None:
    """Give verdicts on whole cases and parts, and take some back."""
    for number in range(14):
        case, at = case_id_of(f"inc-{number:016x}"), FIRST + chance.randrange(DAY_MS, 3 * DAY_MS)
        said = _said(store, case, chance.choice(_WORDS), at)
        if said and chance.random() < 0.3:
            with store.begin() as session:
                undo_verdict(session, said, "a slip", by="anna", now=at + 5000, settings=SETTINGS, labels_to="redis:labels")
            _said(store, case, chance.choice(_WORDS), at + 9000)


def _said(store: Store, case: str, word: str, at: int) -> str | None:
    try:
        with store.begin() as session:
            return give_verdict(session, case, word, "seen", by="anna", now=at, settings=SETTINGS, labels_to="redis:labels").verdict.id
    except Conflict:
        return None


def _decision(number: int, chance: random.Random) -> dict[str, Any]:
    at = FIRST + chance.randrange(3 * DAY_MS)
    amount = None if chance.random() < 0.1 else round(chance.uniform(1, 900), 2)
    return {
        "event_id": f"d{number}",
        "event_time": at,
        "event_type": "order",
        "decision": chance.choice(("approve", "approve", "approve", "block", "investigate")),
        "score": 0.25,
        "reasons": [],
        "ring": None,
        "entities": {"account": pseudonym(number % 50)},
        "amount": amount,
        "currency": None if amount is None else chance.choice(("EUR", "USD")),
        "model": "m",
        "policy": "p",
        "decided_at": at + 40,
    }


def _label(one: Mapping[str, Any], source: str, number: int, step: int, chance: random.Random) -> dict[str, Any]:
    return {
        "event_id": f"l{number}",
        "event_type": "label",
        "event_time": one["event_time"] + 60_000 + 3_600_000 * step,
        "subject_event_id": one["event_id"],
        "is_fraud": chance.choice((True, True, False, None)),
        "source": source,
        "pseudonyms": {} if chance.random() < 0.2 else dict(one["entities"]),
    }
