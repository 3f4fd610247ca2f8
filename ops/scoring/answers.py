"""What is answered: the job's decision, or the fallback of an event that nobody has decided in time.

Rejected (domain)    the body is no event that the job would take; it names the field
UnlikeError          another body was sent before with the same account and event id
FullError            nothing was accepted: the stream is at its bound, or too many wait here; later again
AwayError            nothing was accepted, or it is not known: the server of the stream does not answer
WaitRefusedError     nothing was accepted: decisions of this job come too late for anybody to wait for them
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.events.event import Event
from domain.events.identity import MISSING, as_text
from domain.graph import EVENT_TYPES
from domain.json_text import as_json
from ops.scoring.waiting import DEADLINE

AWAY, STOPPING = "away", "stopping"
"""Why a fallback was given, besides `DEADLINE`: the streams' server does not answer; this instance ends."""
WHYS = (DEADLINE, AWAY, STOPPING)
_NO_FALLBACK = b',"fallback":false}'


UNLIKE_TEXT = "another event of this account was sent with the same event_id; give each event an id of its own"


class UnlikeError(ValueError):
    """Another body was sent before with the same account and event id."""

    def __init__(self) -> None:
        super().__init__(UNLIKE_TEXT)


class FullError(RuntimeError):
    """Nothing was accepted; it may be sent again after `retry_after_s`."""

    def __init__(self, text: str, retry_after_s: int) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class AwayError(FullError):
    """The server of the stream does not answer; sent again, what was accepted after all is there once."""


class WaitRefusedError(RuntimeError):
    """Decisions of this job come too late to wait for them; the text names the setting and the mend."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The answer to one request."""

    text: bytes
    """JSON: the decision document with `fallback`; of a fallback also `fallback_reason` and `accepted`."""
    fallback: bool = False
    why: str = ""
    """One of `WHYS`."""
    accepted: bool = True
    """Whether the event is known to be in the stream, where the job decides it however late."""

    @property
    def late(self) -> bool:
        """Return whether the decision comes after the answer, into the stream of decisions."""
        return self.fallback and self.accepted

    @property
    def document(self) -> dict[str, Any]:
        """Return the answer parsed."""
        document: dict[str, Any] = json.loads(self.text)
        return document


def decided(text: bytes, auto_block: bool) -> Scored:
    """Return the answer with a decision; without `auto_block` a review takes the place of a block."""
    if auto_block:
        return Scored(text[:-1] + _NO_FALLBACK)
    document = json.loads(text)
    if document["decision"] == BLOCK:
        document |= {"decision": INVESTIGATE, "decided": BLOCK}
    return Scored(as_json({**document, "fallback": False}).encode())


def fallback(event: Event, kinds: tuple[str, ...], outcome: str, why: str, accepted: bool, now_ms: int) -> Scored:
    """Return the answer without a decision: `outcome`, with no score and no reasons."""
    document: Mapping[str, Any] = {
        "event_id": event.event_id,
        "event_time": event.time_ms,
        "event_type": EVENT_TYPES[event.type_code],
        "decision": outcome,
        "score": None,
        "reasons": [],
        "ring": None,
        "entities": {kind: as_text(key) for kind, key in zip(kinds, event.entities, strict=True) if key != MISSING},
        "amount": None if event.amount != event.amount else event.amount,
        "currency": event.currency or None,
        "decided_at": now_ms,
        "fallback": True,
        "fallback_reason": why,
        "accepted": accepted,
    }
    return Scored(as_json(document).encode(), True, why, accepted)
