"""The decision on one event: the central contract, and the document that it is published as.

A document that does not hold is a ValueError that names the field; readers of files and streams add where it
is and raise their own error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from domain.decisions import document_fields as fields
from domain.json_text import as_json

APPROVE, INVESTIGATE, BLOCK = "approve", "investigate", "block"
DECISIONS = (APPROVE, INVESTIGATE, BLOCK)
"""The outcomes of a decision, the mildest first."""
_REQUIRED = ("event_id", "event_time", "event_type", "decision", "score")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a decision; `weight` is what it adds to the score's logit, 1 for a rule or a list."""

    code: str
    text: str
    weight: float


class Shadow(NamedTuple):
    """What a second model would have decided on the event; it decides nothing."""

    model: str
    score: float
    decision: str


class Decision(NamedTuple):
    """What is decided on one event. The fields are in the order of the document.

    A named tuple, because one is made per event: it costs 0.7 us, a frozen data class 1.9 us.
    """

    event_id: str
    time_ms: int
    """Event time in milliseconds since 1970; `event_time` in the document."""
    event_type: str
    outcome: str
    """One of `DECISIONS`; `decision` in the document."""
    score: float
    """From 0 to 1: the calibrated probability of fraud."""
    reasons: tuple[Reason, ...]
    """The strongest first; empty where nothing is to be explained."""
    ring: str | None
    """The smallest ring label that a flagged event met; None for an approved event."""
    entities: Mapping[str, str]
    """Entity kind -> pseudonym of 16 hexadecimal digits."""
    amount: float | None
    currency: str | None
    model: str
    policy: str
    decided_ms: int
    """Wall clock in milliseconds since 1970; `decided_at` in the document."""
    rules: tuple[Mapping[str, Any], ...] = ()
    """The rules of control records that have fired: id, version, mode (active or shadow), decision."""
    lists: tuple[Mapping[str, Any], ...] = ()
    """The records of lists on which an entity of the event is: id, version, mode, list, entity (its kind)."""
    control: int = 0
    """Running number of the last control record in force; 0 before the first. This field and those around
    it are in the document only where they say something.
    """
    shadow: Shadow | None = None
    switches_off: tuple[str, ...] = ()
    """What is switched off; `switches` in the document."""
    explored: float = 0.0
    """The share of such events that is reviewed where the score blocks, of an event that was drawn; 0 of all
    others.
    """

    @property
    def is_flagged(self) -> bool:
        """Return whether the event is to be investigated or blocked."""
        return self.outcome != APPROVE

    @property
    def account(self) -> str | None:
        """Return the pseudonym of the event's account."""
        return self.entities.get("account")

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Decision:
        """Read a decision document. Raise ValueError naming the field that does not hold."""
        try:
            return cls._of(document)
        except (AttributeError, KeyError, OverflowError, TypeError) as error:
            raise ValueError(f"it is not a decision document ({type(error).__name__}: {error})") from None

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> Decision:
        for field in _REQUIRED:
            if document.get(field) is None:
                raise ValueError(f"{field} is missing: the whole decision document is needed")
        return cls(
            event_id=fields.text(document, "event_id"),
            time_ms=fields.moment(document["event_time"], "event_time"),
            event_type=fields.text(document, "event_type"),
            outcome=outcome_in(document),
            score=score_in(document),
            reasons=tuple(map(_reason_of, fields.mappings(document, "reasons"))),
            ring=fields.text_or_none(document, "ring"),
            entities=fields.pseudonyms(document, "entities"),
            amount=fields.amount_or_none(document.get("amount"), "amount"),
            currency=fields.text_or_none(document, "currency"),
            model=fields.text_or_none(document, "model") or "",
            policy=fields.text_or_none(document, "policy") or "",
            decided_ms=fields.moment(document.get("decided_at"), "decided_at"),
            rules=tuple(map(dict, fields.mappings(document, "rules"))),
            lists=tuple(map(dict, fields.mappings(document, "lists"))),
            control=fields.whole(document.get("control"), "control"),
            shadow=_shadow_of(document.get("shadow")),
            switches_off=fields.switched_off(document, "switches"),
            explored=explored_in(document),
        )

    def to_document(self) -> dict[str, Any]:
        """Return the decision as it is published, with the contract's field names."""
        return {
            "event_id": self.event_id,
            "event_time": self.time_ms,
            "event_type": self.event_type,
            "decision": self.outcome,
            "score": self.score,
            "reasons": [_document_of(reason) for reason in self.reasons],
            "ring": self.ring,
            "entities": self.entities,
            "amount": self.amount,
            "currency": self.currency,
            "model": self.model,
            "policy": self.policy,
            "decided_at": self.decided_ms,
            **self._control_fields(),
        }

    def _control_fields(self) -> dict[str, Any]:
        """Return the fields that say something of some events only, in the order of the document."""
        if not self.control and self.shadow is None and not self.explored:
            return {}
        fields = {
            "rules": list(self.rules),
            "lists": list(self.lists),
            "control": self.control,
            "shadow": self.shadow and self.shadow._asdict(),
            "switches": dict.fromkeys(self.switches_off, False),
            "explored": self.explored,
        }
        return {name: value for name, value in fields.items() if value}

    def to_json(self) -> str:
        """Return the document as JSON text, as `as_json` writes it.

        Spelt out, because one is written per event: it takes half the time of a dictionary and an encoder.
        """
        reasons = as_json([_document_of(reason) for reason in self.reasons]) if self.reasons else "[]"
        entities = ",".join([f"{quoted(kind)}:{quoted(pseudonym)}" for kind, pseudonym in self.entities.items()])
        return (
            f'{{"event_id":{quoted(self.event_id)},"event_time":{self.time_ms},"event_type":{quoted(self.event_type)},'
            f'"decision":{quoted(self.outcome)},"score":{self.score!r},"reasons":{reasons},"ring":{_or_null(self.ring)},'
            f'"entities":{{{entities}}},"amount":{"null" if self.amount is None else repr(self.amount)},'
            f'"currency":{_or_null(self.currency)},"model":{quoted(self.model)},"policy":{quoted(self.policy)},'
            f'"decided_at":{self.decided_ms}{self._control_text()}}}'
        )

    def _control_text(self) -> str:
        """Return the text of `_control_fields`; of most events a number alone, or nothing."""
        if not self.control and self.shadow is None and not self.explored:
            return ""
        if self.shadow is None and not self.rules and not self.lists and not self.switches_off and not self.explored:
            return f',"control":{self.control}'
        return f",{as_json(self._control_fields())[1:-1]}"


