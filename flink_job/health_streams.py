"""From news of the model's health to documents in Redis: labels judged by event, then all in one place."""

from __future__ import annotations

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment

from flink_job.connectors.java_classes import java_classes
from flink_job.java_streams import behind, flat_mapped, keyed, keyed_row
from flink_job.scoring_tables import HEALTH_AT
from flink_job.settings.settings import Settings
from udfs.health import Health
from udfs.judge_labels import JudgeLabels, PartHealth

_TEXT = Types.STRING()
_TEXTS, _ROW = Types.ROW([_TEXT]), keyed_row(_TEXT, _TEXT)


def deliver_health(env: StreamExecutionEnvironment, judged: DataStream, worker: DataStream, settings: Settings) -> None:
    """Send what is written of the model's health to Redis.

    The news are in `judged`, a stream of `scoring_tables.passed_row`, and in the worker's rows (text, event
    time); both have event time. Few of what is judged has any: Java picks it out, in 0.1 us an event.
    """
    texts = flat_mapped(judged, _TEXTS, java_classes(env).TextsOf(HEALTH_AT)).name("news in the stages").uid("health-texts")
    before, after = _parted(texts, "health-news-stages", "labels and approvals"), _parted(worker, "health-news-worker", "the worker")
    by_event = keyed(before.union(after), _TEXT, _TEXT).process(JudgeLabels(), _ROW).name("judge labels").uid("judge-labels")
    health = Health(settings.graph, settings.redis, settings.job.control_keys)
    keyed(behind(by_event), _TEXT, _TEXT).process(health, _TEXT).name("health to Redis").uid("health").set_parallelism(1)


def _parted(news: DataStream, uid: str, source: str) -> DataStream:
    return behind(news.process(PartHealth(), _ROW).name(f"news of {source}").uid(uid))
