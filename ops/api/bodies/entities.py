"""Entities: accounts, devices, addresses and whatever else events name, by their pseudonyms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ops.api.bodies.fields import Answer, Moment, Request, Text, example

EntityKind = Literal["account", "device", "address", "merchant", "ip", "email", "payment"]
_ENTITY = {
    "entity": "device:9c41aa00bb11cc22",
    "kind": "device",
    "pseudonym": "9c41aa00bb11cc22",
    "alerts": 14,
    "incidents": 2,
    "first_time": 1767607200000,
    "last_time": 1767610790000,
    "lists": [{"id": "L12", "list": "block", "state": "active", "status": "applied"}],
}


class Lookup(Request):
    """A raw identifier. It is hashed at once, and neither kept nor logged."""

    model_config = example(kind="device", value="4f2a-77c1", reason="the customer has called")

    kind: EntityKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    reason: Text


class ListedOn(Answer):
    """A record of a list that names an entity."""

    id: str
    list: str
    state: str
    status: str


class EntityDetail(Answer):
    """An entity: how often it was seen in alerts and incidents, and on which lists it is."""

    model_config = example(**_ENTITY)

    entity: str
    kind: str
    pseudonym: str
    alerts: int
    incidents: int
    first_time: Moment | None = Field(description="Of its alerts")
    last_time: Moment | None
    lists: list[ListedOn]
