"""Scoring put together from settings."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping

import pytest

from domain.control.applied import applied_document
from domain.errors import SettingError
from flink_job.commands.serve_scoring import labels_refused, scoring_of
from flink_job.commands.serve_switch import switch_streams
from flink_job.commands.serve_web import may_forge
from flink_job.settings.settings import JobSettings, load
from ops.scoring.answers import WaitRefusedError
from ops.secrets import control_keys
from tests.support.control_samples import change, switch
from tests.support.scoring_rig import READER, body

SOURCES = ("redis:events", "redis:labels")


@pytest.mark.parametrize(
    ("job", "sign_with", "wanted"),
    [
        (JobSettings(), None, ""),
        (JobSettings(sources=SOURCES, labels=("redis:labels",)), None, ""),
        (JobSettings(sources=SOURCES, labels=("redis:events",)), None, "name it in job.sources and job.labels"),
        (JobSettings(labels=()), None, "the job takes no labels from redis:labels"),
        (JobSettings(control_keys=("ops",)), None, "set service.sign_with to one of job.control_keys (ops)"),
        (JobSettings(control_keys=("ops",)), "other", "set service.sign_with"),
        (JobSettings(control_keys=("ops",)), "ops", ""),
    ],
)
def test_labels_are_refused_where_the_job_would_reject_them(job: JobSettings, sign_with: str | None, wanted: str) -> None:
    found = labels_refused(job, "redis:labels", sign_with)
    assert wanted in found
    assert bool(found) == bool(wanted)


def test_nobody_waits_for_decisions_of_a_job_whose_events_wait() -> None:
    settings = load(None, ["job.order=event_time", "job.out_of_order_s=7"])
    scoring = scoring_of(settings)
    with pytest.raises(WaitRefusedError, match=r"^job\.order is event_time: .* 7 s after .*set job\.order to arrival"):
        asyncio.run(scoring.score(body()))
    assert scoring.unsent == 0
    assert scoring_of(load(None, [])).refused == ""


@pytest.mark.parametrize(
    ("override", "wrong"),
    [
        ("service.score.events=file:events", "service.score.events: 'file:events' is not understood; write redis:NAME"),
        ("service.score.events=redis:alerts", "service.score.events: the job writes the stream alerts itself"),
        ("service.score.decisions=file:out", "service.score.decisions: 'file:out' is not understood"),
        ("service.score.decisions=kafka://k/decisions", "set kafka.guarantee to at_least_once"),
        ("service.labels=redis:needed", "service.labels: needed holds other data"),
        ("redis.url=http://x", "redis"),
        ("service.score.fallback_by_type={order: reject}", "service.score.fallback_by_type.order is 'reject': write approve"),
        ("service.score.fallback_by_type={orders: block}", "'orders' is no event type; use some of signup"),
        ("service.score.deadline_ms=20000", "must not be more than service.score.most_deadline_ms"),
    ],
)
def test_wrong_settings_are_refused_by_name(override: str, wrong: str) -> None:
    with pytest.raises(SettingError, match="(?s)" + wrong.replace("(", r"\(").replace(".", r"\.")):
        scoring_of(load(None, [override]))


def test_events_of_an_account_go_to_the_partition_that_publish_takes() -> None:
    scoring = scoring_of(load(None, ["service.score.events=redis:events?partitions=4", "redis.prefix=shop:"]))
    assert scoring._stream_of("c-17") == f"shop:events:{zlib.crc32(b'c-17') % 4}"


def test_with_keys_the_switch_follows_what_the_job_has_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the tests, long enough")
    settings, keys = load(None, ["job.control_keys=[ops]", "redis.prefix=shop:"]), control_keys(["ops"])
    assert keys is not None
    scoring = scoring_of(settings)
    take = switch_streams(settings, scoring.auto_block)["shop:control_applied"]
    text = json.dumps(applied_document(change(switch(), 1), READER.event(body()).event))
    forged: Mapping[bytes, bytes] = {b"json": text.encode()}
    take(forged)
    assert scoring.auto_block.is_on
    take({**forged, b"signature": keys.entry_signature("shop:control_applied", text).encode()})
    assert not scoring.auto_block.is_on


def test_the_start_knows_what_its_user_of_redis_could_forge(redis_url: str, stream_prefix: str) -> None:
    where = [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
    assert may_forge(load(None, where)) == ["alerts", "incidents", "control_applied", "rejected", "decisions"]
    assert may_forge(load(None, [*where, "job.control_keys=[ops]"])) == ["decisions"]
