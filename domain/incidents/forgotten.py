"""Accounts that are to be forgotten: the news of it on its way, and documents without their names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.json_text import as_json
from domain.times import HOUR_MS

MASK, ERASED = "0" * 16, "erased"
"""In the place of the account's pseudonym, and of its events' ids; store and lake write the same."""
_NAME = "forgotten"
_KEPT_MS, _MOST_KEPT = HOUR_MS, 1000
_PSEUDONYM = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The news that an account is to be forgotten, by its pseudonym."""

    account: str
    clock_ms: int
    """The latest event time that the stream had reached when it was said."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self | None:
        """Read what `to_text` returned, decoded; None for any other document."""
        return cls(document[_NAME], document["clock"]) if _NAME in document else None

    def to_text(self) -> str:
        """Return the news as it travels."""
        return as_json({_NAME: self.account, "clock": self.clock_ms})


class ForgottenAccounts:
    """Who was forgotten within the last hour of event time: a document of before may still be on its way.

    They are known by a digest: to remember them must not keep their names.
    """

    def __init__(self, clocks: Mapping[str, int] | None = None) -> None:
        self._clocks = dict(clocks or {})

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Read what `to_text` returned."""
        return cls(json.loads(text) if text else None)

    def to_text(self) -> str:
        """Return who is remembered, as text."""
        return as_json(self._clocks)

    def add(self, gone: Forgotten) -> None:
        """Remember an account; drop those of more than an hour before."""
        name = _digest(gone.account)
        self._clocks.pop(name, None)
        self._clocks[name] = gone.clock_ms
        recent = [(name, clock) for name, clock in self._clocks.items() if clock >= gone.clock_ms - _KEPT_MS]
        self._clocks = dict(recent[-_MOST_KEPT:])

    @property
    def clocks(self) -> Mapping[str, int]:
        """Return the digests, with the clock of each."""
        return self._clocks

    def has(self, account: str, time_ms: int) -> bool:
        """Return whether what was made for an account at a time was made before it was forgotten."""
        return bool(self._clocks) and time_ms <= self._clocks.get(_digest(account), -1)

    def without(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return an incident document without those who were forgotten when it was made or since."""
        made = dict(document)
        for account in self._named_in(document):
            made = without(made, account)
        return made

    def _named_in(self, document: Mapping[str, Any]) -> Iterator[str]:
        if any(document["told_at"] <= clock for clock in self._clocks.values()):
            named = sorted(set(_PSEUDONYM.findall(as_json(document))))
            yield from (name for name in named if self.has(name, document["told_at"]))


def without(document: Mapping[str, Any], account: str) -> dict[str, Any]:
    """Return an incident document with zeros where it names the account.

    A wave loses the account's events. Which of the ids of events are the account's, nobody can tell any more:
    all go.
    """
    events = [event for event in document.get("events", ()) if event["account"] != account]
    made = {**document, **({"events": events} if "events" in document else {})}
    text = as_json(made)
    if account not in text:
        return made
    masked: dict[str, Any] = json.loads(text.replace(account, MASK))
    strongest = masked["evidence"]["strongest"]
    its = {event["id"] for event in strongest if MASK in event["entities"].values()}
    masked["evidence"]["strongest"] = [{**event, "id": ERASED} if event["id"] in its else event for event in strongest]
    return {**masked, "event_ids": []}


def _digest(account: str) -> str:
    return hashlib.blake2b(account.encode(), digest_size=8, person=b"forgotten").hexdigest()
