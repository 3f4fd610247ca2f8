"""Every fault of the loop on Redis alone against a clean run of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tests.faults.histories import decided_of
from tests.faults.redis_loop import LOOP_CASES, LOOP_CLEAN, TRIMMED, TRIMMED_EARLY, RedisLoopJob, trim_while_it_is_down
from tests.faults.rig import Rig
from tests.faults.runs import Clean, Row, against, clean_run, faulty, guarded
from tests.support.job_process import wait_for


def loop_rows(rig: Rig, wanted: Sequence[str], lines: Sequence[bytes]) -> Iterator[Row]:
    """The rows of the named cases, each as it is known."""
    if not wanted:
        return
    clean = clean_run(RedisLoopJob(rig, "redis-loop-clean", lines), decided_of(lines))
    for name in wanted:
        what = LOOP_CASES[name].what if name in LOOP_CASES else name
        yield guarded(rig, name, what, partial(_measured, rig, name, lines, clean))


def _measured(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    if name == TRIMMED_EARLY:
        return _trimmed_early(rig, name, lines, clean)
    if name == LOOP_CLEAN:
        again = clean_run(RedisLoopJob(rig, name, lines), decided_of(lines))
        return Row(name, "Redis alone: a second clean run", 1, against(again.outcome, clean.outcome, 1), None, again.took_s - clean.took_s)
    return faulty(rig, name, LOOP_CASES[name], lambda settings: RedisLoopJob(rig, name, lines, options=settings), clean)


def _trimmed_early(rig: Rig, name: str, lines: Sequence[bytes], clean: Clean) -> Row:
    """What is gone is counted and said; the rest is decided, though otherwise than with what is gone."""
    job = RedisLoopJob(rig, name, lines)
    job.submit()
    wait_for(lambda: job.alerts() > 0.3 * len(clean.outcome.alerts), f"the first alerts of {name}")
    gone = trim_while_it_is_down(rig, job)
    job.wait_for_all(len(clean.outcome.decisions) - len(gone.events))
    found, said = job.outcome().against(clean.outcome), [one.get("missing") for one in job.rejected() if "missing" in one]
    lost = {event for event, *_ in clean.outcome.decisions} - {event for event, *_ in job.outcome().decisions}
    decisions = replace(found["decisions"], lost=len(lost ^ gone.events), different=0)
    right = len(said) == 1 and gone.least <= int(said[0] or 0) <= gone.most
    note = f"{said} entries said to be missing, between {gone.least} and {gone.most} are; {len(gone.events)} events were not decided"
    what = f"Redis alone: {TRIMMED:,} unread entries removed while the job was down"
    return Row(name, what, 1, {"decisions": decisions} if right else {}, None, 0.0, note)
