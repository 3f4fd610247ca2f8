"""`ringwatch forget`"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.commands.forget_steps import Done

EXAMPLE = "ringwatch forget account:c-17 --dry-run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("account", metavar="account:ID", help="its id, which is hashed as the job hashes it, or its pseudonym")
    add("--dry-run", action="store_true", help="say what would be done, and do nothing")
    add("--unread", action="store_true", help="delete what readers of the streams have not read yet, too")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.account_name import names_of
    from flink_job.commands.forget_steps import Done, Forgetting
    from flink_job.commands.options import settings_of

    settings, done = settings_of(args), list[Done]()
    names = names_of(settings, args.account, "ringwatch forget")
    for name in names:
        with closing(Forgetting(settings, name, dry=args.dry_run, unread=args.unread)) as forgetting:
            done += forgetting.run()
    if len(names) > 1:
        print("under two keys, that of today and the one from before:")
    print("\n".join(_table(done)))
    if args.dry_run:
        print("nothing was done: it is a dry run")
        return 0
    unfinished = [one.place for one in done if one.is_left]
    if unfinished:
        print(f"not everywhere yet: {', '.join(dict.fromkeys(unfinished))}. Run it again; what is done stays done")
    return 1 if unfinished else 0


def _table(done: Sequence[Done]) -> list[str]:
    rows = [("place", "rows", "what was done"), *((one.place, "-" if one.rows is None else f"{one.rows:,}", one.what) for one in done)]
    wide, number = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{place:<{wide}}  {count:>{number}}  {what}" for place, count, what in rows]
