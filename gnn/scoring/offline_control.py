"""Control records of a file, put in force at the events at which the job has put them in force.

A line is an entry of the job's stream `control_applied`, which names its first event, also as `ringwatch
tail --json` writes it; or a plain record, which holds from the first event on, or with `"from"` from the
first event that brings the clock there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.control.changes import Change, chunks
from domain.control.in_force import ControlInForce
from domain.control.ledger import Ledger, Verdict
from domain.control.listed import read_list
from domain.control.rates import RatesInForce
from domain.control.records import RATE, ControlRecord, control_record
from domain.decisions.effects import Effects
from domain.errors import SettingError
from domain.events.event import Event, Rejected
from domain.events.exchange_rates import NO_RATE, USUAL_CURRENCY, CurrencySettings
from domain.events.identity import Pseudonyms, as_text
from domain.events.unreadable import is_blank
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec
from domain.rules.entity_lists import EntityLists
from domain.rules.names import RuleNames
from domain.rules.record_fields import expiry_of
from gnn.card.card import ArtifactError

NameModel = Callable[[Path], str]
"""Text of the `ModelName` of a folder; raises `ArtifactError`."""
_Place = tuple[str, str]


@dataclass(frozen=True)
class _Line:
    """A record on its way into force."""

    number: int
    record: ControlRecord
    model: str = ""
    keys: NDArray[np.uint64] | None = None
    digest: str = ""
    applied: int = 0
    """The job's running number; 0 of a plain record."""
    from_ms: int = 0


class OfflineControl:
    """What is in force at each event of a replay."""

    def __init__(
        self,
        path: Path,
        graph: GraphSettings,
        pseudonyms: Pseudonyms,
        codes: tuple[str, ...],
        name_model: NameModel,
        currency: CurrencySettings = USUAL_CURRENCY,
    ) -> None:
        """Read the file; raise SettingError, with the line's number, for one that does not hold.

        `codes` are those of the settings' rules. Relative paths in records begin in the working directory.
        """
        self._path, self._codec, self._rows = path, TrailCodec(graph), EventRow(graph)
        self._in_force, self._ledger = ControlInForce(graph, pseudonyms, codes, currency), Ledger({}, currency=currency)
        self._names, self._pseudonyms, self._name_model = RuleNames.of(graph), pseudonyms, name_model
        self._timed: list[_Line] = []
        self._at: dict[_Place, list[_Line]] = defaultdict(list)
        self._clock_ms = -1
        self.applied = 0
        """How many changes have taken effect so far."""
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if not is_blank(line):
                self._read(number, line)
        self._timed.sort(key=lambda one: one.from_ms)
        for waiting in self._at.values():
            waiting.sort(key=lambda one: one.applied)
        self._rates = _OfflineRates(currency, self._timed, self._at)

    @property
    def missing(self) -> list[str]:
        """Return the ids of the first events that have not come, in the order of the changes."""
        left = sorted((lines[0].applied, event_id) for (_, event_id), lines in self._at.items())
        return [event_id for _, event_id in left]

    @property
    def lists(self) -> EntityLists:
        """Return the lists that are in force at the event that was judged last."""
        return self._in_force.lists

    @property
    def unused(self) -> int:
        """Return how many records wait for their first event or for their time."""
        return sum(map(len, self._at.values())) + len(self._timed)

    def compare(self, event: Event) -> None:
        """Give an event the rate in force at it; to be called before it is learnt, in order."""
        self._rates.compare(event)

    def judged(self, event: Event, trail: bytes) -> tuple[bytes, Effects]:
        """Return the event's trail, which names the model in force, and what else is in force at the event.

        To be called once per event, in order.
        """
        self._clock_ms = max(self._clock_ms, event.time_ms)
        while self._timed and self._timed[0].from_ms <= self._clock_ms:
            self._apply(self._timed.pop(0))
        if self._at:
            for line in self._at.pop((as_text(event.entities[0]), event.event_id), ()):
                self._apply(line)
        control = self._in_force
        row = self._rows.write(trail) if control.needs_row else ()
        return (self._codec.with_model(trail, control.model) if control.model else trail), control.judge(event, row)

    def _read(self, number: int, text: bytes) -> None:
        try:
            document = json.loads(text)
            if isinstance(document, dict) and isinstance(document.get("json"), dict):  # as ringwatch tail --json writes an entry
                document = document["json"]
            if isinstance(document, dict) and isinstance(document.get("record"), dict) and "first_event" in document:
                first = document["first_event"]
                line = self._line(number, document["record"], document, applied=int(document["applied"]))
                self._at[str(first["account"]), str(first["event_id"])].append(line)
                return
            from_ms = _from_ms(document.pop("from", None)) if isinstance(document, dict) else 0
            self._timed.append(self._line(number, document, {}, from_ms=from_ms))
        except (Rejected, SettingError, ArtifactError) as why:
            raise SettingError(f"{self._path}, line {number}: {why}") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SettingError(f"{self._path}, line {number}: no control record and no entry of control_applied") from None

    def _line(self, number: int, document: Any, entry: Mapping[str, Any], applied: int = 0, from_ms: int = 0) -> _Line:
        record = control_record(json.dumps(document).encode(), self._names, None, self._pseudonyms)
        line = _Line(number, record, applied=applied, from_ms=from_ms)
        if record.path and record.is_in_force:
            return replace(line, model=self._model(record, entry.get("model")))
        if record.listed is None or not record.file:
            return line
        found, said = read_list(Path(record.file), record.document, self._pseudonyms), entry.get("file")
        if said and (said["entries"], said["blake2b"]) != (len(found.keys), found.digest):
            raise Rejected("file", f"it holds {len(found.keys):,} other entries than the {said['entries']:,} that the job has read")
        return replace(line, keys=found.keys, digest=found.digest)

    def _model(self, record: ControlRecord, said: str | None) -> str:
        name = self._name_model(Path(record.path))
        if said and name.partition(" ")[0] != said:
            raise Rejected("path", f"it holds the model {name.partition(' ')[0]}, not {said} that the job has taken over")
        return name

    def _apply(self, line: _Line) -> None:
        entries = 1 if line.keys is None else len(line.keys)
        try:
            taken = self._ledger.take(line.record, entries)
            if taken.verdict is not Verdict.NEW:
                return
            count = 0 if line.keys is None else entries
            change = Change(line.record.key, line.applied or taken.applied, 0, line.record.document, line.model, count, line.digest)
            for key, part in chunks(change, line.keys) if line.keys is not None else ():
                self._in_force.apply(key, part)
            self._in_force.apply(change.key, change.to_bytes())
        except Rejected as why:
            raise SettingError(f"{self._path}, line {line.number}: {why}") from None
        self.applied += 1


