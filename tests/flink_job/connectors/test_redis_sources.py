"""Redis streams as sources: which a job may read, and where each begins and ends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SettingError
from flink_job.connectors.local_files import check_inputs, count_events
from flink_job.connectors.order_notes import order_notes, unread_notes
from flink_job.connectors.redis_sources import check_readers, streams
from flink_job.connectors.redis_streams import UNKNOWN, Bounds, bounds_of
from flink_job.settings.redis_url import RedisStream
from flink_job.settings.settings import Settings, load
from flink_job.settings.source_url import SourceUrl, source_url


def settings(*sources: str, **more: object) -> Settings:
    listed = "[" + ", ".join(f"'{source}'" for source in sources) + "]"
    return load(None, [f"job.sources={listed}", *(f"{name.replace('__', '.')}={value}" for name, value in more.items())])


def test_streams_are_read_beside_other_sources_and_as_control(tmp_path: Path) -> None:
    job = settings(f"file:{tmp_path}", "redis:events?partitions=3&format=debezium", "kafka://b/t", job__control="redis:control").job
    assert list(streams(job)) == [("job.sources", RedisStream("events", 3)), ("job.control", RedisStream("control"))]
    assert check_inputs(job).endswith("redis:events?partitions=3&format=debezium and kafka://b/t")


@pytest.mark.parametrize("name", ["alerts", "incidents", "rejected", "dead", "decisions", "health", "control_applied"])
def test_what_the_job_writes_is_no_source(name: str) -> None:
    with pytest.raises(SettingError, match=f"the job writes the stream {name} itself; name another one, such as redis:events"):
        check_inputs(settings(f"redis:{name}").job)
    with pytest.raises(SettingError, match=r"^job\.control: the job writes"):
        check_inputs(settings("redis:events", job__control=f"redis:{name}").job)


@pytest.mark.parametrize("name", ["owner", "needed", "published"])
def test_what_is_no_stream_is_no_source(name: str) -> None:
    with pytest.raises(SettingError, match=rf"^job\.sources: {name} holds other data of ringwatch; name another stream"):
        check_inputs(settings(f"redis:{name}").job)


def test_a_stream_is_read_once_and_not_written() -> None:
    with pytest.raises(SettingError, match=r"job\.control: redis:events is named twice, in job\.sources before; name it once"):
        check_inputs(settings("redis:events", job__control="redis:events").job)
    with pytest.raises(SettingError, match="named twice"):
        check_inputs(settings("redis:events", "redis:events?partitions=2").job)
    with pytest.raises(SettingError, match=r"events is where job\.decisions go"):
        check_inputs(settings("redis:events", job__decisions="redis:events").job)


def test_an_address_is_no_source() -> None:
    with pytest.raises(SettingError, match=r"write redis:events; the address belongs into redis\.url") as raised:
        check_inputs(settings("redis://:pa55@h/0").job)
    assert "pa55" not in str(raised.value)


def test_options_go_with_those_of_the_format() -> None:
    assert source_url("redis:events") == SourceUrl("redis:events", "json")
    assert source_url("redis:events?partitions=4") == SourceUrl("redis:events?partitions=4", "json")
    both = source_url("redis:events?ignore=id&partitions=4&format=debezium")
    assert both == SourceUrl("redis:events?partitions=4", "debezium", ("id",))
    with pytest.raises(SettingError, match=r"partitions is no option .* \?ignore=FIELD,FIELD$"):
        source_url("kafka://b/t?partitions=4")
    with pytest.raises(SettingError, match=r"parts is no option .*, and of redis: \?partitions=N$"):
        source_url("redis:events?parts=4")


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (["redis:events?partitions=2"], r"redis\.readers is 3, and redis:events\?partitions=2 has 2 partitions: give 2 at most"),
        (["redis:events"], r"has 1 partition: give 1 at most, or write by account into redis:NAME\?partitions=3"),
        (["redis:events?partitions=3", "file:a"], r"redis\.readers must be 1 beside file:a"),
    ],
)
def test_readers_that_do_not_fit_are_refused(sources: list[str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        check_readers(settings(*sources, redis__readers=3))
    check_readers(settings(*sources))


def test_notes_on_files_leave_streams_out(tmp_path: Path) -> None:
    assert list(order_notes(settings("redis:events"))) == []
    assert list(unread_notes(settings("redis:events"))) == []
    assert count_events(settings("redis:events", job__bounded=True).job) is None
    (note,) = order_notes(settings("redis:events?partitions=2", redis__readers=2))
    assert note.startswith("redis.readers is 2: partitions are read side by side, with no order between them")


@pytest.mark.parametrize(
    ("setting", "said"),
    [("redis.start=yesterday", r"redis\.start is 'yesterday': write earliest, latest or a time"), ("redis.readers=0", "at least 1")],
)
def test_settings_that_make_no_sense_are_refused(setting: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        load(None, [setting])


def test_a_start_may_be_a_time() -> None:
    assert load(None, ["redis.start=2026-01-31T12:00:00Z"]).redis.start_ms() == 1_769_860_800_000
    assert load(None, ["redis.start=latest"]).redis.start_ms() is None


def test_a_stream_begins_where_the_settings_say(redis_client: Any, stream_prefix: str) -> None:
    key = f"{stream_prefix}events"
    assert bounds_of(redis_client, key, "earliest", None) == Bounds("0-0", UNKNOWN, "0-0")
    assert bounds_of(redis_client, key, "latest", None) == Bounds("0-0", 0, "0-0")
    ids = [redis_client.xadd(key, {"json": "{}"}) for _ in range(5)]
    redis_client.xtrim(key, maxlen=3, approximate=False)
    assert bounds_of(redis_client, key, "earliest", None) == Bounds("0-0", UNKNOWN, ids[-1])
    assert bounds_of(redis_client, key, "latest", None) == Bounds(ids[-1], 5, ids[-1])


def test_a_time_is_that_of_the_entries(redis_client: Any, stream_prefix: str) -> None:
    key = f"{stream_prefix}events"
    for entry in ("1000-0", "2000-0", "2000-1", "3000-0"):
        redis_client.xadd(key, {"json": "{}"}, id=entry)

    def read_from(moment: int) -> list[str]:
        start = bounds_of(redis_client, key, "2026", moment).start
        return [entry for entry, _ in redis_client.xread({key: start})[0][1]] if redis_client.xread({key: start}) else []

    assert read_from(0) == ["1000-0", "2000-0", "2000-1", "3000-0"]
    assert read_from(1001) == read_from(2000) == ["2000-0", "2000-1", "3000-0"]
    assert read_from(3000) == ["3000-0"]
    later = bounds_of(redis_client, key, "2026", int(time.time() * 1000) + 10**9)
    assert later == Bounds("3000-0", 4, "3000-0"), "a time that has not come is the end of now"
