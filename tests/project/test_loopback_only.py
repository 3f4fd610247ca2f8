"""The guard that keeps tests off the network does its work."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from tests.support.loopback_only import NetworkCallError

ELSEWHERE = ("192.0.2.1", 80)  # nobody's (RFC 5737)


def by_name() -> None:
    socket.create_connection(("example.com", 80), timeout=0.1)


def over_tcp() -> None:
    with socket.socket() as one:
        one.settimeout(0.1)
        one.connect(ELSEWHERE)


def without_waiting() -> None:
    with socket.socket() as one:
        one.setblocking(False)
        one.connect_ex(ELSEWHERE)


def over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ELSEWHERE)


def over_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as one:
        one.settimeout(0.1)
        one.connect(("2001:db8::1", 80))


def by_asyncio() -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(*ELSEWHERE), 0.1))


@pytest.mark.parametrize("call", [by_name, over_tcp, without_waiting, over_udp, over_ipv6, by_asyncio])
def test_a_call_to_another_machine_is_an_error(call: Callable[[], None]) -> None:
    with pytest.raises(NetworkCallError, match="tests make no network call beyond this machine"):
        call()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_called(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])):
        server.accept()[0].close()


def test_a_name_that_nobody_has_fails_as_on_the_network() -> None:
    with pytest.raises(socket.gaierror, match="not known"):
        socket.create_connection(("redis.invalid", 6379))
