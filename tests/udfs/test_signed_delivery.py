"""What the job writes to Redis is signed by each operator that writes there, where it has control keys."""

from __future__ import annotations

import json
import pickle
import warnings
from typing import Any

import pytest

from domain.control.applied import applied_document
from ops.redis.settings import RedisSettings
from ops.secrets import control_keys
from tests.support.control_samples import change, switch
from tests.support.incident_samples import START, alert, alert_document, incident_of
from tests.support.scoring_rig import READER, body

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.deliver_alert import DeliverAlert
    from udfs.deliver_applied import DeliverApplied
    from udfs.deliver_incident import DeliverIncident
from tests.support.operator_runtime import Runtime, Timers, entries, opened

pytestmark = pytest.mark.usefixtures("operator_environment")
KEYS = ("ops",)


def test_each_operator_signs_what_it_writes(redis_settings: RedisSettings, redis_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "sesame, a key of the tests")
    incident = {**incident_of([alert(number) for number in range(3)]), "headline": "A ring", "revision": 1}
    written = {
        "alerts": (DeliverAlert(redis_settings, 0, KEYS), json.dumps({**alert_document(1), "clock": START})),
        "incidents": (DeliverIncident(redis_settings, KEYS), json.dumps(incident)),
        "control_applied": (
            DeliverApplied(redis_settings, KEYS),
            json.dumps(applied_document(change(switch(), 1), READER.event(body()).event)),
        ),
    }
    keys = control_keys(KEYS)
    assert keys is not None
    for stream, (made, value) in written.items():
        shipped = pickle.dumps(made)
        assert b"sesame" not in shipped
        operator = opened(pickle.loads(shipped), Runtime())
        timers = Timers()
        list(operator.process_element(value, timers))
        if timers.by_machine:
            list(operator.on_timer(0, timers))
        operator.close()
        [entry] = entries(redis_client, redis_settings, stream)
        assert keys.holds_entry(redis_settings.prefix + stream, entry["json"], entry["signature"])
