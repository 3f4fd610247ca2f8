"""What commands that read a history share: shares of its events, and a note on attributes that nothing
reads.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from domain.errors import SettingError
from domain.graph import GraphSettings
from flink_job.settings.settings import Settings
from gnn.history.attributes import attributes_hint
from gnn.history.file_times import disorder


def shares(text: str | None, option: str) -> tuple[float, float, float] | None:
    """Return `70/15/15` (or `80/20`, without a test part) as shares that sum to 1."""
    if text is None:
        return None
    try:
        parts = [float(part.strip().removesuffix("%")) for part in text.split("/")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3) or not 99.99 < sum(parts) < 100.01 or min(parts) < 0:
        raise SettingError(f"{option} {text}: write percentages of training, validation and test that sum to 100: 70/15/15 or 80/20")
    training, validation, *test = (part / 100 for part in parts)
    return training, validation, test[0] if test else 0.0


def tell_disorder(files: Sequence[Path], settings: Settings) -> None:
    """Say on stderr which two files do not follow each other in time."""
    if note := disorder(files, settings.job.out_of_order_s):
        Console(file=sys.stderr, highlight=False).print(Text(f"note: {note}"))


def tell_unread_attributes(files: Sequence[Path], graph: GraphSettings) -> None:
    """Say on stderr which attributes of the events no model reads, and how to change that."""
    if hint := attributes_hint(files, graph):
        Console(file=sys.stderr, highlight=False).print(Text(f"note: {hint}"))
