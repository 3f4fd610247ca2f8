"""The cluster's configuration, its pid files and what it says of faults; no Flink is started."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from domain.errors import SettingError
from flink_job.cli import _parser, main
from flink_job.cluster import submission
from flink_job.cluster.cluster_folder import prepare
from flink_job.cluster.daemons import Daemons
from flink_job.cluster.rest import ClusterError, FlinkRest, failure_words
from flink_job.cluster.standalone import Cluster
from flink_job.cluster.submission import flink_run, stage_code, wait_until_running
from flink_job.commands import run_command
from flink_job.settings.flink_options import cluster_options, engine_options
from flink_job.settings.settings import load
from ops.free_ports import free_port

PEMJA = """pemja.core.PythonException: <class 'udfs.engine.worker_match.MismatchError'>: this TaskManager has other code
\tat udfs/parse.open(parse.py:31)
"""
LOST = """org.apache.flink.runtime.JobException: no restart
\tat a.b
Caused by: org.apache.flink.util.FlinkException: TaskManager lost
\t... 3 more"""


FORWARDED = """org.apache.flink.runtime.taskmanager.AsynchronousException: Caught exception while processing timer.
\tat a.b
Caused by: org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException: Could not forward element to next operator
\tat a.b
"""
CHAINED = (
    FORWARDED
    + """Caused by: ringwatch.redis.RedisError: Redis at h:1 refuses to write (WRONGPASS): correct the user
\t... 3 more
"""
)


def prepared(folder: Path, *overrides: str) -> Cluster:
    cluster = Cluster(load(None, [f"cluster.folder={folder / 'flink'}", f"cluster.savepoint_dir={folder / 'savepoints'}", *overrides]))
    prepare(cluster._settings, cluster._daemons)
    return cluster


def test_configuration_is_the_wheels_java_options_and_ours(tmp_path: Path) -> None:
    cluster = prepared(tmp_path, "cluster.rest_port=4711", "job.flink={state.backend.type: rocksdb}")
    written = yaml.safe_load((cluster.folder / "conf" / "config.yaml").read_text())
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in written["env.java.opts.all"]
    assert f"-XX:ErrorFile={cluster.logs}/hs_err_pid%p.log" in written["env.java.opts.all"].split()
    assert engine_options(load(None)).items() <= written.items()
    assert (written["rest.port"], written["state.backend.type"]) == ("4711", "rocksdb")
    assert all("\n" not in value for value in written.values())
    jars = {path.name.rpartition("-")[0] for path in (cluster.folder / "lib").glob("*.jar") if path.exists()}
    assert {"flink-dist", "flink-python"} <= jars
    assert (cluster.folder / "conf" / "log4j.properties").exists()


def test_folder_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "flink" / "lib" / "mine.py"
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    with pytest.raises(SettingError, match=f"^cluster.folder: {tmp_path / 'flink'} is not empty"):
        prepared(tmp_path)
    (tmp_path / "flink" / "tmp").mkdir()
    Cluster(load(None, [f"cluster.folder={tmp_path / 'flink'}"])).stop()
    assert kept.exists() and (tmp_path / "flink" / "tmp").exists()


def test_only_the_loopback_address_listens() -> None:
    options = cluster_options(load(None))
    addresses = {name: value for name, value in options.items() if re.search(r"host$|address$", name)}
    assert addresses.keys() >= {"rest.bind-address", "jobmanager.bind-host", "taskmanager.bind-host"}
    assert set(addresses.values()) == {"127.0.0.1"}


def test_connector_jars_are_taken_along_and_missed(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    without = prepared(tmp_path, f"kafka.jars={tmp_path / 'jars'}")
    with pytest.raises(ClusterError, match="make jars, then make cluster-stop cluster"):
        without.check_connector()
    (tmp_path / "jars" / "flink-connector-kafka-1.jar").touch()
    prepared(tmp_path, f"kafka.jars={tmp_path / 'jars'}").check_connector()
    assert (without.folder / "lib" / "flink-connector-kafka-1.jar").exists()


def test_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        cluster = Cluster(load(None, [f"cluster.folder={tmp_path}", f"cluster.rest_port={port}"]))
        with pytest.raises(ClusterError, match=f"port {port} is in use: .* cluster.rest_port"):
            cluster.start()
    assert list(tmp_path.iterdir()) == []


def test_only_processes_of_this_cluster_are_ended(tmp_path: Path) -> None:
    """A pid file may outlive its process, and the number be given to somebody else's."""
    cluster = prepared(tmp_path)
    ours = _sleeper("--configDir", str(cluster.folder / "conf"))
    other = _sleeper("--configDir", "/elsewhere/conf")
    try:
        for name, process in (("taskmanager-1-taskexecutor", ours), ("taskmanager-2-taskexecutor", other)):
            (cluster.folder / "pids" / f"flink-{name}.pid").write_text(f"{process.pid}\n")
        assert cluster.pids() == {"taskmanager-1": ours.pid}
        assert cluster.stop() == ["taskmanager-1"]
        assert ours.wait(5) == -signal.SIGTERM
        assert other.poll() is None
        assert cluster.pids() == {}
    finally:
        for process in (ours, other):
            if process.poll() is None:
                process.kill()
                process.wait()


