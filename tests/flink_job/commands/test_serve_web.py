"""What the desk is told of the streams that the job reads."""

from __future__ import annotations

from typing import Any

from flink_job.commands.serve_web import streams_read
from flink_job.settings.settings import load
from ops.api.stream_read import StreamRead


def test_streams_are_told_with_their_newest_entry(redis_url: str, stream_prefix: str, redis_client: Any) -> None:
    for time_ms in (5, 70):
        redis_client.xadd(f"{stream_prefix}events:1", {"json": "{}"}, id=f"{time_ms}-0")
    redis_client.xadd(f"{stream_prefix}labels", {"json": "{}"}, id="9-0")
    where = [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
    read = streams_read(load(None, [*where, "service.score.events=redis:events?partitions=2"]))
    assert read() == [
        StreamRead("events:0", 0, is_decided=True),
        StreamRead("events:1", 2, newest_at=70, is_decided=True),
        StreamRead("labels", 1, newest_at=9),
    ]
    redis_client.xgroup_create(f"{stream_prefix}labels", "audit", "0")
    assert read()[2] == StreamRead("labels", 1, (("audit", 1),), 9)
