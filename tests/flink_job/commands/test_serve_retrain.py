"""Trials of new models on schedule: a real child, its bounds, and what is noted of its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.errors import SettingError
from domain.times import DAY_MS, moment_ms
from flink_job.cluster.run_lock import locked_folder
from flink_job.commands import retrain_process
from flink_job.commands.retrain_process import RetrainProcess
from flink_job.commands.serve_checks import check_schedule
from flink_job.commands.serve_retrain import Trials
from flink_job.settings.settings import Settings, load
from gnn.retraining.ledger import TRIED, Entry, Ledger
from gnn.retraining.settings import RetrainSettings
from ops.cases.store import Store
from ops.cases.tables import AuditEntry
from ops.cases.trials import last_trials

START = moment_ms("2026-03-02T12:00:00Z")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a trial have its share of a machine that is busy with other tests."""
    monkeypatch.setattr(retrain_process, "NICE", 0)


def made(folder: Path, store: Store, words: Sequence[str], **bounds: float) -> tuple[Trials, RetrainProcess, list[int]]:
    """Trials of a worker that began at noon, their process, and their clock."""
    retrain = RetrainSettings(folder=str(folder / "models"), every_days=7, **bounds)  # type: ignore[arg-type]
    process, clock = RetrainProcess([*words, "--set", f"retrain.folder={retrain.folder}"], retrain), [START]
    return Trials(replace(load(None), retrain=retrain), store, process, lambda: clock[0]), process, clock


def ended(trials: Trials, process: RetrainProcess) -> None:
    """Step as the worker does until the trial has ended and is noted."""
    until = time.monotonic() + 300
    while process.is_running and time.monotonic() < until:
        time.sleep(0.05)
    assert process.has_ended
    trials.step()


def steps(folder: Path) -> list[tuple[str, str]]:
    return [(entry.act, entry.judgement) for entry in Ledger.read(folder / "models").entries]


def audited(store: Store) -> list[tuple[str, str]]:
    with store.read() as session:
        return [(act.action, act.subject) for act in session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("retrain.")))]


def test_a_trial_that_fails_is_noted_and_comes_again_in_a_week(tmp_path: Path, store: Store) -> None:
    trials, process, clock = made(tmp_path, store, ["retrain", "--lake", str(tmp_path / "nowhere")])
    trials.step()
    assert not process.is_running and steps(tmp_path) == [], "the first hour has not come"
    clock[0] += DAY_MS
    trials.step()
    assert process.is_running and [act for act, _ in steps(tmp_path)] == ["begun"]
    ended(trials, process)
    (_, (act, why)) = steps(tmp_path)
    assert act == "failed" and "has no table of events" in why and why.startswith("exit code 1: ringwatch retrain:")
    assert audited(store) == [("retrain.failed", "model:none")]
    with store.read() as session:
        assert last_trials(session) == {"failed": clock[0]}
    trials.step()
    clock[0] += 5 * DAY_MS
    trials.step()
    assert len(steps(tmp_path)) == 2, "it waits for its day"
    clock[0] += 2 * DAY_MS
    trials.step()
    assert process.is_running and len(steps(tmp_path)) == 3
    process.end()
    assert not process.is_running


def test_a_candidate_is_noted_with_what_was_found(tmp_path: Path, sqlite_store: Store) -> None:
    trials, process, clock = made(tmp_path, sqlite_store, ["retrain", "list"])
    clock[0] += DAY_MS
    trials.step()
    tried = Entry(clock[0], TRIED, "gbt-1", "models/gbt-1", "model", "better: in all")
    Ledger.read(tmp_path / "models").with_entry(tried).write(tmp_path / "models")
    ended(trials, process)
    assert steps(tmp_path)[-1] == ("tried", "better: in all") and audited(sqlite_store) == [("retrain.tried", "model:gbt-1")]


def test_a_trial_that_takes_too_long_is_ended(tmp_path: Path, sqlite_store: Store) -> None:
    trials, process, clock = made(tmp_path, sqlite_store, ["retrain", "--lake", "nowhere"], most_hours=1e-9)
    clock[0] += DAY_MS
    trials.step()
    ended(trials, process)
    assert "retrain.most_hours" in steps(tmp_path)[-1][1]


def test_a_clock_that_was_ahead_when_the_worker_began_holds_nothing_up(tmp_path: Path, sqlite_store: Store) -> None:
    trials, process, clock = made(tmp_path, sqlite_store, ["retrain", "list"])
    for days in (-3650, -3649):
        clock[0] = START + days * DAY_MS
        trials.step()
    assert steps(tmp_path) == [("begun", "on schedule")]
    process.end()


def test_what_keeps_a_trial_from_beginning_is_said_once(tmp_path: Path, sqlite_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    trials, process, clock = made(tmp_path, sqlite_store, ["retrain", "list"])
    folder = tmp_path / "models"
    folder.write_text("a file in its place")
    clock[0] += DAY_MS
    for _ in range(3):
        trials.step()
    folder.unlink()
    folder.mkdir()
    (folder / "retraining.json").write_text("{")
    trials.step()
    said = [record.getMessage() for record in caplog.records if "cannot begin" in record.getMessage()]
    assert len(said) == 2 and "models" in said[0] and "is not what ringwatch retrain writes" in said[1]
    (folder / "retraining.json").unlink()
    with locked_folder(folder, "retrain.folder"):
        trials.step()
    assert not process.is_running and len(caplog.records) == 2, "who retrains by hand is no error"
    trials.step()
    assert steps(tmp_path) == [("begun", "on schedule")]
    process.end()


def test_a_schedule_wants_a_lake() -> None:
    settings: Settings = replace(load(None), retrain=RetrainSettings(every_days=1))
    with pytest.raises(SettingError, match=r"set lake.url, or retrain.every_days to 0"):
        check_schedule(settings)
    check_schedule(replace(settings, lake=replace(settings.lake, url="run/lake")))
