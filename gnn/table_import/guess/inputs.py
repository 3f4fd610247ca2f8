"""What is left of a sample: inputs of a model, columns that tell the answer, columns that nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from domain.events.event import MAX_ATTRIBUTES
from gnn.table_import.guess.amount import GuessedAmount
from gnn.table_import.guess.attribute_numbers import is_written_number, number_styles
from gnn.table_import.guess.number_styles import style_keys
from gnn.table_import.guess.picks import Picks
from gnn.table_import.guess.value_kinds import ENOUGH, is_naming
from gnn.table_import.guess.yaml_lines import listed, scalar, with_comment
from gnn.table_import.mapping import NumberStyle

_FEW, _MANY = 40, 10
"""Distinct values of a text that sorts rows, and of a number that measures."""


def attributes(picks: Picks, answers: Mapping[str, str], doubted: Collection[str], amount: GuessedAmount) -> list[str]:
    """Return the lines of the attributes.

    `answers` are the columns that tell the answer, each with why. `doubted` are columns that are something
    else, but not understood.
    """
    numbers, categorical = [], []
    for column in picks.sample.columns:
        if column.name in picks.used or column.name in answers or column.name in doubted or column.distinct < 2:
            continue
        if is_naming(column) or len(column.values) < ENOUGH:
            continue
        if column.distinct > _MANY and (column.kind in ("integer", "number") or is_written_number(column)):
            numbers.append(column)
        elif column.kind in ("text", "integer", "number") and column.distinct <= min(_FEW, max(2, len(column.values) // 3)):
            categorical.append(column.name)
    styles, asked = number_styles(numbers, amount)
    numeric, categorical = list(styles)[: MAX_ATTRIBUTES // 2], categorical[: MAX_ATTRIBUTES // 2]
    picks.used.update(numeric, categorical)
    if not numeric and not categorical:
        return asked
    lines = [with_comment("attributes:", "inputs; strike each that is only known after the event")]
    lines += [f"  numeric: [{', '.join(_section(name, styles[name]) for name in numeric)}]"] if numeric else []
    return lines + ([f"  categorical: {listed(categorical)}"] if categorical else []) + asked


def _section(name: str, style: NumberStyle) -> str:
    keys = style_keys(style)
    return f"{{column: {scalar(name)}, {', '.join(keys)}}}" if keys else scalar(name)


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
