"""Every fault against a clean run of the same events: what was lost, doubled, different, and how long it
took to go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.faults.cases import CASES
from tests.faults.histories import ODD, decided_of, late_and_doubled, odd, poisoned, rubbish, shop, with_a_clock_ahead
from tests.faults.loop_suite import loop_rows
from tests.faults.outcome import Difference, Outcome
from tests.faults.redis_loop import LOOP
from tests.faults.rig import FaultJob, Rig, scratch
from tests.faults.runs import SINKS, Clean, Row, against, clean_run, faulty, guarded
from tests.faults.standby import STANDBY, standby_rows

SEED = 41


def run_suite(names: Sequence[str], events: int) -> Iterator[Row]:
    """The rows of the named cases (none: all), each as it is known."""
    wanted, lines = list(names) or [*HISTORIES, *CASES, *CLEAN, *LOOP, *STANDBY], shop(events, SEED)
    standby, on_one = [name for name in wanted if name in STANDBY], [name for name in wanted if name not in STANDBY]
    with scratch() as folder:
        if on_one:
            with Rig(folder / "one", with_kafka=any(name not in LOOP for name in on_one)) as rig:
                yield from _of_kafka(rig, [name for name in on_one if name not in LOOP], lines)
                yield from loop_rows(rig, [name for name in on_one if name in LOOP], lines)
        yield from standby_rows(folder / "standby", standby, lines)


def _of_kafka(rig: Rig, wanted: Sequence[str], lines: Sequence[bytes]) -> Iterator[Row]:
    if not wanted:
        return
    source, decisions = rig.publish("history", lines), decided_of(lines)
    cleans = {1: _clean(rig, "clean-1", source, 1, decisions)}
    if any(name in CLEAN or (name in CASES and CASES[name].parallelism == 2) for name in wanted):
        cleans[2] = _clean(rig, "clean-2", source, 2, decisions)
    for name in wanted:
        what = CASES[name].what if name in CASES else name
        yield guarded(rig, name, what, partial(_measured, rig, name, source, lines, cleans, decisions))


def _measured(rig: Rig, name: str, source: str, lines: Sequence[bytes], cleans: Mapping[int, Clean], decisions: int) -> Row:
    if name in CLEAN:
        clean = cleans[CLEAN[name]]
        again = _clean(rig, name, source, CLEAN[name], decisions)
        found = against(again.outcome, clean.outcome, CLEAN[name])
        return Row(name, "a second clean run", CLEAN[name], found, None, again.took_s - clean.took_s)
    if name in HISTORIES:
        return HISTORIES[name](rig, name, lines, cleans[1])
    case = CASES[name]
    return faulty(rig, name, case, partial(FaultJob, rig, name, source, case.parallelism), cleans[case.parallelism])


def _clean(rig: Rig, name: str, source: str, parallelism: int, decisions: int) -> Clean:
    return clean_run(FaultJob(rig, name, source, parallelism), decisions)


def _late_and_doubled(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    """Other order, other scores: nothing may be lost or doubled, and two runs of it agree."""
    source = rig.publish(name, late_and_doubled(lines))
    first, second = (_clean(rig, f"{name}-{number}", source, 1, len(clean.outcome.decisions)) for number in (1, 2))
    found = second.outcome.against(first.outcome)
    to_clean = second.outcome.against(clean.outcome)["decisions"]
    found["decisions"] = Difference(to_clean.lost, to_clean.doubled, found["decisions"].different)
    note = f"{to_clean.different} decisions or scores differ from those of the events in order"
    return Row(name, "30% of the events late, 5% twice", 1, found, None, second.took_s - clean.took_s, note)


def _clock_ahead(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    found = _clean(rig, name, rig.publish(name, with_a_clock_ahead(lines)), 1, decided_of(lines))
    note = f"{found.outcome.rejected} rejected, 1 expected"
    return Row(name, "one event a year ahead", 1, found.outcome.against(clean.outcome), None, found.took_s - clean.took_s, note)


def _poison(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    found = _clean(rig, name, rig.publish(name, poisoned(lines)), 1, decided_of(lines) + len(odd(lines[0])))
    decisions = {key: value for key, value in found.outcome.decisions.items() if not key[0].startswith(ODD)}
    alerts = {key: value for key, value in found.outcome.alerts.items() if not key[0].startswith(ODD)}
    # An incident that an odd event has joined is another one than without it.
    joined = {key[0] for key, value in found.outcome.incidents.items() if ODD in value[0]}
    incidents, expected = (
        {key: value for key, value in outcome.incidents.items() if key[0] not in joined} for outcome in (found.outcome, clean.outcome)
    )
    others = Outcome(decisions, alerts, incidents, found.outcome.rejected)
    without = Outcome(clean.outcome.decisions, clean.outcome.alerts, expected, clean.outcome.rejected)
    note = f"{found.outcome.rejected} rejected, {len(rubbish(lines[0]))} expected; "
    note += f"{len(found.outcome.decisions) - len(decisions)} odd events decided, {len(joined)} incidents joined"
    return Row(name, "poison records aimed at each stage", 1, others.against(without), None, found.took_s - clean.took_s, note)


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
    late = f"no alert within {row.within_s:g} s" if row.is_late else ""
    return "; ".join(filter(None, (*(f"{sink}: {found}" for sink, found in row.differences.items()), late, row.note)))


def write(rows: Sequence[Row], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.json").write_text(json.dumps([row.document() for row in rows], indent=1) + "\n", encoding="utf-8")
    (folder / "faults.md").write_text(table(rows), encoding="utf-8")
