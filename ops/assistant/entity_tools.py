"""Tools that read flagged events, decisions and entities. An entity is named by its pseudonym."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.graph import ENTITY_FIELDS
from ops.assistant.addresses import entity_address, incident_address
from ops.assistant.arguments import chosen, known_only, text_of, whole_of
from ops.assistant.result import MOST_ROWS, Column, Result, Row
from ops.assistant.window import window_of
from ops.cases.alert_search import found_alerts
from ops.cases.alerts import AlertFilter
from ops.cases.decided_events import decided
from ops.cases.entities import entity_seen, incidents_of_entity, links
from ops.cases.entity_life import busiest
from ops.cases.errors import Invalid, NotFound
from ops.cases.tables import AlertRow

DECISIONS = ("investigate", "block")
ENTITY = re.compile(rf"(?:{'|'.join(ENTITY_FIELDS)}):[0-9a-f]{{16}}", re.ASCII)
_FEW = 5


def find_alerts(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return flagged events, the latest first. A rare kind is looked for among the latest 20,000."""
    known_only(arguments, ("decision", "severity", "event_type", "entity", "incident", "window", "most"))
    window = window_of(text_of(arguments, "window"), now) if arguments.get("window") is not None else None
    wanted = AlertFilter(
        incident=text_of(arguments, "incident") if arguments.get("incident") is not None else None,
        entity=entity_of(arguments) if arguments.get("entity") is not None else None,
        decision=chosen(arguments, "decision", DECISIONS),
        severity=chosen(arguments, "severity", SEVERITIES),
        event_type=text_of(arguments, "event_type") if arguments.get("event_type") is not None else None,
        time_from=window.start_ms if window else None,
        time_before=window.before_ms if window else None,
    )
    page = found_alerts(session, wanted, None, whole_of(arguments, "most", 10, MOST_ROWS))
    columns = (
        Column("event", "id"), Column("time", "moment"), Column("event type", "text"), Column("decision", "text"), Column("score", "score"),
        Column("severity", "text"), Column("amount", "money"), Column("currency", "text"), Column("account", "entity"),
        Column("incident", "id"),
    )  # fmt: skip
    title = f"Latest flagged events{f', {window.words}' if window else ''}"
    return Result("find_alerts", arguments, title, columns, _rows(page.rows), page.after is not None)


def one_event(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return the decisions on an event id, one an account that used it. Raises `NotFound`."""
    known_only(arguments, ("event",))
    event_id = text_of(arguments, "event")
    found = decided(session, event_id)[:MOST_ROWS]
    if not found:
        raise NotFound(f"no decision on an event {event_id} is known: the index keeps service.store.event_days")
    columns = (
        Column("event", "id"), Column("time", "moment"), Column("event type", "text"), Column("decision", "text"), Column("score", "score"),
        Column("account", "entity"),
    )  # fmt: skip
    rows = [
        Row(
            (one.event_id, one.time, one.event_type, one.decision, one.score, f"account:{one.account}" if one.account else None),
            entity_address(f"account:{one.account}") if one.account else "",
        )
        for one in found
    ]
    return Result("event", arguments, f"Decisions on event {event_id}", columns, rows)


def one_entity(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return what the store knows of an entity. Raises `NotFound` where that is nothing."""
    known_only(arguments, ("entity",))
    entity = entity_of(arguments)
    seen = entity_seen(session, entity)
    if not seen.alerts and not seen.incidents:
        raise NotFound(f"nothing is known of {entity}: no flagged event and no incident names it")
    facts: list[tuple[str, str]] = [("entity", entity), ("flagged events", f"{seen.alerts:,}"), ("incidents", f"{seen.incidents:,}")]
    moment = Column("", "moment")
    facts += [(name, moment.text(time)) for name, time in (("first flagged", seen.first_time), ("last flagged", seen.last_time)) if time]
    facts += [(f"decided {decision}", f"{count:,}") for decision, count in sorted(seen.decisions.items())]
    rows = [Row(fact, entity_address(entity)) for fact in facts]
    rows += [Row(("incident", one.incident.id), incident_address(one.incident.id)) for one in _its_incidents(session, entity)]
    rows += [Row((f"seen with, in {one.alerts:,} events", one.entity), entity_address(one.entity)) for one in links(session, entity, _FEW)]
    return Result("entity", arguments, f"What is known of {entity}", (Column("what", "text"), Column("value", "text")), rows)


def busy_entities(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return the entities of most of the newest 1,000 flagged events."""
    known_only(arguments, ("kind", "most"))
    kind = chosen(arguments, "kind", tuple(ENTITY_FIELDS))
    found = [one for one in busiest(session, 200) if kind is None or one.entity.startswith(f"{kind}:")]
    found = found[: whole_of(arguments, "most", 10, MOST_ROWS)]
    columns = (Column("entity", "entity"), Column("flagged events", "count"), Column("blocked", "count"), Column("last flagged", "moment"))
    rows = [Row((one.entity, one.alerts, one.blocked, one.last_time), entity_address(one.entity)) for one in found]
    return Result("busy_entities", arguments, "Entities of most of the newest 1,000 flagged events", columns, rows)


def entity_of(arguments: Mapping[str, Any]) -> str:
    """Return the argument that names an entity. Raises `Invalid`."""
    entity = text_of(arguments, "entity")
    if not ENTITY.fullmatch(entity):
        raise Invalid("entity", "write kind and pseudonym, as device:9c41aa00bb11cc22; the page of entities finds it by a raw value")
    return entity


def _its_incidents(session: Session, entity: str) -> Sequence[Any]:
    return incidents_of_entity(session, entity, limit=_FEW).rows


def _rows(found: Sequence[AlertRow]) -> list[Row]:
    return [
        Row(
            (one.event_id, one.time, one.event_type, one.decision, one.score, one.severity, one.amount, one.currency,
             f"account:{one.account}" if one.account else None, one.incident_id),
            incident_address(one.incident_id) or (entity_address(f"account:{one.account}") if one.account else ""),
        )
        for one in found
    ]  # fmt: skip
