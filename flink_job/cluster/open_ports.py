"""Which ports of a job others may reach: those that listen on all addresses of a machine that has such."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address

import psutil

from flink_job.settings.settings import JobSettings

SHOWN = 3


def open_port_notes(job: JobSettings) -> Iterator[str]:
    """Yield a sentence where the metrics of a job can be read from elsewhere."""
    others = addresses()
    if job.metrics_port and others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        yield (
            f"port {job.metrics_port} of the metrics listens on all addresses ({', '.join(others[:SHOWN])}{more}), as do PyFlink's own "
            "workers at random ports, and Flink offers no choice: close them by a firewall"
        )


def addresses() -> list[str]:
    """Return the addresses by which others reach this machine, those of one link only left out."""
    found = {
        one.address.partition("%")[0]
        for of_interface in psutil.net_if_addrs().values()
        for one in of_interface
        if one.family in (socket.AF_INET, socket.AF_INET6)
    }
    return sorted(address for address in found if not (ip_address(address).is_loopback or ip_address(address).is_link_local))
