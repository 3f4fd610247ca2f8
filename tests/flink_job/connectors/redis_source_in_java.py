"""Checks of the Java source of Redis streams, against a real server; `test_redis_in_java.py` runs them."""

from __future__ import annotations

import gc
import itertools
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from domain.events.event import Rejected
from domain.events.notice import SourceNotice, bytes_of
from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import SOURCES, WRITE
from ops.redis.trimming import TRIM
from tests.flink_job.connectors.redis_link_in_java import client, message_of, ours, server

_NUMBERS = itertools.count()
_JAVA = Path(__file__).parent / "java"


@cache
def drains() -> Any:
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.java_gateway import get_gateway

    from flink_job.connectors.java_classes import compiled, jar_of

    gc.disable()  # a thread of Python that releases Java's objects would get a Java thread without our classes
    folder = Path(get_gateway().jvm.System.getProperty("java.io.tmpdir")) / "drain.jar"
    folder.write_bytes(jar_of(compiled({place.name: place.read_text() for place in _JAVA.glob("*.java")}, "tests")))
    StreamExecutionEnvironment.get_execution_environment().add_jars(folder.as_uri())
    return get_gateway().jvm.ringwatch.tests


class Reading:
    """A source with its reader, as Flink runs it; `names` are keys without the prefix."""

    def __init__(
        self,
        *names: str,
        url: str = "",
        prefix: str = "",
        end: str | None = None,
        positions: Any = None,
        trim: int = 0,
    ) -> None:
        from pyflink.java_gateway import get_gateway

        self.prefix = prefix or f"t{next(_NUMBERS)}:"
        source = ours().StreamSource(ours().Server(url or server().url, self.prefix), "test", end is not None)
        for name in names:
            source.add(name, "0-0", -1, end)
        if trim:
            source.trim(TRIM, trim, 3_600_000)
        self.engine = drains().Engine(1)
        self.source = get_gateway().jvm.org.apache.flink.util.InstantiationUtil.clone(source, source.getClass().getClassLoader())
        self.reader = self.source.createReader(self.engine.ofReader())
        self.drain = drains().Drain()
        splits = get_gateway().jvm.java.util.ArrayList()
        for split in positions if positions is not None else [ours().StreamSplit(name, "0-0", -1) for name in names]:
            splits.add(split)
        self.reader.addSplits(splits)
        if end is not None:
            self.reader.notifyNoMoreSplits()

    def take(self, most: int = 1_000_000, patience_ms: int = 1500) -> list[str]:
        """The next records, or all until none comes for a while."""
        self.status = self.drain_from(most, patience_ms)
        taken = self.drain.taken()
        return [] if taken is None else str(taken).split("\uffff")

    def drain_from(self, most: int, patience_ms: int) -> str:
        return str(getattr(self.drain, "from")(self.reader, most, patience_ms))

    def state(self, checkpoint: int = 1) -> list[Any]:
        """The splits of a checkpoint, as they come back from bytes."""
        serializer = self.source.getSplitSerializer()
        kept = self.reader.snapshotState(checkpoint)
        return [serializer.deserialize(serializer.getVersion(), serializer.serialize(split)) for split in kept]

    def metric(self, name: str) -> int:
        return int(self.engine.metric(name))

    def close(self) -> None:
        self.reader.close()


@contextmanager
def reading(*names: str, **options: Any) -> Iterator[Reading]:
    made = Reading(*names, **options)
    try:
        yield made
    finally:
        made.close()


def fill(key: str, records: Iterable[Any], entry: Callable[[int], str] = lambda _: "*") -> list[str]:
    """Add records to a stream; returns the entries' ids."""
    pipe = client().pipeline(transaction=False)
    for number, record in enumerate(records):
        pipe.xadd(key, {"json": record}, id=entry(number))
    return list(pipe.execute())


def numbered(first: int, end: int) -> list[str]:
    return [str(number) for number in range(first, end)]


def notice(record: str) -> SourceNotice:
    """A notice as the parser reads it."""
    try:
        bytes_of(record)
    except SourceNotice as found:
        return found
    raise AssertionError(f"no notice: {record}")


