"""Does this version read a savepoint? What can be said without starting the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

from domain.errors import SettingError
from domain.memory.record import VERSION
from flink_job.cluster.check import Finding
from flink_job.cluster.savepoint_incidents import Kept, incidents_in
from flink_job.cluster.savepoint_records import Records, records_in
from flink_job.cluster.savepoint_uids import POSITION, operator_uids, unknown_uids
from flink_job.cluster.unclaimed_state import IGNORED
from flink_job.settings.backend_match import check_backend, is_in_rocksdbs_files
from flink_job.settings.flink_options import savepoint
from flink_job.settings.identity_match import check_identity
from flink_job.settings.kafka_url import is_kafka
from flink_job.settings.order_match import check_order
from flink_job.settings.redis_url import is_redis
from flink_job.settings.settings import JobSettings, Settings

_NONE = (
    "none is found that these settings of graph describe: the state is empty, or was made with other graph.entities or "
    "graph.half_lives_s, and a start would refuse it"
)
_UNREAD = "they are in RocksDB's files, which are not looked into: ask of a savepoint of ringwatch cluster stop-job"


def looks(settings: Settings, named: str) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Yield (subject, what makes its finding); of what is no savepoint there is one only."""
    try:
        folder = savepoint(named)
    except SettingError as error:
        yield "savepoint", partial(Finding, False, str(error).removeprefix("job.restore_from: "))
        return
    uids = operator_uids(folder)
    yield "savepoint", partial(Finding, True, f"{folder} holds {len(uids)} operators")
    yield "pseudonyms", lambda: _pseudonyms(settings, folder)
    yield "state", lambda: _state(settings, folder)
    yield "operators", lambda: _operators(uids)
    if any(uid.startswith("order-") for uid in uids):
        yield "order", lambda: _order(settings, folder)
    if settings.job.sources:
        yield "positions", lambda: _positions(uids, settings.job)
    if is_in_rocksdbs_files(folder):
        for subject in ("records", "incidents"):
            yield subject, partial(Finding, True, _UNREAD, is_note=True)
        return
    yield "records", lambda: _records(records_in(folder, settings.graph))
    yield "incidents", lambda: _incidents(incidents_in(folder, settings.incidents))


def _pseudonyms(settings: Settings, folder: Path) -> Finding:
    try:
        check_identity(folder, settings.identity)
    except SettingError as error:
        return Finding(False, str(error))
    return Finding(True, "made with this key and these settings of identity")


def _state(settings: Settings, folder: Path) -> Finding:
    try:
        check_backend(folder, settings)
    except SettingError as error:
        return Finding(False, str(error), is_setting=True)
    return Finding(True, f"is read with job.state_backend {settings.job.state_backend}")


def _order(settings: Settings, folder: Path) -> Finding:
    try:
        check_order(folder, settings)
    except SettingError as error:
        return Finding(False, str(error), is_setting=True)
    return Finding(True, f"made with job.order, and read with {settings.job.order}")


def _operators(uids: list[str]) -> Finding:
    if not uids:
        return Finding(False, "no operator of ringwatch is in it: name a savepoint of ringwatch")
    if unknown := unknown_uids(uids):
        mend = f"start it with the ringwatch that wrote it, or lose what they hold: --set {IGNORED}"
        return Finding(False, f"{', '.join(unknown)} are not of this version, {version('ringwatch')}: {mend}")
    return Finding(True, f"all are of this version, {version('ringwatch')}")


def _positions(uids: list[str], job: JobSettings) -> Finding:
    left = sorted({uid for uid in uids if POSITION.fullmatch(uid)} - positions(job))
    if not left:
        return Finding(True, "sources and outputs of the settings are those of the savepoint")
    mend = f"name them as before; only where what they hold is not needed any more, add --set {IGNORED}"
    return Finding(False, f"the settings name no place for {', '.join(left)}: {mend}", is_setting=True)


def positions(job: JobSettings) -> set[str]:
    """Return the uids of the sources and outputs that the settings name."""
    named = {f"source-{index}": url for index, url in enumerate(job.sources)}
    named |= {setting.removeprefix("job."): url for setting, url in job.outputs.items()}
    named |= {name: url for name, url in (("control", job.control), ("rejected", job.rejected)) if url}
    return {f"{'kafka-' if is_kafka(url) else 'redis-' if is_redis(url) else ''}{name}" for name, url in named.items()}


def _records(found: Records) -> Finding:
    if found.refused:
        return Finding(False, _refused(found.refused))
    if not found.versions:
        return Finding(True, _NONE, is_note=True)
    old = sum(count for number, count in found.versions.items() if number < VERSION)
    said = ", ".join(f"{count:,} of version {number}" for number, count in sorted(found.versions.items()))
    becomes = f"; each becomes one of version {VERSION} when its entity is met" if old else ""
    places = f"; {found.places.total():,} of graph.ring_entities, all read" if found.places else ""
    return Finding(True, f"{said}, all read{becomes}{places}")


def _incidents(found: Kept) -> Finding:
    if found.refused:
        return Finding(False, _refused(found.refused))
    watch = " and the watch for waves" if found.watches else ""
    return Finding(True, f"{found.incidents.total():,} open ones{watch}, all read")


def _refused(why: Counter[str]) -> str:
    return "; ".join(f"{count:,} times: {text}" for text, count in why.most_common(3))