def test_what_runs_is_not_started_again_and_other_settings_are_refused(tmp_path: Path) -> None:
    cluster, process = prepared(tmp_path, "cluster.taskmanagers=1"), None
    try:
        process = _sleeper("--configDir", str(cluster.folder / "conf"))
        names = {"jobmanager": "standalonesession", "taskmanager-1": "taskexecutor"}
        for name, program in names.items():
            (cluster.folder / "pids" / f"flink-{name}-{program}.pid").write_text(f"{process.pid}\n")
        with pytest.raises(ClusterError, match="runs already: end it first with make cluster-stop"):
            cluster.start()
        where = (f"cluster.folder={cluster.folder}", f"cluster.savepoint_dir={tmp_path / 'savepoints'}")
        with pytest.raises(ClusterError, match=r"other settings than these: .* to start taskmanager-2 again, or end it first"):
            Cluster(load(None, [*where, "cluster.taskmanagers=2", "cluster.taskmanager_memory=3g"])).start()
    finally:
        if process is not None:
            process.kill()
            process.wait()


def test_what_has_ended_is_started_again(tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    httpserver.expect_request("/taskmanagers").respond_with_json({"taskmanagers": [{"id": "taskmanager-1"}]})
    httpserver.expect_request("/overview").respond_with_json({"slots-available": 0, "slots-total": 1})
    cluster, started = prepared(tmp_path, "cluster.taskmanagers=1", f"cluster.rest_port={httpserver.port}"), []
    process = _sleeper("--configDir", str(cluster.folder / "conf"))
    monkeypatch.setattr(Daemons, "start", lambda self, script, name, *words: started.append((script, name, *words)))
    try:
        (cluster.folder / "pids" / "flink-jobmanager-standalonesession.pid").write_text(f"{process.pid}\n")
        assert cluster.start() == ["taskmanager-1"], "its slot may be taken by the job that goes on"
        assert started == [("taskmanager.sh", "taskmanager-1", "-D", "taskmanager.resource-id=taskmanager-1")]
    finally:
        process.kill()
        process.wait()


def test_code_of_jobs_that_are_taken_up_stays_until_the_cluster_is_stopped(tmp_path: Path) -> None:
    two = ("cluster.jobmanagers=2",)
    cluster = prepared(tmp_path, *two)
    assert cluster.names() == ["zookeeper", "jobmanager", "jobmanager-2", "taskmanager-1", "taskmanager-2"]
    kept = [cluster.folder / name / "x" for name in ("code", "high-availability", "zookeeper")]
    for file in kept:
        file.parent.mkdir()
        file.touch()
    assert prepared(tmp_path, *two).rest.others == ("http://127.0.0.1:8082",)
    assert all(file.exists() for file in kept), "the machine was switched off: its jobs go on"
    cluster.stop()
    assert [file.exists() for file in kept] == [True, False, False]
    prepared(tmp_path, *two)
    assert not any(file.exists() for file in kept)


def test_one_jobmanager_takes_up_nothing(tmp_path: Path) -> None:
    left = prepared(tmp_path).folder / "high-availability"
    left.mkdir()
    prepared(tmp_path)
    assert not left.exists()


def test_another_jobmanager_is_asked_where_one_has_ended(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/overview").respond_with_json({"slots-available": 1, "slots-total": 2})
    there, gone = httpserver.url_for("").rstrip("/"), f"http://127.0.0.1:{free_port()}"
    assert FlinkRest(gone, (there,)).slots() == FlinkRest(there, (gone,)).slots() == 2
    with pytest.raises(ClusterError, match=f"no Flink answers at {gone} .*refused"):
        FlinkRest(gone, (gone,)).slots()


def _sleeper(*words: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *words])
    while words[-1] not in Path(f"/proc/{process.pid}/cmdline").read_text() and process.poll() is None:
        time.sleep(0.01)
    return process


def test_nobody_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    assert main(["cluster", "stop-job", "--set", f"cluster.rest_port={port}", "--set", f"cluster.folder={tmp_path}"]) == 1
    assert f"no Flink answers at http://127.0.0.1:{port}" in (said := capsys.readouterr().err)
    assert "start one (ringwatch cluster start), or see cluster.rest_port" in said


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (PEMJA, "this TaskManager has other code"),
        (LOST, "TaskManager lost"),
        (CHAINED, "Redis at h:1 refuses to write (WRONGPASS): correct the user"),
        (CHAINED.replace("RedisError", "Mends$OfSentinel"), "Redis at h:1 refuses to write (WRONGPASS): correct the user"),
        (CHAINED + "Caused by: java.io.EOFException\n\tat a.b", "Redis at h:1 refuses to write (WRONGPASS): correct the user"),
        (f"{FORWARDED}Caused by: java.io.EOFException\n\tat a.b", "EOFException without a word; see the cluster's logs"),
        (FORWARDED, "Could not forward element to next operator"),
        ("", "unknown; see the cluster's logs"),
    ],
)
def test_failure_in_one_sentence(trace: str, words: str) -> None:
    assert failure_words(trace) == words


