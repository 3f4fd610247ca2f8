"""`ringwatch redis`"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch redis --folder run/redis"
FILES = CommandFiles(folders=("folder",))
PORT = 6379
"""Where `redis.url` looks for a server by default."""
_HERE = ("127.0.0.1", "localhost")  # the server listens there and nowhere else


def add_arguments(parser: argparse.ArgumentParser) -> None:
    port = f"port on 127.0.0.1 (default: that of redis.url where it names this machine, else {PORT})"
    parser.add_argument("--port", type=int, metavar="N", help=port)
    folder = "keep the streams in this folder, for the next start (default: in memory, gone at the end)"
    parser.add_argument("--folder", type=Path, metavar="DIR", help=folder)


def _port_here(url: str) -> int | None:
    """Return the port of an address of one server on this machine, None for any other address."""
    try:
        parts = urlsplit(url)
        is_here = parts.scheme == "redis" and parts.hostname in _HERE
        return (parts.port or PORT) if is_here else None
    except ValueError:
        return None


def _use(port: int, known: str) -> Iterator[str]:
    """Yield what makes the other commands use the server at `port`, nothing where they do; they know the
    address `known`.
    """
    from ops.secrets import REDIS_URL_SETTING, redis_url_name

    name = redis_url_name()
    if name != REDIS_URL_SETTING and _port_here(known) != port:
        yield f"{name} is set, and names the server that is used: unset it to use this one"
    if port != PORT or _port_here(known) != port:
        yield f"use it: ringwatch run --set redis.url=redis://127.0.0.1:{port}/0 ..."


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM and return 0; raise `EmbeddedRedisError` if the server ends by itself."""
    from flink_job.cluster.interrupt import terminated_as_interrupt
    from flink_job.commands.options import settings_of
    from ops.redis.embedded import EmbeddedRedis
    from ops.secrets import redis_url

    known = redis_url(settings_of(args).redis.url)
    port = args.port if args.port is not None else _port_here(known) or PORT
    if not 1 <= port <= 65_535:
        raise SettingError(f"--port is {port}; give one from 1 to 65535")
    try:
        with terminated_as_interrupt(), EmbeddedRedis(args.folder, port) as server:
            kept = f"kept in {args.folder}" if args.folder else "in memory, gone at the end"
            print(f"a Redis-compatible server is at {server.url}; streams are {kept}; Ctrl-C ends it", flush=True)
            for line in _use(port, known):
                print(line, flush=True)
            server.wait()
    except KeyboardInterrupt:
        return 0
