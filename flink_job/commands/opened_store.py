"""The case store of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flink_job.settings.settings import Settings
from ops.cases.store import Store
from ops.secrets import store_url


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Lend the case store of these settings, its tables up to date; it tells if there are channels."""
    its = replace(settings.service.store, url=store_url(settings.service.store.url))
    store = Store(its, tells=bool(settings.notify.channels)).open()
    try:
        yield store
    finally:
        store.close()