@pytest.mark.parametrize(
    ("vertices", "running", "since"),
    [
        ([], False, False),
        ([("RUNNING", 2_000)], True, True),
        ([("RUNNING", 1_999)], True, False),
        ([("RUNNING", 2_500), ("FINISHED", 2_500)], True, False),
        ([("RUNNING", 2_500), ("SCHEDULED", -1)], False, False),
    ],
    ids=["its graph is being made", "since then", "before", "one has ended", "one waits"],
)
def test_a_job_runs_when_all_its_tasks_do(vertices: list[tuple[str, int]], running: bool, since: bool, httpserver: HTTPServer) -> None:
    said = [{"status": status, "start-time": started} for status, started in vertices]
    httpserver.expect_request("/jobs/a").respond_with_json({"state": "RUNNING", "vertices": said})
    rest = FlinkRest(httpserver.url_for("").rstrip("/"))
    assert (rest.all_running("a"), rest.all_running_since("a", 2_000)) == (running, since)


def test_a_job_that_fails_before_it_runs_is_cancelled(httpserver: HTTPServer) -> None:
    job = "0" * 32
    vertices = [{"status": "RUNNING"}, {"status": "FAILED"}]
    httpserver.expect_request(f"/jobs/{job}", method="GET").respond_with_json({"state": "RESTARTING", "vertices": vertices})
    entries = {"exceptionHistory": {"entries": [{"stacktrace": PEMJA}]}}
    httpserver.expect_request(f"/jobs/{job}/exceptions").respond_with_json(entries)
    httpserver.expect_request(f"/jobs/{job}", method="PATCH", query_string="mode=cancel").respond_with_json({})
    with pytest.raises(ClusterError, match="did not start: this TaskManager has other code"):
        wait_until_running(FlinkRest(httpserver.url_for("").rstrip("/")), job, 5)
    assert [request.path for request, _ in httpserver.log if request.method == "PATCH"] == [f"/jobs/{job}"]


def test_a_job_that_fails_soon_after_its_start_is_cancelled(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "POLL_S", 0.01)
    job, looks = "0" * 32, iter(range(1000))

    def state(_: Request) -> Response:
        good = next(looks) < 6
        return Response(
            json.dumps({"state": "RUNNING" if good else "RESTARTING", "vertices": [{"status": "RUNNING" if good else "FAILED"}]})
        )

    def failures(_: Request) -> Response:
        return Response(json.dumps({"exceptionHistory": {"entries": [{"stacktrace": PEMJA}] if next(looks) > 6 else []}}))

    httpserver.expect_request(f"/jobs/{job}", method="GET").respond_with_handler(state)
    httpserver.expect_request(f"/jobs/{job}/exceptions").respond_with_handler(failures)
    httpserver.expect_request(f"/jobs/{job}", method="PATCH", query_string="mode=cancel").respond_with_json({})
    with pytest.raises(ClusterError, match="did not start: this TaskManager has other code"):
        wait_until_running(FlinkRest(httpserver.url_for("").rstrip("/")), job, 5)


