"""What the worker of `ringwatch serve` would refuse, found before anything is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings


def check_worker(settings: Settings) -> None:
    """Raise `SettingError` for actions, channels, lake or schedule that do not hold. No server is asked."""
    from domain.times import now_ms
    from flink_job.commands.serve_archive import archiver_in
    from ops.actions.targets import target_of
    from ops.notify.channels.opened import Opening, open_channels

    check_actions(settings)
    origin = settings.service.origin
    target_of(settings.actions, settings.notify, origin, _opens_nothing, now_ms)
    open_channels(Opening(settings.notify, origin, now_ms))
    archiver_in(settings)
    check_schedule(settings)


def check_schedule(settings: Settings) -> None:
    """Refuse trials of new models on schedule without a lake; raise `SettingError`."""
    if settings.retrain.every_days and settings.lake.url is None:
        raise SettingError("retrain.every_days is set, and there is no history to learn from: set lake.url, or retrain.every_days to 0")


def check_actions(settings: Settings) -> None:
    """Refuse decisions that the worker does not read, and a target that the job reads or writes."""
    from flink_job.commands.service_decisions import service_decisions
    from flink_job.settings.redis_url import is_redis

    url = service_decisions(settings)
    if settings.actions.auto_block and not is_redis(url):
        raise SettingError(
            f"actions.auto_block is on, and service.score.decisions is {url}: actions follow from decisions in Redis only. Let the job "
            "write them there and the service read them: job.decisions and service.score.decisions redis:decisions"
        )
    check_target(settings)


def check_target(settings: Settings) -> None:
    """Refuse a stream as `actions.target` that the job reads or writes; raise `SettingError`."""
    from flink_job.settings.kafka_url import is_kafka, kafka_topic
    from flink_job.settings.redis_url import check_input, is_redis, redis_stream
    from flink_job.settings.same_place import is_same_place

    url, service = settings.actions.target, settings.service
    if is_kafka(url):
        kafka_topic(url or "", "actions.target")
    elif url is not None and url.startswith("redis:"):
        check_input(redis_stream(url, "actions.target"), "actions.target", settings.job.outputs)
    job = settings.job
    used = (*job.sources, service.score.events, service.labels, service.control, job.control, job.enriched, job.flagged)
    if is_redis(url) or is_kafka(url):
        taken = next((one for one in used if one and is_same_place(one, url or "")), None)
        if taken is not None:
            raise SettingError(f"actions.target: the job reads or writes {taken}; name a stream of its own, such as redis:actions")


def _opens_nothing(url: str) -> NoReturn:
    raise AssertionError(f"{url} is opened before anything is sent")
