"""Checks of the Java classes that write decisions into Redis; `test_redis_in_java.py` runs them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError

from ops.redis.permissions import DECISIONS, acl_rule
from ops.redis.trimming import TRIM
from tests.flink_job.connectors.redis_link_in_java import client, link, objects, ours, server

JOB = "0" * 32


def decision(number: int, account: str = "a0", **more: Any) -> str:
    document = {"event_id": f"e{number}", "event_time": 1_790_000_000_000 + number, "event_type": "order", "decision": "approve"}
    document |= {"score": 0.01, "reasons": [{"code": "x", "text": '}"event_id":"no"', "weight": 1}], "ring": None}
    return json.dumps(document | {"entities": {"device": "d0", "account": account}, "model": "m"} | more)


def decided(text: str) -> Any:
    return ours().Decided(text)


def fence(key: str, subtask: int = 0, job: str = JOB, attempt: int = 0) -> Any:
    return ours().Fence(key, subtask, job, attempt)


def batch(*texts: str) -> Any:
    made = ours().Batch()
    for text in texts:
        made.add(decided(text))
    return made


def filled(key: str, count: int = 5) -> list[str]:
    """A stream with the decisions e0, e1, ... and a fence that has been taken; the ids of its entries."""
    client().delete(key, f"{key}-fence")
    guard = fence(f"{key}-fence")
    with_link = link()
    guard.take(with_link)
    batch(*(decision(number) for number in range(count))).write(with_link, key, guard)
    return [entry for entry, _ in client().xrange(key)]


def refused(call: Any) -> str:
    """What Redis says to a call that it refuses."""
    try:
        call()
    except Py4JJavaError as error:
        return str(error.java_exception.getMessage())
    raise AssertionError("it was taken")


def tail(key: str, after: str) -> Any:
    return ours().Tail.after(link(), key, after)


def check_an_entry_holds_what_its_document_says(folder: Path) -> None:
    key = "fields"
    filled(key, 0)
    guard, connected = fence(f"{key}-fence"), link()
    guard.take(connected)
    text = decision(7, event_id='a"b\\c\u00e9\n', amount=1.5)
    last = batch(text).write(connected, key, guard)
    ((entry, fields),) = client().xrange(key)
    assert entry == last
    expected = {"id": 'a"b\\c\u00e9\n', "account": "a0", "decision": "approve", "time": "1790000000007", "json": text}
    assert fields == expected
    assert tail(key, "0-0").match(decided(text).identity()), "found again by the same account and event"


def check_a_document_in_any_order_or_that_is_none_is_read(folder: Path) -> None:
    document = json.loads(decision(1))
    assert decided(json.dumps(dict(reversed(document.items())))).identity() == "a0:e1"
    assert decided("{}").identity() == decided("[]").identity() == ":"


def check_a_tail_holds_what_comes_after_an_id(folder: Path) -> None:
    ids = filled("tail", 2500)
    whole, rest = tail("tail", "0-0"), tail("tail", ids[1999])
    assert (whole.size(), rest.size()) == (2500, 500)
    assert whole.end() == rest.end() == ids[-1]
    assert rest.match("a0:e2000")
    assert not rest.match("a0:e2000"), "a decision is matched once"
    assert not rest.match("a0:e1999")
    assert not rest.match("a1:e2001"), "another account's event of the same name"


def check_a_restart_begins_before_the_oldest_that_is_not_matched(folder: Path) -> None:
    ids = filled("oldest")
    found = tail("oldest", "0-0")
    for number in (0, 1, 3):
        found.match(f"a0:e{number}")
    again = tail("oldest", found.position("9-9"))
    assert again.size() == 3
    assert again.match("a0:e2")
    for number in (2, 4):
        found.match(f"a0:e{number}")
    assert found.position(ids[-1]) == ids[-1]


def check_entries_of_others_are_no_decisions(folder: Path) -> None:
    filled("foreign", 1)
    client().xadd("foreign", {"json": "{}"})
    client().xadd("foreign", {"id": "e9", "account": "a0"})
    assert tail("foreign", "0-0").size() == 2


def check_a_tail_that_was_trimmed_is_noticed(folder: Path) -> None:
    ids = filled("trimmed")
    assert tail("trimmed", ids[1]).missing() == ""
    client().xtrim("trimmed", minid=ids[2], approximate=False)
    assert tail("trimmed", ids[1]).missing() == "", "what follows is there"
    client().xtrim("trimmed", minid=ids[3], approximate=False)
    assert tail("trimmed", ids[1]).missing() == "the stream was trimmed beyond it"
    assert tail("trimmed", ids[-1]).missing() == ""
    client().xtrim("trimmed", maxlen=0, approximate=False)
    assert tail("trimmed", ids[1]).missing() == "the stream was trimmed beyond it"
    assert tail("trimmed", ids[-1]).missing() == ""


def check_a_stream_that_was_made_anew_is_read_whole(folder: Path) -> None:
    """Also where the server's clock is behind what it was."""
    filled("anew", 0)
    client().xadd("anew", {"id": "e1", "account": "a0"}, id="5-1")
    found = tail("anew", "7-0")
    assert (found.missing(), found.size(), found.end()) == ("the stream has begun anew since", 1, "5-1")
    client().delete("anew")
    assert tail("anew", "7-0").missing() == "the stream has begun anew since"
    assert tail("anew", "0-0").missing() == ""


