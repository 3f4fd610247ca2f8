"""What ten incidents cost whoever judges them: `python -m tests.speed.time_on_task`.

The task: read the incident, give a verdict with a reason, come to the next one. Once with the desk in a real
browser, by keys; once with `ringwatch tail` in one terminal and `ringwatch verdict` in another. Counted are
the keys that are pressed, and the seconds until the next incident can be read: those that the machine takes,
0.2 s a key, as a practised typist needs, and 2.2 s for what is marked with a pointer to be pasted. How long
somebody reads and thinks is not counted.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from playwright.sync_api import Page, expect

from domain.json_text import as_json
from domain.times import now_ms
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.redis.embedded import EmbeddedRedis
from tests.support.browser import Served, browser_running
from tests.support.case_samples import put_case
from tests.support.incident_samples import START
from tests.support.published_incidents import Shop, one

KEY_S, MARK_S = 0.2, 2.2
"""A key; and marking something with the pointer, from where it begins to where it ends."""
REASON = "same courier, cards tested before"
WORDS = ("fraud", "fraud", "legitimate")
"""Verdicts, in turn."""


@dataclass
class Cost:
    """Keys pressed, and seconds of the machine."""

    keys: int = 0
    marks: int = 0
    machine_s: float = 0.0

    @property
    def person_s(self) -> float:
        """Seconds of whoever presses and marks."""
        return self.keys * KEY_S + self.marks * MARK_S

    def wait(self, done: Callable[[], object]) -> None:
        """Count the seconds of the machine."""
        begun = time.perf_counter()
        done()
        self.machine_s += time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=10)
    count = parser.parse_args().incidents
    with tempfile.TemporaryDirectory() as folder:
        typed, pasted = commands(Path(folder), count)
        costs = {"the desk, by keys": desk(Path(folder), count), "commands, the id pasted": pasted, "commands, all typed": typed}
    print(f"| {count} incidents with | keys | s of the person | s of the machine | s in all |\n|---|---:|---:|---:|---:|")
    for name, cost in costs.items():
        print(f"| {name} | {cost.keys:,} | {cost.person_s:.0f} | {cost.machine_s:.0f} | {cost.person_s + cost.machine_s:.0f} |")


def desk(folder: Path, count: int) -> Cost:
    """Return what they cost on the pages, from the queue on."""
    store = Store(StoreSettings(url=f"sqlite:{folder / 'store.db'}")).open()
    for number in range(count):
        put_case(store, number, alerts=6, at=now_ms() - 60_000, severity="high")
    with browser_running() as browser, Served(store) as served, served.open(browser, "/", "lead") as page:
        cost = Cost()
        press(page, cost, "n")
        for number in range(count):
            cost.wait(lambda: ready(page))
            press(page, cost, WORDS[number % len(WORDS)][0])
            page.keyboard.type(REASON)
            cost.keys += len(REASON)
            here = page.url
            press(page, cost, "Enter")
            cost.wait(lambda here=here: page.wait_for_url(lambda url: url != here))  # type: ignore[misc]
    store.close()
    return cost


def ready(page: Page) -> None:
    """Wait until the incident is there and takes keys."""
    expect(page.locator("#judge")).to_be_visible()
    page.wait_for_load_state("load")


def press(page: Page, cost: Cost, key: str) -> None:
    cost.wait(lambda: page.keyboard.press(key))
    cost.keys += 1


def commands(folder: Path, count: int) -> tuple[Cost, Cost]:
    """Return what they cost in two terminals: all of it typed; and with the id marked on its card, which is
    there already, and pasted by one key.
    """
    cost, pasted = Cost(), Cost()
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        for number, incident in enumerate(published(client, server.url, count)):
            line = f"ringwatch verdict {incident} {WORDS[number % len(WORDS)]} --by anna --reason {shlex.quote(REASON)}"
            cost.keys += len(line) + 1
            pasted.keys += len(line) + 1 - len(incident) + 1
            pasted.marks += 1
            words = [sys.executable, "-m", "flink_job.cli", *shlex.split(line)[1:], "--set", f"redis.url={server.url}"]
            cost.wait(lambda words=words: subprocess.run(words, cwd=folder, check=True, capture_output=True))  # type: ignore[misc]
    pasted.machine_s = cost.machine_s
    return cost, pasted


def published(client: Any, url: str, count: int) -> list[str]:
    """Return the ids of incidents that are in the streams, of six alerts each."""
    prefix = "ringwatch:"

    def add(stream: str, document: dict[str, Any], entry_id: str = "x") -> str:
        fields = {"id": entry_id, "type": "order", "severity": "high", "time": START, "json": as_json(document)}
        return str(client.xadd(prefix + stream, fields))

    shop = Shop(add, url, prefix)
    return [shop.incident(f"{ring:016x}", *(one(6 * ring + number, ring=f"{ring:016x}", account=6 * ring + number) for number in range(6)))
            for ring in range(count)]  # fmt: skip


if __name__ == "__main__":
    main()
