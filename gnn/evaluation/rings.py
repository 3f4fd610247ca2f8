"""How many rings are found, and how soon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

EARLY_MEMBER = 3


@dataclass(frozen=True)
class RingFigures:
    """Rings of one kind, or of all.

    The times are those of the flagged rings; None where there are none or times are unknown.
    """

    kind: str
    rings: int
    flagged: int
    by_third_member: int
    """A member up to the third has a flagged event,"""
    before_fourth_member: int | None
    """and it was flagged before a fourth member did anything; None where times or members are unknown."""
    median_s: float | None
    """From the ring's first event to its first flagged event,"""
    p90_s: float | None
    """and what nine of ten rings stay below."""


def ring_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per ring with fraudulent events.

    Columns: kind; first_member (the lowest member flagged, NaN if none); flagged; seconds (from its first
    event to the first flagged one, NaN if never or without times); early (flagged before a fourth member
    acted).
    """
    if "ring" not in rows or "member" not in rows:
        return pd.DataFrame({"kind": [], "first_member": [], "flagged": np.zeros(0, bool), "seconds": [], "early": np.zeros(0, bool)})
    events = rows[rows.fraud & (rows.ring >= 0)]
    flagged = events[events.flagged]
    rings = pd.DataFrame({"events": events.groupby("ring").size()})
    rings["kind"] = events.groupby("ring").ring_kind.first().astype(object) if "ring_kind" in rows else None
    rings["first_member"] = flagged.groupby("ring").member.min()
    rings["flagged"] = flagged.groupby("ring").size().reindex(rings.index).notna()
    rings["seconds"], rings["early"] = np.nan, False
    if "time_ms" in rows:
        found = flagged.groupby("ring").time_ms.min().reindex(rings.index)
        fourth = events[events.member > EARLY_MEMBER].groupby("ring").time_ms.min().reindex(rings.index)
        rings["seconds"] = (found - events.groupby("ring").time_ms.min()) / 1000.0
        rings["early"] = found.notna() & ~(fourth <= found)
    return rings


def ring_figures(rows: pd.DataFrame) -> tuple[RingFigures, ...]:
    """Return all rings first, then by kind, most rings first; nothing without rings."""
    rings = ring_table(rows)
    if rings.empty:
        return ()
    timed = "time_ms" in rows
    kinds = rings.kind.value_counts().index
    return (_figures("all", rings, timed), *(_figures(str(kind), rings[rings.kind == kind], timed) for kind in kinds))


def _figures(kind: str, rings: pd.DataFrame, timed: bool) -> RingFigures:
    seconds = rings.seconds.dropna()
    return RingFigures(
        kind=kind,
        rings=len(rings),
        flagged=int(rings.flagged.sum()),
        by_third_member=int((rings.first_member <= EARLY_MEMBER).sum()),
        before_fourth_member=int(rings.early.sum()) if timed else None,
        median_s=float(seconds.median()) if len(seconds) else None,
        p90_s=float(seconds.quantile(0.9)) if len(seconds) else None,
    )
