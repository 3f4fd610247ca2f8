"""A revision of an incident: published and read again without a change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import Alert
from domain.incidents.incident import Incident
from tests.support.incident_samples import START, alert, alerts, incident_of


@settings(max_examples=50, deadline=None)
@given(st.lists(alerts(st.just(START)), min_size=1, max_size=8))
def test_a_revision_comes_back_from_its_document_byte_for_byte(flagged: list[Alert]) -> None:
    text = json.dumps(incident_of(flagged))
    assert json.dumps(Incident.of(json.loads(text)).to_document()) == text


def test_a_summary_s_fields_are_left_out() -> None:
    document = incident_of([alert(1)])
    assert Incident.of({**document, "headline": "a ring"}).to_document() == document


@pytest.mark.parametrize("field", list(incident_of([alert(1)])))
def test_a_field_that_does_not_hold_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=f"it is not an incident document: {field} "):
        Incident.of({**incident_of([alert(1)]), field: 1.5})


@pytest.mark.parametrize(
    "changes", [{"status": "overflow"}, {"severity": "grave"}, {"action": "dance"}, {"evidence": {}}, {"revision": True}]
)
def test_what_the_contract_does_not_know_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"it is not an incident document: {next(iter(changes))} "):
        Incident.of({**incident_of([alert(1)]), **changes})
