"""The case store of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from domain.errors import SettingError
from flink_job.settings.settings import Settings
from ops.cases.store import Store
from ops.secrets import store_url


@contextmanager
def opened_store(settings: Settings, is_there: bool = False) -> Iterator[Store]:
    """Lend the case store of these settings, its tables up to date; it tells if there are channels.

    With `is_there` none is made: raises SettingError where there is none.
    """
    its = replace(settings.service.store, url=store_url(settings.service.store.url))
    store = Store(its, tells=bool(settings.notify.channels))
    try:
        if is_there and store.schema_version() is None:
            raise SettingError(f"there is no store at {store.place}: correct service.store.url, or let ringwatch serve make it")
        store.open()
        yield store
    finally:
        store.close()
