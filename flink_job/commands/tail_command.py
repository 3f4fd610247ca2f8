"""`ringwatch tail`"""

from __future__ import annotations

import argparse
import signal

from domain.errors import SettingError

EXAMPLE = "ringwatch tail --streams incidents --from-start --json | jq .json.headline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--streams",
        nargs="+",
        choices=["alerts", "incidents", "rejected", "health", "control_applied", "decisions", "dead"],
        metavar="NAME",
        help="alerts, incidents, rejected, health, control_applied, decisions or dead (default: the first three; health says how the "
        "model is doing, control_applied what control records have put in force, decisions is there where job.decisions names it, dead "
        "holds what a group could not handle in five tries)",
    )
    parser.add_argument(
        "--group", metavar="NAME", help="consumer group to share the work with others (default: one of its own, removed at the end)"
    )
    parser.add_argument("--from-start", action="store_true", help="begin with what is there already")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="stop at the end of the streams")
    parser.add_argument("--status", action="store_true", help="only say how long the streams are and how far each group has read")
    parser.add_argument(
        "--cards",
        choices=["short", "all"],
        default="short",
        help="short (default): a card when an incident opens (from medium severity on), gets graver or changes its action, else a line;"
        " all: always a card",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for pipes: the entry, its document under json")


def run(args: argparse.Namespace) -> int:
    from flink_job.cluster.interrupt import hung_up_as_interrupt, terminated_as_interrupt
    from flink_job.commands.options import redis_options, settings_of
    from ops.redis.private_group import PRIVATE, is_private
    from ops.secrets import redis_url
    from ops.terminal.tail import STREAMS, status, tail

    if is_private(args.group or ""):
        raise SettingError(f"--group: {PRIVATE}... are groups of readers that end, and are removed: choose another name")
    redis = settings_of(args).redis
    url = redis_url(redis.url)
    if args.status:
        return status(url, redis.prefix, args.streams or (*STREAMS, "dead"), as_json=args.json)
    with terminated_as_interrupt(), hung_up_as_interrupt(), hung_up_as_interrupt(signal.SIGQUIT):
        return tail(
            url,
            redis.prefix,
            args.streams or STREAMS,
            group=args.group,
            from_start=args.from_start,
            as_json=args.json,
            follow=args.follow,
            every_card=args.cards == "all",
            options=redis_options(redis),
        )
