"""How the entries of each stream are written into the store."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from domain.incidents.review_desk import is_overflow
from ops.case_feed.documents import document_of
from ops.cases.control_answers import note_applied, note_refused
from ops.cases.decided_events import take_decisions
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incidents
from ops.cases.settings import CaseSettings
from ops.redis.entry import Entry
from ops.redis.signed_entries import SignedEntries

LOG = logging.getLogger(__name__)

ALERTS, INCIDENTS, DECISIONS, APPLIED, REJECTED = "alerts", "incidents", "decisions", "control_applied", "rejected"
Take = Callable[[Session, Sequence[Entry]], None]
TakeDecisions = Callable[[Session, Sequence[Mapping[str, Any]]], None]
WRONG = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, StatementError)
"""What an entry raises that is not what its stream should hold, or that the database does not take: a number
may be too large for its column."""


@dataclass
class Takers:
    """What writes the entries of a stream, by the stream's name; and how many could not be written."""

    cases: CaseSettings
    signed: SignedEntries = field(default_factory=lambda: SignedEntries(None, ""))
    """Which entries count of the streams that the job signs; decisions are not signed."""
    acts: TakeDecisions | None = None
    """What takes decisions further, in the same transaction."""
    skipped: Counter[str] = field(default_factory=Counter)

    def of(self, stream: str) -> Take:
        """Return what writes entries of a stream; it raises one of `WRONG` for an entry that is none."""
        take = self._signed.get(stream)
        if take is None:
            return self._decisions
        return lambda session, entries: take(session, self.signed.of(entries))

    @property
    def _signed(self) -> Mapping[str, Take]:
        return {
            ALERTS: lambda session, entries: _ignore(take_alerts(session, _documents(entries))),
            INCIDENTS: self._incidents,
            APPLIED: lambda session, entries: _each(session, entries, note_applied),
            REJECTED: lambda session, entries: _each(session, entries, note_refused),
        }

    def _decisions(self, session: Session, entries: Sequence[Entry]) -> None:
        documents = _documents(entries)
        take_decisions(session, documents)
        if self.acts is not None:
            self.acts(session, documents)

    def skip(self, entry: Entry, error: Exception) -> None:
        """Count and log an entry that cannot be written; its content is not logged."""
        self.skipped[entry.stream] += 1
        LOG.error("Entry %s of stream %s is not stored: %s.", entry.entry_id, entry.stream, _why(error))

    def _incidents(self, session: Session, entries: Sequence[Entry]) -> None:
        found = [(document, entry_ms(entry)) for entry, document in zip(entries, _documents(entries), strict=True)]
        incidents = [(document, at) for document, at in found if not is_overflow(document)]  # a note that the analysts' hour was full
        take_incidents(session, incidents, self.cases)


def entry_ms(entry: Entry) -> int:
    """Return when an entry was added to its stream, ms since 1970."""
    return int(entry.entry_id.partition("-")[0])


def _documents(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    return list(map(document_of, entries))


def _each(session: Session, entries: Sequence[Entry], note: Callable[[Session, Mapping[str, Any]], object]) -> None:
    for document in _documents(entries):
        note(session, document)


def _ignore(_: object) -> None:
    """Return nothing."""


def _why(error: Exception) -> str:
    """Return an error without the values that a statement's error quotes."""
    text = str(error.orig).partition("\n")[0] if isinstance(error, StatementError) else str(error)
    return f"{type(error).__name__}: {text[:200]}"