def check_an_id_before_the_first_of_a_millisecond(folder: Path) -> None:
    client().delete("ms")
    client().xadd("ms", {"id": "e1", "account": "a0"}, id="5-0")
    position = tail("ms", "0-0").position("")
    assert position == "4-18446744073709551615"
    assert tail("ms", position).size() == 1
    older = ours().Tail.older
    assert older("4-18446744073709551615", "5-0")
    assert older("5-9", "5-10")
    assert not older("5-1", "5-1")


def check_an_earlier_attempt_writes_no_more(folder: Path) -> None:
    """Nor takes the fence again: neither when it reconnects, nor when it starts late."""
    filled("fenced", 0)
    key, first_link, second_link = "fenced-fence", link(), link()
    first, second = fence(key), fence(key, attempt=1)
    first.take(first_link)
    batch(decision(0)).write(first_link, "fenced", first)
    second.take(second_link)
    late = batch(decision(1))
    assert refused(lambda: late.write(first_link, "fenced", first)) == "FENCED a later attempt writes"
    assert late.size() == 1
    assert refused(lambda: first.take(link())).startswith("FENCED")
    assert refused(lambda: fence(key).take(link())).startswith("FENCED")
    batch(decision(2)).write(second_link, "fenced", second)
    assert [fields["id"] for _, fields in client().xrange("fenced")] == ["e0", "e2"]


def check_a_new_connection_shuts_out_the_one_before(folder: Path) -> None:
    """A command that was still under way when its connection broke comes too late."""
    filled("again", 0)
    guard = fence("again-fence")
    guard.take(link())
    before = guard.token()
    guard.take(link())
    assert guard.token() != before
    assert client().hget("again-fence", "0") == guard.token()


def check_an_attempt_shuts_out_all_subtasks_of_those_before(folder: Path) -> None:
    key = "subtasks-fence"
    client().delete(key)
    for subtask in (0, 1, 2):
        fence(key, subtask).take(link())
    fence(key, 1, attempt=1).take(link())
    assert list(client().hgetall(key)) == ["1"]
    fence(key, 0, attempt=1).take(link())
    assert set(client().hgetall(key)) == {"0", "1"}
    fence(key, 0, "1" * 32).take(link())
    assert list(client().hgetall(key)) == ["0"], "another job's"


