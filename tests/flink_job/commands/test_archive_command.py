"""`ringwatch archive`: which streams fill which tables, and what it says."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from domain.control.signature import ControlKeys
from flink_job.cli import main
from flink_job.commands.serve_archive import archiving
from flink_job.settings.settings import load
from ops.free_ports import free_port
from tests import ROOT
from tests.ops.lake.lake_samples import FIRST_MS, archived, decision, expected, fill
from tests.support.job_process import wait_for
from tests.support.stream_samples import ALERT, INCIDENT

LABEL = {"event_id": "l1", "event_type": "label", "event_time": FIRST_MS, "account_id": "anna@example.com", "is_fraud": True}


class Bench:
    """A lake and the streams that fill it."""

    def __init__(self, lake: Path, url: str, prefix: str, client: Any) -> None:
        self.lake, self.prefix, self.client = lake, prefix, client
        self.sets = [f"redis.url={url}", f"redis.prefix={prefix}", "job.decisions=redis:decisions", f"lake.url={lake}"]

    def add(self, stream: str, document: object, **fields: str) -> None:
        self.client.xadd(f"{self.prefix}{stream}", {"json": json.dumps(document), **fields})

    def archive(self, *sets: str) -> int:
        return main(["archive", "--no-follow", *(word for one in (*self.sets, *sets) for word in ("--set", one))])

    def rows(self, table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = DeltaTable(f"{self.lake}/{table}").to_pyarrow_table().to_pylist()
        return found


@pytest.fixture
def bench(tmp_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    return Bench(tmp_path / "lake", redis_url, stream_prefix, redis_client)


def test_each_stream_fills_its_tables(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    fill(bench.client, bench.prefix, range(5))
    bench.add("alerts", ALERT)
    bench.add("incidents", {**INCIDENT, "told_at": FIRST_MS, "writer": {"name": "template"}})
    bench.add("control_applied", {"control": "rule", "id": "R1", "version": 1, "at": FIRST_MS, "record": {}})
    bench.add("enriched", {**decision(1), "event": {"event_id": "e1", "event_time": FIRST_MS, "pseudonyms": {"account": "a"}}})
    bench.add("events", {**LABEL, "subject_event_id": "e1"})
    bench.add("labels", {**LABEL, "event_id": "l2", "subject_event_id": "e2", "source": "verdict", "attributes": {"by": "ana"}})
    assert bench.archive("job.enriched=redis:enriched", "job.sources=[redis:events]") == 0
    said = "1 of alerts, 1 of control, 5 of decisions, 1 of events, 1 of incidents, 2 of labels, 1 of summaries, 1 of verdicts"
    assert said in capsys.readouterr().err
    assert {row["subject_event_id"] for row in bench.rows("labels")} == {"e1", "e2"}
    assert bench.archive("job.enriched=redis:enriched", "job.sources=[redis:events]") == 0
    said = capsys.readouterr().err
    assert "nothing: no stream had anything new" in said and "not archived" not in said


def test_a_table_whose_stream_is_a_file_is_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.archive("job.decisions=file:run/decisions") == 0
    assert "not archived, as no stream of Redis or Kafka has it: decisions, events\n" in capsys.readouterr().err


def test_a_label_is_archived_without_who_it_was(bench: Bench) -> None:
    bench.add("labels", {**LABEL, "subject_event_id": "e1", "attributes": {"note": "Anna Smith"}})
    bench.archive()
    (row,) = bench.rows("labels")
    assert "anna" not in str(row).lower() and len(row["account"]) == 16 and row["is_fraud"] is True


def test_what_the_job_has_not_signed_is_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the operators")
    keys = ControlKeys({"ops": b"a key of the operators"})
    label = {**LABEL, "subject_event_id": "e1"}
    bench.add("labels", label)
    bench.add("labels", keys.signed({**label, "event_id": "signed"}, "ops"))
    bench.add("alerts", ALERT)
    signature = keys.entry_signature(f"{bench.prefix}alerts", json.dumps({**ALERT, "event_id": "signed"}))
    bench.add("alerts", {**ALERT, "event_id": "signed"}, signature=signature)
    bench.archive("job.control_keys=[ops]")
    assert [row["event_id"] for table in ("labels", "alerts") for row in bench.rows(table)] == ["signed", "signed"]


def test_pages_that_nobody_has_signed_are_passed_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the operators")
    monkeypatch.setattr("ops.lake.redis_source.PAGE", 5)
    keys = ControlKeys({"ops": b"a key of the operators"})
    for _ in range(12):
        bench.add("alerts", ALERT)
    bench.add("alerts", ALERT, signature=keys.entry_signature(f"{bench.prefix}alerts", json.dumps(ALERT)))
    bench.archive("job.control_keys=[ops]", "lake.tables=[alerts]")
    assert len(bench.rows("alerts")) == 1


def test_features_have_a_column_each(bench: Bench) -> None:
    event = {"event_id": "e1", "event_time": FIRST_MS, "pseudonyms": {"account": f"{1:016x}"}}
    bench.add("enriched", {**decision(1), "event": event, "features": [float(number) for number in range(265)]})
    bench.archive("job.enriched=redis:enriched", "job.enriched_features=true", "lake.tables=[features]")
    (row,) = bench.rows("features")
    assert (row["event__is_signup"], row["event__is_login"], row["account"]) == (0.0, 1.0, f"{1:016x}")


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (["lake.url=null"], "lake.url is not set: name a folder"),
        (["lake.tables=[events]"], "nothing would be archived"),
        (["lake.tables=[features]"], "set job.enriched_features: true"),
        (["lake.tables=[decision]"], "there is no table decision; the tables are decisions, alerts"),
        (["lake.url=s3://UPPER"], "write s3://BUCKET/PREFIX"),
    ],
)
def test_wrong_settings_are_named(bench: Bench, sets: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.archive(*sets) == 2
    assert said in capsys.readouterr().err


def test_a_lake_in_a_file_ends_the_command_with_the_mend(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.lake.write_text("")
    assert bench.archive("lake.tables=[decisions]") == 1
    assert "name another folder by lake.url" in capsys.readouterr().err


def test_the_worker_archives_where_it_is_told_to(bench: Bench) -> None:
    fill(bench.client, bench.prefix, range(30))
    port = free_port()
    settings = load(None, [*bench.sets, "lake.in_worker=true", "lake.commit_s=0.1", "lake.tables=[decisions]", f"lake.metrics_port={port}"])
    log = bench.lake / "decisions" / "_delta_log"
    with archiving(settings):
        wait_for(lambda: (log / f"{1:020}.json").exists(), "the first rows")
        fill(bench.client, bench.prefix, range(30, 40))
        wait_for(lambda: (log / f"{2:020}.json").exists(), "the others")
        wait_for(lambda: 'ringwatch_lake_rows_total{table="decisions"} 40.0' in metrics(port), "the metrics of the worker")
        bench.lake.rename(moved := bench.lake.with_name("moved"))
        bench.lake.write_text("in the way")
        fill(bench.client, bench.prefix, range(40, 41))
        wait_for(lambda: 'ringwatch_lake_waiting{table="decisions"} 1.0' in metrics(port), "the failure in the metrics")
        assert 'ringwatch_lake_failures_total{table="decisions"} 0.0' not in metrics(port)
        bench.lake.unlink()
        moved.rename(bench.lake)
        wait_for(lambda: (log / f"{3:020}.json").exists(), "the last one")
    assert archived(bench.lake) == expected(range(41))
    with archiving(load(None, bench.sets)):
        assert not any(thread.name == "archiver" for thread in threading.enumerate())


def test_maintenance_is_a_command_of_its_own(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["archive", "--maintain", "--lake", str(bench.lake)]
    assert main(words) == 0
    assert "there is no table to maintain" in capsys.readouterr().err
    fill(bench.client, bench.prefix, range(5))
    bench.archive("lake.tables=[decisions]", "lake.keep_days=0")
    capsys.readouterr()
    assert main([*words, "--set", "lake.keep_days=0"]) == 0
    assert capsys.readouterr().err == "decisions: 1 file became 1\n"


def test_an_account_is_erased_by_its_id_or_its_pseudonym(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["archive", "--lake", str(bench.lake), "--erase"]
    bench.add("labels", {**LABEL, "subject_event_id": "e1"})
    fill(bench.client, bench.prefix, range(14))
    bench.archive("lake.tables=[decisions, labels]")
    capsys.readouterr()
    assert main([*words, "account:anna@example.com"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "labels: 1 row deleted" and "--set lake.vacuum_h=1" in said[1]
    assert main([*words, f"account:{3:016x}"]) == 0
    assert "decisions: 2 rows deleted" in capsys.readouterr().err
    assert (len(bench.rows("labels")), len(bench.rows("decisions"))) == (0, 12)
    assert main([*words, "account:nobody"]) == 0
    assert "the lake has nothing of this account" in capsys.readouterr().err
    assert main([*words, "device:x"]) == 2
    assert "--erase: write account:ID" in capsys.readouterr().err


def test_it_goes_on_with_metrics_until_it_is_told_to_end(bench: Bench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    fill(bench.client, bench.prefix, range(30))
    sets = (*bench.sets, "lake.commit_s=0.2", "lake.tables=[decisions]")
    words = ["archive", "--metrics-port", str(port), *(word for one in sets for word in ("--set", one))]
    log, process = (
        bench.lake / "decisions" / "_delta_log",
        subprocess.Popen([sys.executable, "-m", "flink_job.cli", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True),
    )
    with process:
        try:
            wait_for(lambda: (log / f"{1:020}.json").exists(), "the first rows")
            fill(bench.client, bench.prefix, range(30, 40))
            wait_for(lambda: 'ringwatch_lake_rows_total{table="decisions"} 40.0' in metrics(port), "the others")
            process.terminate()
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, said.splitlines()[-1]) == (0, "archived 40 of decisions")
    assert archived(bench.lake) == expected(range(40))


def metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found: str = answer.read().decode()
    return found
