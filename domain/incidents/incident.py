"""One revision of an incident, as it is summarised and published."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.incidents.evidence import Evidence

Status = Literal["opened", "grown", "closed"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One revision of an incident, to be summarised and published. Times in ms since the epoch."""

    id: str
    revision: int
    status: Status
    ring: str
    severity: str
    action: str
    first_time: int
    last_time: int
    alerts: int
    money_at_risk: Mapping[str, float]
    evidence: Evidence
    told_at: int
    """When the revision was published, event time."""
    merged_into: str | None
    """The ring whose incident goes on with later alerts; those counted here stay here."""
    rings: tuple[Mapping[str, Any], ...]
    """The labels that the alerts carried, each with first_time, last_time and alerts: which alerts are in
    the incident. The first `RINGS_CAP` labels, none in an incident of unconnected alerts."""
    participants: Mapping[str, Mapping[str, Any]]
    """By entity kind: count, exact (false: at least so many) and pseudonyms, at most `LISTED` in all."""
    event_ids: tuple[str, ...]
    """Of the first alerts, at most `EVENT_IDS` in `EVENT_ID_BYTES`, sorted."""

    def to_document(self) -> dict[str, Any]:
        """Return the revision as JSON values, its evidence included."""
        document = {name: getattr(self, name) for name in self.__slots__}
        return document | {
            "money_at_risk": dict(self.money_at_risk),
            "evidence": self.evidence.to_document(),
            "rings": [dict(ring) for ring in self.rings],
            "participants": {kind: dict(of_kind) for kind, of_kind in self.participants.items()},
            "event_ids": list(self.event_ids),
        }


def incident_id(ring: str, start_ms: int) -> str:
    """Return the stable id of the incident of `ring` that began at `start_ms`, the same after any replay."""
    digest = hashlib.blake2b(f"{ring}|{start_ms}".encode("utf-8", "surrogatepass"), digest_size=8)
    return f"inc-{digest.hexdigest()}"
