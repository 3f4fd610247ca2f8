"""The orders that fill a state make as many entities as they say, and a run's figures are of its own part."""

from __future__ import annotations

from pathlib import Path

from domain.events.identity.pseudonyms import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.bench.processes import ProcessUsage
from flink_job.bench.samples import Sample
from gnn.history.replay import Replay
from tests.state_size.orders import KINDS, Orders
from tests.state_size.part import Part, part_of
from tests.state_size.run import StateRun
from tests.state_size.table import HEAD, keep, table


def states(files: list[Path]) -> list[int]:
    """Entities by kind after the orders of these files."""
    graph = GraphSettings()
    replay = Replay(graph, EventParser(graph, Pseudonyms(b"k")))
    for file in files:
        for order in file.read_bytes().splitlines():
            assert replay.take(order) is not None
    return [len(state) for state in replay.states]


def test_each_new_order_makes_four_entities_and_a_known_one_none(tmp_path: Path) -> None:
    orders, folder = Orders(tmp_path / "orders", 1), tmp_path / "orders"
    orders.of_new(80)
    assert states([folder / "1.jsonl"]) == [20] * KINDS
    orders.of_known(30)
    orders.of_new(120)
    files = [folder / f"{number}.jsonl" for number in (1, 2, 3)]
    assert states(files) == [30] * KINDS and orders.written == 60
    assert [len(file.read_bytes().splitlines()) for file in files] == [20, 30, 10]
    assert sorted(folder.iterdir()) == files, "what is written yet is nothing to read"


def test_a_part_is_of_its_own_samples() -> None:
    def sample(at_s: float, events: int, cpu_s: float) -> Sample:
        return Sample(at_s, events, ProcessUsage({1: ("taskmanager-1", cpu_s)}, {}, {}))

    samples = [sample(0, 0, 50.0), sample(1, 100, 60.0), sample(3, 300, 60.2), sample(4, 400, 60.3)]
    samples = [*samples[:1], sample(0.5, 100, 55.0), *samples[1:], sample(9, 400, 77.0), sample(10, 900, 99.0)]
    found = part_of(samples, 100, 400)
    assert found is not None and (found.events, found.seconds, found.events_per_s) == (300, 3, 100)
    assert round(found.cpu_us) == 1000
    assert part_of(samples, 301, 401) is None and part_of(samples, 1_000, 2_000) is None


def test_runs_are_side_by_side_and_one_of_the_same_size_is_replaced(tmp_path: Path) -> None:
    part, file = Part(10, 1.0, 1_234.0, 567.0), tmp_path / "out" / "state_size.json"
    peaks = {"taskmanager-1": 900.0, "python workers": 400.0}

    def run(backend: str, entities: int, heap_mib: float) -> StateRun:
        return StateRun(backend, entities, part, None, 4_000 * 2**20, 2**20, 2.34, heap_mib, peaks, 5.0)

    keep(run("rocksdb", 2**20, 50.0), file)
    keep(run("heap", 400, 1.0), file)
    lines = table(keep(run("heap", 400, 77.0), file)).splitlines()
    assert len(lines) == 4 and {line.count("|") for line in lines} == {len(HEAD) + 1}
    assert lines[2].startswith("| heap | 400 | 1,234 / - | 567 / - | 4,000 | 1 | 2.3 |") and "| 77 |" in lines[2]
    assert lines[3].startswith("| rocksdb | 1,048,576 |") and "| 4000 | 50 | 900 | 400 | 5 |" in lines[3]
