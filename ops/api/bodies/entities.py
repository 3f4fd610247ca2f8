"""Entities: accounts, devices, addresses and whatever else events name, by their pseudonyms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ops.api.bodies.fields import Answer, Moment, Request, Text, example
from ops.api.bodies.incidents import INCIDENT, IncidentRow

EntityKind = Literal["account", "device", "address", "merchant", "ip", "email", "payment"]
"""The kinds that have a raw form."""
_LISTED = {"id": "L12", "list": "block", "state": "active", "status": "applied"}
_ENTITY = {
    "entity": "device:9c41aa00bb11cc22",
    "alerts": 14,
    "incidents": 2,
    "first_time": 1767607200000,
    "last_time": 1767610790000,
    "decisions": {"block": 9, "investigate": 5},
    "seen_with": [{"entity": "account:1f00aa33bb44cc55", "alerts": 6}],
    "lists": [_LISTED],
}


class Lookup(Request):
    """A raw identifier. It is hashed at once, and neither kept nor logged."""

    model_config = example(kind="device", value="4f2a-77c1")

    kind: EntityKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    reason: Text | None = Field(default=None, description="Why somebody looks; it is kept in the audit")


class ListedOn(Answer):
    """A record of a list that names an entity."""

    model_config = example(**_LISTED)

    id: str
    list: str
    state: str
    status: str


class SeenWith(Answer):
    """Another entity of the same alerts."""

    model_config = example(entity="account:1f00aa33bb44cc55", alerts=6)

    entity: str
    alerts: int


class EntityDetail(Answer):
    """An entity: how often it was flagged, what it was seen with, and on which lists it is."""

    model_config = example(**_ENTITY)

    entity: str
    alerts: int
    incidents: int
    first_time: Moment | None = Field(description="Of its alerts; null without any")
    last_time: Moment | None
    decisions: dict[str, int] = Field(description="Among its newest 1,000 alerts")
    seen_with: list[SeenWith] = Field(description="In most of its newest 1,000 alerts first, at most 50")
    lists: list[ListedOn]


class EntityIncident(Answer):
    """An incident of an entity, and in how many of its alerts the entity is."""

    model_config = example(incident=INCIDENT, alerts=9)

    incident: IncidentRow
    alerts: int


class EntityIncidentPage(Answer):
    """A page of an entity's incidents, the last begun first."""

    model_config = example(items=[{"incident": INCIDENT, "alerts": 9}], next=None)

    items: list[EntityIncident]
    next: str | None
