"""How the job and what the service needs are, as far as the service knows: a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ops.api.service import Service
from ops.api.stream_read import StreamRead
from ops.cases.pace import newest_decision
from ops.desk.view.ages import ago

State = Literal["good", "bad", "unknown"]
GOOD: State = "good"
BAD: State = "bad"
UNKNOWN: State = "unknown"
_LATE_S = 60.0
"""A store that is further behind shows cases late."""
_MANY_UNREAD = 10_000
_BEHIND_MS = 60_000
"""Where the newest entry came so long after the newest decision, the job may be down."""


@dataclass(frozen=True)
class HealthLine:
    """A part and how it is."""

    name: str
    state: State
    said: str


def health_lines(service: Service) -> list[HealthLine]:
    """Return how everything is. This asks the servers, and takes as long as they may."""
    away = {name for name, check in service.checks.items() if not _holds(check)}
    lines = [HealthLine(name.capitalize(), BAD if name in away else GOOD, "away" if name in away else "answers") for name in service.checks]
    if "redis" in away:
        return lines
    return [*lines, *_store_lag(service), *_streams(service)]


def _store_lag(service: Service) -> Iterator[HealthLine]:
    if service.store_lag_s is None:
        return
    try:
        lag = service.store_lag_s()
    except Exception:  # a server that is away: its own line says so
        yield HealthLine("Case store", UNKNOWN, "how far it is behind the streams is not known now")
        return
    said = "has all that the streams have" if lag < 1 else f"is {lag:,.0f} s behind the streams: is the worker running?"
    yield HealthLine("Case store", BAD if lag > _LATE_S else GOOD, said)


def _streams(service: Service) -> Iterator[HealthLine]:
    try:
        found = service.streams() if service.streams is not None else []
        with service.store.read() as session:
            decided_at = newest_decision(session, service.clock()) if found else None
    except Exception:  # likewise
        yield HealthLine("Streams", UNKNOWN, "they cannot be read now")
        return
    for stream in found:
        yield _stream_line(stream, decided_at, service.clock())


def _stream_line(stream: StreamRead, decided_at: int | None, now: int) -> HealthLine:
    held = f"{stream.entries:,} {'entry' if stream.entries == 1 else 'entries'}"
    newest = "" if stream.newest_at is None else f", the newest {ago(min(stream.newest_at, now), now)}"
    states, said = zip(*_read_by(stream, decided_at, now), strict=True)
    state = BAD if BAD in states else GOOD if GOOD in states else UNKNOWN
    return HealthLine(f"Stream {stream.stream}", state, "; ".join([held + newest, *said]))


def _read_by(stream: StreamRead, decided_at: int | None, now: int) -> Iterator[tuple[State, str]]:
    """Yield what tells how far the stream was read: the job makes no group, but what it decided is known."""
    if stream.is_decided and decided_at is not None:
        is_behind = stream.newest_at is not None and stream.newest_at > decided_at + _BEHIND_MS
        yield (
            BAD if is_behind else GOOD,
            f"the newest decision {ago(min(decided_at, now), now)}{': is the job running?' if is_behind else ''}",
        )
    elif stream.is_decided:
        yield UNKNOWN, "the store has no decision"
    for name, unread in stream.unread:
        many = "an unknown number" if unread is None else f"{unread:,}"
        yield BAD if (unread or 0) > _MANY_UNREAD else GOOD, f"{name}: {many} to read"
    if not stream.is_decided and not stream.unread:
        yield UNKNOWN, "how far the job has read it, its metrics say"


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True
