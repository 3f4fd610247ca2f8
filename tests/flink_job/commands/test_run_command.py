"""`ringwatch run` around the job: notes before it, and what an interruption says."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from flink_job.cli import FAILED, INTERRUPTED, TERMINATED, main
from flink_job.cluster.interrupt import TerminatedError
from flink_job.cluster.run_state import RunState
from ops.secrets import PSEUDONYM_KEY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.cluster import local_run


@pytest.fixture(autouse=True)
def bare_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")


def checkpoint(folder: Path, age_s: float) -> None:
    path = folder / "run" / "checkpoints" / "job" / "chk-7" / "_metadata"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (time.time() - age_s,) * 2)


def stopped_by(error: BaseException, monkeypatch: pytest.MonkeyPatch, *states: RunState) -> None:
    def run_job(settings: object, on_look: object, on_checked: object) -> RunState:
        for state in states:
            on_look(state)  # type: ignore[operator]
        raise error

    monkeypatch.setattr(local_run, "run_job", run_job)


@pytest.mark.parametrize(
    ("age_s", "options", "hint"),
    [
        (None, [], "this run has no checkpoint yet, so the next one begins anew"),
        (3600, [], "this run has no checkpoint yet, so the next one begins anew"),
        (3600, ["--resume"], "to go on from checkpoint chk-7, give the same command with --resume"),
        (-1, [], "to go on from checkpoint chk-7, give the same command with --resume"),
    ],
)
def test_ctrl_c_while_flink_starts_is_one_line_with_a_hint(
    age_s: float | None,
    options: list[str],
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if age_s is not None:
        checkpoint(tmp_path, age_s)
    stopped_by(KeyboardInterrupt(), monkeypatch)
    assert main(["run", "--source", "file:a", *options]) == INTERRUPTED == 130
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert said == [f"ringwatch run: interrupted; {hint}"]


def test_sigterm_says_what_was_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stopped_by(TerminatedError(), monkeypatch, RunState(read=9, decisions={"approve": 8, "block": 1}))
    assert main(["run", "--source", "file:a"]) == TERMINATED == 143
    said = capsys.readouterr().err
    assert "\nterminated\n" in said
    assert "9 events: approve 8, block 1" in " ".join(said.split())
    assert said.splitlines()[-1].startswith("ringwatch run: terminated; this run has no checkpoint yet")


def decides(events: int) -> Callable[..., RunState]:
    def run_job(settings: object, on_look: object, on_checked: Callable[[list[str]], None]) -> RunState:
        on_checked(["of Kafka"] if events else [])
        return RunState(read=events, decisions={"approve": events} if events else {})

    return run_job


def test_silence_is_said_before_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(local_run, "run_job", decides(1))
    assert main(["run", "--source", "file:a", "--silent-until", "2026-01-31"]) == 0
    assert "note: silent until 2026-01-31T00:00:00Z: of earlier events no alert" in capsys.readouterr().err


def test_faults_come_before_notes(capsys: pytest.CaptureFixture[str], redis_url: str) -> None:
    assert main(["run", "--source", "file:none", "--set", f"redis.url={redis_url}"]) == 2
    said = capsys.readouterr().err
    assert "none does not exist" in said
    assert "note:" not in said and "WARNING" not in said


@pytest.mark.parametrize(("options", "code"), [(["--bounded"], 1), (["--bounded", "--resume"], 0), ([], 0)])
def test_bounded_run_that_finds_no_event_has_failed(
    options: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(tmp_path, 3600)
    monkeypatch.setattr(local_run, "run_job", decides(0))
    assert main(["run", "--source", "file:a", *options]) == code
    assert ("ringwatch run: no event was decided: there is none in file:a" in capsys.readouterr().err) == bool(code)


def test_a_topic_that_is_not_read_from_its_beginning_is_not_called_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local_run, "run_job", decides(0))
    assert main(["run", "--source", "kafka://b/t", "--bounded", "--set", "kafka.start=latest"]) == 1
    said = capsys.readouterr().err
    assert "there is none in kafka://b/t from kafka.start=latest on; what the topic held before is read with --set" in said
    assert main(["run", "--source", "redis:events", "--bounded", "--set", "redis.start=latest"]) == 1
    said = capsys.readouterr().err
    assert "there is none in redis:events from redis.start=latest on; what the stream held before is read with --set" in said


@pytest.mark.parametrize(
    ("options", "has_checkpoint", "words"),
    [
        ([], True, "at most 3 decisions since the last checkpoint: --resume makes them again"),
        ([], False, "at most 3 decisions since the last checkpoint: the next run makes them again"),
        (["--decisions", "print:"], True, None),
        (["--decisions", "kafka://b/t", "--set", "kafka.guarantee=at_least_once"], True, None),
        (["--decisions", "kafka://b/t"], True, "at most 3 decisions"),
    ],
)
def test_decisions_that_wait_for_a_checkpoint_are_named(
    options: list[str],
    has_checkpoint: bool,
    words: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if has_checkpoint:
        checkpoint(tmp_path, -1)
    stopped_by(KeyboardInterrupt(), monkeypatch, RunState(read=9, decisions={"approve": 9}, unsaved=3))
    assert main(["run", "--source", "file:a", *options]) == INTERRUPTED
    said = capsys.readouterr().err
    assert words in said if words else "not written" not in said


def test_failed_job_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint(tmp_path, -1)
    stopped_by(local_run.JobFailedError("the job failed: why"), monkeypatch)
    assert main(["run", "--source", "file:a"]) == FAILED
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "ringwatch run: the job failed: why; to go on from checkpoint chk-7, give the same command with --resume"


def test_notes_once_before_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(local_run, "run_job", decides(1))
    assert main(["run", "--source", "file:a", "--bounded"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("note: ", "WARNING"))]
    assert [note.split()[1] for note in notes] == ["every", "the", "of"], "what the checks brought to light comes last"
    assert "the graph is empty" in notes[1] and "--silent-until" in notes[1]
    assert main(["run", "--source", "file:a", "--silent-until", "2026-01-31"]) == 0
    assert "note: the graph" not in capsys.readouterr().err
