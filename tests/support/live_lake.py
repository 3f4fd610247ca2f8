"""A history through the real job into a lake: published to Redis, decided, and archived, all at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from tests import ROOT
from tests.support.job_process import JobProcess

EVENTS, LABELS, ENRICHED = "redis:events", "redis:labels", "redis:enriched"
_LOOKS_S = 0.5
Rows = tuple[int, int]
"""Of events, and of labels."""
Told = Callable[[int, int], object]


def _in_silence(events: int, labels: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class LiveLake:
    """A job, an archiver and a training in a folder of their own, over one Redis."""

    folder: Path
    redis_url: str
    prefix: str
    sets: Sequence[str] = ()
    """Settings of all of them."""
    limit_s: float = 240.0

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def decisions(self) -> Path:
        return self.folder / "job" / "decisions"

    def fill(self, events: Path, told: Told = _in_silence) -> Rows:
        """Let the job decide a file while it is published and archived; return the rows."""
        wanted = _counted(events)
        with ExitStack() as stack:
            lives = stack.enter_context(self._job(events))
            for words in (["archive", "--lake", str(self.lake)], ["publish", str(events), "--to", EVENTS]):
                stack.enter_context(self._beside(*words))
            self._await(wanted, self._rows, lives, told)
            self._await((wanted[0], 0), self._decided, lives)
        return self._rows()

    def train(self, out: str, *words: str) -> Path:
        """Train; return the folder of the model."""
        made = self.folder / out
        self._run("train", "--out", str(made), *words)
        return made

    def _words(self) -> list[str]:
        sets = (
            *(f"redis.url={self.redis_url}", f"redis.prefix={self.prefix}", f"job.sources=[{EVENTS}]", f"job.enriched={ENRICHED}"),
            *("job.enriched_features=true", "lake.tables=[events, features, labels]", "lake.commit_s=2", *self.sets),
        )
        return [word for one in sets for word in ("--set", one)]

    @contextmanager
    def _job(self, events: Path) -> Iterator[Callable[[], object]]:
        """A job that runs, as what fails where it no longer does."""
        job = JobProcess(self.folder / "job", events, self.redis_url, self.prefix, tuple(self._words()), urls=(EVENTS,))
        process = job.start()

        def lives() -> None:
            assert process.poll() is None, job.output()

        try:
            yield lives
        finally:
            job.kill(process)

    @contextmanager
    def _beside(self, command: str, *words: str) -> Iterator[None]:
        """A command that ends, or is ended gently."""
        process = subprocess.Popen(self._command(command, *words), cwd=self.folder, env=_environment())
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def _run(self, *words: str) -> None:
        subprocess.run(self._command(*words), cwd=self.folder, env=_environment(), check=True)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "flink_job.cli", *words, *self._words()]

    def _await(self, wanted: Rows, look: Callable[[], Rows], lives: Callable[[], object], told: Told = _in_silence) -> None:
        end = time.monotonic() + self.limit_s
        while (rows := look()) != wanted:
            assert time.monotonic() < end, f"{rows} of {wanted} events and labels after {self.limit_s:g} s"
            lives()
            told(*rows)
            time.sleep(_LOOKS_S)

    def _decided(self) -> Rows:
        """Decisions that a checkpoint has committed."""
        return sum(path.read_bytes().count(b"\n") for path in self.decisions.glob("*.jsonl")), 0

    def _rows(self) -> Rows:
        return _rows_of(self.lake / "events"), _rows_of(self.lake / "labels")


def differences(one: Path, two: Path) -> set[str]:
    """The files of two models whose bytes differ, but for what a card says of the files of events."""
    here, there = (_files(folder) for folder in (one, two))
    return {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}


def _files(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.md"}
    found["card.json"] = json.loads(found["card.json"])
    found["card.json"]["data"].pop("digest")
    return found


def _counted(events: Path) -> Rows:
    labels = lines = 0
    with events.open(encoding="utf-8") as file:
        for line in file:
            lines += 1
            labels += json.loads(line)["event_type"] == "label"
    return lines - labels, labels


def _rows_of(table: Path) -> int:
    if not (table / "_delta_log").is_dir():
        return 0
    return sum(DeltaTable(str(table)).get_add_actions(flatten=True).column("num_records").to_pylist())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
