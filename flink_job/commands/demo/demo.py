"""The demo: a simulated shop under attack, the real job on a local Flink, its alerts and incidents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from flink_job.cluster.environment import check_java
from flink_job.cluster.job_failure import log_place
from flink_job.cluster.local_run import run_job
from flink_job.cluster.own_folder import own_folder
from flink_job.cluster.run_state import RunState
from flink_job.commands.demo.earlier_entries import about_earlier_entries, earlier_entries, watch_along
from flink_job.commands.demo.loop import DECISIONS, EVENTS, History, Loop, is_up, on_redis
from flink_job.commands.demo.report import Ending, print_ending, print_gravest
from flink_job.commands.demo.stream_watch import StreamWatch
from flink_job.commands.demo.traffic import EndlessShop, WatchedFolder
from flink_job.commands.live_line import LiveLine
from flink_job.commands.run_progress import RunProgress
from flink_job.settings.settings import Settings
from gnn.evaluation import Evaluation, EvaluationError, evaluate
from gnn.evaluation.decisions import decision_table
from gnn.history.simulated_files import write_simulation
from ops.llm.settings import with_api_key
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import REDIS_URL, make_pseudonym_key, redis_url, secret

GOES_ON = "the shop goes on until you press Ctrl-C"
_MARKER = ".ringwatch-demo"
_MADE = ("source", "truth", "made", "decisions", "checkpoints", "savepoints", "logs")
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
    on_files: bool = False
    """Events and decisions are files, in place of streams of Redis."""


class Demo:
    """One run of the demo in a folder of its own, which the next run empties and marks as a demo's."""

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
            labels=None,
            control_keys=(),
        )
        made = replace(settings, job=job)
        self._settings = made if plan.on_files else on_redis(made)
        self._progress: RunProgress | None = None
        self._loop: Loop | None = None

    def run(self) -> None:
        """Simulate, run, watch, and say how it went."""
        check_java()
        make_pseudonym_key()
        prefix = self._settings.redis.prefix
        with own_folder(self._folder, _MARKER, _MADE, "--folder"), self._redis() as url, StreamWatch(url, prefix, self._console) as watch:
            for name in ("source", "truth"):
                (self._folder / name).mkdir()
            self._introduce(url)
            self._loop = None if self._plan.on_files else Loop(url, prefix)
            (self._endless if self._plan.forever else self._once)(watch)

    def _once(self, watch: StreamWatch) -> None:
        """Let the job read one history and end; without an end of its own, once all of it is decided."""
        made = self._folder / "made"
        events, labels = write_simulation(self._plan.events, self._plan.seed, made)
        (made / "truth.parquet").rename(self._folder / "truth" / "0.parquet")
        history = self._folder / "source" / "0.jsonl"
        (made / "events.jsonl").rename(history)
        made.rmdir()
        began = time.monotonic()
        feed = History(self._loop, history, events + labels, events) if self._loop else None
        with self._line() as line, suppress(_AllDecided):
            self._progress = RunProgress(line, expected=events)
            self._run(watch, self._progress, _until_decided(feed) if feed else None)
        took = time.monotonic() - began
        how = f"published at {feed.rate:,.0f} lines per second, {took:.0f} s" if feed else f"{events / took:,.0f} per second"
        more = "with start-up" if feed else f"with start-up ({took:.0f} s)"
        self._report(watch, f"{events:,} and {labels:,} labels, {how} {more}", self._published(events))

    def _endless(self, watch: StreamWatch) -> None:
        """Let the job read a history, then feed it until an interruption."""
        shop = EndlessShop(self._plan.events, self._plan.seed, self._loop or WatchedFolder(self._folder / "source"), _now_ms())
        self._settings = replace(self._settings, job=replace(self._settings.job, silent_until=str(shop.begin_ms)))
        if not self._loop:
            shop.feed_history()
        history, fed_at = shop.history_events, time.monotonic()
        self._console.print(f"  {shop.pace()}", highlight=False)
        with self._line() as line, suppress(KeyboardInterrupt):
            progress = self._progress = RunProgress(line, expected=history, task="reading the shop's history: ")

            def feed(state: RunState) -> None:
                nonlocal fed_at
                now = time.monotonic()
                if not shop.events and is_up(state):
                    shop.feed_history()
                if state.waits_for or state.decided < history or now - fed_at < FEED_S:
                    return
                if progress.expected:
                    progress.expected = None
                    self._console.print(f"  the history is read, in silence; {GOES_ON}", highlight=False)
                shop.feed(now - fed_at, _now_ms())
                progress.task = time.strftime("%Y-%m-%d: ", time.gmtime(shop.clock_ms / 1000))
                fed_at = now

            self._run(watch, progress, feed)
        decided = self._decided()
        events = shop.write_truth(self._folder / "truth" / "0.parquet", decided) - history
        self._report(watch, f"{max(0, events):,}, after a silent history of {history:,}", len(decided), shop.begin_ms)

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

        try:
            savepoints = self._folder / "savepoints" if self._plan.forever or self._loop else None
            run_job(self._settings, look, savepoints=savepoints, drain=not self._plan.forever)
        except KeyboardInterrupt:
            watch.look()
            raise
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
        if not self._plan.on_files:
            prefix = self._settings.redis.prefix
            say(f"  events go into the stream {prefix}{EVENTS}, decisions come back in {prefix}{DECISIONS}", highlight=False)
        say(f"  watch along: {watch_along(self._settings.redis)}", highlight=False, soft_wrap=True)
        if earlier := earlier_entries(url, self._settings.redis.prefix):
            say(f"  note: {about_earlier_entries(earlier, self._settings)}", style="yellow", highlight=False, markup=False)

    def _report(self, watch: StreamWatch, events: str, published: int, from_ms: int | None = None) -> None:
        """Print the end; `published` is how many decisions are in complete files."""
        if self._loop:
            self._loop.close()
        evaluation = self._evaluation(from_ms)
        if evaluation is None:
            print_gravest(self._console, watch)
            self._console.print(self._why_no_figures(), soft_wrap=True, highlight=False, markup=False)
            return
        last = self._progress.last if self._progress else RunState()
        unpublished = 0 if last.restarts else max(0, last.decided - published)
        ending = Ending(events, evaluation, self._plan.folder, unpublished, last.known_alerts, last.known_revisions)
        print_ending(self._console, watch, ending, self._plan.picture)

    def _why_no_figures(self) -> str:
        """Return why a demo that has ended has no complete file of decisions."""
        last = self._progress.last if self._progress else RunState()
        if last.failure:
            return f"stopped while the job failed and started again: {last.failure}; the log is in {log_place(self._settings)}"
        if last.waits_for and not last.decided:
            return f"stopped while it waited for {last.waits_for}"
        if not last.decided:
            return f"stopped before the first decision; the log is in {log_place(self._settings)}"
        return "no file of decisions is complete yet: let it run a little longer"

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

    def _published(self, events: int) -> int:
        """Return how many decisions there are to be read; of files all."""
        return len(self._decided()) if self._loop else events

    def _decided(self) -> pa.ChunkedArray:
        """Return the ids of the events whose decisions are in complete files, or in the stream."""
        if self._loop:
            self._loop.save_decisions(self._folder / "decisions" / "0.jsonl")
        try:
            return decision_table(self._folder / "decisions")["event_id"]
        except EvaluationError:
            return pa.chunked_array([], pa.string())


class _AllDecided(KeyboardInterrupt):
    """The history is decided: the job is stopped as by an interruption."""


def _until_decided(history: History) -> Callable[[RunState], None]:
    """Return what feeds the history and interrupts the job once that is decided."""
    is_over = False

    def feed(state: RunState) -> None:
        nonlocal is_over
        if not is_over and history.feed(state):
            is_over = True  # the job's last looks come after the interruption
            raise _AllDecided

    return feed


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