def outcome_in(document: Mapping[str, Any]) -> str:
    """Return the outcome that a decision document names. Raise ValueError if it is none of `DECISIONS`."""
    outcome = document["decision"]
    if outcome not in DECISIONS:
        raise ValueError(f"decision is none of {', '.join(DECISIONS)}")
    return str(outcome)


def score_in(document: Mapping[str, Any]) -> float:
    """Return the score of a decision document. Raise ValueError if it is not a number from 0 to 1."""
    score = document["score"]
    if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 1:  # NaN is not either
        raise ValueError("score is not a number from 0 to 1")
    return float(score)


def explored_in(document: Mapping[str, Any]) -> float:
    """Return the share that a decision document was drawn with, 0 without one. Raise ValueError if it is
    none.
    """
    share = document.get("explored")
    if share is None:
        return 0.0
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise ValueError("explored is not a share from 0 to 1")
    return float(share)


def _shadow_of(document: Any) -> Shadow | None:
    if document is None:
        return None
    if not isinstance(document, Mapping):
        raise ValueError("shadow must be a mapping")
    return Shadow(fields.text(document, "model"), score_in(document), outcome_in(document))


def _document_of(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "text": reason.text, "weight": reason.weight}


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def _reason_of(document: Mapping[str, Any]) -> Reason:
    weight = document.get("weight")
    said = fields.text_or_none(document, "text") or ""
    return Reason(fields.text(document, "code"), said, 0.0 if weight is None else fields.finite(weight, "reasons.weight"))