def check_a_batch_is_written_whole_or_not_at_all(folder: Path) -> None:
    filled("full", 0)
    guard, connected = fence("full-fence"), link()
    guard.take(connected)
    waiting = batch(*(decision(number) for number in range(64)))
    client().config_set("maxmemory", "1")
    try:
        assert refused(lambda: waiting.write(connected, "full", guard)).startswith("OOM")
    finally:
        client().config_set("maxmemory", "0")
    assert (client().xlen("full"), waiting.size()) == (0, 64)
    waiting.write(connected, "full", guard)
    assert (client().xlen("full"), waiting.size()) == (64, 0)


def check_what_is_there_already_is_left_out_of_a_batch(folder: Path) -> None:
    filled("left", 3)
    waiting = batch(*(decision(number) for number in (1, 7, 2)))
    assert waiting.leaveOut(tail("left", "0-0")) == 2
    assert waiting.size() == 1


def check_a_replay_is_over_after_minutes_of_new_decisions_only(folder: Path) -> None:
    from pyflink.java_gateway import get_gateway

    filled("over")
    replay = ours().Replay(get_gateway().jvm.org.apache.flink.metrics.SimpleCounter())
    replay.begin(tail("over", "0-0"))
    start_ms = get_gateway().jvm.System.currentTimeMillis()
    assert replay.has(decided(decision(0)))

    def is_kept(wrote: int, minutes: float) -> bool:
        replay.wrote(wrote)
        replay.checkpointed("over", int(start_ms + minutes * 60_000))
        return bool(replay.position("9999999999999-0") != "9999999999999-0")

    assert is_kept(0, 0), "a match"
    assert all(is_kept(0, minutes) for minutes in (10, 20, 30)), "nothing came at all: a source is away"
    assert is_kept(1, 31)
    assert not is_kept(1, 32)

    replay = ours().Replay(get_gateway().jvm.org.apache.flink.metrics.SimpleCounter())
    replay.begin(tail("over", "0-0"))
    assert all(is_kept(1, minutes) for minutes in (1, 2, 3)), "one of several sources may be away"


def check_trimming_goes_on_while_entries_leave(folder: Path) -> None:
    filled("long", 0)
    with client().pipeline(transaction=False) as pipe:
        for number in range(1, 25_001):
            pipe.xadd("long", {"json": ""}, id=f"{number}-0")
        pipe.execute()
    client().hset("long-needed", "long#0", "24500-0")
    trimming = ours().Trimming(TRIM, 300, 30_000, 1000)
    assert trimming.trim(link(), "long", "long-needed") == 0
    assert 500 <= client().xlen("long") <= 600


def _written_as(commands: Sequence[str], key: str) -> None:
    """Do all that the sink does, as a user who may run these commands and no others."""
    rule = acl_rule("sink", key, commands).replace("PASSWORD", "pa55")
    client().execute_command("ACL", "DELUSER", "sink")
    client().execute_command(*rule.split(" "))
    connected = link(server().url.replace("//", "//sink:pa55@"))
    guard = fence(f"{key}-fence", attempt=1)
    for _ in range(2):
        guard.take(connected)
    ours().Tail.after(connected, key, "0-0")
    batch(decision(1)).write(connected, key, guard)
    connected.call(objects(["HSET", f"{key}-needed", f"{key}#0", "0-1"]))
    ours().Trimming(TRIM, 1, 100, 1000).trim(connected, key, f"{key}-needed")


def check_the_documented_commands_are_enough_and_each_is_needed(folder: Path) -> None:
    for left_out in ("", *DECISIONS):
        filled("acl", 3)
        client().delete("acl-needed")
        client().xgroup_create("acl", "g", id="0")
        client().xreadgroup("g", "m", {"acl": ">"}, count=1)
        client().execute_command("SCRIPT", "FLUSH")
        fence("acl-fence", 7).take(link())
        client().execute_command("SCRIPT", "FLUSH")
        commands = [command for command in DECISIONS if command != left_out]
        if left_out:
            assert "permissions" in refused(partial(_written_as, commands, "acl")), left_out
        else:
            _written_as(commands, "acl")
