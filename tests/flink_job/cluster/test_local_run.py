"""A local run that fails: it is given up after its restarts, with the cause and the log."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from py4j.protocol import Py4JNetworkError

from flink_job.cli import FAILED, TERMINATED, main
from flink_job.cluster.interrupt import TerminatedError
from flink_job.cluster.rest import ClusterError
from flink_job.cluster.run_state import RunState
from flink_job.commands.run_progress import RunProgress
from flink_job.settings.settings import load
from ops.secrets import PSEUDONYM_KEY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.cluster import local_run


class FailingJob:
    """A job, and the watch of it, that fails at each look and never ends by itself."""

    last_failure = failure = "no space left"
    status = "the job to start again after a failure: no space left"
    read = restarts = in_a_row = restarted_ms = checkpoint_ms = lag = 0

    def __init__(self, *_: object) -> None:
        self.ended = ""

    def look(self) -> None:
        self.restarts += 1
        self.in_a_row += 1

    def get_job_id(self) -> str:
        return "job"

    def get_job_status(self) -> Any:
        assert self.in_a_row < 30, "it goes on for ever"
        return SimpleNamespace(result=lambda: SimpleNamespace(name=self.ended or "RESTARTING"))

    def cancel(self) -> Any:
        self.ended = "CANCELED"
        return SimpleNamespace(result=lambda: None)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FailingJob:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    found = FailingJob()
    for name, value in {
        "require": lambda settings: [],
        "create": lambda settings: (None, 1),
        "start": lambda env, settings: found,
        "JobWatch": lambda rest, job: found,
        "RedisWatch": lambda url, prefix: SimpleNamespace(away=lambda: ""),
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
    assert job.ended == "CANCELED"
    assert job.in_a_row == restarts + 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        f"ringwatch run: the job failed and is given up after {restarts} restarts: no space left; the log is in {log}; "
        "this run has no checkpoint yet, so the next one begins anew"
    )


def test_job_that_does_not_end_is_left_to_flink(job: FailingJob, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[RunState] = []

    def look(state: RunState) -> None:
        seen.append(state)
        if len(seen) > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local_run.run_job(load(None, ["job.sources=['file:a']"]), look)
    assert job.in_a_row > 9
    assert seen[-2].failure == "no space left"


def test_sigterm_that_java_had_too_is_no_failure(
    job: FailingJob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cancel() -> Any:
        raise Py4JNetworkError("Answer from Java side is empty")

    def look(self: RunProgress, state: RunState) -> None:
        if job.in_a_row:
            raise TerminatedError

    monkeypatch.setattr(job, "cancel", cancel)
    monkeypatch.setattr(RunProgress, "__call__", look)
    assert main(["run", "--source", "file:a"]) == TERMINATED
    assert "ringwatch run: terminated" in capsys.readouterr().err


class StoppingRest:
    """A REST interface that stops the job, or answers otherwise."""

    def __init__(self, job: FailingJob, answer: BaseException | None) -> None:
        self._job, self._answer = job, answer
        self.asked: list[tuple[str, str, float, bool]] = []

    def stop(self, job: str, folder: str, within_s: float, drain: bool) -> str:
        self.asked.append((job, folder, within_s, drain))
        if self._answer:
            raise self._answer
        self._job.ended = "FINISHED"
        return f"{folder}/savepoint-1"


@pytest.mark.parametrize("drain", [False, True])
@pytest.mark.parametrize(
    ("answer", "end"),
    [(None, "FINISHED"), (ClusterError("no savepoint within 15 s"), "CANCELED"), (KeyboardInterrupt(), "CANCELED")],
)
def test_interruption_stops_with_a_savepoint_or_cancels(
    answer: BaseException | None, end: str, drain: bool, job: FailingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest, said = StoppingRest(job, answer), []
    monkeypatch.setattr(local_run, "FlinkRest", lambda url: rest)

    def look(state: RunState) -> None:
        said.append(state.waits_for)
        if len(said) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local_run.run_job(load(None, ["job.sources=['file:a']"]), look, savepoints=tmp_path / "savepoints", drain=drain)
    assert rest.asked == [("job", (tmp_path / "savepoints").as_uri(), 15.0, drain)]
    assert job.ended == end, "cancelled only where the stop has failed"
    assert said[5] == "the last decisions to be published; Ctrl-C again ends it at once"
