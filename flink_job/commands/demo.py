"""The demo: a simulated shop under attack, the real job on a local Flink, its alerts and incidents."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from flink_job.cluster.environment import check_java
from flink_job.cluster.job_failure import log_place
from flink_job.cluster.local_run import run_job
from flink_job.cluster.run_state import RunState
from flink_job.commands.demo_picture import save_picture
from flink_job.commands.demo_traffic import EndlessShop
from flink_job.commands.evaluation_table import evaluation_table
from flink_job.commands.live_line import LiveLine
from flink_job.commands.run_progress import RunProgress
from flink_job.commands.stream_watch import StreamWatch
from flink_job.settings.settings import Settings
from gnn.evaluation import Evaluation, EvaluationError, evaluate
from gnn.history.simulated_files import write_simulation
from ops.llm.settings import with_api_key
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import REDIS_URL, choose_demo_key, redis_url, secret
from ops.terminal.cards import print_entry

GOES_ON = "the shop goes on until you press Ctrl-C; it begins some weeks ago and catches up with today"
LAST_INCIDENTS = 3
LOOK_S = 1.0  # between two looks at the streams, each of which prints some alerts
# longer than the job's pause between two looks for files: it would read two new ones in any order
FEED_S = 2.5


@dataclass(frozen=True)
class DemoPlan:
    """What is asked for. `events` is the whole history, or with `forever` the shop's events in 30 days."""

    events: int
    seed: int
    folder: Path
    forever: bool = False
    picture: Path | None = None


