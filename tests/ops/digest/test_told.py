"""Digests for who asks the service: one at a time, told again, and without what reads a lake."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ops.cases.errors import Conflict, Invalid
from ops.cases.store import Store
from ops.digest import told
from ops.digest.day import Day
from ops.digest.figures import Digest
from ops.digest.told import Digests
from tests.ops.digest.test_forms import of
from tests.support.digest_samples import DAYS, NOW, fill

READERS = ("duckdb", "deltalake", "pyarrow")


def test_one_is_told_again_for_a_minute(sqlite_store: Store) -> None:
    fill(sqlite_store)
    made, now = list[str](), [NOW]

    def make(day: Day, at: int) -> Digest:
        made.append(day.name)
        return of(sqlite_store, day.name, at)

    digests = Digests(make, lambda: now[0])
    first = digests.of("yesterday")
    now[0] += 59_000
    assert digests.of(DAYS[2]) is first and digests.document(DAYS[2])["writer"] == "template"
    digests.of(DAYS[1])
    now[0] += 2_000
    assert digests.of(DAYS[2]) is not first
    assert made == [DAYS[2], DAYS[1], DAYS[2]]


def test_what_is_no_day_is_refused() -> None:
    digests = Digests(lambda day, at: Digest(day.name, at, True), lambda: NOW)
    for name, why in (("2026-03-06", "day: 2026-03-06 has not begun"), ("2026-02-30", "is no day"), ("1999-12-31", "before 2000")):
        with pytest.raises(Invalid, match=why):
            digests.of(name)


def test_who_would_wait_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "WAIT_S", 0.01)
    begun, go_on = threading.Event(), threading.Event()

    def make(day: Day, at: int) -> Digest:
        begun.set()
        go_on.wait(10)
        return Digest(day.name, at, True, unknown={"alerts": "a test", "missed": "a test"})

    digests = Digests(make, lambda: NOW)
    other = threading.Thread(target=digests.of, args=("yesterday",))
    other.start()
    begun.wait(10)
    with pytest.raises(Conflict, match="try again in a moment"):
        digests.of("today")
    go_on.set()
    other.join(10)
    assert digests.of("today").digest.day == "2026-03-05"


def test_nothing_that_reads_a_lake_is_needed() -> None:
    """In a fresh interpreter, where the packages of the extra `lake` cannot be imported."""
    code = f"""
import sys
for name in {READERS!r}: sys.modules[name] = None
import ops.desk.app
from flink_job.commands.digest_command import _in_lake
from flink_job.settings.settings import Settings
from ops.digest.day import day_of
from ops.digest.gather import digest_of
from ops.lake.settings import LakeSettings
day = day_of("2026-03-02", {NOW})
print(_in_lake(LakeSettings(), day).missed, "|", _in_lake(LakeSettings(url="lake"), day).missed)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.strip() == "there is no lake (lake.url) | this machine has nothing that reads a lake: pip install 'ringwatch[lake]'"
