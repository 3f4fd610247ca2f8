"""A simulated shop under attack by fraud rings: the data of the demo, the tests and the benchmarks.

`simulate(SimulatorSettings(events=40_000, seed=1))` gives a `Simulation`; `write_events` writes it.
`LiveShop(now).documents()` never ends: a shop whose events happen now."""

from domain.simulator.layout import SEGMENTS
from domain.simulator.live_shop import LiveShop
from domain.simulator.occasions import WAVE_KINDS, Sale, SimulatedWave
from domain.simulator.ring_kinds import RING_KINDS, RingKind
from domain.simulator.settings import SimulatorSettings
from domain.simulator.simulate import Simulation, simulate, write_events

__all__ = [
    "RING_KINDS",
    "SEGMENTS",
    "WAVE_KINDS",
    "LiveShop",
    "RingKind",
    "Sale",
    "SimulatedWave",
    "Simulation",
    "SimulatorSettings",
    "simulate",
    "write_events",
]
