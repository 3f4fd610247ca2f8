"""The settled middle of a run: what is left of it without the warm-up and without the end, where the source
has run dry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import SettingError

WARM_UP_SHARE = 1 / 3
WARM_UP_S = 30.0


@dataclass(frozen=True)
class SteadyWindow:
    """Positions of the first and the last sample that count."""

    first: int
    last: int
    warm: bool
    """False: the run was too short for the warm-up to last as long as it should."""


def steady_window(points: Sequence[tuple[float, int]], total: int, warm_up_s: float = WARM_UP_S) -> SteadyWindow:
    """Return the samples that count, of samples (seconds, events so far) of a run of `total` events.

    Excluded are a third of the events and at least `warm_up_s` from the first event on, and what comes once
    the source is at its end. Raises `SettingError` if less than two samples are left even without the
    seconds.
    """
    reading = [index for index, (_, events) in enumerate(points) if 0 < events < total]
    later = [index for index in reading if points[index][1] >= WARM_UP_SHARE * total]
    if len(later) < 2:
        raise SettingError(f"--events: {total:,} events are over before anything could be measured; take more")
    warm = [index for index in later if points[index][0] - points[reading[0]][0] >= warm_up_s]
    return SteadyWindow(warm[0], warm[-1], True) if len(warm) > 1 else SteadyWindow(later[0], later[-1], False)
