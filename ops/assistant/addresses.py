"""Addresses of the desk's pages that show what a row is of."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def incident_address(incident_id: str | None) -> str:
    """Return the page of an incident."""
    return f"/incidents/{quote(incident_id, safe='')}" if incident_id else ""


def entity_address(entity: str) -> str:
    """Return the page of an entity, `device:9c41...`."""
    return f"/entities/{quote(entity, safe=':')}"


def alerts_address(filters: Mapping[str, str | None]) -> str:
    """Return the list of alerts of some filters; empty without any."""
    given = {name: value for name, value in filters.items() if value}
    return f"/alerts?{urlencode(given)}" if given else ""
