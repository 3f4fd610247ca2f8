"""What compiled rules know of the settings: one row per stage, of a type that is the same for every graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from domain.graph import GraphSettings
from domain.kernel.layouts import offset_of
from domain.memory.link import LINK_TAIL
from domain.memory.trail import TrailCodec
from domain.times import DAY_MS, DAY_S

if TYPE_CHECKING:
    from domain.memory.record import RecordLayout

MOST_HALF_LIVES = 8
PASSED_THROUGH = ("merchant",)
"""Kinds of which nobody is a resident: a merchant's frauds speak of him to all his customers."""

STAGE = np.dtype(
    [
        *(
            (name, "i8")
            for name in (
                "position", "entities", "stages", "head_bytes", "z_at", "seen_at", "places_at", "rings_at",
                "ttl_ms", "late_ms", "window_ms", "link_ms", "links", "hub_degree", "hub_sample",
                "tag", "max_ids", "others", "half_lives", "bitmaps_at", "fixed_bytes", "link_bytes", "tail_at",
                "summaries_at", "day", "has_residents",
            )
        ),
        ("inverse_half_lives", "f8", (MOST_HALF_LIVES,)),
    ]
)  # fmt: skip
"""`position` of the stage; numbers of `entities` and `stages` of the graph; `head_bytes` of a trail.

Places in bytes: `z_at`, `seen_at`, `places_at` and `rings_at` in a trail's head, `bitmaps_at` in a record,
`tail_at` and `summaries_at` in a link. `day` is the half-life nearest to a day; half-lives are kept as 1/s.
`has_residents` is 1 for what somebody lives at or owns, 0 for an account and for `PASSED_THROUGH`.
The row of a ring entity has the first fifteen only.
"""


def stage_table(graph: GraphSettings, layouts: tuple[RecordLayout, ...], codec: TrailCodec) -> NDArray[np.void]:
    """Return `STAGE`[stages]; `layouts` are those of the entities only."""
    table = np.zeros(len(graph.stages), STAGE)
    table["position"] = np.arange(len(table))
    table["entities"], table["stages"] = len(graph.entities), len(graph.stages)
    table["head_bytes"] = codec.head_bytes
    for name in ("z", "seen", "places", "rings"):
        table[f"{name}_at"] = codec.offset(name)
    for name in ("ttl", "late", "link"):
        table[f"{name}_ms"] = int(getattr(graph, f"{name}_days") * DAY_MS)
    table["window_ms"] = int(graph.distinct_days * DAY_MS)
    table["links"], table["hub_degree"], table["hub_sample"] = graph.links, graph.hub_degree, graph.hub_sample
    half_lives_s = graph.half_lives_s
    for row, layout in zip(table, layouts, strict=False):
        row["tag"], row["max_ids"], row["others"] = layout.tag, layout.max_ids, len(layout.others)
        row["bitmaps_at"], row["fixed_bytes"], row["link_bytes"] = layout.bitmaps_at, layout.fixed_bytes, layout.link_bytes
        row["tail_at"], row["summaries_at"] = (offset_of(layout.link_dtype, name) for name in ((LINK_TAIL.names or ())[0], "summaries"))
        row["has_residents"] = layout.position > 0 and graph.entities[layout.position] not in PASSED_THROUGH
        row["half_lives"] = len(half_lives_s)
        row["inverse_half_lives"][: len(half_lives_s)] = 1.0 / np.asarray(half_lives_s)
        row["day"] = min(range(len(half_lives_s)), key=lambda i: abs(half_lives_s[i] - DAY_S))
    return table
