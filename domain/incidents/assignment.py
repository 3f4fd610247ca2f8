"""What the ring book sends to incident sessions: an alert for a ring, or the news that one ring absorbed
another, or that an account is to be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.decisions.alert import Alert


@dataclass(frozen=True, slots=True)
class AlertAssigned:
    """An alert on its way to the incident session of `ring`. Times are event time in ms since the epoch."""

    ring: str
    at_ms: int
    """When the book assigned it: later than the alert's own time if the alert waited for company."""
    alert: Alert
    part: str = ""
    """Among look-alikes, which of them the alert is of."""

    def to_document(self) -> dict[str, Any]:
        """Return the message as JSON values; an older build knows no part."""
        part = {"part": self.part} if self.part else {}
        return {"ring": self.ring, "at": self.at_ms, "alert": self.alert.to_record(), "into": None, "merged": None, **part}


@dataclass(frozen=True, slots=True)
class RingAbsorbed:
    """The news that the ring `absorbed` became part of the ring `into`, for the session of `ring`, one of
    the two.
    """

    ring: str
    at_ms: int
    absorbed: str
    into: str

    def to_document(self) -> dict[str, Any]:
        """Return the message as JSON values; the session's own ring is not named twice."""
        into, merged = (self.into, None) if self.ring == self.absorbed else (None, self.absorbed)
        return {"ring": self.ring, "at": self.at_ms, "alert": None, "into": into, "merged": merged}


@dataclass(frozen=True, slots=True)
class AccountForgotten:
    """The news that an account is to be forgotten, for the session of `ring`."""

    ring: str
    at_ms: int
    account: str

    def to_document(self) -> dict[str, Any]:
        """Return the message as JSON values."""
        return {"ring": self.ring, "at": self.at_ms, "alert": None, "into": None, "merged": None, "account": self.account}


Assignment = AlertAssigned | RingAbsorbed | AccountForgotten


def assignment_of(document: Mapping[str, Any]) -> Assignment:
    """Return the message that `to_document` made. Raise ValueError naming the field of the alert that does
    not hold.
    """
    ring, at_ms = document["ring"], document["at"]
    if document["alert"] is not None:
        return AlertAssigned(ring, at_ms, Alert.of(document["alert"]), document.get("part", ""))
    if "account" in document:
        return AccountForgotten(ring, at_ms, document["account"])
    if document["into"] is not None:
        return RingAbsorbed(ring, at_ms, ring, document["into"])
    return RingAbsorbed(ring, at_ms, document["merged"], ring)
