"""A local run that fails: it is given up after its restarts, with the cause and the log."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flink_job.cli import FAILED, main
from flink_job.cluster.run_state import RunState
from ops.secrets import PSEUDONYM_KEY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.cluster import local_run


class FailingJob:
    """A job, and the watch of it, that fails at each look and never ends by itself."""

    last_failure = failure = "no space left"
    status = "the job to start again after a failure: no space left"
    read = restarts = in_a_row = restarted_ms = checkpoint_ms = 0

    def __init__(self, *_: object) -> None:
        self.cancelled = False

    def look(self) -> None:
        self.restarts += 1
        self.in_a_row += 1

    def get_job_id(self) -> str:
        return "job"

    def get_job_status(self) -> Any:
        assert self.in_a_row < 30, "it goes on for ever"
        return SimpleNamespace(result=lambda: SimpleNamespace(name="CANCELED" if self.cancelled else "RESTARTING"))

    def cancel(self) -> Any:
        self.cancelled = True
        return SimpleNamespace(result=lambda: None)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FailingJob:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    found = FailingJob()
    for name, value in {
        "require": lambda settings: None,
        "create": lambda settings: (None, 1),
        "start": lambda env, settings: found,
        "JobWatch": lambda rest, job: found,
        "RedisWatch": lambda url: SimpleNamespace(away=lambda: ""),
        "ASK_S": 0.0,
        "POLL_S": 0.0,
    }.items():
        monkeypatch.setattr(local_run, name, value)
    return found


@pytest.mark.parametrize(("options", "restarts"), [([], 8), (["--set", "job.restarts=2"], 2)])
def test_bounded_run_gives_up(
    options: list[str], restarts: int, job: FailingJob, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "run" / "logs" / "flink.log"
    log.parent.mkdir(parents=True)
    log.touch()
    assert main(["run", "--source", "file:a", "--bounded", *options]) == FAILED
    assert job.cancelled
    assert job.in_a_row == restarts + 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        f"ringwatch run: the job failed and is given up after {restarts} restarts: no space left; the log is in {log}; "
        "this run has no checkpoint yet, so the next one begins anew"
    )


def test_job_that_does_not_end_is_left_to_flink(job: FailingJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from flink_job.settings.settings import load

    seen: list[RunState] = []

    def look(state: RunState) -> None:
        seen.append(state)
        if len(seen) > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local_run.run_job(load(None, ["job.sources=['file:a']"]), look)
    assert job.in_a_row > 9
    assert seen[-2].failure == "no space left"
