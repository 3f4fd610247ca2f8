"""Java, started while something else is done: PyFlink's process takes seconds to be there.

It keeps the environment that it is started with.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from flink_job.cluster.environment import set_java_environment
from flink_job.settings.settings import Settings


class JavaStart:
    """The start of the Java process in a thread. Whoever needs Java then finds it, or waits for it."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=_start, name="java", daemon=True)

    def begin(self, settings: Settings) -> None:
        """Start Java as a local job of these settings needs it, within the time of a `counts_folder`."""
        set_java_environment(settings)
        self._thread.start()

    def wait(self) -> None:
        """Return when nothing starts Java any more: it is there, or has been killed on the way."""
        if self._thread.ident is not None:
            self._thread.join()


def _start() -> None:
    from pyflink.java_gateway import get_gateway

    with suppress(Exception):  # who needs Java starts it again, and is told why it does not start
        get_gateway()
