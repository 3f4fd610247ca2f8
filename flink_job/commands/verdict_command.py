"""`ringwatch verdict`"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

from domain.errors import SettingError
from domain.times import DAY_MS
from domain.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flink_job.commands.service_client import ServiceClient
    from flink_job.settings.settings import JobSettings, Settings
    from ops.redis.cases import Case
    from ops.redis.verdicts import NewLabel

EXAMPLE = 'ringwatch verdict inc-3f9a2c1b00112233 fraud --by anna --reason "same courier, cards tested before"'
WORDS = ("fraud", "legitimate", "inconclusive")
_LABELS = "redis:labels"
_LONGEST = 200  # characters of a name; a reason may have as many as any text of an event


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("incident", metavar="INCIDENT", help="id of the incident, as its card shows it")
    add("verdict", choices=WORDS, help="what it was; inconclusive withdraws an earlier verdict")
    add("--event", action="append", default=[], metavar="ID", help="only the alert of this event; may be repeated (default: all alerts)")
    add("--by", metavar="NAME", help="who says so; to a service its token says it")
    add("--reason", required=True, metavar="TEXT", help="why")
    add("--to", metavar="URL", help=f"where labels go: redis:NAME or kafka://BROKER/TOPIC (default {_LABELS})")
    add("--sign", metavar="NAME", help="sign the labels with this key, see ringwatch sign")
    add("--partial", action="store_true", help="give it although some alerts were trimmed away")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import settings_of
    from flink_job.commands.service_client import service_client

    settings = settings_of(args)
    service = service_client(settings.service.public_url)
    if service is not None:
        return _tell(args, service)
    if args.by is None:
        raise SettingError("--by: a name is wanted, of who says so")
    args.to = args.to or _LABELS
    return _write(args, settings)


def _tell(args: argparse.Namespace, service: ServiceClient) -> int:
    """Give the verdict to the service, which makes labels of it when it can no longer be undone."""
    from domain.times import holding_duration

    for option in ("by", "to", "sign", "partial"):
        if getattr(args, option):
            mend = "the service knows whose token it is" if option == "by" else "the service knows where its labels go"
            raise SettingError(f"--{option}: leave it out, {mend}")
    case = service.get(f"/v1/incidents/{quote(args.incident, safe='')}")["case"]
    if case is None:
        print(f"ringwatch verdict: {args.incident} has no case: it is too mild, or was merged into another incident", file=sys.stderr)
        return 1
    body = {"verdict": args.verdict, "reason": _text("--reason", args.reason, _LONGEST), "events": args.event}
    given = service.post(f"/v1/cases/{quote(case['id'], safe='')}/verdict", body)
    verdict = given["verdict"]
    if verdict is None:
        print(f"{args.incident}: it waits for a second person, as change {given['change_id']}")
    else:
        wait = holding_duration((verdict["undo_until"] - verdict["at"]) / 1000)
        said = f"{args.incident}: {counted(verdict['alerts'], 'alert')} called {args.verdict}"
        print(f"{said}; the labels are sent in {wait} unless it is undone")
    return 0


def _write(args: argparse.Namespace, settings: Settings) -> int:
    """Write the labels to their stream."""
    from domain.times import now_ms
    from ops.redis.cases import chosen, read_case
    from ops.redis.verdicts import Verdict, VerdictMemory
    from ops.secrets import redis_url

    verdict = Verdict(args.incident, args.verdict, _text("--by", args.by, _LONGEST), _text("--reason", args.reason, 512))
    _check_job(args, settings.job)
    url, prefix = redis_url(settings.redis.url), settings.redis.prefix
    case = read_case(url, prefix, args.incident)
    alerts = chosen(case, set(args.event))
    if not args.event and case.missing and not args.partial:
        print(f"ringwatch verdict: {_trimmed(case)}: say so with --partial, to give it for those that are there", file=sys.stderr)
        return 1
    memory = VerdictMemory(url, prefix, args.incident, args.to)
    new = memory.new_labels(verdict, alerts, _label_time(now_ms(), case.clock_ms, settings.graph.late_days))
    _send(args, settings, new)
    memory.remember(new)
    memory.close()
    print("\n".join(_said(args, case, len(alerts), len(new))))
    if note := unread_note(args.to, settings.job):
        print(f"ringwatch verdict: {note}", file=sys.stderr)
    return 0


def _label_time(now: int, clock: int, late_days: float) -> int:
    """Return the time of the labels: now, or where the job had come if it is a history that it reads.

    A label far ahead of an entity's events would make these too late to be learnt.
    """
    return now if now - clock <= late_days * DAY_MS else clock


def _text(option: str, text: str, longest: int) -> str:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise SettingError(f"{option}: 1 to {longest} printable characters are wanted")
    return text.strip()


def _check_job(args: argparse.Namespace, job: JobSettings) -> None:
    """Refuse a label that the job of these settings would reject."""
    if job.control is not None and _place(args.to) == _place(job.control):
        raise SettingError(f"--to: {args.to} takes control records (job.control): name a stream of labels, such as redis:labels")
    if job.labels is not None and _place(args.to) not in map(_place, job.labels):
        raise SettingError(f"--to: the job takes labels from {' and '.join(job.labels) or 'no source'} only (job.labels): name one of them")
    if job.control_keys and args.sign not in job.control_keys:
        raise SettingError(f"--sign: the job takes signed labels only (job.control_keys): name {' or '.join(job.control_keys)}")


def _place(url: str) -> str:
    return url.partition("?")[0]


def unread_note(url: str, job: JobSettings) -> str:
    """Return what to do where no source of these settings reads what was said, empty where one does."""
    if _stream(url) in map(_stream, job.sources):
        return ""
    named = f"job.sources names {' and '.join(job.sources)} only" if job.sources else "these settings name no job.sources"
    return f"{named}: unless your job reads {url} it learns nothing of this; add {url} to job.sources"


def _stream(url: str) -> object:
    """Return what a URL names, for a comparison: partitions count, a format does not."""
    from flink_job.settings.redis_url import is_redis, redis_stream
    from flink_job.settings.source_url import source_url

    place = source_url(url).place
    return redis_stream(place, "--to") if is_redis(place) else place


def _send(args: argparse.Namespace, settings: Settings, labels: Sequence[NewLabel]) -> None:
    from domain.json_text import as_json
    from flink_job.commands.publish_targets import target_of
    from ops.secrets import control_keys

    target = target_of(args.to, "--to", settings, lambda: None)
    keys = control_keys([args.sign]) if args.sign else None
    documents = [keys.signed(label.document, args.sign) if keys else label.document for label in labels]
    target.send([as_json(document).encode() for document in documents])
    target.close()


def _trimmed(case: Case) -> str:
    return f"{case.missing:,} of {case.incident['alerts']:,} alerts of {case.incident['id']} were trimmed away and cannot be named"


def _said(args: argparse.Namespace, case: Case, alerts: int, new: int) -> list[str]:
    incident, revision = args.incident, case.incident["revision"]
    if new:
        lines = [f"{incident} (revision {revision}): {counted(new, 'alert')} labelled {args.verdict}, in {args.to}"]
    else:
        lines = [f"{incident} (revision {revision}): nothing to write"]
    if alerts > new:
        lines.append(f"{args.verdict} was said before: {counted(alerts - new, 'alert')}")
    if not args.event and case.missing:
        lines.append(_trimmed(case))
    if case.goes_on_as:
        lines.append(f"later alerts of its ring are in {case.goes_on_as}, which needs a verdict of its own")
    return lines
