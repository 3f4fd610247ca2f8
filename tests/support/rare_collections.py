"""Python looks for garbage rarely: with 17,000 collected tests in memory it took an eighth of the time."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """Libraries say at the end what was never freed."""
    gc.unfreeze()
