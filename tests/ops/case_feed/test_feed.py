"""Streams of a real Redis into a real store: all of it once, whoever writes, dies or is away."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from domain.control.applied import applied_document
from domain.control.signature import ControlKeys
from domain.json_text import as_json
from ops.case_feed.feed import BATCH, Feed
from ops.case_feed.takers import Takers
from ops.cases.control_lists import changes
from ops.cases.errors import StoreError
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.tables import AlertRow, DecidedEvent, IncidentRevision, IncidentRow, StreamPlace
from ops.redis.placed_reader import GROUP, AwayError, StreamReader
from ops.redis.signed_entries import SignedEntries
from tests.support.case_samples import revision_document, some_alerts
from tests.support.control_samples import change, switch
from tests.support.scoring_rig import READER, body
from tests.support.store_contents import contents

STREAMS = ("alerts", "incidents", "control_applied", "rejected", "decisions")
KEYS = ControlKeys({"ops": b"a key of the tests, long enough"})
EVENT = READER.event(body()).event
MakeFeed = Callable[..., Feed]


@pytest.fixture
def feed_of(redis_url: str, stream_prefix: str) -> Iterator[MakeFeed]:
    """Makes workers' feeds on the streams of this test."""
    readers = []

    def make(store: Store, takers: Takers | None = None) -> Feed:
        readers.append(StreamReader(redis_url, stream_prefix, BATCH, 0.01))
        return Feed(store, readers[-1], STREAMS, takers or Takers(CaseSettings()), itertools.count(1).__next__)

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def put(redis_client: Any, stream_prefix: str) -> Callable[..., None]:
    """Adds documents to a stream."""

    def put(stream: str, *documents: Any) -> None:
        for document in documents:
            redis_client.xadd(stream_prefix + stream, {"json": document if isinstance(document, str) else as_json(document)})

    return put


def store_all(feed: Feed) -> int:
    """Step until nothing is left, and return how many entries were stored."""
    return sum(iter(feed.step, 0))


def events_of(store: Store) -> list[str]:
    with store.read() as session:
        return sorted(session.scalars(select(AlertRow.event_id)))


def incidents_of(store: Store) -> list[str]:
    with store.read() as session:
        return sorted(session.scalars(select(IncidentRow.id)))


def test_alerts_incidents_and_decisions_are_stored_with_their_places(
    store: Store, feed_of: MakeFeed, put: Callable[..., None], redis_client: Any, stream_prefix: str
) -> None:
    alerts = some_alerts(3)
    put("alerts", *alerts)
    put("incidents", revision_document(1, alerts), {"id": "overflow-1", "revision": 1, "status": "overflow"})
    put("decisions", *({**alert, "account": alert["entities"]["account"]} for alert in alerts))
    feed, other = feed_of(store), feed_of(store)
    [(first, _)] = redis_client.xrange(f"{stream_prefix}alerts", count=1)
    assert other.oldest_ms() == int(first.partition("-")[0])
    assert store_all(feed) == 8
    assert other.oldest_ms() is None
    assert events_of(store) == ["e0", "e1", "e2"]
    with store.read() as session:
        assert len(session.scalars(select(IncidentRevision)).all()) == 1
        assert sorted(session.scalars(select(DecidedEvent.event_id))) == ["e0", "e1", "e2"]
        places = {place.stream: place.entry_id for place in session.scalars(select(StreamPlace)) if place.entry_id}
    last = {
        stream: redis_client.xinfo_stream(stream_prefix + stream)["last-generated-id"] for stream in ("alerts", "incidents", "decisions")
    }
    assert places == last
    [group] = redis_client.xinfo_groups(stream_prefix + "alerts")
    assert (group["name"], group["entries-read"], group["lag"]) == (GROUP, 3, 0)


