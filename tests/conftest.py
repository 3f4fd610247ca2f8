"""Fixtures for all tests."""

from hypothesis import settings

pytest_plugins = ["tests.support.redis_fixtures", "tests.support.kafka_broker"]

# An example that takes long says that others use the machine, not that the code is slow.
settings.register_profile("ringwatch", deadline=None)
settings.load_profile("ringwatch")
