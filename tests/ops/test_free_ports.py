from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest

from ops import free_ports as rooms


@pytest.fixture
def kernels_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ip_local_port_range"
    monkeypatch.setattr(rooms, "_KERNELS_CHOICE", path)
    return path


def test_ports_are_free_and_no_two_are_the_same() -> None:
    found = rooms.free_ports(30)
    assert len(set(found)) == 30
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize(("told", "first"), [("20010\t60999\n", 20_010), ("1024 65535", 32_768), ("", 32_768), ("none", 32_768)])
def test_outgoing_connections_get_none_of_them(kernels_choice: Path, told: str, first: int) -> None:
    kernels_choice.write_text(told)
    assert all(20_000 <= port < first for port in rooms.free_ports(8))


def test_a_kernel_that_tells_nothing(kernels_choice: Path) -> None:
    assert 20_000 <= rooms.free_port() < 32_768


def test_one_that_is_taken_is_left_out(kernels_choice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken = busy.getsockname()[1]
        chosen = iter([taken, taken, rooms.free_port()])
        monkeypatch.setattr(random, "randrange", lambda first, last: next(chosen))
        assert rooms.free_port() != taken
        monkeypatch.setattr(random, "randrange", lambda first, last: taken)
        assert rooms.free_port() not in (taken, 0)  # then the kernel's own choice
