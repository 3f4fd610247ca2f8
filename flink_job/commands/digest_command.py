"""`ringwatch digest`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.digest.day import Day
    from ops.digest.figures import Counts, Digest
    from ops.digest.lake_day import LakeDay
    from ops.lake.settings import LakeSettings

EXAMPLE = "ringwatch digest --day yesterday --out digest.html"
FILES = CommandFiles(outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--day", default="yesterday", metavar="D", help="a day of notify.digest.time_zone: 2026-03-02, yesterday (default) or today")
    add("--out", type=Path, metavar="F", help="file to write: .html, .md or .json says its form (default: Markdown on the terminal)")
    add("--notify", action="store_true", help="send it to the channels of notify.digest.channels, each day once to each")
    add("--lake", metavar="URL", help="lake that knows the missed frauds: a folder, or s3://BUCKET/PREFIX (default: lake.url)")


def run(args: argparse.Namespace) -> int:
    from domain.times import now_ms
    from domain.whole_files import unfinished
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of
    from flink_job.commands.serve_notify import picture_of
    from ops.digest.chosen import writer_of
    from ops.digest.day import day_of
    from ops.digest.forms import written

    settings, form = settings_of(args, lake__url=args.lake), _form(args.out)
    day = day_of(args.day, now := now_ms(), settings.notify.digest_zone)
    with opened_store(settings) as store:
        digest = made(settings, store, day, now)
        told = writer_of(settings.llm, settings.redis)(digest)
        text = written(digest, told, form, settings.service.origin, picture_of(store))
        if args.notify:
            print(_told(day, put(settings, store, digest, told[0])))
    if args.out is not None:
        with unfinished(args.out) as (hidden,):
            hidden.write_text(text, encoding="utf-8")
        print(f"{args.out}: the digest of {day.name}")
    elif not args.notify:
        sys.stdout.write(text)
    return 0


def put(settings: Settings, store: Store, digest: Digest, text: Sequence[str]) -> Sequence[str]:
    """Let a digest be sent; return the channels that had not got it. Raises `SettingError` without any."""
    from flink_job.commands.serve_notify import picture_of
    from ops.digest.sending import mail_page
    from ops.notify.pages import put_page, readers

    channels = readers(settings.notify)
    if not channels:
        raise SettingError("nobody would get the digest: notify has no channel that people read; name others in notify.digest.channels")
    page, rings = mail_page(digest, text, settings.service.origin, picture_of(store))
    with store.begin() as session:
        return put_page(session, page, rings, channels)


def _told(day: Day, channels: Sequence[str]) -> str:
    if not channels:
        return f"the digest of {day.name} was sent before: nothing is sent twice"
    return f"the digest of {day.name} goes to {', '.join(channels)}, by the worker of ringwatch serve"


def made(settings: Settings, store: Store, day: Day, now: int) -> Digest:
    """Return the digest of a day, from the store and, where there is one, the lake."""
    from flink_job.commands.serve_models import model_book
    from ops.digest.drift import drift_of
    from ops.digest.figures import Prices
    from ops.digest.gather import Gathering, digest_of

    costs, found = settings.train.costs, _in_lake(settings.lake, day)
    drift, prices = drift_of(model_book(settings).health(), day), Prices(costs.review, costs.blocked_good)
    with store.read() as session:
        return digest_of(session, day, found, Gathering(prices, settings.service.store, now, drift, _rejected(settings, day)))


def _rejected(settings: Settings, day: Day) -> Counts | str:
    from ops.digest.rejected import rejected_of
    from ops.redis.signed_entries import SignedEntries
    from ops.secrets import control_keys, redis_url

    signed = SignedEntries(control_keys(settings.job.control_keys), settings.redis.prefix)
    return rejected_of(redis_url(settings.redis.url), settings.redis.prefix, signed, day)


def _in_lake(lake: LakeSettings, day: Day) -> LakeDay:
    """Return what the lake says of a day; without a lake, or the extra `lake`, why it says nothing."""
    from ops.digest.lake_day import NO_READER, unknown_day

    if lake.url is None:
        return unknown_day()
    try:
        from ops.digest.from_lake import lake_day
        from ops.lake.query import Limits
    except ModuleNotFoundError:
        return unknown_day(NO_READER)
    return lake_day(lake.url, Limits(lake.query_s, lake.query_rows, lake.query_memory_mb), day)


def _form(out: Path | None) -> str:
    """Return the form that a file's name asks for."""
    from ops.digest.forms import FORMS, MARKDOWN

    if out is None:
        return MARKDOWN
    if out.suffix.lower() not in FORMS:
        raise SettingError(f"--out {out}: the name's end says the form, one of {', '.join(FORMS)}")
    return out.suffix.lower()
