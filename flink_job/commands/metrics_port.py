"""Metrics of a command for Prometheus, at a port of the loopback address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.registry import Collector

from domain.errors import SettingError

HOST = "127.0.0.1"


@contextmanager
def served(collector: Collector, port: int, named: str = "--metrics-port") -> Iterator[None]:
    """Serve what a collector yields at a port as long as the context lasts; `named` is what says the port."""
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, thread = start_http_server(port, HOST, registry)
    except OSError as error:
        raise SettingError(f"{named} {port} cannot be used ({error.strerror}): choose another") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
