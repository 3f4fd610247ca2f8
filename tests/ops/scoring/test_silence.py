"""A silent job: noticed where many wait, and only there; those who wait get their answer earlier then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ops.scoring.answers import Scored
from ops.scoring.silence import LEAST_WAITING, SILENT_S, Silence
from tests.support.scoring_rig import MadeUpJob, body, running, scoring_on

DEADLINE_MS = 2000
Looks = st.lists(st.tuples(st.floats(0, 0.2), st.integers(0, 2 * LEAST_WAITING), st.booleans()), max_size=60)


@given(Looks)
def test_it_is_silent_only_where_many_have_waited_all_the_while_and_nothing_was_heard(looks: list[tuple[float, int, bool]]) -> None:
    now, waiting, calls, quiet_since = 0.0, 0, list[float](), None
    silence = Silence(lambda: waiting, lambda: calls.append(now))
    for after_s, waiting, is_heard in looks:
        now += after_s
        if is_heard:
            silence.heard()
            quiet_since = None
        if waiting < LEAST_WAITING:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = now
        before = len(calls)
        silence.look(now)
        assert (len(calls) > before) == (quiet_since is not None and now - quiet_since >= SILENT_S)


def answered(redis_url: str, prefix: str, many: int, speaks: bool) -> tuple[list[float], list[Scored]]:
    """Ask for so many events that nobody decides; return the seconds that each waited, and its answer."""
    seen = list[float]()

    async def run() -> list[Scored]:
        scoring, job = scoring_on(redis_url, prefix, deadline_ms=DEADLINE_MS), MadeUpJob(redis_url, prefix)
        job.awake.clear()
        scoring.observe = lambda _, waited_s: seen.append(waited_s)
        async with running(scoring, job=job):
            talk = asyncio.create_task(_say(scoring.take_decision)) if speaks else None
            answers = await asyncio.gather(*(scoring.score(body(f"e{number}")) for number in range(many)))
            if talk:
                talk.cancel()
            return answers

    return seen, asyncio.run(asyncio.wait_for(run(), 120))


async def _say(take: Callable[[str, str, bytes], None]) -> None:
    """Decide on the events of somebody else, ten times a second."""
    while True:
        take("0" * 16, "of another", b"{}")
        await asyncio.sleep(0.1)


def test_beside_a_silent_job_all_have_their_answer_after_half_of_the_time(redis_url: str, stream_prefix: str) -> None:
    waited_s, answers = answered(redis_url, stream_prefix, 2 * LEAST_WAITING, speaks=False)
    assert all(one.fallback and one.accepted for one in answers)
    assert min(waited_s) >= SILENT_S
    assert max(waited_s) < 1.6, "well before the reserve alone would give it, at 1.9"


def test_a_job_that_decides_on_others_is_waited_for(redis_url: str, stream_prefix: str) -> None:
    waited_s, answers = answered(redis_url, stream_prefix, 2 * LEAST_WAITING, speaks=True)
    assert all(one.fallback for one in answers)
    assert max(waited_s) > 1.2


def test_a_few_wait_as_long_as_they_may(redis_url: str, stream_prefix: str) -> None:
    waited_s, _ = answered(redis_url, stream_prefix, LEAST_WAITING - 1, speaks=False)
    assert max(waited_s) > 1.2
