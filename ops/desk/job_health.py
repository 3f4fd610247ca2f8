"""How the job and what the service needs are, as far as the service knows: a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ops.api.service import Service
from ops.api.stream_read import StreamRead

State = Literal["good", "bad", "unknown"]
GOOD: State = "good"
BAD: State = "bad"
UNKNOWN: State = "unknown"
_LATE_S = 60.0
"""A store that is further behind shows cases late."""
_MANY_UNREAD = 10_000


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
    except Exception:  # likewise
        yield HealthLine("Streams", UNKNOWN, "they cannot be read now")
        return
    for stream in found:
        yield _stream_line(stream)


def _stream_line(stream: StreamRead) -> HealthLine:
    held = f"{stream.entries:,} {'entry' if stream.entries == 1 else 'entries'}"
    if not stream.unread:
        return HealthLine(f"Stream {stream.stream}", UNKNOWN, f"{held}, read by no group: is the job running?")
    most = max(unread or 0 for _, unread in stream.unread)
    said = "; ".join(f"{name}: {'an unknown number' if unread is None else f'{unread:,}'} to read" for name, unread in stream.unread)
    return HealthLine(f"Stream {stream.stream}", BAD if most > _MANY_UNREAD else GOOD, f"{held}; {said}")


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True
