"""What Flink's REST interface says of a local job, in words."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flink_job.cluster.rest import FlinkRest
from flink_job.cluster.run_state import IN_A_ROW_MS, JobWatch

JOB = "0" * 32
TRACE = "java.lang.RuntimeException: outer\nCaused by: java.io.IOException: no space left\n\tat x\n"


@pytest.fixture
def answers(httpserver: HTTPServer) -> dict[str, Any]:
    """What the server says now; `failure` is the newest stack trace."""
    said: dict[str, Any] = {"state": "RUNNING", "status": "DEPLOYING", "failure": None, "events": 0, "restarting": 0, "checkpoint": None}

    def job(_: Any) -> Any:
        vertices = [
            {"id": "a", "name": "Source: events 0 -> parse", "status": said["status"]},
            {"id": "b", "name": "score -> sink", "status": "RUNNING"},
        ]
        return _json({"state": said["state"], "timestamps": {"RESTARTING": said["restarting"]}, "vertices": vertices})

    def failures(_: Any) -> Any:
        return _json({"exceptionHistory": {"entries": [{"stacktrace": said["failure"]}] if said["failure"] else []}})

    def metrics(request: Any) -> Any:
        if "get" in request.args:
            return _json([{"id": name, "value": str(said["events"])} for name in request.args["get"].split(",")])
        return _json([{"id": "0.parse.events"}, {"id": "1.parse.events"}, {"id": "0.parse.labels"}, {"id": "0.Source__events_0.redis_lag"}])

    httpserver.expect_request(f"/jobs/{JOB}").respond_with_handler(job)
    httpserver.expect_request(f"/jobs/{JOB}/exceptions").respond_with_handler(failures)

    def checkpoints(_: Any) -> Any:
        return _json({"latest": {"completed": said["checkpoint"]}})

    httpserver.expect_request(f"/jobs/{JOB}/checkpoints").respond_with_handler(checkpoints)
    details = f"/jobs/{JOB}/checkpoints/details/4"
    httpserver.expect_request(details).respond_with_json({"trigger_timestamp": 70})
    httpserver.expect_request(f"{details}/subtasks/b").respond_with_json({"summary": {"start_delay": {"min": 7, "max": 90}}})
    httpserver.expect_request(f"/jobs/{JOB}/vertices/a/metrics").respond_with_handler(metrics)
    return said


def _json(document: Any) -> Any:
    import json

    from werkzeug import Response

    return Response(json.dumps(document), content_type="application/json")


def test_from_the_start_by_a_failure_to_the_end(httpserver: HTTPServer, answers: dict[str, Any]) -> None:
    watch = JobWatch(FlinkRest(httpserver.url_for("").rstrip("/")), JOB)
    watch.look()
    assert watch.status == "the job's tasks to start"
    answers |= {"status": "RUNNING", "events": 7}
    watch.look()
    assert (watch.status, watch.read, watch.restarts) == ("", 14, 0)
    answers |= {"state": "RESTARTING", "status": "CANCELED", "failure": TRACE, "events": 1}
    answers |= {"restarting": 5_000_000, "checkpoint": {"id": 4}}
    for _ in range(3):
        watch.look()
    assert watch.status == "the job to start again after a failure: no space left"
    assert (watch.read, watch.restarts) == (14, 1), "a restart begins to count at 0; it is one restart, however often it is seen"
    assert (watch.failure, watch.restarted_ms, watch.checkpoint_ms) == ("no space left", 5_000_000, 77)
    answers |= {"state": "RUNNING", "status": "RUNNING", "restarting": 5_020_000}
    watch.look()
    assert (watch.status, watch.failure, watch.last_failure) == ("", "", "no space left")
    assert (watch.restarts, watch.in_a_row) == (2, 2), "one that was over between two looks counts, too"
    answers |= {"restarting": 5_020_000 + IN_A_ROW_MS}
    watch.look()
    assert (watch.restarts, watch.in_a_row) == (3, 1), "ten minutes apart is not in a row"
    answers |= {"state": "FINISHED", "status": "FINISHED"}
    watch.look()
    assert watch.status == ""


def test_entries_that_wait_are_asked_for_where_redis_is_read(httpserver: HTTPServer, answers: dict[str, Any]) -> None:
    answers |= {"status": "RUNNING", "events": 7}
    for reads_redis, lag in ((True, 7), (False, 0)):
        watch = JobWatch(FlinkRest(httpserver.url_for("").rstrip("/")), JOB)
        watch.reads_redis = reads_redis
        watch.look()
        assert watch.lag == lag


def test_no_answer_changes_nothing() -> None:
    watch = JobWatch(FlinkRest("http://127.0.0.1:1"), JOB)
    watch.look()
    assert (watch.status, watch.read) == ("the job's tasks to start", 0)
