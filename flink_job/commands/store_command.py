"""`ringwatch store`"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.actions import Action, action_parsers

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.settings import StoreSettings
    from ops.cases.store import Store

EXAMPLE = "ringwatch store verify"


ACTIONS = {
    "upgrade": Action(
        "make the tables, or bring them up to date",
        "Makes or upgrades the tables of service.store.url. Services that run may go on: web, worker and tables may be one version apart.",
        "ringwatch store upgrade",
    ),
    "backup": Action(
        "write a backup while the service runs",
        "Writes the store as of one moment into a new file. Of PostgreSQL it is in pg_dump's custom format.",
        "ringwatch store backup backups/2026-11-29.db",
    ),
    "restore": Action(
        "bring a backup into an empty place",
        "Brings a backup into the place of service.store.url, which must be empty, and upgrades it. Everybody is logged out.",
        "ringwatch store restore backups/2026-11-29.db --set service.store.url=sqlite:run/again.db",
    ),
    "verify": Action(
        "check the chain of the audit, and print its end",
        "Checks every entry of the audit, and that the chain goes through the ends given with --head. Note the end that it "
        "prints where nobody can change it. Exits with 1 if something was changed, removed, reordered or cut off.",
        "ringwatch store verify --head 128:5f1c...",
    ),
    "forget": Action(
        "delete the questions that name an account",
        "Deletes everybody's questions to ringwatch's desk that name an account, in words or in their answers. The audit says how many.",
        "ringwatch store forget account:c-17",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name in ("backup", "restore"):
            own.add_argument("file", type=Path, metavar="FILE", help="the backup")
        if name == "forget":
            own.add_argument("entity", metavar="account:ID", help="its id, or its pseudonym")
        if name == "verify":
            own.add_argument("--head", action="append", default=[], metavar="NUMBER:HASH", help="an end noted before; may be repeated")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import settings_of
    from ops.cases.store import Store
    from ops.secrets import store_url

    its = settings_of(args)
    settings: StoreSettings = its.service.store
    if args.action == "forget":
        return _forget(its, args.entity)
    store = Store(replace(settings, url=store_url(settings.url)))
    try:
        return int({"upgrade": _upgrade, "backup": _back_up, "restore": _restore, "verify": _verify}[args.action](store, args))
    finally:
        store.close()


def _upgrade(store: Store, _: argparse.Namespace) -> int:
    before = store.schema_version()
    store.upgrade()
    after = store.schema_version()
    print(f"{store.place}: version {after}" + (", as before" if before == after else f", it was {before}" if before else ", new"))
    return 0


def _back_up(store: Store, args: argparse.Namespace) -> int:
    from ops.cases.backup import back_up

    size = back_up(store, args.file)
    print(f"{args.file}: {size:,} bytes, the store {store.place} as it was just now")
    return 0


def _restore(store: Store, args: argparse.Namespace) -> int:
    from ops.cases.audit.verify import verify
    from ops.cases.backup import restore

    restore(store, args.file)
    with store.read() as session:
        head = verify(session).head
    print(f"{store.place}: version {store.schema_version()}, from {args.file}; the audit ends at {head}")
    return 0


def _verify(store: Store, args: argparse.Namespace) -> int:
    from domain.wording import counted
    from ops.cases.audit.verify import Head, verify
    from ops.cases.errors import Invalid, StoreError

    try:
        noted = [Head.of(text) for text in args.head]
    except Invalid as error:
        from domain.errors import SettingError

        raise SettingError(f"--{error}") from None
    if store.schema_version() is None:
        raise StoreError(f"the store {store.place} is empty: ringwatch store upgrade makes its tables")
    with store.read() as session:
        found = verify(session, noted)
    for problem in found.problems:
        print(f"{store.place}: {problem}")
    if found.problems:
        return 1
    erased = f", {found.erased:,} with an erased part" if found.erased else ""
    print(f"{store.place}: the audit is whole, {counted(found.head.seq, 'act')}{erased}\nhead: {found.head}")
    return 0


def _forget(settings: Settings, entity: str) -> int:
    from domain.times import now_ms
    from domain.wording import counted
    from flink_job.commands.account_name import pseudonym_of
    from flink_job.commands.opened_store import opened_store
    from ops.access.roles import LOCAL
    from ops.cases.questions import forget_entity

    pseudonym = pseudonym_of(settings, entity, "the account")
    with opened_store(settings) as store, store.begin() as session:
        count = forget_entity(session, pseudonym, LOCAL.name, now_ms())
    print(f"{counted(count, 'question')} deleted")
    return 0
