"""`python -m tests.llm_endpoints NAME...`: the real job, once with each of these LLM endpoints.

The table of who wrote the summaries goes to run/endpoints. Ends with 1 if a model wrote less than nine of
ten, or if a booking differs from what the endpoint counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.redis.embedded import EmbeddedRedis
from ops.redis.settings import RedisSettings
from tests.llm_endpoints.asking import ask
from tests.llm_endpoints.catalogue import ENDPOINTS
from tests.llm_endpoints.outcome import ENOUGH, Outcome
from tests.llm_endpoints.server import Counted, Script
from tests.llm_endpoints.through_the_job import run_job, write_history

RESULTS = Path("run/endpoints")
_HEAD = "| endpoint | by the model | revisions | requests | refused | booked = counted |"
_RULE = "| -------- | -----------: | --------: | -------: | ------: | ---------------- |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.llm_endpoints", description=__doc__)
    parser.add_argument("names", nargs="*", choices=(*ENDPOINTS, []), metavar="NAME", help=f"default: all; {', '.join(ENDPOINTS)}")
    parser.add_argument("--without-flink", action="store_true", help="only the writer, in this process: seconds, for development")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="jobs at once (default: 2); each keeps a core busy")
    chosen = parser.parse_args()
    scripts = [ENDPOINTS[name] for name in chosen.names or ENDPOINTS]
    with tempfile.TemporaryDirectory(prefix="ringwatch-endpoints-") as name, EmbeddedRedis() as server:
        run = _in_process(server.url) if chosen.without_flink else _through_the_job(Path(name), server.url)
        outcomes = _shown(scripts, run, 8 if chosen.without_flink else chosen.at_once)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "endpoints.md").write_text("\n".join([_HEAD, _RULE, *map(_row, outcomes)]) + "\n")
    bad = [outcome for outcome in outcomes if not _is_good(outcome)]
    print(f"{len(outcomes) - len(bad)} of {len(outcomes)} endpoints are good; the table is in {RESULTS / 'endpoints.md'}")
    return 1 if bad else 0


def _in_process(redis_url: str) -> Callable[[Script], Outcome]:
    return lambda script: ask(script, RedisSettings(url=redis_url, prefix=f"{script.name}:"))[0]


def _through_the_job(folder: Path, redis_url: str) -> Callable[[Script], Outcome]:
    history = write_history(folder / "events.jsonl")

    def run(script: Script) -> Outcome:
        try:
            return run_job(script, history, folder / script.name, redis_url)
        except AssertionError as error:  # of this job; the others shall run all the same
            print(f"{script.name}: {error}", file=sys.stderr)
            return Outcome(script, [], Counted(), 0, (0.0, 0.0))

    return run


def _shown(scripts: Sequence[Script], run: Callable[[Script], Outcome], at_once: int) -> list[Outcome]:
    """The outcomes in order, each printed as soon as it and all before it are known."""
    print(_HEAD, _RULE, sep="\n", flush=True)
    outcomes = []
    with ThreadPoolExecutor(at_once) as pool:
        for outcome in pool.map(run, scripts):
            print(_row(outcome), flush=True)
            for line in (*outcome.differences, *(f"{times} x {reason}" for reason, times in outcome.reasons.items())):
                print(f"    {line}", flush=True)
            outcomes.append(outcome)
    return outcomes


def _row(outcome: Outcome) -> str:
    agree = "no" if outcome.differences else "yes" if outcome.notes else "the job failed"
    cells = (outcome.script.name, outcome.by_model, len(outcome.notes), outcome.counted.requests, outcome.counted.refused, agree)
    return f"| {' | '.join(map(str, cells))} |"


def _is_good(outcome: Outcome) -> bool:
    return outcome.share >= ENOUGH and not outcome.differences


if __name__ == "__main__":
    sys.exit(main())
