"""`ringwatch redis`"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch redis --folder run/redis"
FILES = CommandFiles(folders=("folder",))
PORT = 6379
"""Where `redis.url` looks for a server by default."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", default=PORT, help="port on 127.0.0.1 (default %(default)s)")
    folder = "keep the streams in this folder, for the next start (default: in memory, gone at the end)"
    parser.add_argument("--folder", type=Path, metavar="DIR", help=folder)


def _use(url: str) -> Iterator[str]:
    """Yield what makes the other commands use the server at `url`, nothing where they do."""
    from ops.secrets import REDIS_URL_SETTING, redis_url_name

    name = redis_url_name()
    if name != REDIS_URL_SETTING and os.environ[name] != url:
        yield f"{name} is set, and names the server that is used: unset it to use this one"
    if url != f"redis://127.0.0.1:{PORT}/0":
        yield f"use it: ringwatch run --set redis.url={url} ..."


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM and return 0; raise `EmbeddedRedisError` if the server ends by itself."""
    from flink_job.cluster.interrupt import terminated_as_interrupt
    from ops.redis.embedded import EmbeddedRedis

    if not 1 <= args.port <= 65_535:
        raise SettingError(f"--port is {args.port}; give one from 1 to 65535")
    try:
        with terminated_as_interrupt(), EmbeddedRedis(args.folder, args.port) as server:
            kept = f"kept in {args.folder}" if args.folder else "in memory, gone at the end"
            print(f"a Redis-compatible server is at {server.url}; streams are {kept}; Ctrl-C ends it", flush=True)
            for line in _use(server.url):
                print(line, flush=True)
            server.wait()
    except KeyboardInterrupt:
        return 0
