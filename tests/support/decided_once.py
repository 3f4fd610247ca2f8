"""Which of the events that are sent, some twice, the job decides."""

from __future__ import annotations

from collections.abc import Iterable

from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.support.event_lines import NOW, PSEUDONYMS


def decided(sent: Iterable[bytes]) -> list[str]:
    """The ids of the events that the job would decide: by its parser and the rule of its first stage."""
    parser, step, records, found = EventParser(GraphSettings(), PSEUDONYMS, now_ms=lambda: NOW), Step(GraphSettings()), {}, []
    for line in sent:
        event = parser.parse(line)
        account = event.entities[0]
        visit = step.visit(0, Trail(event), records.get(account))
        if visit.outcome is not Outcome.DUPLICATE:
            found.append(event.event_id)
            records[account] = visit.record
    return found
