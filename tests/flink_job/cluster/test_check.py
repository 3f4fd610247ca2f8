"""`ringwatch check`: each finding says what is wrong and how to mend it."""

from __future__ import annotations

import json
import shutil
import socket
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from flink_job.cli import main
from flink_job.cluster import check
from flink_job.cluster.check import Finding, examine
from flink_job.settings.job_id import JOB_ID, job_id
from flink_job.settings.settings import PRETRAINED, JobSettings, load

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.cluster import local_run

SUBJECTS = ["settings", "Java", "disk", "Redis", "model", "summaries"]
NOBODY = "redis.url=redis://127.0.0.1:1/0"  # port 1 is never listened on


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("RINGWATCH_REDIS_URL", "RINGWATCH_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "a key for the tests")
    monkeypatch.chdir(tmp_path)  # where there is no config.yaml, and run/ may be made


def findings(*overrides: str) -> dict[str, Finding]:
    return dict(examine(load(None, overrides)))


def bad(*overrides: str) -> dict[str, str]:
    return {subject: finding.text for subject, finding in findings(*overrides).items() if not finding.good}


def test_all_in_order(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--set", f"redis.url={redis_url}", "--set", "redis.prefix=shop:"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"ok   {subject}" for subject in SUBJECTS]
    text = "\n".join(lines)
    for part in ("graph of account, device, address", "fits graph and policy", "Valkey", "prefix shop:", "template (no LLM"):
        assert part in text


def test_a_prefix_that_belongs_to_another_job_is_refused(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, other = (JobSettings(checkpoint_dir=str(tmp_path / name)) for name in ("ours", "other"))
    words = ["check", "--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}"]
    owner = {"job": job_id(ours), "host": "shop-1", "checkpoints": ours.checkpoint_dir, "seen": time.time_ns() // 1_000_000 - 3000}
    redis_client.set(f"{stream_prefix}owner", json.dumps(owner))
    assert main([*words, "--set", f"job.checkpoint_dir={ours.checkpoint_dir}"]) == 0, "the job's own"
    capsys.readouterr()
    assert main([*words, "--set", f"job.checkpoint_dir={other.checkpoint_dir}"]) == 1
    said = capsys.readouterr().out
    assert f"FAIL Redis: redis.prefix {stream_prefix} belongs to a job on shop-1 (checkpoints {ours.checkpoint_dir}) seen " in said
    assert not (tmp_path / "other" / JOB_ID).exists(), "to look makes no job"


def test_a_missing_key_is_a_fault(
    redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("RINGWATCH_PSEUDONYM_KEY", raising=False)
    assert main(["check", "--set", f"redis.url={redis_url}"]) == 1
    written = capsys.readouterr()
    assert written.out.splitlines()[-1].startswith("FAIL pseudonyms: RINGWATCH_PSEUDONYM_KEY is not set")
    assert (written.err, caplog.text) == ("", ""), "no warning between the lines"


def test_a_key_that_can_be_found_by_trying_is_noted_and_not_quoted(
    redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "tulips")
    assert main(["check", "--set", f"redis.url={redis_url}"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("note pseudonyms: RINGWATCH_PSEUDONYM_KEY has 6 bytes: ") and "docs/change-key.md" in last
    assert "tulips" not in last


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "localhost", "ftp://host/v1", "http://", "http://host:x"])
def test_llm_address_without_scheme_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--set", f"llm.base_url={url}"]) == 2
    assert f"llm.base_url is {url}: write it with http://" in capsys.readouterr().err


def test_dead_redis_and_missing_model(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("redis://:sesame@127.0.0.1:1/0\n")
    monkeypatch.setenv("RINGWATCH_REDIS_URL_FILE", str(tmp_path / "secret"))
    assert main(["check", "--set", f"model={tmp_path / 'none'}"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("FAIL")] == ["FAIL Redis", "FAIL model"]
    assert len(lines) == len(SUBJECTS)
    text = "\n".join(lines)
    assert f"there is no model at {tmp_path / 'none'}" in text
    assert "correct the setting model" in text
    assert "Redis at 127.0.0.1:1 does not answer" in text
    assert "start it (ringwatch redis), or correct its address in RINGWATCH_REDIS_URL_FILE" in text
    assert "sesame" not in text


def test_all_faults_are_named_before_flink_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(_: object) -> None:
        raise AssertionError("Flink was to start")

    monkeypatch.setattr(local_run, "create", create)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "one.jsonl").touch()
    words = ["run", "--source", "file:nofile", "--decisions", "file:full"]
    assert main([*words, "--set", NOBODY, "--model", "nomodel"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    for part in ("job.sources: ", "nofile does not exist", "holds decisions already", "127.0.0.1:1 does not answer", "no model at nomodel"):
        assert part in said


def test_wrong_settings_alone_are_wrong_usage(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_run, "create", lambda _: pytest.fail("Flink was to start"))
    assert main(["run", "--source", "file:nofile", "--set", f"redis.url={redis_url}"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("nofile does not exist")
    assert main(["run", "--set", f"redis.url={redis_url}"]) == 2
    assert "name an event stream with --source" in capsys.readouterr().err
    assert main(["run", "--parallelism", "1000000"]) == 2
    assert "job.parallelism is 1,000,000" in capsys.readouterr().err


def test_address_that_is_none_of_a_redis_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events").touch()
    assert main(["run", "--source", "file:events", "--set", "redis.url=http://localhost:80"]) == 2
    assert "redis.url is no address like redis://host:6379/0 or redis+sentinel://host:26379/NAME/0: correct it" in capsys.readouterr().err


def test_port_that_is_taken_is_said_before_flink_starts(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_run, "create", lambda _: pytest.fail("Flink was to start"))
    (tmp_path / "events").touch()
    with socket.create_server(("", 0)) as busy:
        port = busy.getsockname()[1]
        words = ["run", "--source", "file:events", "--set", f"redis.url={redis_url}", "--set", f"job.metrics_port={port}"]
        assert main(words) == 1
    assert f"port {port} is in use: set job.metrics_port to another" in capsys.readouterr().err


def test_check_looks_at_the_sources_that_the_settings_name(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "--set", f"redis.url={redis_url}", "--set", "job.sources=['file:nofile']"]
    assert main(words) == 1
    assert "FAIL sources: job.sources: " in capsys.readouterr().out


def test_each_line_comes_as_it_is_known(redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before: list[str] = []

    def slow(_: object) -> str:
        before.extend(capsys.readouterr().out.splitlines())
        return "fits"

    monkeypatch.setattr(check, "_model", slow)
    assert main(["check", "--set", f"redis.url={redis_url}"]) == 0
    assert [line.split(":")[0] for line in before] == [f"ok   {subject}" for subject in SUBJECTS[: SUBJECTS.index("model")]]


def test_redis_that_may_evict_keys(redis_url: str, redis_client: Any) -> None:
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert (
            "may evict keys (allkeys-lru), so that alerts are lost or come twice: set its maxmemory-policy to noeviction"
            in bad(f"redis.url={redis_url}")["Redis"]
        )
    finally:
        redis_client.config_set("maxmemory-policy", "noeviction")
    assert "Redis" not in bad(f"redis.url={redis_url}")


def test_address_that_is_none() -> None:
    assert "redis.url is no address" in bad("redis.url=nonsense")["Redis"]


def test_model_that_does_not_fit(tmp_path: Path) -> None:
    assert "graph.links" in bad("graph.links=3", NOBODY)["model"]
    assert "no feature 'x'; ringwatch check lists the names" in bad(
        "policy.rules=[{feature: x, at_least: 1, decision: block, code: C, text: t}]", NOBODY
    )["model"].replace("check --features", "check")
    assert "merchant is not in graph.entities" in bad("policy.block_list=['merchant:a']", NOBODY)["model"]
    damaged = shutil.copytree(PRETRAINED, tmp_path / "damaged")
    (damaged / "weights.safetensors").write_bytes(b"nothing")
    assert "is not the file its card describes" in bad(f"model={damaged}", NOBODY)["model"]


def test_missing_java_and_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = bad(f"job.checkpoint_dir={tmp_path / 'file' / 'below'}", NOBODY)
    assert "holds no bin/java: install Java 17" in found["Java"]
    assert "cannot write to" in found["disk"]


def test_summaries_name_the_endpoint_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_LLM_API_KEY", "sesame")
    asks = "is configured, not asked; ringwatch check --llm asks it once"
    assert findings("llm.model=m", NOBODY)["summaries"] == Finding(True, f"model m at OpenAI {asks}", is_note=True)
    found = findings("llm.base_url=http://127.0.0.1:8080/v1", NOBODY)
    assert "http://127.0.0.1:8080/v1" in found["summaries"].text
    assert "sesame" not in str(found)


def test_features_that_rules_may_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--features", "--set", "graph.entities=[account, merchant]"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert "merchant.events_1d" in names
    assert len(names) == len(set(names))
    assert not any(name.startswith("device.") for name in names)
