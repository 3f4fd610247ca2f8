"""The timeline of an incident: its revisions, its alerts by hour, and what people said and did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.times import DAY_MS
from domain.wording import counted
from ops.cases.growth import Hour
from ops.cases.tables import AuditEntry, Comment, VerdictRow
from ops.desk.view import ages
from ops.terminal.shown_values import mapping, plain

_HOURS = 36
"""With more hours that have alerts they are gathered by day."""
_BAR = 100


@dataclass(frozen=True)
class Entry:
    """A line of the timeline."""

    at: int
    mark: str
    """alerts, revision, verdict, comment or act."""
    text: str
    by: str = ""
    said: str = ""
    """What a person wrote."""
    link: str = ""
    bar: tuple[int, int] | None = None
    """Lengths of the bars of blocked alerts and of others."""
    is_day: bool = False
    """Whether the time is a whole day."""


def timeline(*parts: Iterable[Entry]) -> list[Entry]:
    """Return the lines of all parts, the newest first."""
    return sorted((entry for part in parts for entry in part), key=lambda entry: -entry.at)


def alert_entries(hours: Sequence[Hour]) -> Iterator[Entry]:
    """Yield the alerts by hour, or by day where these are many."""
    is_day = len(hours) > _HOURS
    spans = _days(hours) if is_day else hours
    most = max((span.alerts for span in spans), default=1)
    for span in spans:
        blocked = f", {span.blocked:,} blocked" if span.blocked else ""
        bar = round(_BAR * span.blocked / most), round(_BAR * (span.alerts - span.blocked) / most)
        yield Entry(span.at, "alerts", f"{counted(span.alerts, 'alert')}{blocked}", bar=bar, is_day=is_day)


def _days(hours: Sequence[Hour]) -> list[Hour]:
    found: dict[int, Hour] = {}
    for hour in hours:
        day = hour.at - hour.at % DAY_MS
        before = found.get(day, Hour(day, 0, 0))
        found[day] = Hour(day, before.alerts + hour.alerts, before.blocked + hour.blocked)
    return list(found.values())


def revision_entries(revisions: Iterable[tuple[int, int, Mapping[str, Any]]]) -> Iterator[Entry]:
    """Yield the revisions, each (number, time, document), the oldest first, with what changed in it."""
    before: Mapping[str, Any] = {}
    for number, at, document in revisions:
        yield Entry(at, "revision", f"Revision {number}: {_what(document, before)}", link=f"?revision={number}#ring")
        before = document


def _what(document: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    accounts = mapping(mapping(document.get("participants")).get("account")).get("count")
    size = [counted(count, noun) for count, noun in ((document.get("alerts"), "alert"), (accounts, "account")) if isinstance(count, int)]
    news = [
        plain(document.get(name), 40)
        for name in ("severity", "pattern", "action")
        if document.get(name) and document.get(name) != before.get(name)
    ]
    ended = ["closed by the job"] if document.get("status") == "closed" else []
    return "; ".join(part for part in (", ".join(size), ", ".join([*news, *ended])) if part)


def verdict_entries(verdicts: Iterable[VerdictRow]) -> Iterator[Entry]:
    """Yield the verdicts, and where one was taken back."""
    for one in verdicts:
        yield Entry(one.at, "verdict", f"{one.word} of {'the whole' if one.is_whole else 'chosen alerts'}", one.by, plain(one.reason, 300))
        if one.undone_at is not None:
            yield Entry(
                one.undone_at, "verdict", f"took the verdict {one.word} back", one.undone_by or "", plain(one.undone_why or "", 300)
            )


def comment_entries(comments: Iterable[Comment]) -> Iterator[Entry]:
    """Yield where somebody commented."""
    for one in comments:
        yield Entry(one.at, "comment", "commented", one.by, plain(one.text, 160))


def act_entries(entries: Iterable[AuditEntry]) -> Iterator[Entry]:
    """Yield who claimed, gave, closed or opened the case."""
    for entry in entries:
        yield Entry(entry.at, "act", _DONE[entry.action](json.loads(entry.details)), entry.actor)


def _due(details: Mapping[str, Any]) -> str:
    due = details.get("due_at")
    return f"set it due {ages.utc(due)} UTC" if isinstance(due, int) else "set when it is due"


_DONE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "case.claim": lambda _: "claimed it",
    "case.release": lambda _: "gave it back",
    "case.assign": lambda details: f"gave it to {plain(details.get('owner'), 64)}",
    "case.due": _due,
    "case.close": lambda _: "closed it without a verdict",
    "case.reopen": lambda _: "opened it again",
}