def test_a_job_that_runs_on_is_submitted(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "POLL_S", 0.01)
    monkeypatch.setattr(submission, "SETTLE_S", 0.2)
    job = "0" * 32
    httpserver.expect_request(f"/jobs/{job}").respond_with_json({"state": "RUNNING", "vertices": [{"status": "RUNNING"}]})
    httpserver.expect_request(f"/jobs/{job}/exceptions").respond_with_json({"exceptionHistory": {"entries": []}})
    began = time.monotonic()
    wait_until_running(FlinkRest(httpserver.url_for("").rstrip("/")), job, 5)
    assert time.monotonic() - began >= 0.2


def test_failing_job_is_not_stopped_and_its_status_names_the_cause(
    httpserver: HTTPServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = "0" * 32
    trace = "java.io.IOException: no space left in " + " -> ".join(["operator"] * 200) + "\n\tat a.b"
    answers: dict[str, Any] = {
        "/jobs/overview": {"jobs": [{"jid": job, "state": "RESTARTING", "start-time": 1}]},
        f"/jobs/{job}": {"state": "RESTARTING", "vertices": [{"status": "CANCELED"}]},
        f"/jobs/{job}/exceptions": {"exceptionHistory": {"entries": [{"stacktrace": trace}]}},
        f"/jobs/{job}/checkpoints": {"latest": {"completed": None}},
    }
    for path, answer in answers.items():
        httpserver.expect_request(path).respond_with_json(answer)
    where = ["--set", f"cluster.rest_port={httpserver.port}", "--set", f"cluster.folder={tmp_path}"]
    assert main(["cluster", "stop-job", *where]) == 1
    said = capsys.readouterr().err
    assert "RESTARTING after a failure (no space left" in said
    assert "ringwatch cluster cancel-job" in said
    assert len(said) < 600
    assert main(["cluster", "status", *where]) == 0
    assert "  last failure: no space left" in capsys.readouterr().out


def test_refused_savepoint_says_why(httpserver: HTTPServer) -> None:
    job = "0" * 32
    httpserver.expect_request(f"/jobs/{job}").respond_with_json({"state": "RUNNING", "vertices": [{"status": "RUNNING"}]})
    httpserver.expect_request(f"/jobs/{job}/stop", method="POST").respond_with_json({"request-id": "1"})
    failed = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": LOST}}}
    httpserver.expect_request(f"/jobs/{job}/savepoints/1").respond_with_json(failed)
    with pytest.raises(ClusterError, match="could not be stopped: TaskManager lost"):
        FlinkRest(httpserver.url_for("").rstrip("/")).stop(job, "file:/savepoints")


def test_submission_keeps_flinks_hands_off_our_options(tmp_path: Path) -> None:
    words = flink_run(tmp_path, ["--parallelism", "2"], 2)
    script = words.index("-py")
    assert words[script + 2 : script + 4] == ["--set", "job.parallelism=2"], "flink takes --parallelism for its own if it comes first"
    assert words[words.index("-pyexec") + 1] == sys.executable


def test_arguments_survive_the_way_to_the_cluster() -> None:
    given = ["cluster", "submit", "--source", "file:a b", "--source", "file:c", "--decisions", "file:d", "--bounded", "--parallelism", "2"]
    given += [
        "--silent-until",
        "2026-01-31T12:00:00Z",
        "--model",
        "m",
        "--from",
        "s",
        "--set",
        "redis.prefix=x:",
        "--config",
        "config.yaml",
    ]
    args = _parser(given).parse_args(given)
    again = ["run", *run_command.words(args)]
    assert run_command.job_settings(_parser(again).parse_args(again)) == run_command.job_settings(args)
    assert run_command.job_settings(args).job.restore_from == "s"
    assert run_command.job_settings(args).job.silent_until == "2026-01-31T12:00:00Z"


def test_staged_code_is_ours_alone(tmp_path: Path) -> None:
    code = stage_code(tmp_path)
    assert stage_code(tmp_path) != code, "a job that restarts loads the default model from its own submission"
    assert {path.name for path in code.iterdir()} == {"domain", "gnn", "udfs", "flink_job", "ops"}
    assert list(code.rglob("__pycache__")) == []
    assert os.access(code / "flink_job" / "main.py", os.R_OK)
