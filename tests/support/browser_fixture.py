"""A real browser for the tests of a file. Without chromium they are skipped, but not in CI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser. While it runs, its thread has a loop: `asyncio.run` is refused there."""
    from tests.support.browser import browser_running

    with browser_running() as browser:
        yield browser
