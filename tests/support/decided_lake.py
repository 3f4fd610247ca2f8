"""A lake of decisions, alerts and incidents over days, and the same as plain lists to count by hand."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.json_text import as_json
from domain.times import DAY_MS
from ops.cases.errors import Conflict
from ops.lake.delta import LakeTable
from ops.lake.query import Limits, ask
from ops.lake.rows import Record, rows_of
from ops.lake.storage import LakeError
from ops.lake.tables import tables
from tests.ops.lake.lake_samples import FIRST_MS, decision
from tests.support.case_samples import revision_document
from tests.support.incident_samples import alert_document

DAYS = 20
FIRST_DAY = "2026-03-02"
OUTCOMES = ("approve", "approve", "approve", "investigate", "block")


@dataclass
class InLake:
    """What was put into the lake."""

    url: str
    decisions: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    """The newest revision of each."""


class DirectLake:
    """The lake, asked in this process."""

    def __init__(self, url: str) -> None:
        self.url, self.asked = url, list[str]()

    def rows(self, sql: str, most: int, within_s: float) -> Sequence[Mapping[str, Any]]:
        self.asked.append(sql)
        try:
            found = ask(self.url, sql, Limits(min(within_s, 20.0), most, 256))
        except LakeError as error:
            raise Conflict(str(error)) from None
        return [dict(zip(found.names, map(_json, row), strict=True)) for row in found.rows]


def _json(value: Any) -> Any:
    iso = getattr(value, "isoformat", None)
    return str(iso()).replace("+00:00", "Z") if iso else value


def fill(folder: Path) -> InLake:
    """Make a lake; every tenth entry is there twice, as it was decided again."""
    chance = random.Random(5)
    decisions = [_decision(number, chance) for number in range(300)]
    alerts = [_alert(number, chance) for number in range(120)]
    incidents = [revision_document(number, alerts[5 * number : 5 * number + 5], told_at=FIRST_MS + DAYS * DAY_MS) for number in range(12)]
    later = [{**one, "decision": "approve", "decided_at": one["decided_at"] + 9} for one in (*decisions[::10], *alerts[::10])]
    write(folder, "decisions", [*decisions, *later[:30]])
    write(folder, "alerts", [*alerts, *later[30:]])
    write(folder, "incidents", [{**one, "revision": 1, "severity": "low"} for one in incidents])
    write(folder, "incidents", [{**one, "revision": 2} for one in incidents])
    return InLake(str(folder), decisions, alerts, incidents)


def write(folder: Path, name: str, documents: Sequence[Mapping[str, Any]]) -> None:
    """Add documents to a table of a lake."""
    table = tables()[name]
    lake = LakeTable(str(folder), table)
    lake.places([])
    lake.append([rows_of(table, [Record(as_json(one), FIRST_MS) for one in documents])], {f"test-{len(documents)}": 1}, {})


def _decision(number: int, chance: random.Random) -> dict[str, Any]:
    time = FIRST_MS + chance.randrange(DAYS * DAY_MS)
    return decision(
        number, event_time=time, decided_at=time + 40, decision=chance.choice(OUTCOMES), amount=round(chance.uniform(1, 900), 2),
        currency=chance.choice(("EUR", "USD")), event_type=chance.choice(("order", "it's")),
    )  # fmt: skip


def _alert(number: int, chance: random.Random) -> dict[str, Any]:
    time = FIRST_MS + chance.randrange(DAYS * DAY_MS)
    return alert_document(
        number, time, decided_at=time + 40, decision=chance.choice(OUTCOMES[3:]), severity=chance.choice(("low", "high")),
        amount=chance.choice((None, 10.1)), currency="EUR",
    )  # fmt: skip
