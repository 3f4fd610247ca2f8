"""Ports of the loopback address for servers that start in a moment."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

_KERNELS_CHOICE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_FIRST = 32_768
_FIRST = 20_000


def free_port() -> int:
    """Return one of `free_ports`."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return ports, no two the same, where nothing listens on the loopback address.

    Their server takes them later, a Flink half a minute later. They lie below those that the kernel gives to
    outgoing connections, so that none of these gets one in between.
    """
    last = _first_of_kernel()
    with ExitStack() as held:
        return [_hold(held, last) for _ in range(count)]


def _hold(held: ExitStack, last: int) -> int:
    for _ in range(100):
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", random.randrange(_FIRST, last)))
        except OSError:
            probe.close()
            continue
        return int(held.enter_context(probe).getsockname()[1])
    probe = held.enter_context(socket.socket())
    probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def _first_of_kernel() -> int:
    try:
        first = int(_KERNELS_CHOICE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_FIRST
    return first if first > _FIRST else _USUAL_FIRST