def missing(record: str) -> Any:
    return notice(record).details["missing"]


def prefix() -> str:
    return f"p{next(_NUMBERS)}:"


def check_a_stream_is_read_from_its_oldest_entry_and_goes_on(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 1200))
    client().xtrim(f"{p}events", maxlen=1000, approximate=False)
    with reading("events", prefix=p) as found:
        assert found.take(1000) == numbered(200, 1200), "what was trimmed before the first start is not missed"
        fill(f"{p}events", numbered(1200, 1203))
        assert found.take(3) == numbered(1200, 1203)
        assert found.take(1, 300) == []
        assert found.status == "NOTHING_AVAILABLE"


def check_a_position_of_the_state_goes_on_after_it(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 700))
    with reading("events", prefix=p) as found:
        assert found.take(333) == numbered(0, 333)
        (split,) = found.state()
        assert (split.splitId(), split.last(), split.read()) == ("events", ids[332], 333)
    with reading("events", prefix=p, positions=[split]) as again:
        assert again.take(367) == numbered(333, 700)
        assert again.take(1, 1300) == [], "no gap is seen where there is none"


def check_a_stream_that_does_not_exist_yet_is_waited_for(folder: Path) -> None:
    p = prefix()
    with reading("events", prefix=p) as found:
        assert found.take(1, 300) == []
        assert found.metric("redis_lag") == 0
        fill(f"{p}events", ["a"])
        assert found.take(1) == ["a"]


def check_what_was_trimmed_while_nobody_read_is_counted_exactly(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 2000))
    with reading("events", prefix=p) as found:
        found.take(100)
        (split,) = found.state()
    client().xtrim(f"{p}events", maxlen=1500, approximate=False)
    with reading("events", prefix=p, positions=[split]) as again:
        told, *records = again.take(1501)
        assert records == numbered(500, 2000)
        gone = notice(told)
        assert gone.details == {"stream": f"{p}events", "position": ids[99], "goes_on_at": ids[500], "missing": 400}
        assert gone.reason == (
            f"position {ids[99]} of {p}events is gone: entries were trimmed before they were read, 400 entries are missing; "
            f"it is read on at {ids[500]}"
        )
        assert again.take(1, 1300) == [], "it is said once"


def check_a_position_stays_the_old_one_until_its_notice_is_handed_on(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 20))
    split = ours().StreamSplit("events", ids[4], 5)
    client().xtrim(f"{p}events", maxlen=10, approximate=False)
    with reading("events", prefix=p, positions=[split]) as found:
        time.sleep(0.5)  # the fetcher has it
        assert [(one.last(), one.read()) for one in found.state()] == [(ids[4], 5)]
        assert missing(found.take(1)[0]) == 5
        assert [(one.last(), one.read()) for one in found.state()] == [(ids[4], 10)]
        assert found.take(10) == numbered(10, 20)


def check_a_stream_that_was_emptied_says_how_many_are_missing(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 50))
    with reading("events", prefix=p) as found:
        found.take(20)
        (split,) = found.state()
    client().xtrim(f"{p}events", maxlen=0)
    with reading("events", prefix=p, positions=[split]) as again:
        (told,) = again.take(1)
        assert missing(told) == 30
        assert notice(told).details["goes_on_at"] is None
        fill(f"{p}events", ["next"])
        assert again.take(1) == ["next"]
        assert again.take(1, 1300) == []


def check_what_is_trimmed_while_it_is_read_slowly_is_counted(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 10_000))
    with reading("events", prefix=p) as found:
        assert found.take(10) == numbered(0, 10)
        time.sleep(1.5)
        client().xtrim(f"{p}events", maxlen=2000, approximate=False)
        rest = found.take(10_000, 1500)
        told = [record for record in rest if not record.isdigit()]
        records = [record for record in rest if record.isdigit()]
        assert sum(missing(one) for one in told) + len(records) + 10 == 10_000, [notice(one).details for one in told]
        assert len(told) == 1
        assert records[-2000:] == numbered(8000, 10_000)


