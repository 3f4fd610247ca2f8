"""Incidents like one: first those that share entities, the rarer the better, then those of like evidence."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, defer

from ops.cases.incidents import incident
from ops.cases.pages import unindexed
from ops.cases.tables import CaseRow, IncidentEntity, IncidentRow

_ENTITIES = 100
"""Entities of the incident that are asked for: those in most of its alerts."""
_HUB = 50
"""An entity of more incidents connects everybody, and so nobody."""
_CANDIDATES = 100
"""Incidents whose evidence is read."""
_LEAST_LIKENESS = 0.5
_MOST_WEIGHT = 5.0
"""Of a reason: more of it counts as so much."""


@dataclass(frozen=True)
class Similar:
    """An incident like another one."""

    incident: IncidentRow
    """Without its document."""
    shared: Sequence[str]
    """Entities that both have, the rarest first; empty if only the evidence is alike."""
    likeness: float
    """Of the evidence, from 0 to 1."""
    verdict: str | None
    """What its case turned out to be."""


def similar(session: Session, incident_id: str, limit: int = 10) -> Sequence[Similar]:
    """Return incidents like one, the most alike first. Raises `NotFound`."""
    row = incident(session, incident_id)
    shared = _sharing(session, row.id)
    ranked = sorted(shared, key=lambda other: (-_weight(shared[other]), other))[:limit]
    mine = traits(row.document)
    like = {} if len(ranked) == limit else _alike(session, row, mine, ranked)
    ranked += sorted(like, key=lambda other: (-like[other], other))[: limit - len(ranked)]
    rows, documents, verdicts = (
        _rows(session, ranked),
        _documents(session, [id_ for id_ in ranked if id_ not in like]),
        _verdicts(session, ranked),
    )
    for id_, document in documents.items():
        like[id_] = likeness(mine, traits(document))
    return [Similar(rows[id_], [entity for entity, _ in shared.get(id_, ())], like[id_], verdicts.get(id_)) for id_ in ranked]


def traits(document: Mapping[str, Any]) -> dict[str, float]:
    """Return what an incident's evidence says, as weights from 0 to 1."""
    facts = _numbers(document["evidence"]["facts"])
    alerts = max(1, document["alerts"])
    found = {name: min(alerts, value) / alerts for name, value in facts.items() if name.startswith(("type_", "decision_"))}
    found |= {name: min(_MOST_WEIGHT, value) / _MOST_WEIGHT for name, value in facts.items() if name.startswith("reason_")}
    found[f"pattern_{document.get('pattern')}"] = 1.0
    found[f"kind_{document.get('kind', 'ring')}"] = 0.5
    money = max(document["money_at_risk"].values(), default=0.0)
    accounts = document["participants"].get("account", {}).get("count", 0)
    return found | {
        name: min(1.0, math.log1p(value) / 10) for name, value in (("alerts", alerts), ("money", money), ("accounts", accounts))
    }


def _numbers(facts: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the size of the facts that are numbers: a revision may come from elsewhere than the job."""
    return {str(fact["name"]): abs(fact["value"]) for fact in facts if type(fact["value"]) in (int, float)}


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the cosine of two incidents' traits, 0 to 1."""
    dot = sum(value * other.get(name, 0.0) for name, value in one.items())
    length = math.sqrt(sum(value * value for value in one.values()) * sum(value * value for value in other.values()))
    return min(1.0, dot / length) if length else 0.0


def _sharing(session: Session, incident_id: str) -> dict[str, list[tuple[str, int]]]:
    """Return the incidents that share entities: each entity with the number of incidents that have it."""
    its = select(IncidentEntity.entity).where(IncidentEntity.incident_id == incident_id)
    entities = session.scalars(its.order_by(IncidentEntity.alerts.desc(), IncidentEntity.entity.desc()).limit(_ENTITIES)).all()
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for entity, incidents in _incidents_of(session, entities).items():
        if len(incidents) <= _HUB:
            for other in incidents:
                found[other].append((entity, len(incidents)))
    found.pop(incident_id, None)
    return {other: sorted(shared, key=lambda one: (one[1], one[0])) for other, shared in found.items()}


def _incidents_of(session: Session, entities: Sequence[str]) -> dict[str, list[str]]:
    """Return the incidents of each entity, at most one more than a hub has; one statement for all."""
    found: dict[str, list[str]] = defaultdict(list)
    if entities:
        each = [
            select(IncidentEntity.entity, IncidentEntity.incident_id).where(IncidentEntity.entity == entity).limit(_HUB + 1).subquery()
            for entity in entities
        ]
        for entity, other in session.execute(union_all(*(select(one) for one in each))):
            found[entity].append(other)
    return found


def _weight(shared: Iterable[tuple[str, int]]) -> float:
    return sum(1 / math.log2(1 + incidents) for _, incidents in shared)


def _alike(session: Session, row: IncidentRow, mine: Mapping[str, float], but: Sequence[str]) -> dict[str, float]:
    newest = (
        select(IncidentRow.id, IncidentRow.pattern, IncidentRow.updated_at)
        .where(IncidentRow.kind == row.kind)
        .order_by(IncidentRow.updated_at.desc(), IncidentRow.id.desc())
        .limit(20 * _CANDIDATES)
        .subquery()
    )
    ids = session.scalars(select(newest.c.id).where(newest.c.pattern.is_not_distinct_from(row.pattern)).limit(_CANDIDATES)).all()
    documents = _documents(session, [id_ for id_ in ids if id_ != row.id and id_ not in set(but)])
    found = {id_: likeness(mine, traits(document)) for id_, document in documents.items()}
    return {id_: like for id_, like in found.items() if like >= _LEAST_LIKENESS}


def _documents(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    return dict(session.execute(select(IncidentRow.id, IncidentRow.document).where(IncidentRow.id.in_(ids))).all())


def _rows(session: Session, ids: Sequence[str]) -> dict[str, IncidentRow]:
    statement = select(IncidentRow).options(defer(IncidentRow.document, raiseload=True)).where(IncidentRow.id.in_(ids))
    return {row.id: row for row in session.scalars(statement)}


def _verdicts(session: Session, ids: Sequence[str]) -> dict[str, str]:
    statement = select(CaseRow.incident_id, CaseRow.verdict).where(CaseRow.incident_id.in_(ids), unindexed(CaseRow.verdict) != "")
    return dict(session.execute(statement).all())  # type: ignore[arg-type]