class Demo:
    """One run of the demo in a folder of its own, which the next run empties."""

    def __init__(self, settings: Settings, plan: DemoPlan, console: Console) -> None:
        self._plan, self._console = plan, console
        self._folder = plan.folder.resolve()
        job = replace(
            settings.job,
            sources=(f"file:{self._folder / 'source'}",),
            decisions=f"file:{self._folder / 'decisions'}",
            checkpoint_dir=str(self._folder / "checkpoints"),
            log_dir=str(self._folder / "logs"),
            bounded=not plan.forever,
            discover_s=1.0,
        )
        self._settings = replace(settings, job=job)
        self._progress: RunProgress | None = None

    def run(self) -> None:
        """Simulate, run, watch, and say how it went."""
        check_java()
        choose_demo_key()
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("source", "truth"):
            (self._folder / name).mkdir(parents=True)
        with self._redis() as url, StreamWatch(url, self._settings.redis.prefix, self._console) as watch:
            self._introduce(url)
            (self._endless if self._plan.forever else self._once)(watch)

    def _once(self, watch: StreamWatch) -> None:
        """Let the job read one history and end."""
        made = self._folder / "made"
        events, labels = write_simulation(self._plan.events, self._plan.seed, made)
        (made / "truth.parquet").rename(self._folder / "truth" / "0.parquet")
        (made / "events.jsonl").rename(self._folder / "source" / "0.jsonl")
        made.rmdir()
        began = time.monotonic()
        with self._line() as line:
            self._run(watch, RunProgress(line, expected=events))
        self._report(watch, events, labels, time.monotonic() - began)

    def _endless(self, watch: StreamWatch) -> None:
        """Let the job read a history, then feed it until an interruption."""
        shop = EndlessShop(self._plan.events, self._plan.seed, self._folder / "source", _now_ms())
        self._settings = replace(self._settings, job=replace(self._settings.job, silent_until=str(shop.begin_ms)))
        shop.feed_history()
        history, fed_at = shop.events, time.monotonic()
        began = time.monotonic()
        with self._line() as line, suppress(KeyboardInterrupt):
            progress = self._progress = RunProgress(line, expected=history, task="reading the shop's history: ")

            def feed(state: RunState) -> None:
                nonlocal fed_at
                now = time.monotonic()
                if state.decided < history or now - fed_at < FEED_S:
                    return
                if progress.expected:
                    progress.expected = None
                    self._console.print(f"  the history is read, in silence; {GOES_ON}", highlight=False)
                shop.feed(now - fed_at, _now_ms())
                progress.task = time.strftime("%d %b: ", time.gmtime(shop.clock_ms / 1000))
                fed_at = now

            self._run(watch, progress, feed)
        shop.write_truth(self._folder / "truth" / "0.parquet")
        self._report(watch, shop.events, shop.labels, time.monotonic() - began, shop.begin_ms)

    def _line(self) -> LiveLine:
        return LiveLine(self._console if self._console.is_terminal else Console(stderr=True))

    def _run(self, watch: StreamWatch, progress: RunProgress, feed: Callable[[RunState], None] | None = None) -> None:
        looked_at = 0.0

        def look(state: RunState) -> None:
            nonlocal looked_at
            if (now := time.monotonic()) - looked_at >= LOOK_S:
                watch.look()
                looked_at = now
            progress(state)
            if feed:
                feed(state)

        run_job(self._settings, look)
        watch.look()

    @contextmanager
    def _redis(self) -> Iterator[str]:
        """Give the address of the configured Redis, or of one of our own."""
        if self._settings.redis.url or secret(REDIS_URL):
            yield redis_url(self._settings.redis.url)
            return
        with EmbeddedRedis() as server:
            self._settings = replace(self._settings, redis=replace(self._settings.redis, url=server.url))
            yield server.url

    def _introduce(self, url: str) -> None:
        llm = with_api_key(self._settings.llm)
        writer = f"model {llm.model} at {llm.base_url or 'OpenAI'}" if llm.is_configured else "the template (no LLM endpoint is configured)"
        say, each_month = self._console.print, " a month, for ever" if self._plan.forever else ""
        say(f"ringwatch demo: {self._plan.events:,} simulated events{each_month}, seed {self._plan.seed}", style="bold", highlight=False)
        say(f"  incident summaries are written by {writer}", highlight=False)
        if not self._settings.redis.url or url == self._settings.redis.url:
            say(f"  watch along: ringwatch tail --from-start --set redis.url={url}", highlight=False, soft_wrap=True)

    def _report(self, watch: StreamWatch, events: int, labels: int, took: float, from_ms: int | None = None) -> None:
        evaluation = self._evaluation(from_ms)
        self._console.rule("the gravest incidents")
        for entry in watch.gravest(LAST_INCIDENTS):
            print_entry(self._console, entry)
        if evaluation is None:
            self._console.print(self._why_no_figures(), soft_wrap=True, highlight=False, markup=False)
            return
        writers = ", ".join(f"{count:,} by {writer}" for writer, count in watch.writers.items())
        further = {
            "events": f"{events:,} and {labels:,} labels, {events / took:,.0f} per second with start-up ({took:.0f} s)",
            "alerts": f"{watch.alerts:,}",
            "incidents": f"{len(watch.incidents):,} in {watch.revisions:,} revisions" + (f", {writers}" if writers else ""),
        }
        table = evaluation_table(evaluation, further)
        self._console.print(table)
        self._console.print(f"decisions: {self._folder / 'decisions'}", highlight=False, soft_wrap=True)
        if self._plan.picture:
            save_picture(self._plan.picture, watch, evaluation, further)
            self._console.print(f"picture: {self._plan.picture}", highlight=False, soft_wrap=True)

    def _why_no_figures(self) -> str:
        """Return why an endless demo that was stopped has no complete file of decisions."""
        last = self._progress.last if self._progress else RunState()
        if last.failure:
            return f"stopped while the job failed and started again: {last.failure}; the log is in {log_place(self._settings)}"
        if last.waits_for and not last.decided:
            return f"stopped while it waited for {last.waits_for}"
        return "no file of decisions is complete yet: let it run for two minutes"

    def _evaluation(self, from_ms: int | None) -> Evaluation | None:
        """Compare the decisions with the truth; None while no file of decisions is complete."""
        if not any((self._folder / "decisions").glob("*.jsonl")):
            return None
        try:
            return evaluate(self._folder / "decisions", self._folder / "truth", from_ms=from_ms)
        except EvaluationError:
            if from_ms is None:
                raise
            return None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
