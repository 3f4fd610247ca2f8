"""`ringwatch bench`: its options, its refusals, and one small run on a real cluster."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SettingError
from flink_job.bench import sql_job
from flink_job.bench.growth_part import line
from flink_job.bench.plan import PARTS, QUICK, Plan
from flink_job.bench.requirements import kafka_missing
from flink_job.bench.rig import Chosen, no_outside_services
from flink_job.cli import main
from flink_job.commands.bench_command import add_arguments, plan
from ops.llm.settings import LlmSettings, with_api_key
from ops.secrets import redis_url


def _plan(*words: str) -> Plan:
    parser = argparse.ArgumentParser(prog="bench", epilog="")
    add_arguments(parser)
    return plan(parser.parse_args(words))


def test_sizes() -> None:
    assert _plan() == Plan()
    assert _plan("--quick") == QUICK
    assert _plan("--full").long_replay_events == 10_000_000
    chosen = _plan("--only", "sql,job", "--events", "5000", "--parallelism", "2", "--no-kafka", "--seconds", "10", "--throughput", "900")
    assert chosen.parts == ("job", "sql")
    assert (chosen.events, chosen.parallelisms, chosen.with_kafka) == (5000, (2,), False)
    assert (chosen.level_s, chosen.throughput) == (10.0, 900.0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "jobs"], "--only: 'jobs' is no part; there are job, latency, skew"),
        (["--events", "0"], "--events must be above 0"),
        (["--seconds", "-1"], "--seconds must be above 0"),
        (["--parallelism", "1,x"], "--parallelism: write it as 1 or 1,2"),
        (["--parallelism", "0"], "--parallelism: write it as 1 or 1,2"),
    ],
)
def test_refusals(words: list[str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        _plan(*words)


def test_help_tells_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {part} " in shown for part in PARTS)
    assert "10 to 90% of" in shown


def test_latency_alone_asks_for_a_throughput(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "latency", "--out", str(tmp_path / "out")]) == 2
    assert "give it with --throughput" in capsys.readouterr().err


def test_kafka_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "make jars" in (kafka_missing(tmp_path) or "")


def test_settings_go_to_other_processes_as_they_were_given(tmp_path: Path) -> None:
    chosen = Chosen(None, ("policy.reasons=2",), tmp_path)
    assert chosen.words("job.bounded=true") == ["--set", "policy.reasons=2", "--set", "llm.base_url=null", "--set", "job.bounded=true"]
    assert chosen.settings().policy.reasons == 2
    assert Chosen(None, ("cluster.taskmanager_memory=3g",), tmp_path).settings().cluster.taskmanager_memory == "3g"


def test_neither_the_users_redis_nor_a_paid_model_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_REDIS_URL", "redis://elsewhere/0")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with no_outside_services():
        assert redis_url("redis://ours/0") == "redis://ours/0"
        assert not with_api_key(LlmSettings()).is_configured
    assert redis_url("redis://ours/0") == "redis://elsewhere/0"


def test_sql_has_a_window_per_entity() -> None:
    text = sql_job.query()
    for column in ("account_id", "device_fingerprint", "address"):
        assert f"PARTITION BY {column} ORDER BY arrived ROWS BETWEEN 15 PRECEDING AND CURRENT ROW" in text
    outer = text.split(" FROM ")[0].removeprefix("SELECT ").split(", ")
    assert outer == [column.split()[0] for column in sql_job.sink().split("(", 1)[1].split(") WITH")[0].split(", ")]


def test_growth_events_are_events(tmp_path: Path) -> None:
    document = json.loads(line(7, (1, 2, 3)))
    assert (document["account_id"], document["device_fingerprint"]) == ("account-1", "device-2")


def test_the_replay_leaves_json_and_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What needs no cluster, through the command."""
    out = tmp_path / "out"
    assert main(["bench", "--only", "replay", "--events", "3000", "--out", str(out)]) == 0
    document = json.loads((out / "bench.json").read_text())
    assert document["replay"]["events"] > 3000
    assert 10 < document["replay"]["cpu_us"] < 100_000
    assert (out / "bench.md").read_text() in capsys.readouterr().out
    assert "api_key" not in document["settings"]["llm"]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_job_on_a_real_cluster(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--only", "job", "--events", "60000", "--parallelism", "1", "--no-kafka", "--out", str(out)]
    assert main(["bench", *words, "--set", "job.checkpoint_interval_s=1"]) == 0
    job: dict[str, Any] = json.loads((out / "bench.json").read_text())["job"]
    (run,) = job["runs"]
    assert run["events"] > 60_000
    assert 0 < run["settled_events"] < run["events"]
    assert run["events_per_s"] == pytest.approx(run["settled_events"] / run["settled_s"])
    assert {"jobmanager", "taskmanager-1", "python workers", "redis"} == set(run["cpu_us"]) == set(run["peak_mib"])
    assert run["cpu_us_all"] == pytest.approx(sum(run["cpu_us"].values()))
    assert run["peak_mib"]["taskmanager-1"] > 200
    assert 1 < job["first_decision_s"] < 300
    assert (out / "throughput.png").exists()