def check_entries_that_were_deleted_one_by_one_are_missed(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 100))
    with reading("events", prefix=p) as found:
        found.take(10)
        (split,) = found.state()
    client().xdel(f"{p}events", *ids[3:6], *ids[50:57])
    with reading("events", prefix=p, positions=[split]) as again:
        rest = again.take(1000, 1500)
        told = [record for record in rest if not record.isdigit()]
        assert [record for record in rest if record.isdigit()] == numbered(10, 50) + numbered(57, 100)
        assert [missing(one) for one in told] == [7], "those that were read before are not missed"
        assert "were trimmed or deleted (XDEL) before they were read, 7 entries are missing" in notice(told[0]).reason


def check_a_stream_that_was_deleted_is_said_and_read_on(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 40))
    with reading("events", prefix=p) as found:
        found.take(40)
        client().delete(f"{p}events")
        (told,) = found.take(1, 3000)
        assert missing(told) is None
        assert "the stream is not there" in notice(told).reason
        fill(f"{p}events", numbered(0, 5))
        assert found.take(5) == numbered(0, 5)
        assert found.take(1, 1500) == []
        client().delete(f"{p}events")
        fill(f"{p}events", numbered(0, 3))  # at once, so that nobody sees it gone
        rest = found.take(10, 1800)
        assert [record for record in rest if record.isdigit()] == numbered(0, 3), "each once"
        assert ["made anew" in notice(record).reason for record in rest if not record.isdigit()] == [True]


def check_a_stream_made_anew_while_the_job_was_down_is_read_whole(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 40))
    with reading("events", prefix=p) as found:
        found.take(30)
        (split,) = found.state()
    client().delete(f"{p}events")
    fill(f"{p}events", numbered(0, 7))
    with reading("events", prefix=p, positions=[split]) as again:
        told, *records = again.take(8)
        assert missing(told) is None
        assert "made anew" in notice(told).reason
        assert records == numbered(0, 7)
        assert again.take(1, 1300) == []


def check_ids_that_are_no_times_begin_anew(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 40), lambda number: f"0-{number + 1}")
    with reading("events", prefix=p) as found:
        found.take(30)
        (split,) = found.state()
    client().delete(f"{p}events")
    fill(f"{p}events", numbered(0, 20), lambda number: f"0-{number + 1}")
    with reading("events", prefix=p, positions=[split]) as again:
        told, *records = again.take(21)
        assert "made anew" in notice(told).reason
        assert records == numbered(0, 20)
        assert again.take(1, 1300) == []


def check_an_end_that_redis_has_lost_is_not_read_again(folder: Path) -> None:
    """As after a power failure: what is there again is an earlier state of the stream."""
    p = prefix()
    fill(f"{p}events", numbered(0, 30))
    earlier = raw().dump(f"{p}events")
    time.sleep(0.01)
    fill(f"{p}events", numbered(30, 40))
    with reading("events", prefix=p) as found:
        found.take(40)
        (split,) = found.state()
    raw().restore(f"{p}events", 0, earlier, replace=True)
    with reading("events", prefix=p, positions=[split]) as again:
        (told,) = again.take(2, 1500)
        assert "Redis has lost entries that were read before" in notice(told).reason
        fill(f"{p}events", ["next"])
        assert again.take(1) == ["next"]
        assert again.take(1, 1300) == []
    raw().restore(f"{p}events", 0, earlier, replace=True)
    fill(f"{p}events", numbered(40, 43))
    with reading("events", prefix=p, positions=[split]) as again:
        told, *records = again.take(10, 1500)
        assert "Redis has lost entries" in notice(told).reason
        assert records == numbered(40, 43)


def raw() -> Any:
    import redis

    return redis.Redis.from_url(server().url)


def check_another_kind_of_key_is_refused_with_the_mend(folder: Path) -> None:
    p = prefix()
    client().rpush(f"{p}events", "a")
    with reading("events", prefix=p) as found:
        said = message_of(lambda: found.take(1))
        assert said.startswith("Redis at 127.0.0.1:")
        assert "refuses to be read (WRONGTYPE" in said
        assert said.endswith("another program keeps other data under this name: choose another setting redis.prefix.")


