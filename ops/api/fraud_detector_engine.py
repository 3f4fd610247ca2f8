"""What Amazon's wire format asks of the engine of scores and of the case store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from domain.events.event import Rejected
from domain.json_text import as_json
from ops.cases.decided_events import decided
from ops.cases.store import Store
from ops.fraud_detector.parts import Away, Busy, Decided, NamedEvent, Refused, Unlike
from ops.scoring.answers import AwayError, FullError, UnlikeError, WaitRefusedError
from ops.scoring.publishing import REFUSED as LINE_REFUSED
from ops.scoring.publishing import UNLIKE as LINE_UNLIKE
from ops.scoring.publishing import LabelsRefusedError, LineResult
from ops.scoring.scoring import Scoring


class ScoringEngine:
    """The engine of scores and the case store as `ops.fraud_detector.parts.Engine`."""

    def __init__(self, scoring: Scoring, store: Store | None) -> None:
        """Note the parts. Without a store no event is found that this process has not just answered."""
        self._scoring, self._store = scoring, store

    async def score(self, event: Mapping[str, Any]) -> Decided:
        """Send an event; return its decision, or the fallback once the deadline has passed."""
        with _outcomes():
            scored = await self._scoring.score(event)
        return Decided(scored.document, scored.fallback)

    async def send_event(self, event: Mapping[str, Any]) -> None:
        """Send an event without waiting for its decision."""
        await self._sent(self._scoring.publish([_line(event)]))

    async def send_label(self, label: Mapping[str, Any]) -> None:
        """Send a label."""
        await self._sent(self._scoring.publish_labels([_line(label)]))

    async def find(self, event_id: str, types: Collection[str]) -> Sequence[NamedEvent]:
        """Return the decided events of an id that have one of the types, of all accounts."""
        return [] if self._store is None else await asyncio.to_thread(self._found, self._store, event_id, types)

    def _found(self, store: Store, event_id: str, types: Collection[str]) -> list[NamedEvent]:
        with store.read() as session:
            events = decided(session, event_id)
            return [NamedEvent(one.account, dict(one.pseudonyms), one.time) for one in events if one.event_type in types and one.account]

    async def _sent(self, results: Awaitable[list[LineResult]]) -> None:
        with _outcomes():
            [result] = await results
        if result.status == LINE_UNLIKE:
            raise Unlike
        if result.status == LINE_REFUSED:
            raise Rejected(result.field or "line", result.reason or "it is not understood")


def _line(document: Mapping[str, Any]) -> bytes:
    return as_json(document).encode("utf-8", "surrogatepass")


@contextmanager
def _outcomes() -> Iterator[None]:
    """Raise the engine's outcomes as those of the wire format."""
    try:
        yield
    except AwayError:
        raise Away from None
    except FullError as full:
        raise Busy(full.retry_after_s) from None
    except UnlikeError:
        raise Unlike from None
    except (LabelsRefusedError, WaitRefusedError) as why:
        raise Refused(str(why)) from None
