"""What the job writes into Redis from Java: decisions, each once, and whose prefix it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment

from flink_job.connectors.java_classes import java_classes
from flink_job.java_streams import transformed
from flink_job.settings.job_id import job_id
from flink_job.settings.redis_url import RedisStream
from flink_job.settings.settings import Settings
from ops.redis.owner import OWNER, TAKE, refusal
from ops.redis.private_group import ABANDONED_S
from ops.redis.stream_end import last_id
from ops.redis.trimming import TRIM
from ops.secrets import redis_url

PART = "redis"


def write_to_redis(decisions: DataStream, stream: RedisStream, settings: Settings, name: str) -> DataStream:
    """Send decision documents into a stream, each once; nothing goes on. `name` says what they are.

    A job that begins without state finds what it has written after the stream's end of now: this asks Redis
    for it.
    """
    redis = settings.redis
    classes = _classes(decisions)
    hard = redis.hard_max_length or 10 * redis.max_length
    trimming = classes.Trimming(TRIM, redis.max_length, hard, int(ABANDONED_S * 1000))
    begin = last_id(redis_url(redis.url), redis.prefix, stream.name)
    operator = classes.WriteDecisions(classes.Server(redis.url, redis.prefix), stream.name, begin, trimming, redis.replicas)
    return transformed(decisions, f"{name} to Redis", Types.STRING(), operator).uid(f"redis-{name}")


def own_prefix(beside: DataStream, settings: Settings) -> DataStream:
    """Hold the prefix for this job alone while it runs, in one task after a stream that has little to do."""
    redis, classes = settings.redis, _classes(beside)
    checkpoints = str(Path(settings.job.checkpoint_dir).resolve())
    server = classes.Server(redis.url, redis.prefix)
    operator = classes.OwnPrefix(server, f"{redis.prefix}{OWNER}", TAKE, job_id(settings.job), checkpoints, refusal(redis.prefix))
    return transformed(beside, "owner of the prefix", Types.STRING(), operator).uid("own-prefix").set_parallelism(1)


def _classes(stream: DataStream) -> Any:
    return java_classes(StreamExecutionEnvironment(stream._j_data_stream.getExecutionEnvironment()), PART)
