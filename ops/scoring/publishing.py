"""Events and labels taken in without waiting for decisions: many at once, each with its own result."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from domain.control.signature import ControlKeys
from domain.events.event import Rejected
from domain.json_text import as_json
from ops.scoring.answers import UNLIKE_TEXT, AwayError, FullError
from ops.scoring.events_read import EventRead, EventReader
from ops.scoring.sending import FULL, KNOWN, SENT, Gate, Sending

ACCEPTED, REPEATED, UNLIKE, REFUSED, NOT_ROOM, UNKNOWN = "accepted", "repeated", "unlike", "refused", "full", "unknown"
STATUSES = (ACCEPTED, REPEATED, UNLIKE, REFUSED, NOT_ROOM, UNKNOWN)
"""Of a line: it is in the stream; it was there before; another body was sent with its id; the job would
reject it; the stream is at its bound; the server has not answered. The last two may be sent again.
"""
WITHIN_S = 5.0
RETRY_S = 5
MOST_QUEUED = 20_000
_AT_A_TIME = 20  # lines read before others have their turn: about a millisecond
_REASONS = {
    UNLIKE: UNLIKE_TEXT,
    NOT_ROOM: "the stream is full of unread entries (redis.hard_max_length); send it again later",
    UNKNOWN: "the server of the stream has not answered; send it again: it will be there once",
}


@dataclass(slots=True)
class LineResult:
    """What became of a line."""

    status: str = UNKNOWN
    """One of `STATUSES`."""
    event_id: str | None = None
    field: str | None = None
    """At fault, where it was refused."""
    reason: str | None = _REASONS[UNKNOWN]


@dataclass(frozen=True)
class LabelSettings:
    """Where labels go, and how the job knows that they may."""

    stream_of: Callable[[str], str]
    keys: ControlKeys | None = None
    sign_with: str = ""
    refused: str = ""
    """Why no label is taken, with the mend; empty where they are."""


class LabelsRefusedError(RuntimeError):
    """The job would reject each label of this service; the text names the setting and the mend."""


class Publishing:
    """The way of events and labels without an answer to wait for."""

    def __init__(self, reader: EventReader, gate: Gate, stream_of: Callable[[str], str], labels_gate: Gate, labels: LabelSettings) -> None:
        self._reader, self._gate, self._stream_of = reader, gate, stream_of
        self._labels_gate, self._labels = labels_gate, labels

    async def events(self, lines: Sequence[bytes]) -> list[LineResult]:
        """Send events; raise FullError where none finds room, AwayError where the server does not answer."""
        return await _all(self._gate, lines, self._reader.event, self._event)

    async def labels(self, lines: Sequence[bytes]) -> list[LineResult]:
        """Send labels, signed if the job asks for it; raise as `events` does, and LabelsRefusedError."""
        if self._labels.refused:
            raise LabelsRefusedError(self._labels.refused)
        return await _all(self._labels_gate, lines, self._reader.label, self._label)

    def _event(self, read: EventRead, result: LineResult) -> Sending:
        return Sending(self._stream_of(read.account), read.claim, read.digest, read.line, partial(_tell, read.digest, result), read.account)

    def _label(self, read: EventRead, result: LineResult) -> Sending:
        line = read.line
        if self._labels.keys:
            line = as_json(self._labels.keys.signed(json.loads(line), self._labels.sign_with)).encode()
        stream = self._labels.stream_of(read.account)
        return Sending(stream, read.claim, read.digest, line, partial(_tell, read.digest, result), read.account)


async def _all(
    gate: Gate, lines: Sequence[bytes], read: Callable[[bytes], EventRead], sending: Callable[[EventRead, LineResult], Sending]
) -> list[LineResult]:
    if gate.away_s > WITHIN_S:
        raise AwayError(_REASONS[UNKNOWN], RETRY_S)
    if gate.unsent + len(lines) > MOST_QUEUED:
        raise FullError(f"{gate.unsent:,} lines wait to be sent", RETRY_S)
    results = [LineResult() for _ in lines]
    open_lines = _Open()
    for at, (line, result) in enumerate(zip(lines, results, strict=True)):
        if at % _AT_A_TIME == _AT_A_TIME - 1:
            await asyncio.sleep(0)
        try:
            event = read(line)
        except Rejected as why:
            result.status, result.field, result.reason = REFUSED, why.field, why.reason
            continue
        result.event_id = event.event.event_id
        open_lines.send(gate, sending(event, result))
    await open_lines.all_told(WITHIN_S)
    return _checked(results)


class _Open:
    """Lines of one call that are under way."""

    def __init__(self) -> None:
        self._sendings: list[Sending] = []
        self._left, self._all = 0, asyncio.Event()

    def send(self, gate: Gate, sending: Sending) -> None:
        tell = sending.tell

        def told(word: str, detail: str) -> None:
            tell(word, detail)
            self._left -= 1
            if not self._left:
                self._all.set()

        sending.tell = told
        self._left += 1
        self._all.clear()
        self._sendings.append(sending)
        gate.send(sending)

    async def all_told(self, within_s: float) -> None:
        """Return when all is told; what has not been sent in time is not sent any more."""
        if self._left:
            try:
                await asyncio.wait_for(self._all.wait(), within_s)
            except TimeoutError:
                for sending in self._sendings:
                    sending.is_withdrawn = True


def _tell(digest: str, result: LineResult, word: str, detail: str) -> None:
    if word == SENT:
        result.status = ACCEPTED
    elif word == KNOWN:
        result.status = REPEATED if detail == digest else UNLIKE
    elif word == FULL:
        result.status = NOT_ROOM
    result.reason = _REASONS.get(result.status)
    if result.status == UNLIKE:
        result.field = "event_id"


def _checked(results: list[LineResult]) -> list[LineResult]:
    """Return the results; raise where nothing was taken for a reason that passes."""
    found = {result.status for result in results if result.status != REFUSED}
    if found and found <= {NOT_ROOM, UNKNOWN}:
        raise (AwayError if UNKNOWN in found else FullError)(_REASONS[UNKNOWN if UNKNOWN in found else NOT_ROOM], RETRY_S)
    return results