def test_another_worker_goes_on_where_the_store_is(store: Store, feed_of: MakeFeed, put: Callable[..., None]) -> None:
    put("alerts", *some_alerts(3))
    assert store_all(feed_of(store)) == 3
    put("alerts", *some_alerts(2, first=3))
    assert store_all(feed_of(store)) == 2
    assert len(events_of(store)) == 5


def test_workers_side_by_side_store_everything_once(store: Store, feed_of: MakeFeed, put: Callable[..., None]) -> None:
    alerts = some_alerts(400)
    for start in range(0, 400, 100):
        put("alerts", *alerts[start : start + 100])
        put("incidents", revision_document(start, alerts[start : start + 100]))
    stored: list[int] = []
    feeds = [feed_of(store) for _ in range(3)]
    threads = [threading.Thread(target=lambda feed=feed: stored.append(store_all(feed))) for feed in feeds]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(events_of(store)) == 400
    assert sum(stored) == 404


def test_a_replay_gives_the_same_store(store: Store, feed_of: MakeFeed, put: Callable[..., None]) -> None:
    chance, alerts = random.Random(7), some_alerts(60)
    for number, start in enumerate(range(0, 60, 20)):
        its = alerts[start : start + 20]
        put("alerts", *its)
        put("incidents", *(revision_document(number, its[: 5 * revision], revision=revision) for revision in range(1, 5)))
    put("decisions", *({**alert, "account": alert["entities"]["account"]} for alert in chance.sample(alerts, 30)))
    store_all(feed_of(store))
    before = contents(store)
    with store.begin() as session:
        for place in session.scalars(select(StreamPlace)):
            session.delete(place)
    assert store_all(feed_of(store)) == 60 + 12 + 30
    assert contents(store) == before
    assert len(before["alerts"]) == 60


@pytest.mark.parametrize("wrong", ["{", "[]", '{"event_id": 1}', as_json(some_alerts(1, event_id="null\0byte")[0] | {"score": "high"})])
def test_an_entry_that_is_none_is_left_out_alone(store: Store, feed_of: MakeFeed, put: Callable[..., None], wrong: str) -> None:
    good = some_alerts(2)
    takers = Takers(CaseSettings())
    put("alerts", good[0], wrong, good[1])
    put("incidents", wrong, revision_document(1, good))
    assert store_all(feed_of(store, takers)) == 5
    assert events_of(store) == ["e0", "e1"]
    assert takers.skipped == {"alerts": 1, "incidents": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"alerts": 10**30},
        {"revision": 10**30},
        {"told_at": 10**30},
        {"money_at_risk": {"EUR": 10**400}},
        {"money_at_risk": {"EUR": float("inf")}},
        {"money_at_risk": {"EUR": float("nan")}},
        {"severity": 1},
        {"ring": {}},
        {"participants": []},
        {"rings": 3},
        {"event_ids": 3},
    ],
    ids=str,
)
def test_a_revision_that_no_column_holds_is_left_out_alone(
    store: Store, feed_of: MakeFeed, put: Callable[..., None], changes: dict[str, Any]
) -> None:
    takers = Takers(CaseSettings())
    put("incidents", revision_document(1, **changes), revision_document(2))
    assert store_all(feed_of(store, takers)) == 2
    assert incidents_of(store) == ["inc-" + "2".zfill(16)]
    assert takers.skipped == {"incidents": 1}


@pytest.mark.parametrize("depth", [40, 930, 945, 5000])
def test_what_nests_too_deep_is_left_out_alone(store: Store, feed_of: MakeFeed, put: Callable[..., None], depth: int) -> None:
    """Some would be stored and never shown, some break the reader of JSON, some only its writer."""
    takers = Takers(CaseSettings())
    put("incidents", as_json(revision_document(1))[:-1] + ',"deep":' + "[" * depth + "]" * depth + "}", revision_document(2))
    assert store_all(feed_of(store, takers)) == 2
    assert takers.skipped == {"incidents": 1}