def check_a_user_without_rights_is_refused_with_the_mend(folder: Path) -> None:
    client().acl_setuser("blind", enabled=True, nopass=True, commands=["+@connection"], keys="*")
    port = server().url.rsplit(":", 1)[1].split("/")[0]
    with reading("events", url=f"redis://blind:x@127.0.0.1:{port}/0") as found:
        said = message_of(lambda: found.take(1))
        assert "NOPERM" in said
        assert said.endswith("give the user the permissions that docs/operate.md lists (ACL SETUSER).")


def check_the_documented_rights_are_enough(folder: Path) -> None:
    p = prefix()
    commands = [f"+{command}" for command in sorted({*WRITE, *SOURCES})]
    client().acl_setuser("job2", enabled=True, nopass=True, commands=commands, keys=f"{p}*")
    port = server().url.rsplit(":", 1)[1].split("/")[0]
    fill(f"{p}events", numbered(0, 3000))
    with reading("events", prefix=p, url=f"redis://job2:x@127.0.0.1:{port}/0", trim=100) as found:
        for checkpoint in (1, 2):
            found.take(1500)
            found.reader.snapshotState(checkpoint)
            found.reader.notifyCheckpointComplete(checkpoint)
        until(lambda: client().xlen(f"{p}events") < 2000, 12)


def check_an_entry_without_the_field_json_is_said(folder: Path) -> None:
    key = f"{prefix()}events"
    client().xadd(key, {"a": "1", "json": "right", "b": "2"})
    client().xadd(key, {"data": "the only one"})
    wrong = client().xadd(key, {"a": "1", "b": "2"})
    client().xadd(key, {"json": ""})
    with reading("events", prefix=key.removesuffix("events")) as found:
        right, only, told, empty = found.take(4)
        assert (right, only, empty) == ("right", "the only one", "")
        assert notice(told).reason == f"entry {wrong} of {key} has no field json; XADD {key} * json '{{...}}'"
        assert notice(told).details == {"stream": key, "entry": wrong}, "no position is gone"


def check_bytes_come_as_characters_and_a_long_record_is_cut(folder: Path) -> None:
    from tests.support.event_lines import PARSER

    key = f"{prefix()}events"
    records = [bytes(range(256)), "\u20ac\U0001f600".encode(), b"x" * 65_538, b'{"event_id": "' + b"y" * (1 << 20), b"z"]
    for record in records:
        raw().xadd(key, {"json": record})
    with reading("events", prefix=key.removesuffix("events")) as found:
        taken = [record.encode("latin-1") for record in found.take(5)]
    assert taken == [record[:65_538] for record in records]
    try:
        PARSER.parse(taken[3])
    except Rejected as why:
        assert "are too long" in str(why), why
    else:
        raise AssertionError("it is accepted")


def check_large_entries_come_in_small_batches(folder: Path) -> None:
    key = f"{prefix()}events"
    fill(key, (f"{number}:".ljust(60_000, "x") for number in range(2000)))
    with reading("events", prefix=key.removesuffix("events")) as found:
        asked = client().info("commandstats")
        records = found.take(2000, 5000)
        assert [record.partition(":")[0] for record in records] == numbered(0, 2000)
        reads = client().info("commandstats")["cmdstat_xread"]["calls"] - asked.get("cmdstat_xread", {"calls": 0})["calls"]
        assert reads >= 25, "some 70 entries of 60 kB are 4 MB"
    client().delete(key)


def check_a_bounded_source_ends_where_the_stream_ended(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 1300))
    for end, count in ((ids[-1], 1300), (ids[999], 1000), (ids[499], 500), ("0-0", 0)):
        with reading("events", prefix=p, end=end) as found:
            fill(f"{p}events", ["later"])
            assert found.take() == numbered(0, count)
            assert found.status == "END_OF_INPUT"
            (split,) = found.state()
        with reading("events", prefix=p, end=end, positions=[split]) as again:
            assert again.take() == [], "a restart ends at the same place"
            assert again.status == "END_OF_INPUT"
        with reading("events", prefix=p, positions=[split]) as on:
            assert on.take(1300 - count + 1)[:-1] == numbered(count, 1300), "resumed without an end it goes on"


