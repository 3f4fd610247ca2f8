"""The advice about Redis works: what it names is where the address is, and takes what it is to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from domain.errors import SettingError
from flink_job.settings.settings import load
from ops.redis.connection import RedisReadError, connect, options_of
from ops.redis.embedded import EmbeddedRedis
from ops.redis.mends import mend_away
from ops.redis.server_check import server_version
from ops.redis.stream_documents import stream_documents
from ops.secrets import redis_url
from ops.terminal.group_status import stream_status

Read = Callable[[str], object]
READERS: dict[str, Read] = {
    "check": lambda url: server_version(url, "x:"),
    "tail --status": lambda url: stream_status(url, "x:", ["alerts"]),
    "evaluate": lambda url: list(stream_documents(url, "x:", "alerts")),
}


@pytest.fixture(scope="module")
def locked() -> Iterator[EmbeddedRedis]:
    """A server whose user `job` has the password `right`, and whose default user is off."""
    with EmbeddedRedis() as server:
        admin = redis.Redis.from_url(server.url)
        admin.acl_setuser("job", enabled=True, passwords="+right", commands=["+@all"], keys="*")
        admin.acl_setuser("default", enabled=False)
        yield server


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    monkeypatch.delenv("RINGWATCH_REDIS_URL_FILE", raising=False)


def refused(read: Read, url: str) -> str:
    with pytest.raises(RedisReadError) as raised:
        read(url)
    return str(raised.value)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_password_is_asked_for_where_it_is_taken(locked: EmbeddedRedis, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(read, redis_url(load(None, [f"redis.url={locked.url}"]).redis.url))
    assert said.endswith("redis://USER:PASSWORD@HOST:PORT/0, into the environment variable RINGWATCH_REDIS_URL.")
    right = locked.url.replace("//", "//job:right@")
    with pytest.raises(SettingError):  # as the mend must not say
        load(None, [f"redis.url={right}"])
    monkeypatch.setenv("RINGWATCH_REDIS_URL", right)
    read(redis_url(None))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_wrong_password_is_mended_where_it_is(locked: EmbeddedRedis, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "address").write_text(locked.url.replace("//", "//job:wr0ng@"))
    monkeypatch.setenv("RINGWATCH_REDIS_URL_FILE", str(tmp_path / "address"))
    said = refused(read, redis_url(None))
    assert said.endswith("correct the user and password of the address in RINGWATCH_REDIS_URL_FILE.")
    assert "wr0ng" not in said


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("redis://127.0.0.1:1/0", "start it (ringwatch redis), or correct its address in {name}"),
        ("nonsense", "is no address like redis://host:6379/0 or redis+sentinel://host:26379/NAME/0: correct it"),
    ],
)
@pytest.mark.parametrize("name", ["RINGWATCH_REDIS_URL", "the setting redis.url"])
def test_an_address_is_mended_where_it_is(url: str, mend: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.isupper():
        monkeypatch.setenv(name, url)
    for read in READERS.values():
        said = refused(read, url)
        assert mend.format(name=name) in said
        assert name.lower() in said.lower()


def test_a_database_that_is_not_there_is_called_one(redis_url: str) -> None:
    assert "correct the number of the database at the end of the address, in the setting redis.url" in refused(
        READERS["check"], redis_url.replace("/0", "/99")
    )


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("hosts", ["127.0.0.1:26379", "127.0.0.1:26379,127.0.0.1:1"])
def test_a_sentinel_that_is_down_is_named_as_one(read: Read, hosts: str) -> None:
    said = refused(read, f"redis://{hosts}/0")
    assert "26379 is the port of a Sentinel: start it, and write redis+sentinel://HOST:26379/NAME/0, with" in said
    assert "ringwatch redis" not in said
    said = refused(read, "redis+sentinel://127.0.0.1:1/mymaster/0")
    assert "of the Sentinels 127.0.0.1:1 " in said and "start the Sentinels, or correct their address in the setting redis.url" in said
    assert "start it (ringwatch redis)" in refused(read, "redis://127.0.0.1:1/0")


def test_a_primary_that_hangs_is_not_started_as_a_server_of_ours() -> None:
    """The connection was there, and breaks in the middle of a command."""
    client = connect("redis+sentinel://127.0.0.1:1/mymaster/0", "x:", 0.1)
    said = mend_away(redis.TimeoutError("Timeout reading from socket"), options_of(client))
    assert said == "start the primary, or wait for the failover"
