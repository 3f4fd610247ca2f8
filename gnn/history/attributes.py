"""Attributes that events carry and no model reads, because the graph's settings do not name them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from domain.graph import GraphSettings
from gnn.history.replay import event_lines

SAMPLE_LINES = 5000
"""First lines that are looked at: a mapping gives the same attributes to every event of a kind."""


def unread_attributes(files: Sequence[Path], graph: GraphSettings) -> tuple[list[str], list[str]]:
    """Return the names of (numeric, categorical) attributes in the first lines that `graph` does not name."""
    numeric: dict[str, bool] = {}
    for line in islice(event_lines(files), SAMPLE_LINES):
        for name, value in _attributes(line).items():
            if value is not None:
                is_number = isinstance(value, int | float)  # true and false are 1 and 0
                numeric[name] = numeric.get(name, True) and is_number
    unread = [name for name in sorted(numeric) if name not in (*graph.numeric_attributes, *graph.categorical_attributes)]
    return [name for name in unread if numeric[name]], [name for name in unread if not numeric[name]]


def attributes_hint(files: Sequence[Path], graph: GraphSettings) -> str:
    """Return one sentence with the settings that would make models read them; empty if all are read."""
    numeric, categorical = unread_attributes(files, graph)
    if not numeric and not categorical:
        return ""
    named = [*(f"{name} (number)" for name in numeric), *(f"{name} (text)" for name in categorical)]
    options = []
    for kind, unread, read in (
        ("numeric", numeric, graph.numeric_attributes),
        ("categorical", categorical, graph.categorical_attributes),
    ):
        if unread:
            options.append(f"--set graph.{kind}_attributes='[{', '.join((*read, *unread))}]'")
    return f"no model reads the attributes {', '.join(named)}: to use them, give {' '.join(options)} here and to score and run"


def _attributes(line: bytes) -> dict[str, object]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    attributes = document.get("attributes") if isinstance(document, dict) else None
    return attributes if isinstance(attributes, dict) else {}
