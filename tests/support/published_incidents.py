"""Incidents in the streams of Redis, as the job publishes them."""

from __future__ import annotations

from typing import Any

from domain.incidents.incident import Incident
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import HOUR, START, alert, alert_document, pseudonym
from tests.support.redis_fixtures import Add


class Shop:
    """Sessions whose alerts and revisions go to the streams."""

    def __init__(self, add: Add, url: str, prefix: str) -> None:
        self._add, self.url, self.prefix = add, url, prefix

    def incident(self, ring: str, *alerts: dict[str, Any], into: str | None = None) -> str:
        session = IncidentSession.open(ring, IncidentSettings())
        for document in alerts:
            self._add("alerts", document)
            for revision in session.on_alert(alert(**{"number": 0} | document)):
                self._publish(revision)
        end = session.on_absorbed_into(into, START + 9 * HOUR) if into else session.on_deadline(START + 3000 * HOUR)
        for revision in end:
            self._publish(revision)
        return end[-1].id

    def _publish(self, revision: Incident) -> None:
        self._add("incidents", revision.to_document())


def one(number: int, ring: str = "aa", account: int | None = None, **changes: Any) -> dict[str, Any]:
    entities = {"account": pseudonym(number if account is None else account), "device": pseudonym(99)}
    return alert_document(number, START + number * 1000, ring=ring, entities=entities, **changes)
