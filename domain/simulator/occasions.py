"""What may happen to a simulated shop besides its days and its rings: sales, and waves of abuse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sale:
    """Hours in which `factor` times as many customers come, from `start` (ms since 1970) on."""

    start: int
    hours: float = 48.0
    factor: float = 3.0


WAVE_KINDS = ("refund_wave", "signup_wave", "card_testing_wave")


@dataclass(frozen=True)
class SimulatedWave:
    """A wave to be simulated: `events` of its kind within `hours` from `start` (ms since 1970) on."""

    kind: str
    """One of `WAVE_KINDS`."""
    start: int
    hours: float = 3.0
    events: int = 40
