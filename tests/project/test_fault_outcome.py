"""The fault suite's own judgement: it sees what is lost, doubled and different, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise, takewhile

from tests import ROOT
from tests.faults import steady
from tests.faults.histories import AFTERWARDS_MS, LAST, decided_of, late_and_doubled, odd, poisoned, rubbish, shop
from tests.faults.outcome import Difference, Outcome, difference, documents
from tests.faults.runs import Row
from tests.faults.suite import table

CLEAN = {"a": {"score": 0.1, "decided_at": 1}, "b": {"score": 0.2, "decided_at": 2}, "c": {"score": 0.3, "decided_at": 3}}


def told(found: dict[str, dict[str, float]], *again: str) -> dict[tuple[str, ...], list[str]]:
    return documents([((name,), found[name]) for name in (*found, *again)], ("decided_at",))


def counts(found: Difference) -> tuple[int, int, int]:
    return found.lost, found.doubled, found.different


def test_a_run_that_differs_by_the_clock_alone_differs_in_nothing() -> None:
    later = {name: {**document, "decided_at": 9} for name, document in CLEAN.items()}
    assert counts(difference(told(CLEAN), told(later))) == (0, 0, 0)


def test_lost_doubled_and_different_are_told_apart() -> None:
    other = {"b": {"score": 0.25, "decided_at": 2}, "c": CLEAN["c"], "d": CLEAN["a"]}
    found = difference(told(CLEAN), told(other, "c"))
    assert counts(found) == (1, 1, 2), "a is lost, c is there twice, b has another score and d is nobody's"
    assert any("0.25" in example for example in found.examples)


def test_the_page_says_what_was_lost_and_gives_each_figure_a_cell() -> None:
    none, some = Difference(0, 0, 0), Difference(0, 0, 1_332)
    fine = Row("again", "a second run", 2, {"decisions": none, "alerts": none, "incidents": some}, None, -20.4, "3 rejected")
    sinks = "decisions that differ | alerts that differ | incidents that differ"
    assert table([fine]).splitlines() == [
        "No decision, alert or incident was lost or doubled in any case.",
        "",
        f"| case | fault | {sinks} | next alert after, s | longer than clean, s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| again | a second run | 0 | 0 | 1,332 |  | -20 |",
        "",
        "- `again`: 3 rejected.",
    ]
    lost = replace(fine, name="lost", differences={**fine.differences, "alerts": Difference(2, 0, 0)}, note="")
    ended = replace(fine, name="ended", differences={}, note="no alert came")
    late = replace(fine, name="late", output_after_s=61.0, within_s=60.0, note="")
    assert not late.passed and replace(late, output_after_s=59.0).passed
    found = table([fine, lost, ended, late])
    assert found.startswith("Lost, doubled or not finished: lost, ended.")
    nothing, two, others = ("0 lost, 0 doubled, 0 different", "2 lost, 0 doubled, 0 different", "0 lost, 0 doubled, 1332 different")
    assert f"- `lost` FAILED: decisions: {nothing}; alerts: {two}; incidents: {others}" in found
    assert "- `ended` FAILED: no alert came." in found
    assert "0 doubled, 1332 different; no alert within 60 s.\n" in found


def test_the_page_is_of_the_form_that_the_suite_writes() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    written = page.partition("<!-- faults -->\n")[2].splitlines()
    assert written[2:4] == table([]).splitlines()[2:4]
    rows = list(takewhile(lambda line: line.startswith("|"), written[2:]))
    assert len(rows) > 18 and len({line.count("|") for line in rows}) == 1


def test_at_parallelism_2_only_revisions_may_be_others() -> None:
    def outcome(decided: str, revisions: str) -> Outcome:
        decisions = told({name: {"decision": name} for name in decided})
        return Outcome(decisions, decisions, told({name: {} for name in revisions}), 0)

    clean = outcome("ab", "xy")
    found, short = outcome("ab", "xz").at_parallelism_2(clean), outcome("b", "xy").at_parallelism_2(clean)
    assert [counts(found[name]) for name in ("decisions", "alerts", "incidents")] == [(0, 0, 0), (0, 0, 0), (0, 0, 2)]
    assert [counts(short[name]) for name in ("decisions", "alerts", "incidents")] == [(1, 0, 0), (1, 0, 0), (0, 0, 0)]
    row = Row("two", "", 2, found, None, 0.0)
    assert row.passed and not replace(row, parallelism=1).passed and not replace(row, differences=short).passed
    assert not replace(row, differences={"decisions": Difference(0, 0, 1)}).passed


def test_histories_hold_what_they_promise() -> None:
    lines = shop(400, 1)
    assert decided_of(lines) == 401
    times = [json.loads(line)["event_time"] for line in lines]
    assert json.loads(lines[-1])["event_id"] == LAST and times[-1] == times[-2] + AFTERWARDS_MS
    mixed = late_and_doubled(lines)
    assert set(mixed) == set(lines) and len(mixed) > 1.02 * len(lines) and mixed[-1] == lines[-1]
    places = [lines.index(line) for line in mixed]
    assert sum(first > second for first, second in pairwise(places)) > 50
    assert len(poisoned(lines)) == len(lines) + len(rubbish(lines[0])) + len(odd(lines[0]))


def test_a_process_that_died_under_load_is_named() -> None:
    everything = {"memory": {"jobmanager": 400.0, "taskmanager-1": 900.0, "python worker 1": 970.0}}
    assert steady.died([everything, everything]) == []
    assert steady.died([everything, {"memory": {"jobmanager": 400.0}}]) == ["python worker 1", "taskmanager-1"]
