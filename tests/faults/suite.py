"""Every fault against a clean run of the same events: what was lost, doubled, different, and how long it
took to go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.cases import CASES, Case, wait_for_output
from tests.faults.histories import ODD, decided_of, late_and_doubled, odd, poisoned, rubbish, shop, with_a_clock_ahead
from tests.faults.outcome import Difference, Outcome
from tests.faults.rig import FaultJob, Rig, scratch
from tests.support.job_process import wait_for

SEED = 41
SINKS = ("decisions", "alerts", "incidents")


@dataclass(frozen=True)
class Row:
    """What one case showed."""

    name: str
    what: str
    parallelism: int
    differences: dict[str, Difference]
    output_after_s: float | None
    """From the fault (a lasting one: from its end) to the next alert."""
    longer_s: float
    """Than the clean run, without the time that the fault itself lasted."""
    note: str = ""

    @property
    def passed(self) -> bool:
        """It came to its end, nothing was lost or doubled, and at parallelism 1 nothing different."""
        return bool(self.differences) and all(
            not d.lost and not d.doubled and (not d.different or self.parallelism > 1) for d in self.differences.values()
        )

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed}


@dataclass(frozen=True)
class Clean:
    outcome: Outcome
    took_s: float


def run_suite(names: Sequence[str], events: int) -> Iterator[Row]:
    """The rows of the named cases (none: all), each as it is known."""
    with scratch() as folder, Rig(folder) as rig:
        lines = shop(events, SEED)
        source = rig.publish("history", lines)
        decisions = decided_of(lines)
        cleans = {1: _clean(rig, "clean-1", source, 1, decisions)}
        wanted = list(names) or [*HISTORIES, *CASES, *CLEAN]
        if any(name in CLEAN or (name in CASES and CASES[name].parallelism == 2) for name in wanted):
            cleans[2] = _clean(rig, "clean-2", source, 2, decisions)
        for name in wanted:
            try:
                yield _measured(rig, name, source, lines, cleans, decisions)
            except AssertionError as error:  # of this case; the others shall run all the same
                note = " ".join(str(error).split())
                yield Row(name, CASES[name].what if name in CASES else name, 1, {}, None, 0.0, note)
                rig.end_jobs()


def _measured(rig: Rig, name: str, source: str, lines: Sequence[bytes], cleans: Mapping[int, Clean], decisions: int) -> Row:
    if name in CLEAN:
        clean = cleans[CLEAN[name]]
        again = _clean(rig, name, source, CLEAN[name], decisions)
        found = _against(again.outcome, clean.outcome, CLEAN[name])
        return _row(name, "a second clean run", CLEAN[name], found, None, again.took_s - clean.took_s)
    if name in HISTORIES:
        return HISTORIES[name](rig, name, lines, cleans[1])
    return _faulty(rig, name, CASES[name], source, cleans[CASES[name].parallelism])


def _clean(rig: Rig, name: str, source: str, parallelism: int, decisions: int) -> Clean:
    job = FaultJob(rig, name, source, parallelism)
    job.submit()
    took = job.wait_for_all(decisions)
    return Clean(job.outcome(), took)


def _faulty(rig: Rig, name: str, case: Case, source: str, clean: Clean) -> Row:
    with case.around(rig) as settings:
        job, after = FaultJob(rig, name, source, case.parallelism, settings), None
        job.expected = len(clean.outcome.alerts)
        job.submit()
        began = time.monotonic()
        if case.breaks is not None:
            seen = case.at * len(clean.outcome.alerts)
            wait_for(lambda: job.alerts() > seen, f"the first alerts of {name}")
            struck = time.monotonic()
            case.breaks(rig, job)
            wait_for_output(job)
            after = time.monotonic() - struck - case.lasts_s
        before = time.monotonic() - began
        took = before + job.wait_for_all(len(clean.outcome.decisions))
        outcome = job.outcome()
    rig.heal()
    parallelism = 2 if case.rescaled else case.parallelism
    return _row(name, case.what, parallelism, _against(outcome, clean.outcome, parallelism), after, took - clean.took_s - case.lasts_s)


def _against(outcome: Outcome, clean: Outcome, parallelism: int) -> dict[str, Difference]:
    return outcome.against(clean) if parallelism == 1 else outcome.at_parallelism_2(clean)


def _late_and_doubled(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    """Other order, other scores: nothing may be lost or doubled, and two runs of it agree."""
    source = rig.publish(name, late_and_doubled(lines))
    first, second = (_clean(rig, f"{name}-{number}", source, 1, len(clean.outcome.decisions)) for number in (1, 2))
    found = second.outcome.against(first.outcome)
    to_clean = second.outcome.against(clean.outcome)["decisions"]
    found["decisions"] = Difference(to_clean.lost, to_clean.doubled, found["decisions"].different)
    note = f"{to_clean.different} decisions or scores differ from those of the events in order"
    return _row(name, "30% of the events late, 5% twice", 1, found, None, second.took_s - clean.took_s, note)


def _clock_ahead(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    found = _clean(rig, name, rig.publish(name, with_a_clock_ahead(lines)), 1, decided_of(lines))
    note = f"{found.outcome.rejected} rejected, 1 expected"
    return _row(name, "one event a year ahead", 1, found.outcome.against(clean.outcome), None, found.took_s - clean.took_s, note)


def _poison(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    found = _clean(rig, name, rig.publish(name, poisoned(lines)), 1, decided_of(lines) + len(odd(lines[0])))
    decisions = {key: value for key, value in found.outcome.decisions.items() if not key[0].startswith(ODD)}
    alerts = {key: value for key, value in found.outcome.alerts.items() if not key[0].startswith(ODD)}
    incidents = {key: value for key, value in found.outcome.incidents.items() if ODD not in value[0]}
    others = Outcome(decisions, alerts, incidents, found.outcome.rejected)
    note = f"{found.outcome.rejected} rejected, {len(rubbish(lines[0]))} expected; "
    note += f"{len(found.outcome.decisions) - len(decisions)} odd events decided"
    return _row(name, "poison records aimed at each stage", 1, others.against(clean.outcome), None, found.took_s - clean.took_s, note)


def _row(
    name: str, what: str, parallelism: int, differences: dict[str, Difference], after: float | None, longer: float, note: str = ""
) -> Row:
    return Row(name, what, parallelism, differences, after, longer, note)


HISTORIES = {"late-and-doubled": _late_and_doubled, "clock-ahead": _clock_ahead, "poison": _poison}
CLEAN = {"clean-again": 1, "clean-again-at-2": 2}


def table(rows: Sequence[Row]) -> str:
    """Return a sentence on what was lost or doubled, a Markdown table, and a list of notes."""
    head = ("case", "fault", *(f"{sink} that differ" for sink in SINKS), "next alert after, s", "longer than clean, s")
    lines = [line_of(cells) for cells in (head, ("---",) * len(head), *map(cells_of, rows))]
    notes = [f"- `{row.name}`: {row.note}.\n" for row in rows if row.note and row.passed]
    notes += [f"- `{row.name}` FAILED: {_failure(row)}.\n" for row in rows if not row.passed]
    return "".join([_lost_or_doubled(rows), "\n\n", *lines, "\n" if notes else "", *notes])


def cells_of(row: Row) -> tuple[str, ...]:
    after = "" if row.output_after_s is None else f"{row.output_after_s:.0f}"
    different = (f"{row.differences[sink].different:,}" if sink in row.differences else "" for sink in SINKS)
    return row.name, row.what, *different, after, f"{row.longer_s:.0f}"


def line_of(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _lost_or_doubled(rows: Sequence[Row]) -> str:
    wrong = [row.name for row in rows if not row.differences or any(one.lost or one.doubled for one in row.differences.values())]
    return (
        f"Lost, doubled or not finished: {', '.join(wrong)}."
        if wrong
        else "No decision, alert or incident was lost or doubled in any case."
    )


def _failure(row: Row) -> str:
    return "; ".join(filter(None, (*(f"{sink}: {found}" for sink, found in row.differences.items()), row.note)))


def write(rows: Sequence[Row], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.json").write_text(json.dumps([row.document() for row in rows], indent=1) + "\n", encoding="utf-8")
    (folder / "faults.md").write_text(table(rows), encoding="utf-8")
