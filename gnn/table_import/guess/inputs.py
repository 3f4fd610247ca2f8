"""What is left of a sample: inputs of a model, columns that tell the answer, columns that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.events.event import MAX_ATTRIBUTES
from gnn.table_import.guess.picks import Picks
from gnn.table_import.guess.sample import Column
from gnn.table_import.guess.value_kinds import ENOUGH, is_naming
from gnn.table_import.guess.yaml_lines import listed, with_comment

_FEW, _MANY = 40, 10
"""Distinct values of a text that sorts rows, and of a number that measures."""


def attributes(picks: Picks, answers: Mapping[str, str], doubted: Column | None) -> list[str]:
    """Return the lines of the attributes; `answers` are the columns that tell the answer, each with why."""
    numeric, categorical = [], []
    for column in picks.sample.columns:
        if column.name in picks.used or column.name in answers or column is doubted or column.distinct < 2:
            continue
        if is_naming(column) or len(column.values) < ENOUGH:
            continue
        if column.kind in ("integer", "number") and column.distinct > _MANY:
            numeric.append(column.name)
        elif column.kind in ("text", "integer", "number") and column.distinct <= min(_FEW, max(2, len(column.values) // 3)):
            categorical.append(column.name)
    numeric, categorical = numeric[: MAX_ATTRIBUTES // 2], categorical[: MAX_ATTRIBUTES // 2]
    picks.used.update(numeric, categorical)
    if not numeric and not categorical:
        return []
    lines = [with_comment("attributes:", "inputs; strike each that is only known after the event")]
    lines += [f"  numeric: {listed(numeric)}"] if numeric else []
    return lines + ([f"  categorical: {listed(categorical)}"] if categorical else [])


def rest(picks: Picks, answers: Mapping[str, str]) -> list[str]:
    """Return comments on the columns that are not mapped."""
    left = [column for column in picks.sample.columns if column.name not in picks.used]
    others = [c.name for c in left if c.name not in answers]
    lines = []
    for why in dict.fromkeys(answers.values()):
        lines += _comment_list(f"left out, as {why}", [c.name for c in left if answers.get(c.name) == why])
    return lines + _comment_list("not recognised", others)


def _comment_list(said: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return [f"# {said}: {', '.join(repr(name)[1:-1] for name in names[:40])}{more}"]
