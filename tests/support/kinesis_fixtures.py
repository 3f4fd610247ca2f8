"""The stand-in for Kinesis as a fixture. It is imported where a test asks for it: that takes two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.kinesis_server import KinesisServer


@pytest.fixture(scope="session")
def _kinesis_server() -> Iterator[KinesisServer]:
    from tests.support.kinesis_server import kinesis_server

    with kinesis_server() as server:
        yield server


@pytest.fixture
def kinesis(_kinesis_server: KinesisServer, monkeypatch: pytest.MonkeyPatch) -> KinesisServer:
    """The stand-in, refusing nothing, which the environment names, with credentials."""
    from tests.support.kinesis_server import environment

    _kinesis_server.reset()
    for name, value in environment(_kinesis_server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return _kinesis_server
