"""Which file a worker of `make test` takes next, and that the files named there exist."""

from __future__ import annotations

from tests import ROOT
from tests.support.side_by_side import FIRST, next_file


def taken(waiting: list[str], turns: list[bool]) -> list[str]:
    left = list(waiting)
    return [left.pop(left.index(next_file(left, jobs))) for jobs in turns]


def test_the_jobs_go_to_one_worker_while_there_are_others() -> None:
    waiting = ["tests/job/a.py", "tests/job/b.py", "tests/ops/c.py", "tests/ops/d.py"]
    assert taken(waiting, [True, False, True, False]) == ["tests/job/a.py", "tests/ops/c.py", "tests/job/b.py", "tests/ops/d.py"]


def test_a_worker_without_work_of_its_own_takes_the_last_of_the_other() -> None:
    jobs, others = ["tests/job/a.py", "tests/job/b.py"], ["tests/ops/c.py", "tests/ops/d.py"]
    assert taken([*jobs, others[0]], [False, False, True]) == [others[0], jobs[1], jobs[0]]
    assert taken([jobs[0], *others], [True, True, False]) == [jobs[0], others[1], others[0]]


def test_each_file_that_is_to_begin_first_is_there() -> None:
    assert [name for name in FIRST if not (ROOT / name).is_file()] == []
