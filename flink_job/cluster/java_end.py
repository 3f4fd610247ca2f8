"""How the Java process of a local run ends. Nobody asks for its exit code."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment


def end_at_once(env: StreamExecutionEnvironment) -> None:
    """Let Java end without the destructors of C++ libraries, once its shutdown is done: see EndAtOnce.java.

    Where that cannot be, or was asked for before, nothing changes.
    """
    from py4j.protocol import Py4JError

    from flink_job.connectors.java_classes import java_classes

    end = java_classes(env).EndAtOnce
    with suppress(Py4JError):
        end.afterShutdown()
