"""A terminal like any other, whatever the environment says; and the rights that docs give readers."""

from __future__ import annotations

import pytest

from ops.redis.embedded import EmbeddedRedis
from tests.support.redis_users import url_of


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of the server, of a user with the rights that docs give who reads the streams."""
    return url_of(redis_server, "reader")


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