class _OfflineRates:
    """The rates in force at each event. It runs ahead of the judge, who comes after the step."""

    def __init__(self, currency: CurrencySettings, timed: Sequence[_Line], at: Mapping[_Place, Sequence[_Line]]) -> None:
        """Take the lines of all records in their order; those of rates count."""
        self._timed = [line for line in timed if line.record.kind == RATE]
        by_event = {place: [line for line in lines if line.record.kind == RATE] for place, lines in at.items()}
        self._at = {place: lines for place, lines in by_event.items() if lines}
        self._rates, self._versions, self._clock_ms = RatesInForce(currency), dict[str, int](), -1

    def compare(self, event: Event) -> None:
        """Put in force what begins with this event, and give it its rate."""
        if event.is_label:
            return
        self._clock_ms = max(self._clock_ms, event.time_ms)
        while self._timed and self._timed[0].from_ms <= self._clock_ms:
            self._put(self._timed.pop(0).record)
        if self._at:
            for line in self._at.pop((as_text(event.entities[0]), event.event_id), ()):
                self._put(line.record)
        if event.currency:
            event.rate = self._rates.table.get(event.currency, NO_RATE)

    def _put(self, record: ControlRecord) -> None:
        version = record.version or 0
        if version > self._versions.get(record.id, 0):
            self._versions[record.id] = version
            self._rates.put(record.id, record.rate)


def _from_ms(value: Any) -> int:
    """Return the time of a record's field `from`; 0 if it has none."""
    try:
        return expiry_of({"expires_at": value}) or 0
    except Rejected as why:
        raise Rejected("from", why.reason) from None