def check_a_bounded_source_ends_on_what_is_not_there(folder: Path) -> None:
    with reading("none", end="0-0") as found:
        assert found.take() == []
        assert found.status == "END_OF_INPUT"
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 10))
    client().xdel(f"{p}events", ids[9])
    with reading("events", prefix=p, end=ids[9]) as found:
        assert found.take() == numbered(0, 9)
        assert found.status == "END_OF_INPUT"
    client().xtrim(f"{p}events", maxlen=0)
    with reading("events", prefix=p, end=ids[9], positions=[ours().StreamSplit("events", ids[3], 4)]) as found:
        (told,) = found.take()
        assert (missing(told), found.status) == (6, "END_OF_INPUT")


def check_partitions_come_in_the_order_of_their_entries(folder: Path) -> None:
    p, some = prefix(), random.Random(3)
    names = [f"events:{number}" for number in range(4)]
    expected = {}
    pipe = client().pipeline(transaction=False)
    for number in range(20_000):
        ms = 1_800_000_000_000 + number // 7  # several of a millisecond, and of one id
        name = some.choices(names, (70, 20, 9, 1))[0]
        entry = f"{ms}-{number % 7 + 1}"
        expected[(ms, number % 7 + 1, names.index(name))] = str(number)
        pipe.xadd(f"{p}{name}", {"json": str(number)}, id=entry)
    pipe.execute()
    ordered = [expected[key] for key in sorted(expected)]
    with reading(*names, prefix=p, end="1900000000000-0") as found:
        assert found.take() == ordered
        assert found.status == "END_OF_INPUT"
    with reading(*names, prefix=p) as found:
        begun = found.take(7777)
        splits = found.state()
    with reading(*names, prefix=p, positions=splits) as again:
        assert begun + again.take(20_000 - 7777, 10_000) == ordered, "after a restart, too"


def check_many_entries_of_one_millisecond_hold_nobody_up(folder: Path) -> None:
    p = prefix()
    for name in ("a", "b"):
        fill(f"{p}{name}", (f"{name}{number}" for number in range(1, 4001)), lambda number: f"1800000000000-{number + 1}")
    expected = [f"{name}{number}" for number in range(1, 4001) for name in ("a", "b")]
    with reading("a", "b", prefix=p) as found:
        assert found.take(8000, 3000) == expected


def check_a_slow_job_gets_all_of_a_bounded_source(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 2500))
    with reading("events", prefix=p, end=ids[-1]) as found:
        taken: list[str] = []
        while len(taken) < 2500:
            taken += found.take(500)
            time.sleep(0.4)
        assert taken == numbered(0, 2500)
        assert found.take() == []
        assert found.status == "END_OF_INPUT"


def check_partitions_that_are_filled_now_are_in_order_too(folder: Path) -> None:
    p, names = prefix(), ["a", "b", "c"]
    stop = threading.Event()

    def feed(name: str) -> None:
        import redis

        own = redis.Redis.from_url(server().url)
        while not stop.is_set():
            own.xadd(f"{p}{name}", {"json": name})

    with reading(*names, prefix=p) as found:
        threads = [threading.Thread(target=feed, args=(name,), daemon=True) for name in names]
        for thread in threads:
            thread.start()
        live = found.take(6000)
        stop.set()
        for thread in threads:
            thread.join()
        live += found.take(1_000_000, 500)
    entries = [
        (tuple(map(int, entry.split("-"))), number, name) for number, name in enumerate(names) for entry, _ in client().xrange(f"{p}{name}")
    ]
    assert live == [name for _, _, name in sorted(entries)]


def check_one_slow_partition_holds_nobody_up(folder: Path) -> None:
    p = prefix()
    with reading("a", "b", prefix=p) as found:
        took = []
        for number in range(5):
            begun = time.monotonic()
            fill(f"{p}a", [str(number)])
            assert found.take(1) == [str(number)]
            took.append(time.monotonic() - begun)
        assert min(took) < 0.15, took


