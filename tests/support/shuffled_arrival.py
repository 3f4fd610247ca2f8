"""Documents in an order in which they may come, none more than so many seconds after its time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from domain.times import moment_ms

Document = Mapping[str, Any]


def time_of(document: Document) -> int:
    time: Any = document["event_time"]
    return time if isinstance(time, int) else moment_ms(time)


def shuffled(documents: Iterable[Document], within_s: float, seed: int) -> list[Document]:
    """Each comes up to `within_s` after its time, by chance."""
    rng = random.Random(seed)
    arriving = [(time_of(document) + rng.randrange(round(1000 * within_s)), number, document) for number, document in enumerate(documents)]
    return [document for _, _, document in sorted(arriving, key=lambda one: one[:2])]
