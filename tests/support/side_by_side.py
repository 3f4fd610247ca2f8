"""Some tests at once (pytest-xdist): a file's tests share fixtures, and the real jobs wait for each other.

A job keeps the cores busy by itself. So one worker begins with the jobs and the others with the rest.
Whichever has nothing left of its own takes over what others have not begun: none waits at the end.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

JOBS = "tests/job/"
FIRST = (
    "tests/job/test_kafka.py",
    "tests/job/test_positions.py",
    "tests/job/test_service_kafka.py",
    "tests/job/test_modes.py",
    "tests/job/test_cluster.py",
)
"""Files that begin first, in this order: one broker serves these; then those that take longest."""


class JobsInTurn(LoadFileScheduling):
    """A scheduler that gives a file's tests to one worker, and the files of `tests/job` to one, too, while
    there are others.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        chosen = next_file(self.workqueue, jobs=node is self.nodes[0])
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


def next_file(waiting: Collection[str], jobs: bool) -> str:
    """Return what a worker takes next: the first of its own kind, or else the last of the other."""
    own = [name for name in waiting if name.startswith(JOBS) is jobs]
    return own[0] if own else list(waiting)[-1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return JobsInTurn(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))
