"""Labels as rows of the lake: pseudonyms in place of what was sent, and nothing that says who it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.events.envelopes import event_in
from domain.events.event import Rejected
from domain.events.identity import MISSING, as_text
from domain.events.parser import EventParser
from domain.json_text import as_json
from ops.lake.rows import Record

VERDICT = "verdict"
"""The source of labels that a verdict of the desk has sent; of these alone the attributes are kept."""


class LabelReader:
    """What makes records of a stream of events and labels records of labels."""

    def __init__(self, parser: EventParser, kinds: tuple[str, ...], form: str) -> None:
        """Take the job's parser, the kinds of entity in its order, and the format of the stream."""
        self._parser, self._kinds, self._form = parser, kinds, form

    def __call__(self, record: Record) -> Record | None:
        """Return the label that a record holds, None for an event and for what the job rejects."""
        if "label" not in record.text.lower():
            return None
        line = record.text.encode("utf-8", "surrogateescape")
        try:
            event, document = self._parser.parse(line, self._form), event_in(line, self._form)
        except (Rejected, UnicodeError):
            return None
        if not event.is_label or event.forgets:
            return None
        keys = zip(self._kinds, (*event.entities, *event.places), strict=False)
        pseudonyms = {kind: as_text(key) for kind, key in keys if key != MISSING}
        created = {"account_created_at": event.created_ms} if event.created_ms >= 0 else {}
        label = {
            "event_id": event.event_id,
            "event_time": event.time_ms,
            "subject_event_id": str(document["subject_event_id"]),
            "is_fraud": event.is_fraud,
            "source": document.get("source"),
            "pseudonyms": pseudonyms,
            **created,
            **_said(document),
        }
        return replace(record, text=as_json(label))


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a verdict says of itself: incident, by whom, why."""
    attributes = document.get("attributes")
    return {"attributes": attributes} if document.get("source") == VERDICT and isinstance(attributes, dict) else {}
