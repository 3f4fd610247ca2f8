"""From news of the model's health to documents in Redis: labels judged by event, then all in one place."""

from __future__ import annotations

from pyflink.common import Types
from pyflink.datastream import DataStream

from flink_job.java_streams import keyed, keyed_row
from flink_job.settings.settings import Settings
from udfs.health import Health
from udfs.judge_labels import JudgeLabels, PartHealth

_TEXT = Types.STRING()
_ROW = keyed_row(_TEXT, _TEXT)


def deliver_health(news: tuple[DataStream, DataStream], settings: Settings) -> None:
    """Send what is written of the model's health to Redis.

    `news` are rows (text, event time) from the stages and from the worker.
    """
    before, after = _parted(news[0], "health-news-stages", "labels and approvals"), _parted(news[1], "health-news-worker", "the worker")
    judged = keyed(before.union(after), _TEXT, _TEXT).process(JudgeLabels(), _ROW).name("judge labels").uid("judge-labels")
    keyed(judged, _TEXT, _TEXT).process(Health(settings.graph, settings.redis), _TEXT).name("health to Redis").uid("health")


def _parted(news: DataStream, uid: str, source: str) -> DataStream:
    return news.process(PartHealth(), _ROW).name(f"news of {source}").uid(uid)
