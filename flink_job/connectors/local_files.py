"""Files of a job, looked at without Flink: whether they are there, and how many events they hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SettingError
from domain.events.envelopes import JSON
from domain.file_order import files_in_order
from domain.unpacked import is_packed
from flink_job.connectors.output_stream import output_stream
from flink_job.connectors.redis_sources import check_streams
from flink_job.settings.kafka_url import is_kafka, kafka_topic
from flink_job.settings.redis_url import is_redis, is_server
from flink_job.settings.settings import JobSettings
from flink_job.settings.source_url import source_url

COUNTED_BYTES = 64 * 2**20
"""Most bytes that are read to count events; beyond that the count is an estimate."""
_CHUNK_BYTES = 2**20
_LABEL = re.compile(rb'"event_type"\s*:\s*"label"')


@dataclass(frozen=True)
class EventCount:
    """Events in the files of a bounded run, labels left out; `is_exact` is false for an estimate."""

    events: int
    is_exact: bool


def local_path(url: str, setting: str) -> Path:
    """Return the path of a `file:` URL."""
    scheme, colon, path = url.partition(":")
    if scheme != "file" or not colon or not path:
        raise SettingError(f"{setting}: {url!r} is not understood; write file:PATH, redis:NAME or kafka://BROKER/TOPIC")
    if "?format=" in path.rpartition("/")[2]:
        raise SettingError(f"{setting}: {url!r} holds an option; only URLs of job.sources have one, ?format=")
    return Path(path.removeprefix("//")).resolve()


def check_inputs(job: JobSettings) -> str:
    """Return the event streams; raise `SettingError` if there is none, or a file of theirs is missing."""
    if not job.sources:
        raise SettingError("job.sources is empty: name an event stream with --source file:PATH, redis:NAME or kafka://BROKER/TOPIC")
    named = [("job.sources", source_url(url).place) for url in job.sources] + ([("job.control", job.control)] if job.control else [])
    check_streams(job)
    for setting, url in named:
        if not (is_kafka(url) or is_redis(url)):
            _check_input(local_path(url, setting), setting)
    return " and ".join(job.sources)


def _check_input(path: Path, setting: str) -> None:
    try:
        next(path.iterdir(), None) if path.is_dir() else path.open("rb").close()
    except FileNotFoundError:
        raise SettingError(f"{setting}: {path} does not exist") from None
    except OSError as error:
        raise SettingError(f"{setting}: {path} cannot be read ({error.strerror}): mend its rights") from None


def check_outputs(job: JobSettings, restored: bool) -> str:
    """Return where decisions go; raise `SettingError` for a place that cannot take those of a new run."""
    seen: dict[object, str] = {}
    for setting, url in job.outputs.items():
        place = _checked_output(setting, url, restored)
        if place in seen:
            raise SettingError(f"{setting}: {seen[place]} goes to {url} already; name another place")
        seen[place] = setting
    return " and ".join(job.outputs.values())


def _checked_output(setting: str, url: str, restored: bool) -> object:
    """Return the place that a URL names, equal for two spellings of it."""
    if is_kafka(url):
        return kafka_topic(url, setting)
    if is_redis(url) or is_server(url):
        return output_stream(setting, url)
    return url if is_printed(setting, url) else check_folder(setting, url, restored)


def is_printed(setting: str, url: str) -> bool:
    """Return whether the documents of a setting are printed, as decisions may be."""
    return setting == "job.decisions" and url == "print:"


def check_folder(setting: str, url: str, restored: bool) -> Path:
    """Return the folder that a URL names; raise `SettingError` for one that cannot take a new run's files."""
    folder = local_path(url, setting)
    try:
        _check_folder(folder, setting, restored)
    except OSError as error:
        raise unwritable(folder, setting, error.strerror) from None
    return folder


def _check_folder(folder: Path, setting: str, restored: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"{setting}: {folder} is a file; name a folder")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise unwritable(folder, setting, "Permission denied")
    # hidden are the lock, and what a run has left of which no checkpoint knows
    if not restored and there == folder and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise SettingError(f"{setting}: {folder} holds decisions already; name another folder, or go on with --resume or --from")


def unwritable(folder: Path, setting: str, why: str | None) -> SettingError:
    """Return the error of a folder that the job cannot write to."""
    return SettingError(f"{setting}: cannot write to {folder} ({why}): name another folder or mend its rights")


def count_events(job: JobSettings, most_bytes: int = COUNTED_BYTES) -> EventCount | None:
    """Return how many events a bounded run will read; None where that is not known before.

    Not known are streams of Kafka and Redis, a watched folder, packed files, and what a restored run has read
    before.
    """
    if not job.bounded or job.resume or job.restore_from or not job.sources:
        return None
    if any(is_kafka(url) or is_redis(url) for url in job.sources):
        return None
    try:
        paths = [path for url in job.sources for path in files_in_order(local_path(source_url(url).place, "job.sources"))]
        if any(map(is_packed, paths)):
            return None
        size = sum(path.stat().st_size for path in paths)
        read, events = 0, 0
        for counted_bytes, counted_events in _counts(paths):
            read, events = read + counted_bytes, events + counted_events
            if read >= most_bytes:
                break
    except OSError:
        return None
    if read < size:
        return EventCount(round(events * size / read), False)
    return EventCount(events, all(source_url(url).form == JSON for url in job.sources))  # an envelope may hold no event


def _counts(paths: list[Path]) -> Iterator[tuple[int, int]]:
    """Yield (bytes, events) of chunks of whole lines."""
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                chunk += file.readline()
                lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
                yield len(chunk), lines - len(_LABEL.findall(chunk))
