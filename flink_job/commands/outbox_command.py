"""`ringwatch outbox`"""

from __future__ import annotations

import argparse
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
        "show notices that wait, were given up, or came too late",
        "Shows how many notices of each channel wait, were given up (dead) or were not sent because it was too late (expired), and the "
        "latest that were given up, with what the channel said.",
        "ringwatch outbox list",
    ),
    "retry": Action(
        "send again what was given up",
        "Lets notices that were given up be sent again by the worker, as things stand then: those with these numbers, or all.",
        "ringwatch outbox retry 17 18",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name == "retry":
            own.add_argument("ids", nargs="*", type=int, metavar="ID", help="number of a notice, as list shows it (default: all)")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of

    with opened_store(settings_of(args)) as store:
        return _retry(store, args.ids) if args.action == "retry" else _list(store)


def _retry(store: Store, ids: list[int]) -> int:
    from domain.times import now_ms
    from domain.wording import counted
    from ops.cases.notices import retry

    with store.begin() as session:
        done = retry(session, ids or None, now_ms())
    print(f"{counted(done, 'notice')} to be sent again")
    return 0 if done or not ids else 1


def _list(store: Store) -> int:
    from ops.cases import outbox
    from ops.cases.notices import counts, unsent

    with store.read() as session:
        found, dead = counts(session), unsent(session, outbox.DEAD)
        lines = [_count_line(one) for one in found] + list(_lines(dead))
    print("\n".join(lines) if lines else "nothing waits, and nothing was given up")
    return 0


def _count_line(one: ChannelCount) -> str:
    return f"{one.channel}: {one.count:,} {one.state}{f'  ({one.why})' if one.why else ''}"


def _lines(dead: Iterable[Outgoing]) -> Iterator[str]:
    from domain.times import rfc3339

    for row in dead:
        yield f"{row.id}  {rfc3339(row.document['first_at'])}  {row.target}  {row.incident}  {row.last_error or ''}"
