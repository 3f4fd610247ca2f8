"""The tools of a question: read-only, each with typed arguments and a bounded result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from ops.assistant import entity_tools, incident_tools, query
from ops.assistant.result import Result
from ops.cases.errors import Invalid, NotFound
from ops.cases.queue import case_of
from ops.cases.store import Store

Run = Callable[[Session, Mapping[str, Any], int], Result]
MOST_CALLS = 8
"""Tools of one question."""


@dataclass(frozen=True)
class Tool:
    """A tool and what it is for."""

    run: Run
    does: str
    arguments: str
    """Its arguments in words, for who calls it."""


def _count(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    return query.counted(session, query.query_of(arguments, now))


_WINDOW = "window: today, yesterday, 7d, 30d, 90d, a day, a month, or DAY..DAY"
TOOLS: Mapping[str, Tool] = {
    query.TOOL: Tool(
        _count, "count or sum what happened", f"measure, by: list of traits, where: object of traits, {_WINDOW}, most: rows"
    ),
    "find_incidents": Tool(
        incident_tools.find_incidents, "list incidents", f"kind, severity, pattern, action, {_WINDOW}, sort, most: rows up to 20"
    ),
    "incident": Tool(incident_tools.one_incident, "show one incident with its facts and its case", "incident: its id"),
    "similar_incidents": Tool(incident_tools.similar_incidents, "list incidents like one, with their verdicts", "incident: its id"),
    "find_cases": Tool(incident_tools.find_cases, "list cases", "state, owner, severity, late: true, sort, most: rows up to 20"),
    "queue": Tool(incident_tools.queue_now, "count the cases of the queue as it is", "none"),
    "find_alerts": Tool(
        entity_tools.find_alerts, "list flagged events, the latest first",
        f"decision, severity, event_type, entity, incident, {_WINDOW}, most: rows up to 20",
    ),
    "event": Tool(entity_tools.one_event, "show how an event was decided", "event: its id"),
    "entity": Tool(entity_tools.one_entity, "show what is known of an entity", "entity: kind and pseudonym, as device:9c41aa00bb11cc22"),
    "busy_entities": Tool(entity_tools.busy_entities, "list the entities of most flagged events lately", "kind, most: rows up to 20"),
}  # fmt: skip
"""Name -> tool."""


class Toolbox:
    """The tools of one question: each result has its name, in the order of the calls."""

    def __init__(self, store: Store, now: int) -> None:
        self._store, self._now = store, now
        self.results: list[Result] = []

    def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Return what a tool says, named. Raises `CaseError`: `Invalid` names the mend."""
        if name not in TOOLS:
            raise Invalid("tool", f"there is no {name[:40]!r}; use one of {', '.join(TOOLS)}")
        if len(self.results) >= MOST_CALLS:
            raise Invalid("tool", f"{MOST_CALLS} tools were called: that is the most for one question")
        with self._store.read() as session:
            found = TOOLS[name].run(session, arguments, self._now)
        self.results.append(replace(found, name=f"T{len(self.results) + 1}"))
        return self.results[-1]

    def case_of(self, incident: str) -> str:
        """Return the id of an incident's case. Raises `NotFound`."""
        with self._store.read() as session:
            found = case_of(session, incident)
            if found is None:
                raise NotFound(f"incident {incident} has no case")
            return found.id
