"""CPU in Python per event of `job.enriched_raw`: to read a line's key, and to join line and document.

It drives the two operators by hand. What Flink does between them, such as state and keys, is not in it:
`ringwatch bench` measures the whole job.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from typing import Any

from domain.decisions.raw_event import Half
from domain.simulator import SimulatorSettings, simulate
from ops.secrets import PSEUDONYM_KEY

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from tests.support.operator_runtime import GRAPH, KEY, Runtime, Timers, opened
    from udfs.join_raw import JoinRaw
    from udfs.read_raw import ReadRaw

DOCUMENT = json.dumps({"event_id": "of the length of an enriched document", "event": "x" * 540}).encode()


class Clock(Timers):
    """Timers of a stream before its first watermark."""

    def current_watermark(self) -> int:
        return -(1 << 63)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000, help="of each turn (default %(default)s)")
    arguments.add_argument("--turns", type=int, default=5, help="the fastest is shown (default %(default)s)")
    chosen = arguments.parse_args()
    os.environ.setdefault(PSEUDONYM_KEY, KEY)
    sent = simulate(SimulatorSettings(events=chosen.events, seed=7)).documents()
    lines = [json.dumps(one) for one in sent if one["event_type"] != "label"]
    turns = [_turn(lines) for _ in range(chosen.turns)]
    print(f"to read the key {min(read for read, _ in turns):.1f} us, to join {min(joined for _, joined in turns):.1f} us an event")


def _turn(lines: list[str]) -> tuple[float, float]:
    reader, runtime, clock = opened(ReadRaw(GRAPH), Runtime()), Runtime(), Clock()
    join = opened(JoinRaw(), runtime)
    began = time.process_time()
    rows: list[Any] = [row for line in lines for row in reader.process_element(line, None)]
    read = time.process_time()
    halves = [(key, half, Half(True, Half.of(half).clock_ms, DOCUMENT).to_bytes()) for key, half in rows]
    ready = time.process_time()
    for key, line, document in halves:
        runtime.key = key
        list(join.process_element(line, clock))
        assert len(list(join.process_element(document, clock))) == 1
    return 1e6 * (read - began) / len(lines), 1e6 * (time.process_time() - ready) / len(lines)


if __name__ == "__main__":
    main()
