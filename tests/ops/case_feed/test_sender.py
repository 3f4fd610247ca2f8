"""The outbox into a stream of a real Redis: once its time has come, in order, signed, and never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from domain.control.signature import ControlKeys
from ops.case_feed.sender import AGAIN_MS, Patience, Sender, TargetAwayError
from ops.cases import outbox
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.redis.publisher import Publisher

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def open_target(redis_url: str, stream_prefix: str) -> Callable[[str], Publisher]:
    return lambda url: Publisher(redis_url, stream_prefix, [stream_prefix + url.removeprefix("redis:")])


@pytest.fixture
def sent(redis_client: Any, stream_prefix: str) -> Callable[[str], list[dict[str, Any]]]:
    """Reads the documents of a stream."""
    return lambda stream: [json.loads(fields["json"]) for _, fields in redis_client.xrange(stream_prefix + stream)]


def put(store: Store, kind: str, target: str, *ids: str, due_at: int = 0) -> None:
    with store.begin() as session:
        outbox.put(session, kind, target, {id_: {"event_id": id_} for id_ in ids}, 0, due_at)


def states(store: Store) -> list[tuple[str, str, int]]:
    with store.read() as session:
        return [(row.key, row.state, row.attempts) for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


def test_rows_are_sent_once_due_each_to_its_stream(store: Store, open_target: Any, sent: Any) -> None:
    put(store, outbox.LABEL, "redis:labels", "a", "b", due_at=50)
    put(store, outbox.CONTROL, "redis:control", "c")
    put(store, outbox.LABEL, "redis:labels", "later", due_at=101)
    sender = Sender(store, open_target, lambda: 100)
    assert sender.step() == 3
    assert [one["event_id"] for one in sent("labels")] == ["a", "b"]
    assert [one["event_id"] for one in sent("control")] == ["c"]
    assert sender.step() == 0
    assert states(store) == [("a", "sent", 1), ("b", "sent", 1), ("c", "sent", 1), ("later", "pending", 0)]


def test_documents_are_signed_if_the_job_asks_for_it(store: Store, open_target: Any, sent: Any) -> None:
    put(store, outbox.LABEL, "redis:labels", "a")
    keys = ControlKeys({"ops": KEY})
    Sender(store, open_target, lambda: 1, keys, "ops").step()
    [document] = sent("labels")
    keys.check(document)
    with pytest.raises(Exception, match="sign"):
        keys.check({**document, "event_id": "other"})


def test_what_cannot_be_sent_is_tried_again(store: Store, open_target: Any, sent: Any) -> None:
    now = [0]
    put(store, outbox.LABEL, "redis:labels", "a")

    def refuses(_: str) -> Any:
        raise TargetAwayError("no answer for 10 s")

    sender = Sender(store, refuses, lambda: now[0])
    assert sender.step() == 0
    assert sender.failing == "no answer for 10 s"
    sender = Sender(store, open_target, lambda: now[0])
    now[0] = AGAIN_MS - 1
    assert sender.step() == 0
    now[0] = AGAIN_MS
    assert sender.step() == 1
    assert states(store) == [("a", "sent", 2)]
    assert len(sent("labels")) == 1


@pytest.mark.parametrize(("back_s", "sent_now"), [(3600, 2), (30, 0)])
def test_a_clock_that_is_set_back_lets_rows_wait_no_longer_than_they_were_to(
    store: Store, open_target: Any, back_s: int, sent_now: int
) -> None:
    now = 10_000_000
    with store.begin() as session:
        outbox.put(session, outbox.LABEL, "redis:labels", {"a": {}}, now, now + 10_000)
        outbox.put(session, outbox.CONTROL, "redis:labels", {"b": {}}, now, now)
        [tried] = outbox.take_due(session, now)
        outbox.mark_failed(session, [tried.id], "away", now, now + AGAIN_MS)
    sender = Sender(store, open_target, lambda: now - 1000 * back_s)
    assert sender.step() == sent_now  # clocks of two workers may differ by half a minute, and keep the pauses


def test_two_workers_do_not_send_the_same_row(store: Store, open_target: Any, sent: Any) -> None:
    put(store, outbox.LABEL, "redis:labels", *map(str, range(50)))
    with store.begin() as session:
        assert len(outbox.take_due(session, 1)) == 50
    assert Sender(store, open_target, lambda: 1).step() == 0
    assert sent("labels") == []
    assert Sender(store, open_target, lambda: 30_001).step() == 50  # the first one died


def test_patience_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, patience = [100.0], Patience(5.0)
    monkeypatch.setattr("ops.case_feed.sender.time.monotonic", lambda: now[0])
    patience.on_wait()
    now[0] = 104.0
    patience.on_wait()
    now[0] = 105.5
    with pytest.raises(TargetAwayError):
        patience.on_wait()
    now[0] = 200.0
    patience.on_wait()  # another wait
