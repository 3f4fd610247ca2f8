"""`ringwatch tail`"""

from __future__ import annotations

import argparse

EXAMPLE = "ringwatch tail --from-start --json | jq .headline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--streams", nargs="+", choices=["alerts", "incidents", "rejected"], help="which streams (default: all)")
    parser.add_argument("--group", help="consumer group to share the work with others (default: one of its own, removed at the end)")
    parser.add_argument("--from-start", action="store_true", help="begin with what is there already")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="stop at the end of the streams")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for pipes")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import settings_of
    from ops.tail import STREAMS, tail
    from udfs.secrets import redis_url

    redis = settings_of(args).redis
    return tail(redis_url(redis.url), redis.prefix, args.streams or STREAMS, args.group, args.from_start, args.json, args.follow)
