"""`tail` against a real server, and how hostile documents look on a terminal."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flink_job.cli import main
from ops.redis import private_group
from ops.redis.consumer import Entry, RedisReadError, StreamConsumer
from ops.redis.private_group import private_name
from ops.terminal import cards
from ops.terminal.cards import print_entry
from ops.terminal.endings import undisturbed
from ops.terminal.shown_values import plain
from ops.terminal.tail import status, tail
from tests import ROOT
from tests.support.redis_fixtures import Add

ALERT: dict[str, Any] = {
    "event_id": "e1",
    "event_time": 1_714_564_803_000,
    "event_type": "order",
    "decision": "block",
    "score": 0.9731,
    "reasons": [
        {"code": "amount", "text": "a large order", "weight": 0.2},
        {"code": "shared_device", "text": "device shared by 14 accounts", "weight": 0.7},
    ],
    "ring": "device-3f9a2c1b00112233",
    "entities": {"account": "57168217bfee3c0a", "device": "425b1eaa2fd07d28"},
    "amount": 1129.5,
    "currency": "EUR",
    "severity": "high",
}
INCIDENT: dict[str, Any] = {
    "id": "3f9a-17",
    "revision": 2,
    "status": "grown",
    "ring": "device-3f9a2c1b00112233",
    "severity": "critical",
    "action": "block",
    "headline": "One device, 14 new accounts",
    "explanation": "Fourteen accounts order from one device.",
    "pattern": "shared device",
    "next_steps": ["Hold the shipments", "Call the carrier"],
    "first_time": 1_714_564_803_000,
    "last_time": 1_714_568_403_000,
    "alerts": 17,
    "money_at_risk": {"EUR": 12500, "USD": 80.5},
    "evidence": {
        "facts": [{"id": "F1", "text": "14 accounts on one device", "value": 14}],
        "strongest": [
            {name: ALERT.get(name) for name in ("decision", "score", "amount", "currency", "entities")} | {"id": "e1", "type": "order"}
        ],
    },
    "participants": {
        "account": {"count": 14, "exact": True, "pseudonyms": [f"a{number:015d}" for number in (*range(10), 10, 11, 12, 13)]},
        "device": {"count": 1, "exact": False, "pseudonyms": ["425b1eaa2fd07d28"]},
    },
    "writer": {"name": "llm", "model": "gpt-5-mini", "retries": 0},
}
OVERFLOW: dict[str, Any] = {
    "id": "overflow-1714564803000", "status": "overflow", "severity": "high", "told_at": 1_714_564_803_000,
    "headline": "incidents.reviews_per_hour is 60: 3 revisions were held",
}  # fmt: skip
ANSI = re.compile(r"\x1b\[[0-9;]*m")
REJECTED: dict[str, Any] = {"field": "amount", "reason": "amount: -1 is negative", "raw": "secret@example.com"}


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(stream: str, document: dict[str, Any] | str, width: int = 100, terminal: bool = False) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, highlight=False)
    print_entry(console, Entry(stream, "1-0", {"id": "x1", "time": "1714564803000", "json": text}))
    return out.getvalue()


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


def test_status_says_how_far_each_group_is(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    for i in range(5):
        add("alerts", ALERT, f"e{i}")
    redis_client.xgroup_create(f"{stream_prefix}alerts", "team", id="0")
    redis_client.xreadgroup("team", "one", {f"{stream_prefix}alerts": ">"}, count=2)
    out = io.StringIO()
    assert status(redis_url, stream_prefix, out=out) == 0
    assert out.getvalue().splitlines() == [
        "alerts: 5 entries",
        "  group team: 3 to read, 2 in hand, 1 member",
        "incidents: 0 entries",
        "rejected: 0 entries",
        "dead: 0 entries",
    ]
    assert not redis_client.exists(f"{stream_prefix}incidents"), "looking makes nothing"
    out = io.StringIO()
    assert status(redis_url, stream_prefix, ["alerts"], out=out, as_json=True) == 0
    group = {"name": "team", "members": 1, "pending": 2, "unread": 3, "abandoned": False}
    assert json.loads(out.getvalue()) == {"stream": "alerts", "entries": 5, "groups": [group]}


def test_status_names_a_private_group_whose_reader_is_gone(
    add: Add, redis_client: Any, redis_url: str, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("alerts", ALERT)
    key = f"{stream_prefix}alerts"
    for group in ("team", "private:tail-gone"):
        redis_client.xgroup_create(key, group, id="0")
        redis_client.xreadgroup(group, "one", {key: ">"}, count=1)
    time.sleep(0.05)
    monkeypatch.setattr(private_group.is_abandoned, "__defaults__", (0.01,))
    out = io.StringIO()
    assert status(redis_url, stream_prefix, ["alerts"], out=out) == 0
    assert out.getvalue().splitlines() == [
        "alerts: 1 entry",
        "  group private:tail-gone: 0 to read, 1 in hand, 1 member; its reader is gone, it holds back nothing, the next tail removes it",
        "  group team: 0 to read, 1 in hand, 1 member",
    ]


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


@pytest.mark.parametrize("ending", ["interrupt", "broken pipe"])
def test_followed_tail_ends_quietly(add: Add, redis_url: str, redis_client: Any, stream_prefix: str, ending: str) -> None:
    add("alerts", ALERT, "e0")
    code = "import sys; from ops.terminal.tail import tail; "
    code += f"sys.exit(tail({redis_url!r}, {stream_prefix!r}, ['alerts'], from_start=True, as_json=True))"
    command = [sys.executable, "-c", code]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered) as process:
        watchdog = threading.Timer(10, process.kill)  # a line that is not flushed would hold up the suite
        watchdog.start()
        assert process.stdout is not None
        assert process.stderr is not None
        first_line = process.stdout.readline()
        if ending == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            process.stdout.close()
            add("alerts", ALERT, "e1")
        ended = process.wait()
        watchdog.cancel()
        assert process.stderr.read() == ""
    assert json.loads(first_line)["id"] == "e0", "each line is flushed"
    assert ended == 0
    assert redis_client.xinfo_groups(f"{stream_prefix}alerts") == []


def private_groups(client: Any, key: str) -> list[str]:
    return [group["name"] for group in client.xinfo_groups(key) if group["name"].startswith("private:tail-")]


@contextlib.contextmanager
def followed(url: str, prefix: str, *before: str, out: int | None = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """`ringwatch tail`, in a session of its own as in a terminal, ended by force after the test."""
    command = [*before, sys.executable, "-m", "flink_job.cli", "tail", "--streams", "alerts", "--json", f"--set=redis.prefix={prefix}"]
    environment = {**os.environ, "RINGWATCH_REDIS_URL": url, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True) as process:
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_tail_and_its_group(add: Add, redis_url: str, redis_client: Any, stream_prefix: str, number: int) -> None:
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    with followed(redis_url, stream_prefix) as process:
        until(lambda: private_groups(redis_client, key))
        process.send_signal(number)
        assert process.wait() == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert private_groups(redis_client, key) == []


def test_under_nohup_tail_outlives_its_terminal(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    with followed(redis_url, stream_prefix, "nohup") as process:
        until(lambda: private_groups(redis_client, key))
        process.send_signal(signal.SIGHUP)
        add("alerts", ALERT, "after")
        assert process.stdout
        assert json.loads(process.stdout.readline())["id"] == "after"


@pytest.mark.parametrize("reader", ["pipe", "terminal"])
def test_tail_ends_when_nobody_reads_it_though_nothing_comes(
    add: Add, redis_url: str, redis_client: Any, stream_prefix: str, reader: str
) -> None:
    """As in `tail | head -1` on a quiet day, or in a window that is closed; `setsid` keeps SIGHUP away."""
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    ours, its = os.pipe() if reader == "pipe" else pty.openpty()
    with followed(redis_url, stream_prefix, out=its) as process:
        os.close(its)
        until(lambda: private_groups(redis_client, key))
        os.close(ours)
        assert process.wait() == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert private_groups(redis_client, key) == []


def test_a_second_signal_does_not_disturb_the_cleaning() -> None:
    with undisturbed():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


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


def test_overflow_is_a_line_and_a_merged_incident_says_where_it_goes_on() -> None:
    line = "2024-05-01 12:00:03  high      overflow     incidents.reviews_per_hour is 60: 3 revisions were held\n"
    assert shown("incidents", OVERFLOW, width=140) == line
    assert "Goes on as" not in shown("incidents", INCIDENT)
    assert "ring 00000000000000bb" in shown("incidents", {**INCIDENT, "merged_into": "00000000000000bb"})


def test_markup_and_escapes_are_text() -> None:
    hostile = "[red]pay[/red] \x1b[31mnow\x1b]0;title\x07 \u202eevil\x9b1m\r\nnext"
    for stream, document in (
        ("alerts", {**ALERT, "reasons": [{"text": hostile}], "ring": None}),
        ("incidents", {**INCIDENT, "headline": hostile}),
        ("rejected", {**REJECTED, "reason": hostile}),
    ):
        out = shown(stream, document, width=200)
        assert "[red]pay[/red] [31mnow]0;title evil1m next" in out
        assert not set(out) & set("\x1b\x07\u202e\x9b\r")


@pytest.mark.parametrize("stream", ["alerts", "incidents", "rejected"])
def test_terminal_has_colours_unless_told_not_to(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"alerts": ALERT, "incidents": INCIDENT, "rejected": REJECTED}[stream]
    colour = "\x1b[3"  # 31-37 and 38;5;n; severities also on a background
    assert colour in shown(stream, document, terminal=True).replace("\x1b[1;3", colour)
    monkeypatch.setenv("NO_COLOR", "1")
    assert colour not in shown(stream, document, terminal=True).replace("\x1b[1;3", colour)


@pytest.mark.parametrize("width", [60, 80, 120, 140])
def test_a_terminal_of_any_width_shows_all_of_an_alert(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    uuid = "2325c26d-d7a9-4cfa-81d9-bef8e25b7b60"
    lines = ANSI.sub("", shown("alerts", {**ALERT, "event_id": uuid}, width=width, terminal=True)).splitlines()
    assert len(lines) <= {60: 4, 80: 3}.get(width, 2)
    assert all(len(line) <= width for line in lines)
    said = " ".join(" ".join(lines).split())
    for part in (
        "block",
        "0.97",
        "1,129.50 EUR",
        "device shared by 14 accounts",
        "ring device-3f9a2c1b00112233",
        "account 57168217bfee3c0a",
        uuid,
    ):
        assert part in said
    assert shown("alerts", ALERT, width=60).count("\n") == 1, "whole for grep"


def test_a_long_reason_is_wrapped_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    reason = " ".join(f"word{number}" for number in range(20))
    for stream, document in (("rejected", {**REJECTED, "reason": reason}), ("alerts", {**ALERT, "reasons": [{"text": reason}]})):
        lines = ANSI.sub("", shown(stream, document, width=80, terminal=True)).splitlines()
        assert all(len(line) <= 80 for line in lines)
        assert reason in " ".join(" ".join(lines).split())


def test_the_card_shows_every_cited_fact_and_no_other() -> None:
    facts = [{"id": f"F{number}", "text": f"fact number {number}"} for number in range(1, 26)]
    cited = {"headline": "A ring [F2]", "explanation": "It is [F9, F25] a farm [F10].", "next_steps": ["Look at F3."]}
    card = shown("incidents", {**INCIDENT, **cited, "evidence": {"facts": facts}})
    assert [number for number in range(1, 26) if f"F{number}: fact number {number}" in card] == [2, 3, 9, 10, 25]


def revision(number: int, status: str = "grown", **changes: Any) -> dict[str, Any]:
    return {**INCIDENT, "revision": number, "status": status, "told_at": 1_714_568_403_000, **changes}


LONE = {"participants": {"account": {"count": 1, "exact": True, "pseudonyms": ["a" * 16]}}}


def test_a_card_comes_when_there_is_news_and_a_line_otherwise(add: Add, redis_url: str, stream_prefix: str) -> None:
    story = [
        (revision(1, "opened", severity="high"), True),
        (revision(2, severity="high", alerts=20), False),
        (revision(3, alerts=30), True),
        (revision(4, alerts=40, action="escalate"), True),
        (revision(5, alerts=50, action="escalate", severity="medium"), False),
        (revision(6, "closed", alerts=60, action="escalate"), True),
        (revision(1, "opened", id="quiet", severity="low", action="monitor"), False),
        (revision(2, id="quiet", severity="low", action="monitor", alerts=20), False),
        (revision(3, id="quiet", severity="low", action="verify", alerts=20), True),
        (revision(4, "closed", id="quiet", severity="low", action="verify", alerts=22), False),
        (revision(1, "opened", id="lone", alerts=1, severity="medium", **LONE), False),
        (revision(2, id="lone", alerts=2, severity="medium", **LONE), True),
        (revision(1, "opened", id="grave", alerts=1, severity="high", **LONE), True),
        (revision(2, "closed", id="grave", alerts=1, severity="high", **LONE), False),
        (revision(7, id="joined later"), True),
        (revision(8, "closed", id="joined later", merged_into="00000000000000bb"), False),
    ]
    for document, _ in story:
        add("incidents", document)
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["incidents"], from_start=True, follow=False, out=out) == 0
    lines = out.getvalue().splitlines()
    of_lines = [line for line in lines if line[0] == "2"]
    assert of_lines[0] == "2024-05-01 13:00:03  high      grown 2      One device, 14 new accounts  (20 alerts)  3f9a-17"
    assert of_lines[-1] == (
        "2024-05-01 13:00:03  critical  closed 8     One device, 14 new accounts  (17 alerts)  "
        "goes on as ring 00000000000000bb  joined later"
    )
    kinds = [line[0] == "╭" for line in lines if line[0] in "2╭"]
    assert kinds == [is_card for _, is_card in story]
    out = io.StringIO()
    tail(redis_url, stream_prefix, ["incidents"], from_start=True, follow=False, out=out, every_card=True)
    assert sum(line.startswith("╭") for line in out.getvalue().splitlines()) == len(story)


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


def test_no_more_than_so_many_incidents_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "_REMEMBERED", 3)
    choice = cards.CardChoice()
    assert [choice.needs_card({"id": name}) for name in "abcadbb"] == [True, True, True, False, True, True, False]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["alerts", "incidents", "rejected", "dead"]), st.sampled_from(sorted(ALERT | INCIDENT)), ANYTHING)
def test_any_value_in_any_field_can_be_shown(stream: str, field: str, value: object) -> None:
    assert shown(stream, {**ALERT, **INCIDENT, field: value})


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_plain_is_one_bounded_printable_line(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "[" * 100_000, "9" * 5000])
def test_broken_document_is_none(text: str) -> None:
    assert Entry("alerts", "1-0", {"json": text}).document() is None
    assert Entry("alerts", "1-0", {}).document() is None
    assert "holds no JSON object" in shown("alerts", text, width=200)