def check_a_server_that_goes_and_comes_back_is_waited_for(folder: Path) -> None:
    kept = EmbeddedRedis(folder)
    kept.start()
    import redis

    own = redis.Redis.from_url(kept.url)
    own.xadd("k:events", {"json": "1"})
    with reading("events", prefix="k:", url=kept.url) as found:
        assert found.take(1) == ["1"]
        kept.stop()
        assert found.take(1, 700) == []
        assert found.engine.retries() >= 1
        kept.start()
        own.xadd("k:events", {"json": "2"})
        assert found.take(1, 8000) == ["2"]
    kept.stop()


def check_a_reply_that_is_cut_brings_nothing_twice_and_loses_nothing(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 5000))
    with cutting(40_000) as url, reading("events", prefix=p, url=url) as found:
        assert found.take(5000, 8000) == numbered(0, 5000)
        assert found.engine.retries() >= 2


@contextmanager
def cutting(most: int) -> Iterator[str]:
    """A way to the server that is cut after so many bytes of replies, each time a little later."""
    behind = int(server().url.removesuffix("/0").rsplit(":", 1)[1])
    ended = threading.Event()

    def serve(listening: socket.socket) -> None:
        for allowed in itertools.count(most, 30_000):
            try:
                given, _ = listening.accept()
            except OSError:
                return
            with given, socket.create_connection(("127.0.0.1", behind)) as there:
                threading.Thread(target=pump, args=(given, there), daemon=True).start()
                left = allowed
                while left > 0 and (data := there.recv(min(left, 65_536))):
                    given.sendall(data)
                    left -= len(data)
                given.shutdown(socket.SHUT_RDWR)

    def pump(given: socket.socket, there: socket.socket) -> None:
        try:
            while data := given.recv(65_536):
                there.sendall(data)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=serve, args=(listening,), daemon=True)
        accepting.start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        listening.shutdown(socket.SHUT_RDWR)
        ended.set()


def check_the_lag_is_the_number_of_entries_that_wait(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 10_000))
    client().xtrim(f"{p}events", maxlen=9_000, approximate=False)
    with reading("events", prefix=p) as found:
        found.take(100)
        assert (found.metric("redis_lag"), found.metric("pending")) == (8_900, 8_900)
        fill(f"{p}events", numbered(0, 50))
        until(lambda: found.metric("redis_lag") == 8_950)  # asked while the job takes nothing
        found.take(8_950)
        assert found.metric("redis_lag") == 0
        time.sleep(0.05)
        fill(f"{p}events", ["x"])
        found.take(1)
        assert 0 <= found.metric("redis_wait_ms") < 1000


def until(condition: Callable[[], bool], patience_s: float = 5) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def needs(p: str, position: str) -> bool:
    return bool(client().hget(f"{p}needed", f"{p}events") == position)


def check_what_checkpoints_may_need_is_not_trimmed(folder: Path) -> None:
    p = prefix()
    ids = fill(f"{p}events", numbered(0, 3000))
    with reading("events", prefix=p, trim=500) as found:
        for checkpoint in range(1, 4):
            found.take(1000)
            found.reader.snapshotState(checkpoint)
            found.reader.notifyCheckpointComplete(checkpoint)
            expected = "0-0" if checkpoint == 1 else ids[1000 * (checkpoint - 1) - 1]
            until(partial(needs, p, expected))
            assert client().xlen(f"{p}events") == 3000
        until(lambda: client().xlen(f"{p}events") < 1200, 12)
        first, _ = client().xrange(f"{p}events", count=1)[0]
        assert ids.index(first) <= 2000, "the last but one checkpoint goes on there"
        found.reader.notifyCheckpointComplete(3)
        found.reader.notifyCheckpointComplete(2)
        assert client().hget(f"{p}needed", f"{p}events") == ids[1999], "what comes late changes nothing"


def check_nothing_is_trimmed_before_a_checkpoint_is_complete(folder: Path) -> None:
    p = prefix()
    fill(f"{p}events", numbered(0, 3000))
    with reading("events", prefix=p, trim=10) as found:
        found.take(3000)
        found.reader.snapshotState(1)
        assert found.take(1, 6000) == []
        assert client().xlen(f"{p}events") == 3000


