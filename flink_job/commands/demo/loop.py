"""The demo's way in and out where Redis is all there is: events go into it, decisions come back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from domain.json_text import as_json
from domain.unpacked import without_end
from domain.whole_files import whole_file
from flink_job.cluster.run_state import RunState
from flink_job.settings.settings import Settings
from ops.redis.publisher import Publisher
from ops.redis.stream_documents import stream_documents
from ops.redis.stream_end import last_id

EVENTS, DECISIONS = "events", "decisions"
SHOW_S, MOST_RATE, LEAST_RATE = 40.0, 1500.0, 20.0
"""How long a history is published, at how many lines a second at most and at least."""
SILENT_S = 180.0
"""How long nothing more is decided, until the demo ends without the rest.

A first start compiles the functions of stages and worker, on a machine that others use for minutes.
"""
_LONGEST_S = 1.0  # what a pause owes beyond that is not made up for


def on_redis(settings: Settings) -> Settings:
    """Return the settings of a job whose events and decisions are streams of its Redis.

    A stream may hold what an earlier demo has published: the job begins at its end.
    """
    job = replace(
        settings.job,
        sources=(f"redis:{EVENTS}",),
        labels=(f"redis:{EVENTS}",),
        decisions=f"redis:{DECISIONS}",
        bounded=False,
        early_approval=True,
    )
    return replace(settings, job=job, redis=replace(settings.redis, start="latest"))


def is_up(state: RunState) -> bool:
    """Return whether the job reads: what is published from then on comes after the place where it began."""
    return not state.waits_for or state.waits_for.startswith("events from")


class Loop:
    """The two streams of one demo."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix
        self._publisher = Publisher(url, prefix, (f"{prefix}{EVENTS}",))
        self._begin = last_id(url, prefix, DECISIONS)

    def __call__(self, lines: Sequence[str]) -> None:
        """Publish lines, as `EndlessShop` delivers them."""
        self._publisher.send([line.encode() for line in lines])

    def send(self, lines: Sequence[bytes]) -> None:
        """Publish lines of a file."""
        self._publisher.send(lines)

    def save_decisions(self, path: Path) -> None:
        """Write the decisions of this demo that the stream has, a document a line; no file for none."""
        documents = stream_documents(self._url, self._prefix, DECISIONS, after=self._begin)
        first = next(documents, None)
        if first is None:
            return
        with whole_file(path) as file:
            file.write(as_json(first) + "\n")
            file.writelines(as_json(document) + "\n" for document in documents)

    def close(self) -> None:
        """Close the connection."""
        self._publisher.close()


class History:
    """A file of events on its way into the loop, at a rate, once the job is up."""

    def __init__(self, loop: Loop, file: Path, lines: int, events: int) -> None:
        """Take a file of so many `lines`, of which `events` are decided."""
        self._loop, self._lines, self._events = loop, _lines_of(file), events
        self.rate = min(MOST_RATE, max(LEAST_RATE, lines / SHOW_S))
        self._fed_at: float | None = None
        self._owed, self._is_sent = 0.0, False
        self._decided, self._decided_at = 0, time.monotonic()

    def feed(self, state: RunState) -> bool:
        """Publish what is due; return whether all of it is decided, or nothing more will be."""
        now = time.monotonic()
        if self._fed_at is None:
            if not is_up(state):
                return False
            self._fed_at = now
        if state.decided != self._decided or state.waits_for:
            self._decided, self._decided_at = state.decided, now
        self._owed += self.rate * min(now - self._fed_at, _LONGEST_S)
        self._fed_at = now
        if not state.waits_for or is_up(state):
            batch = list(islice(self._lines, int(self._owed)))
            self._is_sent |= len(batch) < int(self._owed)
            self._owed -= int(self._owed)
            self._loop.send(batch)
        return self._is_sent and (state.decided >= self._events or now - self._decided_at > SILENT_S)


def _lines_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as lines:
        yield from map(without_end, lines)
