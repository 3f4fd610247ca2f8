"""Scoring put together from settings."""

from __future__ import annotations

import zlib

import pytest

from domain.errors import SettingError
from flink_job.commands.serve_scoring import labels_refused, scoring_of
from flink_job.settings.settings import JobSettings, load

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
