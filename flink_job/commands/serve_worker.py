"""The worker beside the web part of `ringwatch serve`."""

from __future__ import annotations

from typing import Any, Protocol

from flink_job.settings.settings import Settings


class Worker(Protocol):
    """What follows the streams until it is stopped."""

    def run(self) -> None:
        """Follow the streams until `stop` is called from a signal; raise what cannot be mended."""

    def stop(self) -> None:
        """End `run` after what it has begun."""


def start_worker(settings: Settings, store: Any) -> Worker | None:
    """Return the worker of these settings; None: there is nothing for it to do."""
    return None
