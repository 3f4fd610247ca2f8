"""What happened to incidents, made into what each channel is to be told: in one transaction, so once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.ingest.holders import parts
from ops.cases.notices import Wanted, put_notices, waiting_of
from ops.cases.tables import IncidentRow, NoticeThread
from ops.cases.told import CLOSED, REOPENED, REVISION, UNCLAIMED, UNDONE, VERDICT, Told, take_told
from ops.notify.channel import Traits
from ops.notify.routes import Routes, Subject

_FIRST = (REVISION, REOPENED, UNCLAIMED)
"""Of what a channel is told that does not know the incident yet."""
_WEIGHTY = (VERDICT, CLOSED, REOPENED, UNDONE, UNCLAIMED)
"""What is worth a message of its own where none can be changed."""
BATCH = 200
EDIT_MS = 15_000
"""Least time between two changes of a message for the sake of a new revision."""


class FanOut:
    """What decides which channels are told of what happened."""

    def __init__(self, traits: Mapping[str, Traits], routes: Routes, unclaimed_to: Sequence[str]) -> None:
        """Note the channels; `unclaimed_to` are those told that nobody claims, none: those of the routes."""
        self._traits, self._routes, self._unclaimed_to = traits, routes, unclaimed_to

    def step(self, session: Session, now: int, limit: int = BATCH) -> int:
        """Pass on some of what happened; return how much it was."""
        happened = take_told(session, limit)
        incidents = {one.incident for one in happened}
        waits = waiting_of(session, incidents)
        subjects, threads = _subjects(session, incidents), _threads(session, incidents)
        wanted: dict[tuple[str, str], Wanted] = {}
        for one in happened:
            if (subject := subjects.get(one.incident)) is None:
                continue
            for channel, due_at in self._told(one, subject, threads, waits, now):
                since = now if due_at <= now + EDIT_MS else None
                its = wanted.setdefault((channel, one.incident), Wanted(channel, one.incident, due_at, waits_from=since))
                its.happened.append(one)
                if due_at < its.due_at:
                    its.due_at, its.waits_from = due_at, since
                waits.add((channel, one.incident))
        put_notices(session, list(wanted.values()))
        return len(happened)

    def _told(
        self, one: Told, subject: Subject, threads: Mapping[tuple[str, str], NoticeThread], waits: set[tuple[str, str]], now: int
    ) -> list[tuple[str, int]]:
        """Return the channels that are told of one thing, each with when."""
        routed = self._routed(one, subject, now)
        found: list[tuple[str, int]] = []
        for channel, traits in self._traits.items():
            thread = threads.get((channel, one.incident))
            if (channel, one.incident) in waits or self._is_told(one, subject, traits, thread, channel in routed):
                found.append((channel, self._due(one, subject, channel, traits, thread, now)))
        return found

    def _routed(self, one: Told, subject: Subject, now: int) -> frozenset[str]:
        if one.what == UNCLAIMED and self._unclaimed_to:
            return frozenset(self._unclaimed_to)
        return self._routes.of(subject, now) if one.what in _FIRST else frozenset()

    def _is_told(self, one: Told, subject: Subject, traits: Traits, thread: NoticeThread | None, is_routed: bool) -> bool:
        if thread is None:
            return is_routed
        graver = bool(subject.severity_rank > thread.shown.get("severity_rank", 0))
        if one.what == UNCLAIMED:
            is_paged = traits.is_pager and not thread.is_gathered
            return not is_paged and (is_routed or not self._unclaimed_to)
        if thread.is_gathered and not traits.is_machine:
            return is_routed and graver
        if traits.is_pager and one.what == REVISION:
            return graver
        return traits.edits or traits.is_machine or one.what in _WEIGHTY or (one.what == REVISION and graver)

    def _due(self, one: Told, subject: Subject, channel: str, traits: Traits, thread: NoticeThread | None, now: int) -> int:
        """Return when: people are left alone in quiet hours, and a message is not changed every second."""
        if traits.edits and thread is not None:
            wait_ms = EDIT_MS if one.what == REVISION and not traits.is_pager else 0
            return max(now, min(thread.at, now) + wait_ms)
        return now if traits.is_machine else self._routes.not_before(channel, subject, now)


def _subjects(session: Session, incidents: set[str]) -> dict[str, Subject]:
    columns: Any = (
        IncidentRow.id, IncidentRow.severity_rank, IncidentRow.action, IncidentRow.kind, IncidentRow.pattern, IncidentRow.money,
    )  # fmt: skip
    rows = [row for part in parts(incidents) for row in session.execute(select(*columns).where(IncidentRow.id.in_(part)))]
    return {row[0]: Subject(*row) for row in rows}


def _threads(session: Session, incidents: set[str]) -> dict[tuple[str, str], NoticeThread]:
    rows = [row for part in parts(incidents) for row in session.scalars(select(NoticeThread).where(NoticeThread.incident_id.in_(part)))]
    return {(row.channel, row.incident_id): row for row in rows}
