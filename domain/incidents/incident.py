"""One revision of an incident, as it is summarised and published."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Literal, Self, get_args

from domain.decisions.alert import SEVERITIES
from domain.incidents.evidence import Evidence
from domain.incidents.triage import ACTIONS

Status = Literal["opened", "grown", "closed"]
Kind = Literal["ring", "unconnected", "wave"]
RING, UNCONNECTED_ALERTS, WAVE = get_args(Kind)
"""What an incident is made of: alerts that something connects, alerts that nothing connects, or a wave of
events that nobody need have flagged.
"""
_OF_WAVES = ("events", "related")
"""Fields that only documents of waves have, and not those that an older build wrote."""
_LATER: Mapping[str, Any] = {"money_paid": {}, "rises": []}
"""Fields that documents of an older build lack."""
_KNOWN: Mapping[str, Sequence[str]] = {"status": get_args(Status), "severity": SEVERITIES, "action": ACTIONS, "kind": get_args(Kind)}
_KINDS: Mapping[str, type | UnionType] = {
    **dict.fromkeys(("id", "ring"), str),
    **dict.fromkeys(("revision", "first_time", "last_time", "alerts", "told_at"), int),
    **dict.fromkeys(("money_at_risk", "evidence", "participants", "money_paid"), Mapping),
    **dict.fromkeys(("rings", "event_ids", "rises", *_OF_WAVES), list),
    "merged_into": str | None,
}
"""Field -> the JSON type that it has in a document."""


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
    kind: str = RING
    """One of `Kind`. Of a wave `ring` is the name of its class, and `alerts` counts its events; `rings`,
    `participants` and `event_ids` are empty."""
    money_paid: Mapping[str, float] = field(default_factory=dict)
    """Of `money_at_risk`, what was paid: payments that were not blocked. The rest was only tried."""
    rises: tuple[str, ...] = ()
    """Why a revision is "grown": what has risen since the one before, of `growth.RISES`."""
    events: tuple[Mapping[str, Any], ...] = ()
    """Some events of a wave, each with account (its pseudonym), event_id and time; in documents of waves."""
    related: tuple[str, ...] = ()
    """Ids of the waves of other classes that overlap a wave in time; in documents of waves."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned; a summary's fields may be there, too.

        Raise ValueError naming the field that does not hold.
        """
        values: dict[str, Any] = {name: document.get(name) for name in cls.__slots__}
        values["kind"] = document.get("kind", RING)  # documents had none before there were waves
        values |= {name: document.get(name, []) for name in _OF_WAVES}
        values |= {name: document.get(name, empty) for name, empty in _LATER.items()}
        for name, known in _KNOWN.items():
            if values[name] not in known:
                raise ValueError(f"it is not an incident document: {name} is none of {', '.join(known)}")
        for name, kind in _KINDS.items():
            if not isinstance(values[name], kind) or isinstance(values[name], bool):
                raise ValueError(f"it is not an incident document: {name} is missing or of the wrong type")
        try:
            values["evidence"] = Evidence.of(document["evidence"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"it is not an incident document: evidence ({type(error).__name__}: {error})") from None
        return cls(**values | {name: tuple(values[name]) for name in ("rings", "event_ids", "rises", *_OF_WAVES)})

    def to_document(self) -> dict[str, Any]:
        """Return the revision as JSON values, its evidence included."""
        document = {name: getattr(self, name) for name in self.__slots__ if name not in _OF_WAVES}
        of_wave = {"events": [dict(event) for event in self.events], "related": list(self.related)} if self.kind == WAVE else {}
        return document | {
            "money_at_risk": dict(self.money_at_risk),
            "money_paid": dict(self.money_paid),
            "rises": list(self.rises),
            "evidence": self.evidence.to_document(),
            "rings": [dict(ring) for ring in self.rings],
            "participants": {kind: dict(of_kind) for kind, of_kind in self.participants.items()},
            "event_ids": list(self.event_ids),
            **of_wave,
        }


def incident_id(ring: str, start_ms: int) -> str:
    """Return the stable id of the incident of `ring` that began at `start_ms`, the same after any replay."""
    digest = hashlib.blake2b(f"{ring}|{start_ms}".encode("utf-8", "surrogatepass"), digest_size=8)
    return f"inc-{digest.hexdigest()}"
