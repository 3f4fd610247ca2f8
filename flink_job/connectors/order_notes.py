"""What of a job's sources is not read, or not in the order of the events, and who must not read what it
writes: said before the job starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from domain.events.time_order import EVENT_TIME
from domain.file_order import files_in_order
from domain.unpacked import why_no_lines
from domain.wording import counted
from flink_job.connectors.local_files import local_path
from flink_job.settings.kafka_url import is_kafka
from flink_job.settings.redis_url import is_redis
from flink_job.settings.settings import JobSettings, Settings
from flink_job.settings.source_url import source_url
from gnn.history.file_times import disorder

_LATE = "an event may be decided before an earlier one of the same account"
MOST_FILES = 5000
"""Files of a source that are looked at; more would delay the start."""
MOST_NAMED = 5


def order_notes(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each reason why the order of events cannot be kept, with the mend."""
    job, kafka = settings.job, settings.kafka
    in_order = job.order == EVENT_TIME  # then several readers wait for each other
    if in_order:
        yield (
            f"job.order is {EVENT_TIME}: each decision comes about {job.out_of_order_s:g} s after its event, and ringwatch serve refuses "
            "POST /v1/score"
        )
    of_events = len(set(job.sources) - set(job.labels or ())) or len(job.sources)
    if of_events > 1:
        mend = "" if job.labels is not None else "; name a source of labels alone in job.labels"
        yield (
            f"{of_events} sources are read side by side, with no order between them, and {_LATE}: keep an account's events in one source; "
            f"give history as one folder first, and go on with the live source by --resume{mend}"
        )
    if kafka.readers > 1 and not in_order and any(map(is_kafka, job.sources)):
        yield f"kafka.readers is {kafka.readers}: partitions are read side by side, and {_LATE} unless the topic is keyed by account"
    if settings.redis.readers > 1 and not in_order and any(map(is_redis, job.sources)):
        yield (
            f"redis.readers is {settings.redis.readers}: partitions are read side by side, with no order between them: scores may differ a "
            f"little from those of ringwatch score, and {_LATE} unless partitions are by account, as ringwatch publish fills them"
        )
    if job.resume or job.restore_from:
        return
    for url in (source_url(url).place for url in job.sources):
        if _is_of_files(url) and (note := _of_files(url, settings)):
            yield note


def partition_note(partitions: Mapping[str, int], settings: Settings) -> str:
    """Return what follows from topics of several partitions (topic -> how many); empty for one each.

    Several readers have a note already.
    """
    several = [f"{name} has {count} partitions" for name, count in partitions.items() if count > 1]
    if not several or settings.kafka.readers > 1:
        return ""
    return (
        f"{' and '.join(several)}, with no order between them: scores may differ a little from those of ringwatch score; key the topic by "
        "account, and each account's own events keep their order"
    )


def unread_notes(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each file of the sources that holds no lines, with the mend."""
    for url in (source_url(url).place for url in settings.job.sources):
        if _is_of_files(url):
            with suppress(OSError):  # said where the sources are checked
                files = islice(files_in_order(local_path(url, "job.sources")), MOST_FILES)
                found = [f"{path} {why}" for path in files if (why := why_no_lines(path))]
                yield from (f"{one}; the job leaves it out" for one in found[:MOST_NAMED])
                if len(found) > MOST_NAMED:
                    yield f"{counted(len(found) - MOST_NAMED, 'more file')} of {url} cannot be read as lines either"


def raw_notes(job: JobSettings) -> Iterator[str]:
    """Yield a sentence where a place is to hold raw personal data."""
    if job.enriched and job.enriched_raw:
        readers = " (the readers' user of docs/operate.md may: name a file: or kafka: place)" if is_redis(job.enriched) else ""
        yield (
            f"{job.enriched} will hold raw personal data (job.enriched_raw), such as names, addresses and account numbers: let nobody read "
            f"it who may not see those{readers}; ringwatch deletes nothing there by age or person, so do that where it is kept"
        )


def _is_of_files(url: str) -> bool:
    return not (is_kafka(url) or is_redis(url))


def _of_files(url: str, settings: Settings) -> str:
    try:
        files = list(files_in_order(local_path(url, "job.sources")))
    except OSError:  # said where the sources are checked
        return ""
    return disorder(files[:MOST_FILES], settings.job.out_of_order_s)
