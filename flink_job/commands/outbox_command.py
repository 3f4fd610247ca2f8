"""`ringwatch outbox`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flink_job.commands.actions import Action, action_parsers

if TYPE_CHECKING:
    from ops.cases.notices import ChannelCount
    from ops.cases.store import Store
    from ops.cases.tables import Outgoing

EXAMPLE = "ringwatch outbox list"
ACTIONS = {
    "list": Action(
        "show notices and actions that wait, were given up, or came too late",
        "Shows how many notices of each channel, and how many actions of each kind, wait, were given up (dead) or were not sent because "
        "it was too late (expired), and the latest that were given up, with the incident of a notice, "
        "the shop's event id of an action, and what was said.",
        "ringwatch outbox list",
    ),
    "retry": Action(
        "send again what was given up",
        "Lets notices and releases that were given up be sent again by the worker: those with these numbers, or all. Other actions are "
        "over once they are given up. Of a number that cannot be sent again it says why, and exits with 1. The audit names the rows.",
        "ringwatch outbox retry 17 18",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name == "retry":
            own.add_argument(
                "ids", nargs="*", type=int, metavar="ID", help="number of a notice or a release, as list shows it (default: all)"
            )


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of

    with opened_store(settings_of(args)) as store:
        return _retry(store, args.ids) if args.action == "retry" else _list(store)


def _retry(store: Store, ids: list[int]) -> int:
    from domain.times import now_ms
    from domain.wording import counted
    from ops.access.roles import COMMAND_LINE
    from ops.cases.given_up import retry_notices, retry_releases, why_not

    with store.begin() as session:
        whys = why_not(session, ids)
        both = (retry_notices, retry_releases)
        notices, releases = (again(session, ids or None, by=COMMAND_LINE, now=now_ms()) for again in both)
    more = f" and {counted(releases, 'release')}" if releases else ""
    print(f"{counted(notices, 'notice')}{more} to be sent again")
    for why in whys:
        print(why, file=sys.stderr)
    return 1 if whys else 0


def _list(store: Store) -> int:
    from ops.cases import outbox
    from ops.cases.notices import counts, unsent

    with store.read() as session:
        found = [_count_line(one) for one in counts(session)]
        found += [f"action {_count_line(one)}" for one in counts(session, outbox.ACTION)]
        lines = found + [line for kind in (outbox.NOTICE, outbox.ACTION) for line in _lines(unsent(session, outbox.DEAD, kind=kind))]
    print("\n".join(lines) if lines else "nothing waits, and nothing was given up")
    return 0


def _count_line(one: ChannelCount) -> str:
    return f"{one.channel}: {one.count:,} {one.state}{f'  ({one.why})' if one.why else ''}"


def _lines(dead: Iterable[Outgoing]) -> Iterator[str]:
    from domain.times import rfc3339

    for row in dead:
        yield f"{row.id}  {rfc3339(row.document['first_at'])}  {row.target}  {_subject(row)}  {row.last_error or ''}"


def _subject(row: Outgoing) -> str:
    """Return the incident of a notice, or its key; of an action the id of its event as the shop knows it."""
    name = str(row.document.get("data", {}).get("event_id") or row.incident or row.key)
    return name if name.isprintable() else repr(name)
