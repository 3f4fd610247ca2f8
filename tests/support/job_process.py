"""The real job as a child process, the way a user starts it, and readers of what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from ops.secrets import REDIS_URL
from tests import ROOT
from tests.support.redis_users import job_url

JOB_TIMEOUT_S = 240.0
SHARED_SERVERS: set[str] = set()
"""Addresses of servers that outlive a test."""
_USED_BY: dict[tuple[str, str], str] = {}
"""The test that writes to the streams of such a server and a prefix."""


@dataclass
class JobProcess:
    """`ringwatch run` on a local Flink in a folder of its own; Python and Java share one process group."""

    folder: Path
    source: Path
    redis_url: str
    prefix: str
    extra: tuple[str, ...] = ()
    environment: dict[str, str] | None = None
    urls: tuple[str, ...] = ()
    """Event streams, if not the file `source`."""
    decisions_url: str = ""
    """Where decisions go, if not into the folder `decisions`."""
    least_rights: bool = False
    """Whether it runs with the rights in Redis that docs give the job; the server must not start again."""

    def __post_init__(self) -> None:
        """A prefix is one test's: what another has written would count as this one's."""
        if self.redis_url in SHARED_SERVERS:
            test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
            other = _USED_BY.setdefault((self.redis_url, self.prefix), test)
            assert other == test, f"prefix {self.prefix} is used by {other}: take the fixture stream_prefix"

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def words(self) -> list[str]:
        """What both `ringwatch run` and `ringwatch cluster submit` are given."""
        settings = {
            "redis.url": self.redis_url,
            "redis.prefix": self.prefix,
            "job.checkpoint_dir": str(self.checkpoints),
            "job.log_dir": str(self.folder / "logs"),
        }
        told = [word for url in self.urls or (f"file:{self.source}",) for word in ("--source", url)]
        if self.urls:  # as whoever runs a job on streams must
            told += ["--set", f"job.labels={list(self.urls)}"]
        told += ["--decisions", self.decisions_url or f"file:{self.decisions}"]
        return told + [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flink_job.cli", "run", *self.words()]
        self.folder.mkdir(parents=True, exist_ok=True)
        rights = {REDIS_URL: job_url(self.redis_url, self.prefix)} if self.least_rights else {}
        environment = {**os.environ, **rights, **(self.environment or {})}
        with (self.folder / "output.txt").open("ab") as log:
            return subprocess.Popen(
                [*command, *options, *self.extra], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def run(self, *options: str) -> None:
        """Run to the end of the input; fails with the job's own words."""
        process = self.start("--bounded", *options)
        try:
            code = process.wait(JOB_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill(process)
            raise AssertionError(f"the job did not end:\n{self.output()}") from None
        assert code == 0, self.output()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """`kill -9` for Python and Java at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def output(self) -> str:
        return (self.folder / "output.txt").read_text(errors="replace")[-6000:]

    def decided(self) -> list[dict[str, Any]]:
        """Every published decision document."""
        return [json.loads(line) for path in sorted(self.decisions.glob("*.jsonl")) for line in path.read_text().splitlines()]

    def stream(self, client: redis.Redis, name: str) -> list[dict[str, Any]]:
        """Fields of every entry of a Redis stream, `json` decoded."""
        entries = client.xrange(f"{self.prefix}{name}")
        return [{**fields, "json": json.loads(fields["json"])} for _, fields in entries]


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = JOB_TIMEOUT_S) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"waited {timeout_s} s in vain for {what}"
        time.sleep(0.1)


def without_clock(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Documents by event id, without the one field that tells when they were made."""
    return {document["event_id"]: {name: value for name, value in document.items() if name != "decided_at"} for document in documents}
