"""The digests of `ringwatch serve`: the one that the worker sends each day, and those of the desk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.errors import SettingError
from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.digest.chosen import Writer
    from ops.digest.told import Digests

LOG = logging.getLogger(__name__)
_LOOKS_S = 20.0


@contextmanager
def digesting(settings: Settings, store: Store) -> Iterator[None]:
    """Send digests as long as the context lasts, with `notify.digest.at`. Raises `SettingError`."""
    from ops.digest.chosen import writer_of
    from ops.notify.pages import readers
    from ops.notify.step_thread import StepThread

    if settings.notify.digest.at is None:
        yield
        return
    if not readers(settings.notify):
        raise SettingError("notify.digest.at is set, and nobody would get the digest: name channels in notify.digest.channels")
    writer = writer_of(settings.llm, settings.redis)
    thread = StepThread("digest", lambda: send_due(settings, store, now_ms(), writer), _LOOKS_S)
    thread.start()
    try:
        yield
    finally:
        thread.stop()


def send_due(settings: Settings, store: Store, now: int, writer: Writer) -> bool:
    """Send the digest that is due if it was not sent; return False: the next is due in a day."""
    from flink_job.commands.digest_command import made, put
    from ops.digest.sending import KIND, day_due
    from ops.notify.pages import readers, unsent

    day = day_due(settings.notify, now)
    if day is None:
        return False
    with store.read() as session:
        if not unsent(session, KIND, day.name, readers(settings.notify)):
            return False
    digest = made(settings, store, day, now)
    if told := put(settings, store, digest, writer(digest)[0]):
        LOG.info("The digest of %s goes to %s.", day.name, ", ".join(told))
    return False


def digests_of(settings: Settings, store: Store) -> Digests:
    """Return what makes the digests of the desk and of the API. Nothing is asked yet."""
    from flink_job.commands.digest_command import made
    from ops.digest.told import Digests

    return Digests(lambda day, now: made(settings, store, day, now), now_ms, settings.notify.digest_zone)
