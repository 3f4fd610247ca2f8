"""A document of a stream is refused where it comes in, or the API can tell of it, whatever it holds."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import pytest

from ops.api.bodies.incidents import AlertRow, IncidentRow
from ops.case_feed.takers import WRONG
from ops.cases.ingest.alerts import _row
from ops.cases.ingest.incident_rows import incident_row
from tests.support.case_samples import revision_document
from tests.support.incident_samples import START, alert_document

HOSTILE = (
    None, -1, 0, 1e300, math.nan, 10**30, 2**63, True, "", "x", "x" * 100_000, "<b>", {}, [], ["a"], {"a": 1}, "\ud800", "a\0b",
)  # fmt: skip
ALERTS = [alert_document(number, START + number * 1000) for number in range(3)]
REVISION = revision_document(1, ALERTS)


def taken(row: Mapping[str, Any], body: type[IncidentRow] | type[AlertRow], **more: Any) -> None:
    """What has come in can be told, and kept by both databases."""
    body(**{name: row[name] for name in body.model_fields if name not in more}, **more)
    for value in row.values():
        assert not isinstance(value, int) or abs(value) < 2**63
        assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("name", REVISION)
def test_a_revision_of_any_kind_is_refused_or_can_be_told(name: str) -> None:
    for value in HOSTILE:
        try:
            row = incident_row({**copy.deepcopy(dict(REVISION)), name: value})
        except WRONG:
            continue
        taken(row, IncidentRow, case=None)


@pytest.mark.parametrize("name", ALERTS[0])
def test_an_alert_of_any_kind_is_refused_or_can_be_told(name: str) -> None:
    for value in HOSTILE:
        try:
            row = _row({**copy.deepcopy(ALERTS[0]), name: value})
        except WRONG:
            continue
        taken(row, AlertRow)


def test_a_kind_and_an_action_of_a_later_job_come_in() -> None:
    row = incident_row({**REVISION, "kind": "mule_chain", "action": "freeze", "status": "split"})
    taken(row, IncidentRow, case=None)
    assert row["kind"] == "mule_chain"


@pytest.mark.parametrize("change", [{"kind": "Ring!"}, {"status": "x" * 40}, {"money_at_risk": {"EUR": 1e300}}, {"revision": "7"}])
def test_what_nothing_can_tell_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WRONG):
        incident_row({**REVISION, **change})
