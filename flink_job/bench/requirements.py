"""What a measurement needs of this machine beyond what is installed anyway."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from flink_job.cluster.environment import CODE
from flink_job.connectors.kafka_topics import NEEDED

BROKER_JARS = CODE / "deploy" / "broker" / "jars"


def kafka_missing(connector: Path) -> str | None:
    """Return what is missing to measure with Kafka, in a few words; None if all is there."""
    if not all(any(connector.glob(name)) for name in NEEDED):
        return f"the Kafka connector is not in {connector} (make jars)"
    if not any(BROKER_JARS.glob("kafka_*.jar")):
        return f"no broker is in {BROKER_JARS} (python deploy/jars.py deploy/broker)"
    if importlib.util.find_spec("confluent_kafka") is None:
        return "confluent-kafka is not installed (make setup)"
    return None
