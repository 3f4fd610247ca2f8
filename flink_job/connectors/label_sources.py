"""Which sources may carry labels: a job that reads streams is told."""

from __future__ import annotations

from domain.errors import SettingError
from flink_job.settings.kafka_url import is_kafka
from flink_job.settings.redis_url import is_redis
from flink_job.settings.settings import JobSettings


def check_label_sources(job: JobSettings) -> None:
    """Raise SettingError if streams are read and `job.labels` does not say which of them may carry labels.

    Whoever can write events into such a stream could otherwise clear a fraud. Files are the shop's own.
    """
    streams = [url for url in job.sources if is_kafka(url) or is_redis(url)]
    if streams and job.labels is None:
        labels = _example(streams[0])
        raise SettingError(
            f"job.labels is not set, and {' and '.join(streams)} would take labels from whoever writes there: name those of "
            "job.sources that only you write labels to, such as "
            f"--source {labels} --set 'job.labels=[\"{labels}\"]', or say that none may by --set 'job.labels=[]'"
        )


def _example(url: str) -> str:
    """Return the URL of a stream of labels beside a stream of events."""
    if is_redis(url):
        return "redis:labels"
    return f"{url.partition('?')[0].rpartition('/')[0]}/labels"
