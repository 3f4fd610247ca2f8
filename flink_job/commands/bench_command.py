"""`ringwatch bench`"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import SettingError
from flink_job.bench.plan import FULL_REPLAY_EVENTS, PARTS, QUICK, Plan
from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = "ringwatch bench --quick --only job,replay --out run/bench"
FILES = CommandFiles(folders=("out",))
WHAT = {
    "job": "the real job at full load on a standalone cluster, from a file and from Kafka (where the jars of make jars and of "
    "deploy/broker are there), at parallelism 1 and 2: events/s, CPU per event, memory, state; and a local job's start",
    "latency": "the job at 10 to 90%% of that throughput from a paced source: from when an event was due to its decision and its alert",
    "skew": "one device, address or account with 30%% of the events, at the last parallelism: time to the decision of all others",
    "redis": "the whole loop on Redis alone, with and without job.early_approval: events/s, latency at 100, 300 and 500 events/s, CPU "
    "per event, Redis's memory over ten minutes",
    "service": "POST /v1/score through the running job at 50, 150 and 300 requests/s, and while the TaskManager is killed: times from "
    "when a request was due, errors, fallbacks, CPU per request",
    "replay": "the same events through ringwatch score's code in one process, without an engine",
    "sql": "Flink SQL without Python on the same cluster: three OVER windows by account, device and address",
    "naive": "PyFlink as it is mostly written: process mode, pickled state, key_by lambdas, one event scored at a time",
    "control": "CPU per event of 0, 20 and 200 rules, usual ones and the worst, and of a list of a million entries",
    "growth": "CPU per event by entities in the state and by degree, training time, with --full a replay of 10 million events",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"parts:\n{''.join(f'  {name:8} {text}' + chr(10) for name, text in WHAT.items())}\n{parser.epilog}".replace("%%", "%")
    parser.add_argument("--only", metavar="PART,PART", help=f"of {','.join(PARTS)} (default: all)")
    parser.add_argument("--events", type=int, metavar="N", help=f"events of job, replay and sql (default {Plan.events:,})")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="of the simulated events (default %(default)s)")
    parser.add_argument("--parallelism", metavar="P,P", help="of job, latency, skew and sql, one TaskManager each (default 1,2)")
    parser.add_argument("--no-kafka", action="store_true", help="files only, even if the jars of Kafka are there")
    parser.add_argument(
        "--throughput", type=float, metavar="LINES_PER_S", help="what latency and skew take their shares of (default: as job has measured)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help=f"measured per level of latency and skew (default {Plan.level_s:g})")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="few events, a few minutes: to try it; the figures are those of cold JVMs")
    size.add_argument("--full", action="store_true", help=f"a replay of {FULL_REPLAY_EVENTS:,} events, too: 9 GB of disk, about an hour")
    parser.add_argument("--out", type=Path, default=Path("run/bench"), metavar="DIR", help="for bench.json, bench.md, *.png (%(default)s)")


def run(args: argparse.Namespace) -> int:
    from flink_job.bench.bench import run_bench
    from flink_job.cli import DEFAULT_CONFIG
    from ops.secrets import make_pseudonym_key

    make_pseudonym_key()
    config = args.config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    print(run_bench(plan(args), config, tuple(args.set), args.out))
    return 0


def plan(args: argparse.Namespace) -> Plan:
    """Return the sizes that the arguments ask for; raise `SettingError` for what cannot be."""
    chosen = QUICK if args.quick else Plan()
    given = {"events": args.events, "throughput": args.throughput, "level_s": args.seconds}
    if args.only:
        given["parts"] = _parts(args.only.split(","))
    if args.parallelism:
        given["parallelisms"] = _numbers(args.parallelism.split(","))
    for name in ("events", "throughput", "seconds"):
        if getattr(args, name) is not None and getattr(args, name) <= 0:
            raise SettingError(f"--{name} must be above 0")
    chosen = replace(chosen, **{name: value for name, value in given.items() if value is not None})
    long = FULL_REPLAY_EVENTS if args.full else 0
    return replace(chosen, seed=args.seed, with_kafka=not args.no_kafka, long_replay_events=long)


def _parts(named: Sequence[str]) -> tuple[str, ...]:
    for name in named:
        if name not in PARTS:
            raise SettingError(f"--only: {name!r} is no part; there are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in named)


def _numbers(named: Sequence[str]) -> tuple[int, ...]:
    if not all(text.isascii() and text.isdigit() and int(text) for text in named):
        raise SettingError("--parallelism: write it as 1 or 1,2")
    return tuple(dict.fromkeys(map(int, named)))
