"""Fixtures for all tests."""

pytest_plugins = ["tests.redis_fixtures", "tests.kafka_broker"]
