"""The demo: a simulated shop under attack, the real job on a local Flink, alerts and incidents as they come."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from domain.times import DAY_S
from flink_job.cluster.environment import check_java
from flink_job.cluster.local_run import run_job
from flink_job.commands.evaluation_table import evaluation_table
from flink_job.commands.options import Progress
from flink_job.commands.stream_watch import StreamWatch
from flink_job.settings.settings import Settings
from gnn.evaluation import evaluate
from gnn.history.simulated_files import write_simulation
from ops.llm.settings import with_api_key
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import REDIS_URL, redis_url, secret
from ops.terminal.cards import print_entry

LAST_INCIDENTS = 3
# simulated days per round of --forever; the rounds begin in 2001 and end when they reach today
FOREVER_DAYS = 7.0
FOREVER_START_MS = 978_307_200_000


class Demo:
    """One run of the demo in a folder of its own, which the next run empties."""

    def __init__(self, settings: Settings, events: int, seed: int, folder: Path, forever: bool, console: Console) -> None:
        self._events, self._seed, self._forever, self._console = events, seed, forever, console
        self._folder = folder.resolve()
        job = replace(
            settings.job,
            sources=(f"file:{self._folder / 'source'}",),
            decisions=f"file:{self._folder / 'decisions'}",
            checkpoint_dir=str(self._folder / "checkpoints"),
            log_dir=str(self._folder / "logs"),
            bounded=not forever,
            discover_s=1.0,
        )
        self._settings = replace(settings, job=job)
        self._rounds = self._lines = 0
        self._progress = Progress("events")

    def run(self) -> None:
        """Simulate, run, watch, and tell how it went."""
        check_java()
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("source", "truth"):
            (self._folder / name).mkdir(parents=True)
        with self._redis() as url, StreamWatch(url, self._settings.redis.prefix, self._console) as watch:
            self._introduce(url)
            self._feed()
            began = time.monotonic()

            def look(counts: dict[str, int]) -> None:
                watch.look()
                self._progress(counts.get("events", 0), None if self._forever else self._lines)
                if self._forever and counts.get("events", 0) >= self._lines:
                    self._feed()

            with suppress(KeyboardInterrupt) if self._forever else nullcontext():
                run_job(self._settings, on_progress=look)
            self._progress.end()
            took = time.monotonic() - began
            watch.look()
            self._report(watch, took)

    @contextmanager
    def _redis(self) -> Iterator[str]:
        """The configured Redis, or one of our own; its address."""
        if self._settings.redis.url or secret(REDIS_URL):
            yield redis_url(self._settings.redis.url)
            return
        with EmbeddedRedis() as server:
            self._settings = replace(self._settings, redis=replace(self._settings.redis, url=server.url))
            yield server.url

    def _introduce(self, url: str) -> None:
        llm = with_api_key(self._settings.llm)
        writer = f"model {llm.model} at {llm.base_url or 'OpenAI'}" if llm.is_configured else "the template (no LLM endpoint is configured)"
        say = self._console.print
        say(f"ringwatch demo: {self._events:,} simulated events, seed {self._seed}", style="bold", highlight=False)
        say(f"  incident summaries are written by {writer}", highlight=False)
        if not self._settings.redis.url or url == self._settings.redis.url:
            say(f"  watch along: ringwatch tail --from-start --set redis.url={url}", highlight=False, soft_wrap=True)
        say("  starting Flink, which takes about half a minute", highlight=False)

    def _feed(self) -> None:
        """Put one more round of traffic into the watched folder."""
        made = self._folder / f"round-{self._rounds}"
        start_ms = FOREVER_START_MS + round(self._rounds * FOREVER_DAYS * DAY_S * 1000) if self._forever else None
        if start_ms is not None and start_ms / 1000 + FOREVER_DAYS * DAY_S > time.time():
            raise KeyboardInterrupt
        days = FOREVER_DAYS if self._forever else None
        events, labels = write_simulation(self._events, self._seed + self._rounds, made, days, start_ms)
        (made / "truth.parquet").rename(self._folder / "truth" / f"{self._rounds:06}.parquet")
        (made / "events.jsonl").rename(self._folder / "source" / f"{self._rounds:06}.jsonl")
        made.rmdir()
        self._lines += events + labels
        self._rounds += 1

    def _report(self, watch: StreamWatch, took: float) -> None:
        self._console.rule("the gravest incidents")
        for entry in watch.gravest(LAST_INCIDENTS):
            print_entry(self._console, entry)
        if not any((self._folder / "decisions").glob("*.jsonl")):
            self._console.print("no file of decisions is complete yet: let it run for two minutes")
            return
        evaluation = evaluate(self._folder / "decisions", self._folder / "truth")
        writers = ", ".join(f"{count:,} by {writer}" for writer, count in watch.writers.items())
        further = {
            "events": f"{self._lines:,} with labels, {self._lines / took:,.0f} per second with start-up ({took:.0f} s)",
            "alerts": f"{watch.alerts:,}",
            "incidents": f"{len(watch.incidents):,} in {watch.revisions:,} revisions" + (f", {writers}" if writers else ""),
        }
        self._console.print(evaluation_table(evaluation, further))
        self._console.print(f"decisions: {self._folder / 'decisions'}", highlight=False, soft_wrap=True)
