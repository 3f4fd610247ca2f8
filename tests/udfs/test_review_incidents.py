"""The review desk's operator, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings

import pytest

from domain.incidents.forgotten import Forgotten
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import alert, incident_of

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Types
    from pyflink.datastream import OutputTag

    from udfs.review_incidents import ReviewIncidents
from tests.support.operator_runtime import Runtime, Timers

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_revisions_beyond_the_capacity_wait_and_an_overflow_record_goes_to_the_side() -> None:
    tag, timers, runtime = OutputTag("overflow", Types.STRING()), Timers(), Runtime()
    operator = ReviewIncidents(IncidentSettings(reviews_per_hour=1), tag, tag)
    operator.open(runtime)
    first, second = ({**incident_of([alert(n)]), "id": f"inc-{n}"} for n in (1, 2))
    assert [json.loads(text)["id"] for text in operator.process_element(json.dumps(first), timers)] == ["inc-1"]
    ((side, record),) = operator.process_element(json.dumps(second), timers)
    assert (side, json.loads(record)["held"], runtime.counts["review_overflows"]) == (tag, 1, 1)
    (due,) = timers.asked
    published, (side, record) = operator.on_timer(due, timers)
    assert (json.loads(published)["id"], json.loads(published)["told_at"], json.loads(record)["waiting"]) == ("inc-2", due, 0)


def test_that_an_account_is_forgotten_goes_to_the_side() -> None:
    tag, news = OutputTag("forgotten", Types.STRING()), Forgotten("0" * 15 + "1", 5).to_text()
    operator = ReviewIncidents(IncidentSettings(), tag, tag)
    operator.open(Runtime())
    assert list(operator.process_element(news, Timers())) == [(tag, news)]
