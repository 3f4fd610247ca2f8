"""A body read as the job will read it: what the job would reject is refused before it is accepted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.events.event import Event, Rejected
from domain.events.identity import as_text
from domain.events.parser import EventParser
from domain.events.skipped import Skipped
from domain.graph import EVENT_TYPES, LABEL
from ops.scoring.waiting import Key

_NO_LABEL = "only labels are taken here; send other events to /v1/events"
_OFFER = f"; did you mean {LABEL}?"
_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class EventRead:
    """A valid event, or label, and the line that goes to the job."""

    event: Event
    key: Key
    digest: str
    """Of the body; spaces and the order of fields do not count."""
    line: bytes
    account: str
    """As it was sent, or its pseudonym where that was: by it a stream of several partitions is divided."""

    @property
    def claim(self) -> str:
        """Return what names the event among all others; it has no raw identifier and no free text."""
        return f"{self.key[0]}:{as_text(self.event.id_hash)}"

    @property
    def event_type(self) -> str:
        """Return one of `EVENT_TYPES`."""
        return EVENT_TYPES[self.event.type_code]


class EventReader:
    """Reader of bodies. It does not check signatures, for labels are signed here."""

    def __init__(self, parser: EventParser, opened: Callable[[bytes], bytes] = lambda line: line) -> None:
        """Note the parser. `opened` takes events out of envelopes; it raises `Rejected`."""
        self._parser, self._opened = parser, opened

    def event(self, line: bytes) -> EventRead:
        """Return an event to be decided; raise `Rejected` with the field and the mend."""
        try:
            read = self._read(self._opened(line))
        except Rejected as why:
            raise _only_events(why) from None
        if read.event.is_label:
            raise Rejected("event_type", "a label is not decided; send it to /v1/labels")
        return read

    def label(self, line: bytes) -> EventRead:
        """Return a label; raise `Rejected` with the field and the mend."""
        try:
            read = self._read(line)
        except Rejected as why:
            raise _only_labels(why) from None
        if not read.event.is_label or read.event.forgets:
            raise Rejected("event_type", _NO_LABEL)
        return read

    def _read(self, line: bytes) -> EventRead:
        try:
            event = self._parser.parse(line)
        except Skipped:
            raise Rejected("line", "it holds no event") from None
        document = json.loads(line)
        key = (as_text(event.entities[0]), event.event_id)
        return EventRead(event, key, digest_of(document), line, account_of(document))


def _only_events(why: Rejected) -> Rejected:
    """Return a refusal that offers no label where none is taken."""
    if why.field != "event_type" or not why.reason.startswith("one of "):
        return why
    return Rejected("event_type", f"one of {', '.join(EVENT_TYPES)} is wanted{why.reason.partition(' is wanted')[2]}".removesuffix(_OFFER))


def _only_labels(why: Rejected) -> Rejected:
    if why.field != "event_type" or not why.reason.startswith("one of "):
        return why
    return Rejected("event_type", _NO_LABEL)


def digest_of(document: Mapping[str, Any]) -> str:
    """Return 16 hex digits by which two bodies are told apart."""
    return hashlib.blake2b(_canonical(document).encode(), digest_size=8).hexdigest()


def account_of(document: Mapping[str, Any]) -> str:
    """Return the account as it was sent, its pseudonym where that was; `ringwatch publish` does the same."""
    account, hidden = document.get("account_id"), document.get("pseudonyms")
    if account is None and isinstance(hidden, dict):
        account = hidden.get("account")
    return "" if account is None else str(account)


def is_decision_on(decision: Mapping[str, Any], event: Event, graph_kinds: tuple[str, ...]) -> bool:
    """Return whether a decision may be on this event: of its type, time, account and further entities.

    Two events of one account and id may still differ in what a decision does not show.
    """
    entities = decision.get("entities") or {}
    pseudonyms = dict(zip(graph_kinds, event.entities, strict=True))
    return (
        int(decision["event_time"]) == event.time_ms
        and decision["event_type"] == EVENT_TYPES[event.type_code]
        and all(pseudonyms.get(kind) is None or text == as_text(pseudonyms[kind]) for kind, text in entities.items())
    )


Place = Callable[[str], int]
"""From an account to the partition of its events."""
