"""Raw lines leave by their age, and never before they were read, on a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from domain.errors import SettingError
from domain.times import DAY_MS
from ops.redis.settings import RedisSettings
from ops.redis.trimming import NEEDED, TRIM, trim_raw
from ops.redis.writer import StreamEntry

OLD, YOUNG = 250, 30


def fill(client: Any, key: str) -> int:
    """Add entries of three days ago and of now; return when the first young one was added."""
    now = round(time.time() * 1000)
    with client.pipeline(transaction=False) as pipe:
        for first, count in ((now - 3 * DAY_MS, OLD), (now, YOUNG)):
            for number in range(count):
                pipe.xadd(key, {"json": "{}"}, id=f"{first + number}-0")
        pipe.execute()
    return now


def trim(client: Any, prefix: str, key: str, days: float | None = 2.0) -> int:
    return int(client.eval(trim_raw(days), 2, key, f"{prefix}{NEEDED}", 100_000, 10**9, 1000)[0])


def places(client: Any, key: str) -> list[int]:
    return [int(entry_id.partition("-")[0]) for entry_id, _ in client.xrange(key)]


def test_old_lines_leave_to_the_entry(redis_client: Any, stream_prefix: str) -> None:
    events, rejected = f"{stream_prefix}events", f"{stream_prefix}rejected"
    now = fill(redis_client, events)
    fill(redis_client, rejected)
    redis_client.hset(f"{stream_prefix}{NEEDED}", events, f"{now + 5}-0")
    assert trim(redis_client, stream_prefix, events) == 2 * OLD
    assert places(redis_client, events)[0] == now
    assert (len(places(redis_client, events)), len(places(redis_client, rejected))) == (YOUNG, YOUNG)
    assert trim(redis_client, stream_prefix, events) == 0


def test_what_a_checkpoint_needs_stays_however_old(redis_client: Any, stream_prefix: str) -> None:
    events = f"{stream_prefix}events"
    now = fill(redis_client, events)
    redis_client.hset(f"{stream_prefix}{NEEDED}", f"{events}#1", f"{now - 3 * DAY_MS + 99}-0")
    assert trim(redis_client, stream_prefix, events) == 99
    assert places(redis_client, events)[0] == now - 3 * DAY_MS + 99


def test_what_an_archiver_has_not_read_stays(redis_client: Any, stream_prefix: str) -> None:
    labels, rejected = f"{stream_prefix}labels", f"{stream_prefix}rejected"
    now = fill(redis_client, labels)
    later = fill(redis_client, rejected)
    redis_client.hset(f"{stream_prefix}{NEEDED}", labels, f"{now + 5}-0")
    redis_client.xgroup_create(labels, "lake-labels", id="0-0")
    redis_client.xgroup_create(rejected, "desk", id=f"{later - 3 * DAY_MS + 20}-0")
    assert trim(redis_client, stream_prefix, labels) == 20
    assert len(places(redis_client, labels)) == OLD + YOUNG
    redis_client.xgroup_setid(labels, "lake-labels", f"{now}-0")
    assert trim(redis_client, stream_prefix, labels) == OLD


def test_by_its_length_alone_without_the_setting(redis_client: Any, stream_prefix: str) -> None:
    fill(redis_client, f"{stream_prefix}events")
    assert trim_raw(None) == TRIM
    assert trim(redis_client, stream_prefix, f"{stream_prefix}events", None) == 0


@pytest.mark.parametrize(("stream", "left"), [("rejected", YOUNG), ("alerts", OLD + YOUNG)])
def test_the_writer_of_rejected_lines_lets_old_ones_go(
    redis_client: Any, redis_settings: RedisSettings, stream_prefix: str, stream: str, left: int
) -> None:
    fill(redis_client, f"{stream_prefix}{stream}")
    time.sleep(0.05)  # the young ones were given ids that are ahead of the clock
    writer = RedisSettings(url=redis_settings.url, prefix=stream_prefix, raw_days=2.0).writer(lambda: None)
    assert writer.write(stream, StreamEntry("x", "line", "low", 1, "{}"))
    writer.close()
    assert len(places(redis_client, f"{stream_prefix}{stream}")) == left + 1


def test_the_setting_is_positive() -> None:
    with pytest.raises(SettingError, match=r"redis\.raw_days"):
        RedisSettings(raw_days=0)
