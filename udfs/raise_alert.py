"""Operator: a flagged decision becomes an alert, on its way to the one place where alerts are written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import ProcessFunction

from domain.decisions.alert import Alert
from domain.decisions.decision import Decision
from domain.incidents.forgotten import Forgotten
from domain.json_text import as_json
from udfs.approve import NO_DECISION
from udfs.engine.keys import ONE_PLACE

FLAGGED_ROW = ("document", "joins", "clock", "event_time")
"""Columns of a flagged row: the decision's JSON, other ring labels with commas between, the stream's clock in
ms, and the event time, which Flink needs. A row that has an account be forgotten has `NO_DECISION` as its
document, and the account's pseudonym in place of the labels.
"""


class RaiseAlert(ProcessFunction):
    """It is one with scoring, and asks no server: decisions wait for nothing here."""

    def process_element(self, value: Row, ctx: ProcessFunction.Context) -> Iterator[Row]:
        """Hand the alert of a row of `FLAGGED_ROW` on, or that an account is forgotten."""
        document, joins, clock_ms, _ = value
        if document == NO_DECISION:
            yield Row(ONE_PLACE, Forgotten(joins, clock_ms).to_text())
            return
        alert = Alert.raised(Decision.of(json.loads(document)), joins.split(",") if joins else (), clock_ms)
        yield Row(ONE_PLACE, as_json(alert.to_record()))
