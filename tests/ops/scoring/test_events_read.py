"""A body read for the job: what is refused before, and what the refusal offers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.events.event import Rejected
from domain.graph import ENTITY_FIELDS
from tests.support.scoring_rig import READER

EVENT = {"event_id": "o-1", "event_type": "login", "event_time": "2026-11-29T09:00:00Z", "account_id": "c-17"}
LABEL = {**EVENT, "event_type": "label", "subject_event_id": "o-0", "is_fraud": True}


def refusal(document: dict[str, Any], of: str = "event") -> str:
    with pytest.raises(Rejected) as found:
        getattr(READER, of)(json.dumps(document).encode())
    return str(found.value)


@pytest.mark.parametrize(("given", "mend"), [("x", ""), ("labels", ""), ("logn", "; did you mean login?"), (7, ", not a number")])
def test_no_label_is_offered_where_none_is_taken(given: object, mend: str) -> None:
    said = refusal({**EVENT, "event_type": given})
    assert said.startswith("event_type: one of signup, login, order, payment, refund_request, account_change is wanted")
    assert said.endswith(mend) and "label" not in said


def test_only_labels_are_offered_where_no_other_event_is_taken() -> None:
    wanted = "event_type: only labels are taken here; send other events to /v1/events"
    assert {refusal({**EVENT, "event_type": given}, "label") for given in ("x", "login", 7)} == {wanted}
    assert READER.label(json.dumps(LABEL).encode()).event.is_label


@pytest.mark.parametrize("text", ["a\0", "a\ud83d"])
@pytest.mark.parametrize("field", [*sorted(ENTITY_FIELDS.values()), "event_id", "event_time", "account_created_at", "currency"])
def test_a_text_that_is_none_is_refused_in_every_field(field: str, text: str) -> None:
    assert refusal({**EVENT, "event_type": "order", field: text}).startswith(f"{field}: ")
    assert refusal({**LABEL, "source": text}, "label").startswith("source: ")
    assert refusal({**EVENT, "attributes": {"note": text}}).startswith("attributes: ")


def test_a_whole_pair_and_an_escaped_letter_are_text() -> None:
    assert READER.event(json.dumps({**EVENT, "attributes": {"note": "😀 é"}}).encode()).event.event_id == "o-1"
