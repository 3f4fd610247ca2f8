"""`ringwatch publish`: what is in the streams afterwards, and how to go on after it was stopped."""

from __future__ import annotations

import gzip
import json
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.control.signature import ControlKeys
from flink_job.cli import main
from flink_job.commands import publish_feed, publish_targets
from flink_job.commands.publish_feed import Feed, UnreadError
from flink_job.commands.publish_targets import account_of
from flink_job.settings.redis_url import KEPT, WRITTEN, partition_of

EVENTS = [{"event_id": f"e{n}", "event_type": "order", "account_id": f"a{n % 7}"} for n in range(40)]
LABELS = [{"event_id": f"l{n}", "event_type": "Label", "account_id": "a1", "subject_event_id": f"e{n}", "is_fraud": None} for n in range(3)]


class Bench:
    """Files, and the streams that they are published to."""

    def __init__(self, folder: Path, url: str, prefix: str, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.client, self.prefix, self._capsys = folder, client, prefix, capsys
        self._settings = ["--set", f"redis.url={url}", "--set", f"redis.prefix={prefix}"]

    def file(self, lines: Sequence[object], name: str = "events.jsonl") -> Path:
        path = self.folder / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    def publish(self, *words: object) -> tuple[int, str]:
        code = main(["publish", *map(str, words), *self._settings])
        return code, self._capsys.readouterr().err

    def stream(self, name: str) -> list[Any]:
        return [json.loads(fields["json"]) for _, fields in self.client.xrange(f"{self.prefix}{name}")]


@pytest.fixture
def bench(tmp_path: Path, redis_url: str, stream_prefix: str, redis_client: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    return Bench(tmp_path, redis_url, stream_prefix, redis_client, capsys)


def test_lines_of_files_plain_and_packed_in_their_order(bench: Bench) -> None:
    first = bench.file([*EVENTS[:3], "", "no json"])
    second = bench.folder / "more.jsonl.gz"
    second.write_bytes(gzip.compress(json.dumps(EVENTS[3]).encode() + b"\r\n"))
    code, said = bench.publish(first, second, "--to", "redis:events")
    assert (code, "5 lines are in redis:events" in said) == (0, True), said
    texts = [fields["json"] for _, fields in bench.client.xrange(f"{bench.prefix}events")]
    assert texts == [*(json.dumps(event) for event in EVENTS[:3]), "no json", json.dumps(EVENTS[3])]


def test_labels_go_to_their_own_stream_and_are_signed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the operators")
    file = bench.file([EVENTS[0], LABELS[0], EVENTS[1], LABELS[1], {"event_type": "order", "event_id": "label"}])
    code, said = bench.publish(file, "--to", "redis:events", "--labels-to", "redis:labels", "--sign", "ops")
    assert (code, "3 lines are in redis:events and 2 in redis:labels, " in said) == (0, True), said
    assert bench.stream("events") == [EVENTS[0], EVENTS[1], {"event_type": "order", "event_id": "label"}]
    keys = ControlKeys({"ops": b"a key of the operators"})
    for sent, label in zip(LABELS, bench.stream("labels"), strict=False):
        keys.check(label)
        assert label == sent | {"signature": label["signature"]}
    assert len(bench.stream("labels")) == 2


def test_an_account_is_in_one_partition_raw_or_hidden(bench: Bench) -> None:
    hidden = [{"event_id": "h", "pseudonyms": {"account": "1f" * 8}}]
    assert bench.publish(bench.file([*EVENTS, *hidden]), "--to", "redis:events?partitions=4")[0] == 0
    found = [bench.stream(f"events:{number}") for number in range(4)]
    assert sum(map(len, found)) == 41
    for number, events in enumerate(found):
        for event in events:
            assert partition_of(account_of(json.dumps(event).encode()), 4) == number
    assert [account_of(line) for line in (b"[", b"[" * 100_000, b"[]", b"{}", b'{"account_id":17}')] == ["", "", "", "", "17"]
    assert account_of(b'{"type":"ringwatch.action.block","data":{"account":"1f1f"}}') == "1f1f", "an action"
    assert [account_of(line) for line in (b'{"data":[1]}', b'{"data":{}}', b'{"account_id":"a","data":{"account":"b"}}')] == ["", "", "a"]


@pytest.mark.parametrize(("lines", "start", "said"), [(40, 41, "there are none from line 41 on"), (0, 1, "FILE has none")])
def test_where_there_is_nothing_to_send_it_says_why(bench: Bench, lines: int, start: int, said: str) -> None:
    code, text = bench.publish(bench.file(EVENTS[:lines]), "--to", "redis:events", "--from-line", start)
    assert (code, f"no lines were sent: {said}" in text) == (0, True), text


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_where_it_was_stopped(bench: Bench, by: signal.Signals) -> None:
    file = bench.file([*EVENTS[:20], "", *EVENTS[20:]])
    threading.Timer(0.4, os.kill, (os.getpid(), by)).start()
    code, said = bench.publish(file, "--to", "redis:events", "--rate", "40")
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}[by]
    sent = len(bench.stream("events"))
    assert 0 < sent < 40
    line = int(said.strip().rsplit(" ", 1)[1])
    assert f"go on with --from-line {line}" in said
    assert bench.publish(file, "--to", "redis:events", "--from-line", line)[0] == 0
    assert bench.stream("events") == EVENTS


def test_the_rate_is_kept(bench: Bench) -> None:
    began = time.monotonic()
    assert bench.publish(bench.file(EVENTS), "--to", "redis:events", "--rate", "100")[0] == 0
    assert 0.3 < time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "redis:events", "--rate", "0"], "--rate is 0; give lines a second, more than 0"),
        (["--to", "redis:events", "--rate", "-1"], "more than 0"),
        (["--to", "redis:events", "--rate", "nan"], "more than 0"),
        (["--to", "redis:events", "--from-line", "0"], "--from-line counts from 1"),
        (["--to", "redis:events", "--labels-to", "redis:events"], "--labels-to names the stream of --to"),
        (["--to", "file:events"], "write redis:NAME or kafka://BROKER/TOPIC"),
        (["--to", "redis://:secret@host/0"], "the address belongs into redis.url"),
        (["--to", "redis:mine", "--set", "job.decisions=redis:mine"], "--to: mine is where job.decisions go"),
        (["--to", "redis:events", "--labels-to", "redis:alerts"], "--labels-to: the job writes the stream alerts itself; name another"),
        (["--to", "redis:events", "--sign", "ops"], "the control key ops is not known"),
    ],
)
def test_what_cannot_be_is_said(bench: Bench, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_CONTROL_KEY_OPS", raising=False)
    code, text = bench.publish(bench.file(EVENTS), *words)
    assert (code, said in text) == (2, True), text
    assert "secret" not in text


def test_a_kafka_that_does_not_answer_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Kafka's client writes by itself to stderr, and waits five minutes for a broker."""
    monkeypatch.setattr(publish_targets, "ANSWERED_S", 1.0)
    (tmp_path / "events.jsonl").write_text("{}\n")
    began = time.monotonic()
    assert main(["publish", str(tmp_path / "events.jsonl"), "--to", "kafka://127.0.0.1:1/x"]) == 1
    assert time.monotonic() - began < 10
    (said,) = capfd.readouterr().err.splitlines()
    assert said.startswith("ringwatch publish: Kafka at 127.0.0.1:1 does not answer (127.0.0.1:1/bootstrap: Connect to ")
    assert said.endswith(" failed: Connection refused): start it, or correct --to or kafka.properties")


@pytest.mark.parametrize("name", [*WRITTEN, *KEPT])
def test_nothing_is_published_into_what_the_job_writes(bench: Bench, name: str) -> None:
    code, said = bench.publish(bench.file(EVENTS), "--to", f"redis:{name}")
    assert (code, "; name another" in said, bench.client.exists(f"{bench.prefix}{name}")) == (2, True, 0), said


def test_it_stops_before_unread_lines_are_dropped(bench: Bench) -> None:
    for n in range(100):
        bench.client.xadd(f"{bench.prefix}events", {"json": str(n)})
    limits = ("--set", "redis.max_length=10", "--set", "redis.hard_max_length=50")
    code, said = bench.publish(bench.file(EVENTS), "--to", "redis:events", *limits)
    assert code == 1
    assert "lines wait for a job: start it, or raise redis.hard_max_length (50)" in said
    assert len(bench.stream("events")) == 100


class Reader:
    """A target whose job reads some lines at each look."""

    def __init__(self, unread: int, reads: int) -> None:
        self.unread, self._reads = unread, reads
        self.lines: list[bytes] = []

    def send(self, lines: Sequence[bytes]) -> None:
        self.lines += lines
        self.unread += len(lines)

    def lag(self) -> int | None:
        return self.unread

    def look(self) -> None:
        self.unread -= self._reads

    def close(self) -> None:
        pass


def test_it_waits_while_a_job_reads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_feed, "_slept_until", lambda *_: True)
    monkeypatch.setattr(publish_feed, "MOST_LINES", 10)
    reader = Reader(50, 15)
    Feed(reader, hard_max_length=50).run([bench.file(EVENTS)], 1, lambda *_: None, lambda: False)
    assert len(reader.lines) == 40
    assert reader.unread < 60
    monkeypatch.setattr(publish_feed, "UNREAD_S", 0.05)
    with pytest.raises(UnreadError, match="50 lines wait for a job"):
        Feed(Reader(50, 0), hard_max_length=50).run([bench.file(EVENTS)], 1, lambda *_: None, lambda: False)
