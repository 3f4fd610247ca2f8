"""The page of an incident: its story, its case, its alerts."""

from __future__ import annotations

import re

import pytest

from tests.support.case_samples import put_case
from tests.support.desk_calls import Pages, plain


def test_an_incident_is_told_and_can_be_acted_on(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=3, explanation="Nine accounts share a device (F1).", next_steps=["Block the device."])
    visitor = pages.visitor("analyst")
    address = f"/incidents/{case_id.replace('case-', 'inc-')}"
    page = plain(visitor.get(address))
    for said in (
        "Linked accounts 0",
        "Nine accounts share a device (F1).",
        "Block the device.",
        "highest score 0.75",
        "100.00 EUR",
        "3 alerts",
    ):
        assert said in page
    visitor.act(f"/cases/{case_id}/claim", back=address)
    assert "You have this case." in plain(visitor.get(address))
    assert "formaction" not in pages.visitor("viewer").get(address)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "‮drowssap" * 400, "x" * 10_000])
def test_a_hostile_document_is_shown_as_text(quick_pages: Pages, text: str) -> None:
    evidence = {"facts": [{"id": text, "text": text, "name": text, "value": text}, {"id": {}, "text": [], "name": "x", "value": None}]}
    case_id = put_case(
        quick_pages.store, headline=text, explanation=text, next_steps=[text, 5, {}], writer={"model": text}, evidence=evidence,
        money_at_risk={text[:50]: 5.0},
    )  # fmt: skip
    page = quick_pages.visitor("lead").get(f"/incidents/{case_id.replace('case-', 'inc-')}")
    assert "<script>alert" not in page and "<img" not in page and "‮" not in page
    assert max(map(len, re.split(r"\s", plain(page)))) <= 2000


def test_an_incident_that_is_not_there_is_told(quick_pages: Pages) -> None:
    page = quick_pages.visitor("viewer").get("/incidents/inc-none", 404)
    assert "there is no incident inc-none" in plain(page)
