"""`tail` against a real server: what it shows, in which order, and to whom."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
from typing import Any

import pytest

from flink_job.cli import main
from ops.redis.consumer import RedisReadError, StreamConsumer
from ops.redis.private_group import private_name
from ops.terminal.tail import status, tail
from tests.support.redis_fixtures import Add
from tests.support.stream_samples import ALERT, INCIDENT, REJECTED


def test_unreachable_server_names_the_setting(stream_prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = "redis://user:pa55@127.0.0.1:1/0"
    consumer = StreamConsumer(url, stream_prefix, ["alerts"], "team", "one")
    with pytest.raises(RedisReadError, match=r"127\.0\.0\.1:1 cannot be read .*redis\.url"):
        consumer.poll()
    for show, address in itertools.product((tail, status), (url, "http://user:pa55@host")):
        assert show(address, stream_prefix) == 1
        said = capsys.readouterr().err
        assert "redis.url" in said
        assert "pa55" not in said
        assert said.count("\n") == 1


def test_tail_shows_lines_and_cards(add: Add, redis_url: str, stream_prefix: str) -> None:
    add("alerts", ALERT)
    add("incidents", INCIDENT)
    add("rejected", REJECTED)
    broken = add("alerts", "{broken", "x2")
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, from_start=True, follow=False, out=out) == 0
    lines = out.getvalue().splitlines()
    assert lines[0] == (
        "2024-05-01 12:00:03  high      block        0.97  order           1,129.50 EUR  account 57168217bfee3c0a  "
        "device shared by 14 accounts  ring device-3f9a2c1b00112233  event e1"
    )
    # by time over all streams; the same millisecond leaves the order of the streams
    assert set(lines[1:]) >= {
        f"2024-05-01 12:00:03  high      unreadable   alerts entry {broken} (id x2) holds no JSON object",
        "2024-05-01 12:00:03  high      rejected     amount: -1 is negative  (x1)",
    }
    card = "\n".join(lines[1:])
    for part in (
        "CRITICAL  block · grown · revision 2 · shared device",
        "One device, 14 new accounts",
        "Fourteen accounts order from one device.",
        "1. Hold the shipments",
        "2. Call the carrier",
        "F1: 14 accounts on one device",
        "2024-05-01 12:00:03 to 2024-05-01 13:00:03 UTC",
        "17 alerts, 14 accounts, at least 1 device, 12,500.00 EUR + 80.50 USD at risk",
        "a000000000000000  a000000000000001",
        "a000000000000011",
        "and 2 more (--json lists them)",
        "0.97  block  order  1,129.50 EUR  account 57168217bfee3c0a  event e1",
        "3f9a-17 · ring device-3f9a2c1b00112233 · written by gpt-5-mini",
    ):
        assert part in card
    assert "secret" not in out.getvalue()
    assert "\x1b" not in out.getvalue(), "no colours without a terminal"


def test_decisions_and_applied_control_records_are_lines(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    decision = {**ALERT, "decision": "approve", "ring": None}
    del decision["severity"]
    redis_client.xadd(f"{stream_prefix}decisions", {"id": "e1", "account": "a0", "json": json.dumps(decision)})
    add("control_applied", {"applied": 57, "control": "rule", "id": "R7", "version": 3, "record": {"when": {}}})
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["decisions", "control_applied"], from_start=True, follow=False, out=out) == 0
    line, applied = out.getvalue().splitlines()
    assert line.startswith("2024-05-01 12:00:03            approve      0.97  order")
    assert applied[21:] == "rule         applied 57  id R7  version 3"


def test_tail_json_is_one_object_per_line(add: Add, redis_url: str, stream_prefix: str) -> None:
    entry_ids = [add("alerts", document) for document in (ALERT, "{broken", '{"score": NaN}')]
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["alerts"], from_start=True, as_json=True, follow=False, out=out) == 0
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    common = {"stream": "alerts", "id": "x1", "type": "order", "severity": "high", "time": "1714564803000"}
    assert records == [
        {**common, "entry": entry_id, "json": document}
        for entry_id, document in zip(entry_ids, [ALERT, "{broken", '{"score": NaN}'], strict=True)
    ]


def test_tail_leaves_nothing_behind(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    add("alerts", ALERT)
    for group in (None, "team"):
        tail(redis_url, stream_prefix, ["alerts"], group=group, from_start=True, follow=False, out=io.StringIO())
    [team] = redis_client.xinfo_groups(f"{stream_prefix}alerts")
    assert (team["name"], team["consumers"], team["pending"]) == ("team", 0, 0)
    out = io.StringIO()
    tail(redis_url, stream_prefix, ["alerts"], group="team", from_start=True, follow=False, out=out)
    assert out.getvalue() == "", "a named group goes on where it was"


def test_dead_letter_is_a_line(add: Add, redis_client: Any, redis_url: str, stream_prefix: str) -> None:
    add("alerts", ALERT)
    for _ in range(5):
        with contextlib.closing(StreamConsumer(redis_url, stream_prefix, ["alerts"], "team", "one", "0")) as member:
            assert len(member.poll()) == 1
    tail(redis_url, stream_prefix, ["alerts"], group="team", follow=False, out=io.StringIO())
    with contextlib.closing(StreamConsumer(redis_url, stream_prefix, ["alerts"], "team", "one")) as member:
        assert member.poll() == []
    [(entry_id, _)] = redis_client.xrange(f"{stream_prefix}alerts")
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["dead"], from_start=True, follow=False, out=out) == 0
    assert out.getvalue() == (
        f"2024-05-01 12:00:03  high      dead         alerts entry {entry_id}: "
        "5 deliveries to group team without an acknowledgement  (x1)\n"
    )


def test_many_tails_have_each_all_entries(add: Add, redis_url: str, stream_prefix: str) -> None:
    """Also of hosts and processes that share a name and a number, as those of containers do."""
    for i in range(3):
        add("alerts", ALERT, f"e{i}")
    with contextlib.ExitStack() as made:
        tails = [StreamConsumer(redis_url, stream_prefix, ["alerts"], private_name("tail"), "tail-h-1", "0") for _ in range(20)]
        for one in tails:
            made.callback(one.close)
            made.callback(one.destroy_groups)
        assert [[entry.fields["id"] for entry in one.poll()] for one in tails] == [["e0", "e1", "e2"]] * 20


def test_a_group_of_a_user_has_no_private_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "--group", "private:mine"]) == 2
    assert "--group: private:... are groups of readers that end, and are removed: choose another name" in capsys.readouterr().err


def test_what_is_there_already_comes_in_the_order_in_which_it_was_written(redis_client: Any, redis_url: str, stream_prefix: str) -> None:
    written = ["incidents" if number % 5 == 4 else "alerts" for number in range(1_300)]
    for number, stream in enumerate(written):
        document = ALERT if stream == "alerts" else INCIDENT
        redis_client.xadd(f"{stream_prefix}{stream}", {"json": json.dumps(document)}, id=f"{1_000 + number // 3}-{number}")
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["alerts", "incidents"], from_start=True, follow=False, as_json=True, out=out) == 0
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [record["stream"] for record in records] == written
    assert [int(record["entry"].partition("-")[2]) for record in records] == list(range(1_300))
