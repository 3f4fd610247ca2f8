"""The broker of the bench and of the tests starts whatever random id its cluster has."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.support.kafka_broker import KafkaBroker, fetch_jars

pytestmark = [pytest.mark.flink, pytest.mark.timeout(300)]


def test_a_cluster_id_may_begin_with_a_hyphen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_jars()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(14) + b"\x01"))
    broker = KafkaBroker(tmp_path)
    broker.prepare()
    assert "cluster.id=-A" in next(tmp_path.rglob("meta.properties")).read_text()
