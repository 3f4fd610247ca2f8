"""Streams of Redis for commands that read files."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flink_job.settings.redis_url import is_redis, redis_stream

if TYPE_CHECKING:
    from ops.redis.settings import RedisSettings


@contextmanager
def streams_as_files(args: Namespace, names: Sequence[str], redis: RedisSettings) -> Iterator[None]:
    """Put a file of a stream's documents, as they are now, in place of each option that names a stream."""
    with TemporaryDirectory(prefix="ringwatch-streams-") as folder:
        for name in names:
            url = str(getattr(args, name) or "")
            if is_redis(url):
                setattr(args, name, _written(url, f"--{name}", redis, Path(folder)))
        yield


def _written(url: str, option: str, redis: RedisSettings, folder: Path) -> Path:
    from ops.redis.stream_documents import stream_documents
    from ops.secrets import redis_url

    stream = redis_stream(url, option)
    path = folder / f"redis:{stream.name}"
    with path.open("w", encoding="utf-8") as file:
        for document in stream_documents(redis_url(redis.url), redis.prefix, stream.name):
            file.write(json.dumps(document) + "\n")
    return path
