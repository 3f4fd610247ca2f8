"""The tools of a question: read-only, each with typed arguments and a bounded result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.assistant import entity_tools, incident_tools, query
from ops.assistant.lake_count import counted_in_lake
from ops.assistant.measures import MEASURES, Measure
from ops.assistant.result import Result
from ops.assistant.sources import STORE_ONLY, FarTool, Sources
from ops.cases.errors import Invalid, NotFound
from ops.cases.queue import case_of
from ops.cases.store import Store

Run = Callable[[Session, Mapping[str, Any], int], Result]
MOST_CALLS = 8
"""Tools of one question."""
WITHIN_S = 120.0
"""Longest time for one question, tools and turns together."""


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


def unseen(_: Result) -> None:
    """Take note of no result."""


class Toolbox:
    """The tools of one question: each result has its name, in the order of the calls."""

    def __init__(
        self, store: Store, now: int, sources: Sources = STORE_ONLY, within_s: float = WITHIN_S, seen: Callable[[Result], None] = unseen
    ) -> None:
        """Take what tools read; all of them end within `within_s`. `seen` is called with each result."""
        self._store, self._now, self._sources, self._seen = store, now, sources, seen
        self._ends = time.monotonic() + within_s
        self._far = sources.tools(_WINDOW)
        self.results: list[Result] = []

    @property
    def tools(self) -> Mapping[str, Tool | FarTool]:
        """Return the tools that there are, by name."""
        return {**TOOLS, **self._far}

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Return what can be counted here, by name."""
        return {name: one for name, one in MEASURES.items() if one.value is not None or self._sources.lake is not None}

    @property
    def tries_rules(self) -> bool:
        """Whether a rule can be tried."""
        return self._sources.trials is not None

    def check_rule(self, text: str) -> None:
        """Raise `Invalid` for a rule that the job would refuse, where its names are known."""
        if self._sources.trials is not None:
            self._sources.trials.check(text)

    def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Return what a tool says, named. Raises `CaseError`: `Invalid` names the mend."""
        if name not in self.tools:
            raise Invalid("tool", f"there is no {name[:40]!r}; use one of {', '.join(self.tools)}")
        if len(self.results) >= MOST_CALLS:
            raise Invalid("tool", f"{MOST_CALLS} tools were called: that is the most for one question")
        self.results.append(replace(self._run(name, arguments), name=f"T{len(self.results) + 1}"))
        self._seen(self.results[-1])
        return self.results[-1]

    def case_of(self, incident: str) -> str:
        """Return the id of an incident's case. Raises `NotFound`."""
        with self._store.read() as session:
            found = case_of(session, incident)
            if found is None:
                raise NotFound(f"incident {incident} has no case")
            return found.id

    def _run(self, name: str, arguments: Mapping[str, Any]) -> Result:
        if name in self._far:
            return self._far[name].run(arguments, self._now, self._left_s())
        if name == query.TOOL and (counted := self._in_lake(arguments)) is not None:
            return counted
        with self._store.read() as session:
            return TOOLS[name].run(session, arguments, self._now)

    def _in_lake(self, arguments: Mapping[str, Any]) -> Result | None:
        """Return what the lake counts: what only it has, and times of which the store has lost rows."""
        wanted, lake = query.query_of(arguments, self._now), self._sources.lake
        is_only_there = wanted.measure.value is None
        if lake is None:
            if is_only_there:
                raise Invalid("measure", f"{wanted.name} is in a lake only, and there is none (lake.url)")
            return None
        kept_from = self._now - self._store.settings.retention_days * DAY_MS
        if is_only_there or (wanted.measure.in_lake and wanted.window.start_ms < kept_from):
            return counted_in_lake(lake, wanted, self._left_s())
        return None

    def _left_s(self) -> float:
        return max(0.0, self._ends - time.monotonic())
