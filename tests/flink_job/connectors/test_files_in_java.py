"""What the Java classes for files do: each check of `files_in_java.py` is a test."""

from __future__ import annotations

import pytest

from tests.flink_job.connectors import files_in_java
from tests.support.java_checks import checks_of, run_checks

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def outcome() -> dict[str, str]:
    return run_checks(files_in_java)


@pytest.mark.parametrize("check", checks_of(files_in_java))
def test_in_java(check: str, outcome: dict[str, str]) -> None:
    assert outcome[check] == "", outcome[check]
