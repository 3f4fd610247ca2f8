"""Tables and numbers of bench.md."""

from __future__ import annotations

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def table(head: Sequence[str], rows: Rows) -> str:
    """Write a Markdown table."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Round to three digits: enough for what varies by a tenth from run to run."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
