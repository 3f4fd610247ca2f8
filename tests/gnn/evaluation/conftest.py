"""A desk of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.evaluation_samples import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
