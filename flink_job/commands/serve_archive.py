"""The archiver of `ringwatch serve`, in a thread of its worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.lake.archiver import Archiver

LOG = logging.getLogger(__name__)


@contextmanager
def archiving(settings: Settings) -> Iterator[None]:
    """Archive as long as the context lasts, with `lake.in_worker`. Raises `SettingError`."""
    archiver = archiver_in(settings)
    if archiver is None:
        yield
        return
    from flink_job.commands.lake_ways import lake_metrics

    with lake_metrics(settings, archiver.meter):
        thread = threading.Thread(target=_run, args=(archiver,), name="archiver")
        thread.start()
        try:
            yield
        finally:
            archiver.stop()
            thread.join()


def archiver_in(settings: Settings) -> Archiver | None:
    """Return the archiver of the worker, None without `lake.in_worker`. Raises `SettingError`."""
    if not settings.lake.in_worker:
        return None
    from flink_job.commands.lake_ways import archiver_of
    from ops.lake.meter import Meter

    return archiver_of(settings, Meter())


def _run(archiver: Archiver) -> None:
    try:
        archiver.run()
    except Exception:
        LOG.exception("The archiver has ended; the rest of the worker goes on. Start it again, and report this.")
