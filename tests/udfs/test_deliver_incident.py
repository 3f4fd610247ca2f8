"""Revisions to Redis, once each."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from domain.incidents.forgotten import MASK, Forgotten
from ops.redis.settings import RedisSettings
from tests.support.incident_samples import alert, incident_of, pseudonym
from udfs.metrics.run_counts import FOLDER, read_counts

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.deliver_incident import DeliverIncident, DeliverIncidentWithout
from tests.support.operator_runtime import MapRuntime, Runtime, entries, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_a_local_run_counts_revisions_that_were_there(
    redis_settings: RedisSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    incident = {**incident_of([alert(number) for number in range(3)]), "headline": "A ring"}
    operator = opened(DeliverIncident(redis_settings), Runtime())
    for revision in (1, 2, 2):
        list(operator.process_element(json.dumps({**incident, "revision": revision}), None))
    operator.close()
    assert read_counts(tmp_path)["known_revisions"] == {"known": 1}


def test_each_revision_of_an_incident_is_written_once(redis_settings: RedisSettings, redis_client: Any) -> None:
    incident = {**incident_of([alert(number) for number in range(3)]), "headline": "A ring"}
    operator = opened(DeliverIncident(redis_settings), Runtime())
    for revision, headline in ((1, "A ring"), (2, "A ring, grown"), (2, "other words")):
        text = json.dumps({**incident, "revision": revision, "headline": headline})
        assert list(operator.process_element(text, None)) == []
    operator.close()
    found = entries(redis_client, redis_settings, "incidents")
    assert [(entry["revision"], entry["headline"]) for entry in found] == [("1", "A ring"), ("2", "A ring, grown")]
    assert {(entry["id"], entry["type"], entry["action"]) for entry in found} == {(incident["id"], "closed", incident["action"])}
    assert found[0]["time"] == str(incident["last_time"])


class Broadcast:
    """The context of a function with broadcast state."""

    def __init__(self) -> None:
        self.state = MapRuntime()

    def get_broadcast_state(self, descriptor: Any) -> MapRuntime:
        return self.state


def test_what_waited_for_its_summary_is_written_without_a_forgotten_account(redis_settings: RedisSettings, redis_client: Any) -> None:
    made = incident_of([alert(0), alert(1)])
    incident, ctx = {**made, "headline": f"A ring of {pseudonym(1)}"}, Broadcast()
    operator = opened(DeliverIncidentWithout(DeliverIncident(redis_settings)), Runtime())
    list(operator.process_element(json.dumps(incident), ctx))
    assert list(operator.process_broadcast_element(Forgotten(pseudonym(1), incident["told_at"]).to_text(), ctx)) == []
    list(operator.process_element(json.dumps({**incident, "revision": 9}), ctx))
    list(operator.process_element(json.dumps({**incident, "revision": 10, "told_at": incident["told_at"] + 1}), ctx))
    operator.close()
    found = entries(redis_client, redis_settings, "incidents")
    assert [pseudonym(1) in json.dumps(entry) for entry in found] == [True, False, True], "later it has come again"
    assert found[1]["headline"] == f"A ring of {MASK}"
