"""The worker of `ringwatch serve`, put together from the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.case_feed.sender import Target
    from ops.case_feed.takers import TakeDecisions
    from ops.case_feed.worker import CaseWorker
    from ops.cases.store import Store
    from ops.llm.examples_hand_over import HandOver


def worker_of(settings: Settings, store: Store, acts: TakeDecisions | None = None) -> CaseWorker:
    """Return the worker of these settings, not yet begun; raise `SettingError`. No server is asked.

    `acts` takes decisions further, in the transaction that stores them.
    """
    from flink_job.commands.serve_examples import hand_over_of
    from ops.case_feed.feed import BATCH, Feed
    from ops.case_feed.sender import Sender
    from ops.case_feed.takers import Takers
    from ops.case_feed.worker import CaseWorker
    from ops.redis.placed_reader import StreamReader
    from ops.redis.signed_entries import SignedEntries
    from ops.secrets import control_keys, redis_url

    service = settings.service
    reader = StreamReader(redis_url(settings.redis.url), settings.redis.prefix, BATCH)
    signed = SignedEntries(control_keys(settings.job.control_keys), settings.redis.prefix)
    feed = Feed(store, reader, streams_of(settings), Takers(service.cases, signed, acts), now_ms)
    keys = control_keys([service.sign_with]) if service.sign_with else None
    sender = Sender(store, partial(_target, settings), now_ms, keys, service.sign_with or "")
    examples = hand_over_of(settings, store)

    def close() -> None:
        reader.close()
        examples.close()

    return CaseWorker(feed, sender, partial(_each_minute, store, examples), close)


def streams_of(settings: Settings) -> tuple[str, ...]:
    """Return the streams of Redis that the worker reads. Alerts come before the incidents that hold them."""
    from flink_job.commands.service_decisions import service_decisions
    from flink_job.settings.redis_url import is_redis, redis_stream
    from ops.case_feed.takers import ALERTS, APPLIED, INCIDENTS, REJECTED

    url = service_decisions(settings)
    decisions = [redis_stream(url, "service.score.decisions").name] if is_redis(url) else []
    return (ALERTS, INCIDENTS, APPLIED, REJECTED, *decisions)


def _target(settings: Settings, url: str) -> Target:
    from flink_job.commands.publish_targets import target_of
    from ops.case_feed.sender import Patience

    return target_of(url, "the outbox", settings, Patience().on_wait)


def _each_minute(store: Store, examples: HandOver) -> int:
    """Keep house, and when nothing is left hand the examples for summaries over; return how much it was."""
    rows = _keep_house(store)
    if not rows:
        examples.step()
    return rows


def _keep_house(store: Store) -> int:
    """Open cases whose claims have ended, delete some of what is too old, and count some days that are over.

    Return how much it was.
    """
    from ops.cases.alert_days import count_days
    from ops.cases.claims import release_expired
    from ops.cases.retention import forget

    with store.begin() as session:
        rows = release_expired(session, now_ms()) + forget(session, now_ms(), store.settings).rows
    with store.begin() as session:
        return rows + count_days(session)
