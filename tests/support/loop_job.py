"""The real job on Redis alone, as a child process: events and control records by streams."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.free_ports import free_port
from tests.job.test_job_control import scraped
from tests.support.job_process import JobProcess, wait_for

PIPELINE = 1000
_PRINTED = re.compile(r'^(?:(\d+)> )?(\{"event_id":.*\})$', re.MULTILINE)
"""A printed decision; with several subtasks the number of the one that printed it is in front."""


class LoopJob:
    """A job that reads `redis:events` and `redis:control`, and what a test does with it."""

    def __init__(
        self,
        folder: Path,
        redis_url: str,
        client: Any,
        prefix: str,
        secrets: Mapping[str, str],
        *options: str,
        sources: Sequence[str] = ("redis:events",),
    ) -> None:
        """Note how the job is to run; `options` are settings, such as `job.parallelism=2`."""
        self.client, self.prefix, self._prometheus = client, prefix, free_port()
        usual = ("job.control=redis:control", f"job.metrics_port={self._prometheus}")
        words = [word for option in (*usual, *options) for word in ("--set", option)]
        given = tuple(words), dict(secrets), tuple(sources), "print:"
        self.job = JobProcess(folder, folder, redis_url, prefix, *given, least_rights=True)

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        """Start the job; kill it in the end, if it still runs."""
        self._process = self.job.start(*options)
        try:
            yield
        finally:
            if self._process.poll() is None:
                self.job.kill(self._process)

    @property
    def pid(self) -> int:
        """Return the id of the process that runs, which is Java's parent."""
        return self._process.pid

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for as long as the job runs."""
        wait_for(lambda: self._process.poll() is not None or condition(), what)
        assert self._process.poll() is None, f"the job ended before {what}:\n{self.job.output()[-1500:]}"

    def send(self, lines: Sequence[str], stream: str = "events") -> None:
        """Put lines into a stream of the job."""
        for first in range(0, len(lines), PIPELINE):
            with self.client.pipeline(transaction=False) as pipe:
                for line in lines[first : first + PIPELINE]:
                    pipe.xadd(f"{self.prefix}{stream}", {"json": line})
                pipe.execute()

    def tell(self, *records: Mapping[str, Any]) -> None:
        """Send control records."""
        self.send([json.dumps(record) for record in records], "control")

    def printed(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Return subtask and document of each decision, by event."""
        text = (self.job.folder / "output.txt").read_text(errors="replace")
        found = ((int(subtask or 1), json.loads(document)) for subtask, document in _PRINTED.findall(text))
        return {document["event_id"]: (subtask, document) for subtask, document in found}

    def decided(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Wait for the decisions on these events and return them."""
        found: dict[str, tuple[int, dict[str, Any]]] = {}

        def all_there() -> bool:
            found.update(self.printed())
            return found.keys() >= set(ids)

        self.wait(all_there, "decisions")
        return [found[event_id][1] for event_id in ids]

    def entries(self, stream: str) -> list[dict[str, Any]]:
        """Return the documents of a stream."""
        return [entry["json"] for entry in self.job.stream(self.client, stream)]

    def total(self, metric: str, label: str = "") -> int:
        """Return the sum of a metric over all subtasks, of those with `label` in their labels."""
        return int(sum(value for labels, value in scraped(self._prometheus)[metric].items() if label in labels))

    def checkpoint(self) -> int:
        """Return the number of the newest complete checkpoint."""
        numbers = [int(path.parent.name.removeprefix("chk-")) for path in self.job.checkpoints.glob("*/chk-*/_metadata")]
        return max(numbers, default=0)
