"""What the demo says of the streams while the job runs: each incident that becomes grave, when it does."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from flink_job.commands.demo.stream_watch import StreamWatch


@pytest.mark.parametrize(
    ("revisions", "news"),
    [
        ([("critical", "block")], ["critical, block"]),
        ([("medium", "verify"), ("medium", "verify")], []),
        ([("medium", "verify"), ("high", "verify"), ("high", "verify")], ["now high, verify"]),
        ([("high", "verify"), ("critical", "verify"), ("high", "verify")], ["high, verify", "now critical, verify"]),
        ([("low", "monitor"), ("medium", "monitor"), ("medium", "verify")], ["now medium, verify"]),
        ([("high", "escalate"), ("high", "block"), ("high", "block")], ["high, escalate", "now high, block"]),
    ],
)
def test_incident_is_announced_when_it_becomes_graver(
    revisions: list[tuple[str, str]], news: list[str], redis_url: str, redis_client: Any, stream_prefix: str
) -> None:
    out = io.StringIO()
    with StreamWatch(redis_url, stream_prefix, Console(file=out, width=100)) as watch:
        for number, (severity, action) in enumerate(revisions, 1):
            document = {"id": "inc-1", "revision": number, "severity": severity, "action": action, "headline": f"headline {number}"}
            redis_client.xadd(f"{stream_prefix}incidents", {"id": f"{number}", "severity": severity, "json": json.dumps(document)})
            watch.look()
        assert (len(watch.incidents), watch.revisions) == (1, len(revisions))
    said = [line.partition(": headline")[0] for line in out.getvalue().splitlines()]
    assert said == [f"INCIDENT {each}" for each in news]


def test_alerts_carry_the_year_on_a_terminal(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    with StreamWatch(redis_url, stream_prefix, console) as watch:
        alert = {"event_id": "e", "decision": "block", "score": 0.9, "event_type": "order", "event_time": 1_767_571_200_000}
        redis_client.xadd(f"{stream_prefix}alerts", {"id": "x", "severity": "high", "json": json.dumps(alert)})
        watch.look()
    assert out.getvalue().startswith("2026-01-05 00:00:00")
