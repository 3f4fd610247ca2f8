"""redis:NAME names a stream of the job's own Redis; an address does not."""

from __future__ import annotations

import zlib

import pytest

from domain.errors import SettingError
from flink_job.settings.redis_url import RedisStream, is_redis, partition_of, redis_stream


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("redis:events", ("p:events",)),
        ("redis:a.B_9-c", ("p:a.B_9-c",)),
        ("redis:events?partitions=1", ("p:events",)),
        ("redis:events?partitions=3", ("p:events:0", "p:events:1", "p:events:2")),
    ],
)
def test_a_url_names_the_keys_of_a_stream(url: str, keys: tuple[str, ...]) -> None:
    assert is_redis(url)
    assert redis_stream(url, "job.sources").keys("p:") == keys


@pytest.mark.parametrize(
    "url", ["redis://h:1/0", "rediss://u:pa55@h", "redis+sentinel://h/m", "file:events", "kafka://h/t", "print:", None, ""]
)
def test_an_address_is_no_stream(url: str | None) -> None:
    assert not is_redis(url)


def test_an_address_is_told_to_be_a_stream_without_quoting_it() -> None:
    with pytest.raises(SettingError, match=r"^job\.sources: .*write redis:events; the address belongs into redis\.url$") as raised:
        redis_stream("redis://:pa55@h:1/0", "job.sources")
    assert "pa55" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis:", "names no stream; write redis:NAME"),
        ("redis:a b", "names no stream"),
        ("redis:\u00e4", "names no stream"),
        ("redis:a/b", "names no stream"),
        ("redis:" + "a" * 129, "128 at most"),
        ("redis:a?partitions=0", "partitions=0 must lie between 1 and 64"),
        ("redis:a?partitions=65", "between 1 and 64"),
        ("redis:a?partitions=", "between 1 and 64"),
        ("redis:a?partitions=\u0664", "between 1 and 64"),
        ("redis:a?parts=3", "parts is no option of a stream's URL; write redis:NAME\\?partitions=4"),
        ("redis:a?", "nothing is no option"),
    ],
)
def test_what_names_no_stream_is_refused_with_the_mend(url: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        redis_stream(url, "job.control")


def test_a_partition_is_that_of_the_accounts_bytes() -> None:
    assert partition_of("a-1", 4) == zlib.crc32(b"a-1") % 4
    assert {partition_of(f"a-{number}", 4) for number in range(50)} == {0, 1, 2, 3}
    assert 0 <= partition_of("\ud800", 4) < 4
    assert RedisStream("a").keys("") == ("a",)
