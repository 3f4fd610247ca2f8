"""Two tests at once (pytest-xdist): a file's tests share its fixtures, and the real jobs wait for each other.

A job keeps the cores busy by itself, and two would wait longer than their tests do. Their tests begin first,
as they take longest.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

JOBS = "tests/job/"


class JobsInTurn(LoadFileScheduling):
    """A scheduler that gives a file's tests to one worker, and all of `tests/job` to one."""

    def _split_scope(self, nodeid: str) -> str:
        return JOBS if nodeid.startswith(JOBS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return JobsInTurn(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(JOBS))
