"""How many cores a load takes: the tables of docs/scale.md, from measured costs.

`python -m tests.speed.scale` writes them into the page, which says where the costs come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flink_job.bench.tables import number, table

PAGE = Path("docs/scale.md")
SUBTASKS = (1, 2, 4, 8, 16, 32, 64)
LOAD = 0.7
"""Of what a subtask can do: the rest is for what comes in bursts."""


@dataclass(frozen=True)
class Costs:
    """us of CPU per event."""

    reading: float
    """And parsing; with one subtask also all stages."""
    stages: float
    bridge: float
    """From the last stage to the scoring worker and back."""
    worker: float
    flagged: float
    """Alerts, rings, incidents, waves, labels, health, and Redis itself."""
    engine: float
    """Garbage and checkpoints."""
    network: float
    """Between TaskManagers, if every trail went to another one."""


@dataclass(frozen=True)
class Place:
    """What runs in one place, whatever the parallelism."""

    what: str
    unit: str
    us: float
    """Of its thread, per unit."""
    per_event: float
    """Units in the simulated shop, of which 2.6% is flagged and 4.4% are labels."""


ONE = Costs(reading=102.0, stages=0.0, bridge=20.6, worker=85.4, flagged=56.2, engine=11.0, network=0.0)
MANY = Costs(reading=44.6, stages=76.0, bridge=23.7, worker=95.9, flagged=58.0, engine=9.4, network=19.6)
"""Of two subtasks; half of their trails went to the other TaskManager, for 9.8 us."""
IDLE_MS: Mapping[int, float] = {1: 86.0, 2: 215.0, 4: 419.0}
"""CPU a second of a job without events."""
MARKS_MS = 33.0
"""What a TaskManager of it takes more with two subtasks than with one (98 and 65)."""
MARKS_RISE = 20
"""With so many subtasks marks come as seldom as they may (`order_streams`); with more they are more."""
FULL_RATE = 4_940.0
"""events/s of one subtask, with cores to spare."""
MEASURED: Mapping[int, tuple[float, float, float]] = {1: (4_940.0, 309.0, 15.2), 2: (4_596.0, 384.0, 32.0)}
"""Of two cores, by subtasks: events/s, us of CPU per event, and what of it Java's compilers took."""
FORETOLD: Mapping[int, tuple[float, float, float]] = {4: (1_827.0, 1_049.0, 176.0)}
"""The same of a run that no cost is of."""
PLACES: Sequence[Place] = (
    Place("`alerts to Redis`", "alert", 273.0, 0.0259),
    Place("`rings`", "alert", 305.0, 0.0259),
    Place("`reviews`", "revision of an incident", 773.0, 0.0037),
    Place("`health to Redis`", "judged label, and text of a worker", 260.0, 0.0195),
)
RATE = 100_000.0


def per_event(subtasks: int) -> float:
    """Return the us of CPU per event, but for what an idle job takes."""
    costs = ONE if subtasks == 1 else MANY
    fixed = costs.reading + costs.stages + costs.bridge + costs.worker + costs.flagged + costs.engine
    return fixed + costs.network * (subtasks - 1) / subtasks


def idle_ms(subtasks: int) -> float:
    """Return the CPU (ms) a second of a job without events, beyond what is measured in proportion.

    Where there are more marks, each comes with a batch, which is taken to cost as much.
    """
    most = max(IDLE_MS)
    if subtasks <= most:
        return IDLE_MS[subtasks]
    return subtasks * (IDLE_MS[most] / most + 2 * MARKS_MS * max(0.0, subtasks / MARKS_RISE - 1))


def cpu_us(subtasks: int, rate: float) -> float:
    """Return the us of CPU per event at so many events/s."""
    return per_event(subtasks) + 1000 * idle_ms(subtasks) / rate


def full_rate(subtasks: int) -> float:
    """Return the events/s, where each subtask has the cores it needs and a reader of its own.

    A TaskManager's Python has one lock: reading, stages, and what is flagged wait for each other.
    """
    held = [costs.reading + costs.stages + costs.flagged for costs in (ONE, ONE if subtasks == 1 else MANY)]
    return FULL_RATE * subtasks * held[0] / held[1]


def checked() -> str:
    """Return the table of what is measured beside what the model says."""
    rows = []
    for subtasks, (rate, measured, compilers) in {**MEASURED, **FORETOLD}.items():
        found = cpu_us(subtasks, rate)
        without = measured - compilers
        rows.append((f"{subtasks}", number(rate), number(measured), number(without), number(found), f"{found / without:.2f}"))
    return table(("subtasks", "events/s", "measured, us", "without compilers, us", "model, us", "model : measured"), rows)


def sized() -> str:
    """Return the table of throughput and cores."""
    rows = []
    for subtasks in SUBTASKS:
        full = full_rate(subtasks)
        rate = LOAD * full
        cpu = cpu_us(subtasks, rate)
        rows.append(
            (f"{subtasks}", f"{full:,.0f}", f"{rate:,.0f}", number(cpu), number(rate * cpu / 1e6), number(rate * cpu / 1e6 / subtasks))
        )
    return table(("subtasks", "most events/s", "events/s at 70%", "us of CPU per event", "cores at 70%", "cores per subtask"), rows)


def placed() -> str:
    """Return the table of what runs in one place."""
    rows = []
    for one in PLACES:
        most = 1e6 / one.us
        rows.append(
            (
                one.what,
                one.unit,
                number(one.us),
                f"{one.per_event:.4f}",
                f"{RATE * one.per_event * one.us / 1e6:.2f}",
                f"{most / one.per_event:,.0f}",
            )
        )
    return table(("operator", "works per", "us", "per event", "cores at 100,000 events/s", "full at events/s"), rows)


def page(text: str) -> str:
    """Return the page's text with the tables of today between its markers."""
    for name, made in (("checked", checked()), ("sized", sized()), ("placed", placed())):
        before, rest = text.split(f"<!-- {name} -->\n")
        text = f"{before}<!-- {name} -->\n{made}<!-- /{name} -->\n{rest.split(f'<!-- /{name} -->{chr(10)}')[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
