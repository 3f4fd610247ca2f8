"""`ringwatch forget`"""

from __future__ import annotations

import argparse
from contextlib import closing

EXAMPLE = "ringwatch forget account:c-17 --dry-run"
_WHY_NOWHERE = "it was forgotten before, or the id, or RINGWATCH_PSEUDONYM_KEY, is another than the job's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("account", metavar="account:ID", help="its id, which is hashed as the job hashes it, or its pseudonym")
    add("--dry-run", action="store_true", help="say what would be done, and do nothing")
    add("--id", action="store_true", help="ID is the account's id although it looks like a pseudonym, 16 of 0-9 and a-f")
    add("--unread", action="store_true", help="delete what readers of the streams have not read yet, too")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.account_name import names_of
    from flink_job.commands.forget_report import Done, is_named, table, unfinished
    from flink_job.commands.forget_steps import Forgetting
    from flink_job.commands.options import settings_of

    settings, done = settings_of(args), list[Done]()
    names = names_of(settings, args.account, "the account", is_id=args.id)
    for name in names:
        with closing(Forgetting(settings, name, dry=args.dry_run, unread=args.unread)) as forgetting:
            done += forgetting.run()
    if len(names) > 1:
        print("under two keys, that of today and the one from before:")
    print("\n".join(table(done)))
    if names[0].raw is None:
        print("it was taken for a pseudonym: say --id if it is an id that looks like one")
    if not is_named(done):
        print(f"no place names it: {_WHY_NOWHERE}")
    if args.dry_run:
        print("nothing was done: it is a dry run")
        return 0
    left = unfinished(done)
    if left:
        print(f"not everywhere yet: {', '.join(left)}. Run it again; what is done stays done")
    return 1 if left else 0
