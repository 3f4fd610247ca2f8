"""What a run left at the sinks, and how it differs from a clean run's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Key = tuple[str, ...]
Document = Mapping[str, Any]
Documents = dict[Key, list[str]]
"""Contents by key, one per time that it was written."""

WRITTEN_BY_THE_SUMMARISER = ("headline", "explanation", "pattern", "next_steps", "writer")
EXAMPLES = 5
CLOCKS = ("decided_at",)


@dataclass(frozen=True)
class Difference:
    """Keys of a sink against the clean run's: missing, written more than once, of other content (or not in
    the clean run at all).
    """

    lost: int
    doubled: int
    different: int
    examples: tuple[str, ...] = ()
    """What differs in some of them."""

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled, {self.different} different"


@dataclass(frozen=True)
class Outcome:
    """Everything that one run wrote."""

    decisions: Documents
    alerts: Documents
    incidents: Documents
    """Revisions, without what the summariser writes."""
    rejected: int

    def against(self, clean: Outcome) -> dict[str, Difference]:
        return {name: difference(getattr(clean, name), getattr(self, name)) for name in ("decisions", "alerts", "incidents")}

    def at_parallelism_2(self, clean: Outcome) -> dict[str, Difference]:
        """Alerts reach the ring book by several ways there: a revision may be another one, or none."""
        found = self.against(clean)
        incidents = found["incidents"]
        return found | {"incidents": replace(incidents, lost=0, different=incidents.different + incidents.lost)}


def difference(clean: Documents, other: Documents) -> Difference:
    lost = clean.keys() - other.keys()
    different = [key for key, contents in other.items() if key not in clean or clean[key][0] != contents[0]]
    return Difference(
        lost=len(lost),
        doubled=sum(len(contents) > 1 for contents in other.values()),
        different=len(different),
        examples=tuple(_example(key, clean, other) for key in (*sorted(lost)[:EXAMPLES], *different[:EXAMPLES])),
    )


def _example(key: Key, clean: Documents, other: Documents) -> str:
    """The fields that differ, first those of the clean run."""
    was, now = (json.loads(found[key][0]) if key in found else {} for found in (clean, other))
    fields = {name: (was.get(name), now.get(name)) for name in {**was, **now} if was.get(name) != now.get(name)}
    return f"{' '.join(key)}: {json.dumps(fields)[:2000]}"


def documents(found: Iterable[tuple[Key, Mapping[str, Any]]], without: tuple[str, ...]) -> Documents:
    """Sorted by key; a content is its JSON without some top-level fields."""
    gathered: Documents = {}
    for key, document in found:
        content = json.dumps({name: value for name, value in document.items() if name not in without}, sort_keys=True)
        gathered.setdefault(key, []).append(content)
    return gathered


def outcome_of(decided: Iterable[Document], streams: Mapping[str, Sequence[Document]], unlike: tuple[str, ...] = CLOCKS) -> Outcome:
    """The outcome of decisions and of the streams' documents; `unlike` are fields of a revision that differ
    between any two runs.
    """
    return Outcome(
        decisions=documents((((one["event_id"],), one) for one in decided), CLOCKS),
        alerts=documents((((one["event_id"],), one) for one in streams["alerts"]), CLOCKS),
        incidents=documents((((one["id"], str(one["revision"])), one) for one in streams["incidents"]), unlike),
        rejected=len(streams["rejected"]),
    )
