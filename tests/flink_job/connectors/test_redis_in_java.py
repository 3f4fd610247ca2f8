"""What the Java classes for Redis do: each check of these modules is a test."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from tests.flink_job.connectors import redis_link_in_java, redis_sink_in_java, redis_source_in_java
from tests.support.java_checks import checks_of, run_checks

MODULES = [redis_link_in_java, redis_sink_in_java, redis_source_in_java]

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, str]]:
    """What each module's checks raised. They run at once: most of the time they wait for a server."""
    with ThreadPoolExecutor() as pool:
        return dict(zip([module.__name__ for module in MODULES], pool.map(lambda one: run_checks(one, 220), MODULES), strict=True))


@pytest.mark.parametrize(("module", "check"), [(module, check) for module in MODULES for check in checks_of(module)])
def test_in_java(module: ModuleType, check: str, outcomes: dict[str, dict[str, str]]) -> None:
    assert outcomes[module.__name__][check] == "", outcomes[module.__name__][check]
