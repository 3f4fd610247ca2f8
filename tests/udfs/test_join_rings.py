"""The ring book's operator, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings

import pytest

from domain.incidents.assignment import AlertAssigned, assignment_of
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import START, alert, alert_document

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.join_rings import JoinRings
from tests.support.operator_runtime import Runtime, Timers, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_alerts_are_sorted_into_rings_and_wait_for_company() -> None:
    timers = Timers()
    operator = opened(JoinRings(IncidentSettings()), Runtime())
    assert list(operator.process_element(json.dumps(alert_document(1, score=0.1)), timers)) == []
    (deadline,) = timers.asked
    assert deadline == START + IncidentSettings().lone_wait_s * 1000
    company = alert_document(2, START + 5, score=0.1, ring="b" * 16, joins=[alert(1).ring])
    rows = [(ring, assignment_of(json.loads(text))) for ring, text in operator.process_element(json.dumps(company), timers)]
    assert [(ring, one.ring, isinstance(one, AlertAssigned) and one.alert.event_id) for ring, one in rows] == [
        (alert(1).ring,) * 2 + (e,) for e in ("e1", "e2")
    ]
    assert list(operator.on_timer(deadline, timers)) == []
    list(operator.process_element(json.dumps(alert_document(3, START, score=0.1, ring="c" * 16)), timers))
    ((ring, text),) = operator.on_timer(deadline, timers)
    assert (ring, json.loads(text)["alert"]["event_id"]) == (f"unconnected-{START // 86_400_000}", "e3")
