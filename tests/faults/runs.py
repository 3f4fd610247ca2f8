"""A clean run, a run with a fault, and how the one differs from the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.cases import Case, wait_for_output
from tests.faults.outcome import Difference, Outcome
from tests.faults.rig import FaultJob, Rig
from tests.support.job_process import wait_for

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
    within_s: float | None = None
    """The most that `output_after_s` may be."""

    @property
    def passed(self) -> bool:
        """It ended, went on in time, lost and doubled nothing, and nothing is different but revisions at
        parallelism 2.
        """
        return (
            bool(self.differences)
            and not self.is_late
            and all(not d.lost and not d.doubled for d in self.differences.values())
            and not any(d.different for name, d in self.differences.items() if self.parallelism == 1 or name != "incidents")
        )

    @property
    def is_late(self) -> bool:
        return self.within_s is not None and (self.output_after_s is None or self.output_after_s > self.within_s)

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed}


@dataclass(frozen=True)
class Clean:
    outcome: Outcome
    took_s: float


def guarded(rig: Rig, name: str, what: str, measure: Callable[[], Row]) -> Row:
    """The row of a case; where it fails, one that says why, and the others run all the same."""
    try:
        return measure()
    except AssertionError as error:
        rig.end_jobs()
        return Row(name, what, 1, {}, None, 0.0, " ".join(str(error).split()))


def clean_run(job: FaultJob, decisions: int) -> Clean:
    job.submit()
    took = job.wait_for_all(decisions)
    return Clean(job.outcome(), took)


def faulty(rig: Rig, name: str, case: Case, make_job: Callable[[Sequence[str]], FaultJob], clean: Clean) -> Row:
    """The row of a case; `make_job` is given further settings."""
    with case.around(rig) as settings:
        job, after, note = make_job(settings), None, ""
        job.expected = len(clean.outcome.alerts)
        job.submit()
        began = time.monotonic()
        if case.breaks is not None:
            seen = case.at * len(clean.outcome.alerts)
            wait_for(lambda: job.alerts() > seen, f"the first alerts of {name}")
            struck = time.monotonic()
            told = case.breaks(rig, job)
            wait_for_output(job)
            after = time.monotonic() - struck - case.lasts_s
            note = told() if told else ""
        before = time.monotonic() - began
        took = before + job.wait_for_all(len(clean.outcome.decisions))
        outcome = job.outcome()
    rig.heal()
    parallelism = 2 if case.rescaled else case.parallelism
    found, longer = against(outcome, clean.outcome, parallelism), took - clean.took_s - case.lasts_s
    return Row(name, case.what, parallelism, found, after, longer, note, case.within_s)


def against(outcome: Outcome, clean: Outcome, parallelism: int) -> dict[str, Difference]:
    return outcome.against(clean) if parallelism == 1 else outcome.at_parallelism_2(clean)
