"""Scoring: an event into the running job, its decision out, or the fallback when the time is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.times import now_ms
from ops.scoring.answers import AWAY, STOPPING, AwayError, FullError, Scored, UnlikeError, WaitRefusedError, decided, fallback
from ops.scoring.events_read import EventRead, EventReader, is_decision_on
from ops.scoring.key_hint import KeyHint
from ops.scoring.loop_lag import LoopLag
from ops.scoring.publishing import Publishing
from ops.scoring.recent import RecentDecisions, Remembered
from ops.scoring.sending import FULL, KNOWN, Gate, Sending, Watch
from ops.scoring.settings import LEAST_DEADLINE_MS, ScoreSettings
from ops.scoring.silence import Silence
from ops.scoring.store_lookup import StoreLookup
from ops.scoring.switch import AutoBlock
from ops.scoring.waiting import DEADLINE, Key, WaitingRoom

UNLIKE = "unlike"
RETRY_S, RETRY_FULL_S = 1, 5
AT_ONCE_S = 1.0
"""After a server has been away for so long nobody waits for it: the fallback is given at once."""
_NOT_SENT = "not_sent"


def _unseen(outcome: str, waited_s: float) -> None:
    """Take no notice."""


class Scoring:
    """Everything between a request and its answer, for one instance and one event loop.

    Attributes: `observe` is called with the outcome (`decision`, `repeat`, `full`, `unlike`, or why a
    fallback was given) and the seconds of each request. `refused` is why nobody may wait for decisions, with
    the mend; empty where one may.
    """

    def __init__(
        self,
        settings: ScoreSettings,
        graph: GraphSettings,
        reader: EventReader,
        gate: Gate,
        stream_of: Callable[[str], str],
        publishing: Publishing,
        store: StoreLookup | None = None,
        auto_block: AutoBlock | None = None,
    ) -> None:
        """Note the parts; `stream_of` is the stream of an account's events."""
        self.publish, self.publish_labels = publishing.events, publishing.labels
        self.settings, self._kinds, self._reader, self._gate = settings, graph.entities, reader, gate
        self._stream_of, self._store = stream_of, store
        self.auto_block = auto_block or AutoBlock()
        self.observe: Callable[[str, float], None] = _unseen
        self.refused = ""
        self._recent, self._room, self._lag = RecentDecisions(settings.remembered), WaitingRoom(), LoopLag()
        self._silence = Silence(lambda: self._room.waiting, self._give_up_early)
        self._key_hint = KeyHint(self._recent)
        self._unsent: dict[Key, str] = {}  # with the digest of the body
        self._tasks: set[asyncio.Task[None]] = set()
        self._watches: list[Watch] = []
        self._gates = [gate]
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = float("inf")
        self._is_stopping = False

    @property
    def waiting(self) -> int:
        """Return how many requests wait."""
        return self._room.waiting

    @property
    def unsent(self) -> int:
        """Return how many events and labels wait to be sent."""
        return self._gate.unsent

    @property
    def late_s(self) -> float:
        """Return by how much the event loop was late in the last seconds."""
        return self._lag.worst_s

    @property
    def away_s(self) -> float:
        """Return for how long events cannot be sent or decisions not be read, 0 while both go."""
        return max(self._gate.away_s, self._reading_away_s)

    @property
    def _reading_away_s(self) -> float:
        return self._watches[0].away_s if self._watches else 0.0

    def runs(self, watches: Sequence[Watch], gates: Sequence[Gate] = ()) -> None:
        """Note what starts and stops with it: the first of `watches` calls `take_decision`."""
        self._watches += watches
        self._gates += gates

    async def start(self) -> None:
        """Begin to read and to send. No server need be there."""
        self._lag.start()
        self._silence.start()
        for watch in self._watches:
            await watch.start()
        for gate in self._gates:
            await gate.start()

    async def stop(self, within_s: float = 5.0) -> None:
        """Accept nothing more, let those who wait have their answers within so many seconds, and close."""
        self._is_stopping = True
        until = asyncio.get_running_loop().time() + within_s
        while self._room.waiting and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
        self._room.close(STOPPING)
        left_s = max(0.5, until - asyncio.get_running_loop().time())
        await asyncio.gather(*(gate.stop(left_s) for gate in self._gates), *(watch.stop() for watch in self._watches))
        for task in self._tasks:
            task.cancel()
        if self._store:
            self._store.close()
        self._lag.stop()
        self._silence.stop()
        if self._timer:
            self._timer.cancel()

    async def score(self, body: bytes | Mapping[str, Any], deadline_ms: int | None = None) -> Scored:
        """Return the decision on an event, or the fallback shortly before the deadline is over.

        Raises:
            Rejected: the body is no event that the job would take, or the deadline is out of bounds.
            UnlikeError, FullError, WaitRefusedError: see `ops.scoring.answers`.
        """
        if self.refused:
            raise WaitRefusedError(self.refused)
        loop = asyncio.get_running_loop()
        began = loop.time()
        due = began + self.settings.patience_s(self._deadline_ms(deadline_ms) / 1000, self.late_s)
        outcome = ""
        try:
            read = self._reader.event(body if isinstance(body, bytes) else as_json(body).encode())
            known = await self._known(read, (due - began) / 2)
            if known is not None:
                outcome = "repeat"
                return decided(known, self.auto_block.is_on)
            scored = await self._decision(read, due, loop)
            outcome = scored.why or "decision"
            return scored
        except UnlikeError:
            outcome = UNLIKE
            raise
        except FullError:
            outcome = FULL
            raise
        finally:
            if outcome:
                self.observe(outcome, loop.time() - began)

    def take_decision(self, account: str, event_id: str, text: bytes) -> None:
        """Take a decision of the job, anybody's; of two on one event the first counts."""
        self._silence.heard()
        key = (account, event_id)
        text = self._recent.put(key, text, self._room.digest(key) or "")
        self._room.decide(key, text)

    def _deadline_ms(self, asked: int | None) -> int:
        if asked is None:
            return self.settings.deadline_ms
        return max(LEAST_DEADLINE_MS, min(asked, self.settings.most_deadline_ms))

    async def _known(self, read: EventRead, within_s: float) -> bytes | None:
        """Return the decision that was made on the event before; raise UnlikeError for another body."""
        if read.key not in self._recent and self._store and self._is_old(read) and self._room.digest(read.key) is None:
            await self._look_up(self._store, read, within_s)
        found = self._recent.get(read.key)
        if found is None:
            return None
        self._check_alike(found, read)
        return found.text

    def _is_old(self, read: EventRead) -> bool:
        """Return whether the event may have been sent so long ago that its claim is gone."""
        return read.event.time_ms < now_ms() - 1000 * self.settings.claim_s

    async def _look_up(self, store: StoreLookup, read: EventRead, within_s: float) -> None:
        """Take the decision out of the case store, if it is there."""
        document = await store.find(read.key, within_s)
        if document is not None:
            self.take_decision(*read.key, as_json(dict(document)).encode())

    def _check_alike(self, found: Remembered, read: EventRead) -> None:
        if found.digest == read.digest:
            return
        if found.digest or not is_decision_on(json.loads(found.text), read.event, self._kinds):
            raise UnlikeError()

    async def _decision(self, read: EventRead, due: float, loop: asyncio.AbstractEventLoop) -> Scored:
        waited_for = self._room.digest(read.key) or self._unsent.get(read.key)
        if waited_for is not None and waited_for != read.digest:
            raise UnlikeError()
        if self._is_stopping:
            raise AwayError("this instance is stopping", RETRY_S)
        if self._room.waiting >= self.settings.most_waiting:
            raise FullError(f"{self._room.waiting:,} requests wait here (service.score.most_waiting)", RETRY_S)
        future: asyncio.Future[tuple[bytes | None, str]] = loop.create_future()
        is_first = self._room.enter(read.key, read.digest, due, partial(_resolve, future))
        self._arm(due, loop)
        if is_first:
            self._send(read)
        text, why = await future
        if text is not None:
            return decided(text, self.auto_block.is_on)
        if why == UNLIKE:
            raise UnlikeError()
        if why == FULL:
            raise FullError("the stream of events is full of unread ones (redis.hard_max_length)", RETRY_FULL_S)
        return self._fallback(read, why)

    def _fallback(self, read: EventRead, why: str) -> Scored:
        outcome = self.settings.fallback_of(read.event_type)
        if outcome == BLOCK and not self.auto_block.is_on:
            outcome = INVESTIGATE
        accepted = why != _NOT_SENT and read.key not in self._unsent
        why = AWAY if not accepted or self._reading_away_s else why
        if why == DEADLINE:
            self._key_hint.look(read.key)
        return fallback(read.event, self._kinds, outcome, why, accepted, now_ms())

    def _send(self, read: EventRead) -> None:
        if read.key in self._unsent:  # by an earlier request, which has its fallback
            return
        if self._gate.unsent >= self.settings.most_waiting:
            self._room.give_up(read.key, _NOT_SENT)
            return
        self._unsent[read.key] = read.digest
        stream = self._stream_of(read.account)
        self._gate.send(Sending(stream, read.claim, read.digest, read.line, partial(self._sent, read), read.account))
        if self._gate.away_s > AT_ONCE_S:
            self._room.give_up(read.key, AWAY)

    def _sent(self, read: EventRead, word: str, digest: str) -> None:
        """Note what became of an event at the gate."""
        self._unsent.pop(read.key, None)
        if word == FULL:
            self._room.give_up(read.key, FULL)
        elif word == KNOWN and digest != read.digest:
            self._room.give_up(read.key, UNLIKE)
        elif word == KNOWN and self._store and self._room.digest(read.key):
            task = asyncio.get_running_loop().create_task(self._look_up(self._store, read, RETRY_S))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _give_up_early(self) -> None:
        """Give the fallback to those who have waited half of their time, as the job says nothing."""
        self._room.expire(asyncio.get_running_loop().time() + self.settings.early_s)

    def _arm(self, due: float, loop: asyncio.AbstractEventLoop) -> None:
        if due < self._timer_due:
            if self._timer:
                self._timer.cancel()
            self._timer, self._timer_due = loop.call_at(due, self._expire, loop), due

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self._timer_due = None, float("inf")
        due = self._room.expire(loop.time())
        if due is not None:
            self._arm(due, loop)


def _resolve(future: asyncio.Future[tuple[bytes | None, str]], text: bytes | None, why: str) -> None:
    if not future.done():  # else who has asked has hung up
        future.set_result((text, why))
