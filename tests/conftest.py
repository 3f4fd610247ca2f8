"""Fixtures for all tests, and the guard that keeps them off the network."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from domain.events.identity import DEMO_KEY
from ops.secrets import PSEUDONYM_KEY

pytest_plugins = [
    "tests.support.loopback_only",
    "tests.support.redis_fixtures",
    "tests.support.kafka_broker",
    "tests.support.kinesis_fixtures",
    "tests.support.store_fixtures",
    "tests.support.browser_fixture",
    "tests.support.side_by_side",
    "tests.support.quick_java",
    "tests.support.rare_collections",
]

# An example that takes long says that others use the machine, not that the code is slow.
settings.register_profile("ringwatch", deadline=None)
settings.load_profile("ringwatch")

# A run in the background inherits an ignored SIGINT, and so would the commands that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is deployed refuses to run without one. The tests know the pseudonyms under this key.
os.environ.setdefault(PSEUDONYM_KEY, DEMO_KEY.decode())


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """What a test has made structlog write to is closed after it: the next one writes elsewhere."""
    yield
    if (structlog := sys.modules.get("structlog")) is not None:
        structlog.reset_defaults()
