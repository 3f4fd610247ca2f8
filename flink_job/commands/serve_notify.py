"""The notifications of `ringwatch serve`, put together from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.notify.render import Picture


@contextmanager
def notifying(settings: Settings, store: Store) -> Iterator[None]:
    """Tell the channels of the settings what happens, as long as the context lasts.

    Without channels, too: what waits for one of before says so, and is given up in time.
    """
    from ops.notify.assembled import notifier_of

    notifier = notifier_of(settings.notify, store, settings.service.origin, picture_of(store), now_ms)
    notifier.start()
    try:
        yield
    finally:
        notifier.stop()


def picture_of(store: Store) -> Picture:
    """Return what draws the ring of an incident as PNG."""

    def draw(incident: str) -> bytes | None:
        from ops.desk.mail_picture import incident_png

        with store.read() as session:
            return incident_png(session, incident)

    return draw
