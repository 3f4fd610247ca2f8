"""Events in the order of time, as Java puts them: each check of `in_time_order_in_java.py` is a test."""

from __future__ import annotations

import pytest

from tests.flink_job import in_time_order_in_java
from tests.support.java_checks import checks_of, run_checks

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def outcome() -> dict[str, str]:
    return run_checks(in_time_order_in_java, timeout_s=380)


@pytest.mark.parametrize("check", checks_of(in_time_order_in_java))
def test_in_java(check: str, outcome: dict[str, str]) -> None:
    assert outcome[check] == "", outcome[check]
