"""Decide a history offline: the same step, features, scorer and policy as the job, without an engine."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from domain.decisions.decision import Decision
from domain.decisions.effects import Effects
from domain.decisions.enriched import Enricher
from domain.decisions.raw_event import with_raw
from domain.events.event import Event
from domain.memory.trail import crowd
from domain.times import now_ms
from domain.whole_files import whole_file
from gnn.history.replay import Replay
from gnn.scoring.incident_replay import IncidentReplay, as_line
from gnn.scoring.offline_control import OfflineControl

BATCH = 512


class Decides(Protocol):
    """A `Decider`, or a `DeciderSwitch` where events may name another model."""

    def decide_and_join(
        self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None = None
    ) -> list[tuple[Decision, list[str]]]:
        """Decide a batch, as `Decider.decide_and_join` does."""
        ...


@dataclass(frozen=True)
class EnrichedFile:
    """A file of enriched documents, `with_raw` those with their raw lines."""

    enricher: Enricher
    path: Path
    with_raw: bool = False

    def text(self, line: bytes, trail: bytes, decision: str) -> str:
        """Return the document of a line, its encoded trail and its decision document."""
        text = self.enricher.text(trail, decision)
        return with_raw(text, line) if self.with_raw else text


def score_files(
    replay: Replay,
    decider: Decides,
    events: Iterable[Path],
    out: Path,
    progress: Callable[[int], None] = lambda done: None,
    incidents: tuple[IncidentReplay, Path] | None = None,
    control: OfflineControl | None = None,
    enriched: EnrichedFile | None = None,
) -> Counter[str]:
    """Write one decision document per event, in the order of the files; return how many of each decision.

    The files appear whole or not at all. `progress` is called with the number of decisions so far.

    With `incidents` the revisions that follow from them go to a second file, with the template's summaries.
    `control` says which control records are in force at which event; `decider` is then a `DeciderSwitch`.
    With `enriched` the enriched documents of all decisions go to one more file.
    """
    counts: Counter[str] = Counter()
    with ExitStack() as files:
        decisions = files.enter_context(whole_file(out))
        revisions = files.enter_context(whole_file(incidents[1])) if incidents else None
        richer = files.enter_context(whole_file(enriched.path)) if enriched else None
        scored = replay.run_lines(events)
        while taken := list(islice(scored, BATCH)):
            batch = [both for _, both in taken]
            decided = _decided(decider, batch, control)
            documents = [decision.to_json() for decision, _ in decided]
            decisions.writelines(f"{document}\n" for document in documents)
            if enriched and richer:
                richer.writelines(f"{enriched.text(line, both[1], text)}\n" for (line, both), text in zip(taken, documents, strict=True))
            if incidents and revisions:
                noted = [(crowd(trail), replay.clock_ms(trail)) for _, trail in batch]
                gathered = _gathered(incidents[0], decided, noted, counts.total(), replay.forgotten)
                revisions.writelines(map(as_line, gathered))
            counts.update(decision.outcome for decision, _ in decided)
            progress(counts.total())
        if incidents and revisions:
            revisions.writelines(map(as_line, _gathered(incidents[0], [], [], counts.total(), replay.forgotten)))
            revisions.writelines(map(as_line, incidents[0].finish()))
    return counts


def _gathered(
    incidents: IncidentReplay,
    decided: Iterable[tuple[Decision, list[str]]],
    noted: Iterable[tuple[int, int]],
    before: int,
    forgotten: deque[tuple[int, str]],
) -> Iterator[dict[str, Any]]:
    """Yield the revisions of decisions after the first `before`, and of accounts forgotten among them.

    `noted` are crowd and clock of each.
    """
    for at, (both, of) in enumerate(zip(decided, noted, strict=True), before):
        yield from _without(incidents, forgotten, at)
        yield from incidents.take(*both, *of)
        before = at + 1
    yield from _without(incidents, forgotten, before)


def _without(incidents: IncidentReplay, forgotten: deque[tuple[int, str]], events: int) -> Iterator[dict[str, Any]]:
    while forgotten and forgotten[0][0] <= events:
        yield from incidents.forget(forgotten.popleft()[1])


def _decided(decider: Decides, batch: list[tuple[Event, bytes]], control: OfflineControl | None) -> list[tuple[Decision, list[str]]]:
    if control is None:
        return decider.decide_and_join([trail for _, trail in batch], now_ms)
    judged = [control.judged(event, trail) for event, trail in batch]
    return decider.decide_and_join([trail for trail, _ in judged], now_ms, [effects for _, effects in judged])