def check_a_stream_that_no_source_names_any_more_keeps_its_position(folder: Path) -> None:
    p = prefix()
    fill(f"{p}old", ["old"])
    fill(f"{p}new", ["new"])
    old = ours().StreamSplit("old", "0-0", 0)
    with reading("new", prefix=p, positions=[old, ours().StreamSplit("new", "0-0", 0)]) as found:
        assert found.take(2, 400) == ["new"]
        assert sorted((split.splitId(), split.read()) for split in found.state()) == [("new", 1), ("old", 0)]


def check_streams_are_handed_out_by_turns_and_once(folder: Path) -> None:
    source = ours().StreamSource(ours().Server(None, "x:"), "test", True)
    for number in range(5):
        source.add(f"e{number}", "7-7", 3, "9-9")
    engine = drains().Engine(2)
    splits = source.createEnumerator(engine.ofEnumerator())
    splits.addReader(0)
    assert engine.given() == "{} []", "Flink does not know the reader yet"
    engine.there(0, True)
    splits.addReader(0)
    assert engine.given() == "{0=e0 e2 e4} [0]"
    serializer = source.getEnumeratorCheckpointSerializer()
    state = serializer.deserialize(1, serializer.serialize(splits.snapshotState(1)))
    engine.there(1, True)
    splits.addReader(1)
    assert engine.given() == "{0=e0 e2 e4, 1=e1 e3} [0, 1]"
    again = drains().Engine(2)
    restored = source.restoreEnumerator(again.ofEnumerator(), state)
    for reader in (0, 1):
        again.there(reader, True)
        restored.addReader(reader)
    assert again.given() == "{1=e1 e3} [0, 1]"


def check_splits_of_a_reader_that_failed_are_handed_out_again(folder: Path) -> None:
    from pyflink.java_gateway import get_gateway

    source = ours().StreamSource(ours().Server(None, "x:"), "test", False)
    source.add("events", "0-0", -1, None)
    engine = drains().Engine(1)
    splits = source.createEnumerator(engine.ofEnumerator())
    engine.there(0, True)
    splits.addReader(0)
    back = get_gateway().jvm.java.util.ArrayList()
    back.add(ours().StreamSplit("events", "5-5", 9))
    engine.there(0, False)
    splits.addSplitsBack(back, 0)
    assert list(splits.snapshotState(1)) == []
    engine.there(0, True)
    splits.addReader(0)
    assert engine.given() == "{0=events events} []", "a source without end waits for ever"


def check_a_position_of_a_later_version_is_refused(folder: Path) -> None:
    for serializer in (ours().StreamSplit.Serializer(), ours().StreamSplits.Serializer()):
        assert "comes from a later ringwatch" in message_of(partial(serializer.deserialize, 2, b""))


def check_nothing_secret_is_in_the_source(folder: Path) -> None:
    from pyflink.java_gateway import get_gateway

    source = ours().StreamSource(ours().Server("redis://h:1/0", "x:"), "test", False)
    content = bytes(get_gateway().jvm.org.apache.flink.util.InstantiationUtil.serializeObject(source))
    assert b"redis://h:1/0" in content


def check_the_reader_keeps_up(folder: Path) -> None:
    """200,000 entries of some 540 bytes; the bound is far below what a quiet machine does."""
    key = f"{prefix()}events"
    record = json.dumps({"event_id": "e" * 20, "filler": "x" * 490})
    for _ in range(20):
        fill(key, [record] * 10_000)
    rates = []
    for _ in range(2):
        with reading("events", prefix=key.removesuffix("events")) as found:
            found.drain.countOnly()
            begun = time.monotonic()
            assert found.drain_from(200_000, 3000) == "MORE_AVAILABLE"
            assert found.metric("redis_lag") == 0
            rates.append(200_000 / (time.monotonic() - begun))
    client().delete(key)
    print("reader", rates, flush=True)
    assert max(rates) > 20_000, rates
