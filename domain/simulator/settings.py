"""What a simulation is asked for: how many events, over which time, from which seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.simulator.occasions import WAVE_KINDS, Sale, SimulatedWave
from domain.times import DAY_MS, rfc3339

DEFAULT_START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z, a Monday
# 2001-01-01: the oldest accounts, eleven years older, stay within the contract
EARLIEST_START_MS = 978_307_200_000
MOST_EVENTS = 50_000_000
MOST_HOURS, MOST_FACTOR = 720, 100  # of waves and sales


@dataclass(frozen=True)
class SimulatorSettings:
    """One simulated shop.

    `events` counts what is to be scored (every type but `label`) and is met exactly; labels come on top.
    The shop's size follows from it: the same span with ten times the events is a shop with ten times the
    customers.

    Raises:
        ValueError: a setting is out of range; the text names it.
    """

    events: int
    seed: int = 0
    start: int = DEFAULT_START_MS  # ms since epoch
    days: float = 30.0
    fraud_share: float = 0.025  # of the events, ring by ring until it is reached
    events_per_account: float = 8.0
    kiosks: float = 0.03  # of the customers use public terminals
    evasive: float = 0.0  # of the rings hide what they share, see `evasion.py`
    diluted: float = 0.0  # of the other rings have strangers log in from what they share, see `evasion.py`
    aged: float = 0.0  # of the rest log in with what they use days before, see `evasion.py`
    bust_outs: float = 0.0  # frauds of seasoned accounts on top, as a share of those of rings, see `bust_outs.py`
    label_noise: float = 0.0  # of the frauds are cleared, and a fiftieth of it of all else is called fraud
    waves: tuple[SimulatedWave, ...] = ()  # on top of the events
    sales: tuple[Sale, ...] = ()

    def __post_init__(self) -> None:
        if self.events < 1:
            raise ValueError(f"events is {self.events}; give 1 or more")
        if self.events > MOST_EVENTS:
            raise ValueError(f"events is {self.events}; give {MOST_EVENTS:,} or fewer: a simulation is held in memory")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; give 0 or more")
        if self.start < EARLIEST_START_MS:
            raise ValueError(f"start is {self.start}; give milliseconds since 1970 of a day from 2001 on")
        if not (math.isfinite(self.days) and 1 <= self.days <= 3650):
            raise ValueError(f"days is {self.days}; give a span from 1 to 3650 days")
        if not 0 <= self.fraud_share <= 0.2:
            raise ValueError(f"fraud_share is {self.fraud_share}; give a share from 0 to 0.2")
        for name in ("kiosks", "evasive", "diluted", "aged", "bust_outs", "label_noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name.replace('_', '-')} is {getattr(self, name)}; give a share from 0 to 1")
        if not 1 <= self.events_per_account <= 1000:
            raise ValueError(f"events_per_account is {self.events_per_account}; give a mean from 1 to 1000")
        self._check_occasions()

    def _check_occasions(self) -> None:
        for wave in self.waves:
            if wave.kind not in WAVE_KINDS:
                raise ValueError(f"wave: its kind is {wave.kind}; give one of {', '.join(WAVE_KINDS)}")
            if not self.start <= wave.start < self.end:
                raise ValueError(f"wave: {wave.kind} begins at {rfc3339(wave.start)}; give {self._span}")
            if wave.events < 1 or not 0 < wave.hours <= MOST_HOURS:
                raise ValueError(
                    f"wave: {wave.kind} has {wave.events} events in {wave.hours:g} hours; give 1 or more, in up to {MOST_HOURS}"
                )
        if self.events + sum(wave.events for wave in self.waves) > MOST_EVENTS:
            raise ValueError(f"wave: events and waves are more than {MOST_EVENTS:,}; give fewer: a simulation is held in memory")
        for sale in self.sales:
            if not self.start <= sale.start < self.end:
                raise ValueError(f"sale: it begins at {rfc3339(sale.start)}; give {self._span}")
            if not 0 < sale.hours <= MOST_HOURS or not 0 < sale.factor <= MOST_FACTOR:
                raise ValueError(
                    f"sale: it is {sale.hours:g} hours of {sale.factor:g} times the customers;"
                    f" give up to {MOST_HOURS} hours and {MOST_FACTOR} times"
                )

    @property
    def _span(self) -> str:
        return f"a time from {rfc3339(self.start)} to before {rfc3339(self.end)}"

    @property
    def end(self) -> int:
        """Return the first millisecond after the simulated span."""
        return self.start + round(self.days * DAY_MS)

    @property
    def accounts(self) -> int:
        """Return the number of honest customers."""
        return max(20, round(self.events / self.events_per_account))

    @property
    def fraud_events(self) -> int:
        """Return how many of the events the rings carry out."""
        return round(self.events * self.fraud_share)

    @property
    def bust_out_events(self) -> int:
        """Return how many frauds of bust-outs come on top."""
        return round(self.fraud_events * self.bust_outs)
