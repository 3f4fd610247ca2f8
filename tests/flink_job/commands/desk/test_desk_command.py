"""The options of `ringwatch desk`: what is out of range or taken is said, before anything is started."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from flink_job.cli import WRONG_USAGE, main
from flink_job.commands import desk_command


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--events-per-s", "0"], "--events-per-s is 0; give a rate from 0.1 to 50"),
        (["--attack-every-min", "nan"], "--attack-every-min is nan; give from half a minute to a day"),
        (["--seed", "-1"], "--seed is -1; give 0 or more"),
        (["--port", "70000"], "--port is 70000; give one from 1 to 65535"),
    ],
)
def test_what_is_out_of_range_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", *words]) == WRONG_USAGE
    assert capsys.readouterr().err == f"ringwatch desk: {said}\n"


def test_a_port_that_is_asked_for_and_taken_is_refused(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "--port", str(taken)]) == WRONG_USAGE
    error = capsys.readouterr().err
    assert error.startswith(f"ringwatch desk: --port {taken}: nothing can listen there (Address already in use)")
    assert "leave it out for a free one" in error


def test_the_next_free_port_is_taken_where_none_is_asked_for(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_command, "PORT", taken)
    assert taken < desk_command._free(None) < taken + desk_command.PORTS
    monkeypatch.setattr(desk_command, "PORTS", 1)
    with pytest.raises(desk_command.SettingError, match="name a free one with --port"):
        desk_command._free(None)