def test_what_is_no_text_is_replaced(store: Store, feed_of: MakeFeed, put: Callable[..., None]) -> None:
    takers = Takers(CaseSettings())
    put("incidents", revision_document(1, headline="a\ud800b\0\\ud800 \U0001f600", explanation=["\udfff"]))
    assert store_all(feed_of(store, takers)) == 1
    with store.read() as session:
        row = session.scalars(select(IncidentRow)).one()
        assert row.headline == row.document["headline"] == "a\ufffdb\ufffd\\ud800 \U0001f600"
        assert row.document["explanation"] == ["\ufffd"]
    assert not takers.skipped


def test_an_alert_with_a_null_byte_takes_nothing_with_it(store: Store, feed_of: MakeFeed, put: Callable[..., None]) -> None:
    put("alerts", *some_alerts(1), *some_alerts(1, event_id="null\0byte"), *some_alerts(1, first=1))
    store_all(feed_of(store))
    assert {"e0", "e1"} <= set(events_of(store))


def test_what_was_trimmed_before_it_was_read_is_said(
    store: Store,
    feed_of: MakeFeed,
    put: Callable[..., None],
    redis_client: Any,
    stream_prefix: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    put("alerts", *some_alerts(2))
    store_all(feed_of(store))
    put("alerts", *some_alerts(5, first=2))
    redis_client.xtrim(f"{stream_prefix}alerts", maxlen=2, approximate=False)
    assert store_all(feed_of(store)) == 2
    assert "3 entries were trimmed from stream" in caplog.text


def test_streams_that_were_lost_are_read_from_their_start(
    store: Store, feed_of: MakeFeed, put: Callable[..., None], redis_client: Any, stream_prefix: str
) -> None:
    put("alerts", *some_alerts(2))
    store_all(feed_of(store))
    redis_client.delete(f"{stream_prefix}alerts")
    redis_client.xadd(f"{stream_prefix}alerts", {"json": as_json(some_alerts(1, first=2)[0])}, id="5-1")
    store_all(feed_of(store))
    assert events_of(store) == ["e0", "e1", "e2"]


def test_a_store_that_fails_leaves_the_place(
    store: Store, feed_of: MakeFeed, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("alerts", *some_alerts(2))
    feed = feed_of(store)
    with monkeypatch.context() as patch:
        patch.setattr("ops.case_feed.takers.take_alerts", lambda *_: _raise(StoreError("away")))
        with pytest.raises(StoreError):
            feed.step()
    feed.forget()
    assert store_all(feed) == 2
    assert len(events_of(store)) == 2


def test_a_redis_that_is_away_is_no_end(sqlite_store: Store) -> None:
    reader = StreamReader("redis://127.0.0.1:1/0", "x:", BATCH)
    with pytest.raises(AwayError, match="does not answer"):
        Feed(sqlite_store, reader, ("alerts",), Takers(CaseSettings()), lambda: 1).step()


def _raise(error: Exception) -> None:
    raise error


def test_with_control_keys_only_what_the_job_has_signed_becomes_a_case_or_a_change(
    store: Store, feed_of: MakeFeed, put: Callable[..., None], redis_client: Any, stream_prefix: str
) -> None:
    forged, [alert] = some_alerts(2), some_alerts(1, first=7)
    put("alerts", *forged)
    put("incidents", revision_document(1, forged))
    put("control_applied", applied_document(change(switch(), 1), EVENT))
    put("decisions", forged[0] | {"account": forged[0]["entities"]["account"]})
    text = as_json(alert)
    signature = KEYS.entry_signature(f"{stream_prefix}alerts", text)
    redis_client.xadd(f"{stream_prefix}alerts", {"json": text, "signature": signature})
    assert store_all(feed_of(store, Takers(CaseSettings(), SignedEntries(KEYS, stream_prefix)))) == 6
    assert events_of(store) == ["e7"]
    with store.read() as session:
        assert not session.scalars(select(IncidentRevision)).all()
        assert not changes(session, 9)
        assert len(session.scalars(select(DecidedEvent)).all()) == 1, "decisions are not signed"
