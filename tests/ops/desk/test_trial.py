"""A rule is tried on the page where it is written."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from domain.json_text import as_json
from ops.access.roles import Role
from ops.api.dry_runs import DryRuns
from ops.desk.view.trial import Trial
from tests.support.desk_calls import Pages, plain

TEXT = "when: {field: event_type, is: signup}\ndecision: investigate\ntext: a sign-up\n"
HOSTILE = "<script>alert(1)</script>"


def figures(**changes: Any) -> dict[str, Any]:
    money = {"EUR": {"fraud": 300.0, "legitimate": 20.0, "unknown": 5.0}, "USD": {"fraud": 1.0, "legitimate": 0, "unknown": 0}}
    day = {"day": "2026-11-28", "fired": 9, "fraud": 6, "legitimate": 1, "unknown": 2, "would_add": 4, "would_change": 0, "money": money}
    rule = {
        "rule": "draft-1", "version": 1, "decision": "investigate", "text": HOSTILE, "fired": 9, "fraud": 6, "legitimate": 1, "unknown": 2,
        "would_add": 4, "would_change": 0, "money": money, "would_add_by_truth": {"fraud": 3, "legitimate": 1, "unknown": 0},
        "changes": [{"from": "approve", "to": "investigate", "events": 4}], "precision": {"value": 6 / 7, "low": 0.49, "high": 0.97},
        "days": [day], "examples": {}, "says": HOSTILE, **changes,
    }  # fmt: skip
    window = {"events": 1200, "most": 20_000, "wanted": 20_000, "from": 1_796_000_000_000, "until": 1_796_003_600_000}
    return {"window": window, "events": 1200, "known_frauds": 8, "known_frauds_approved": 5, "rules": [rule]}


def tried(pages: Pages, answer: dict[str, Any], text: str = TEXT, who: str = "analyst") -> Any:
    pages.service.dry_runs = DryRuns([sys.executable, "-c", f"print({as_json(answer)!r})"])
    return pages.visitor(who).post("/rules/draft/try", id="R7", rule=text, state="active", seen="0", reason="")


def test_what_it_would_have_done_is_beside_its_text(quick_pages: Pages) -> None:
    answer = tried(quick_pages, figures())
    page = plain(answer.text)
    assert answer.status_code == 200 and "It fires for 9 of 1,200 events (0.75%)." in page
    assert "It meets 6 of 8 known frauds; 3 of the 5 that were approved." in page and "1 would be harmed" in page
    assert "Events by day" in page and "Money by day" in page and "approve investigate 4" in page
    assert "The newest 1,200 events of the stream" in page and "a sign-up" in page
    assert HOSTILE not in answer.text


def test_a_window_that_time_has_cut_is_said_to_be(quick_pages: Pages) -> None:
    found = figures()
    assert "did not fit into its time" not in plain(tried(quick_pages, found).text)
    cut = found | {"window": found["window"] | {"events": 1000, "most": 1000}}
    assert "More of the 20,000 that a trial looks at did not fit into its time." in plain(tried(quick_pages, cut).text)
    short = found | {"window": found["window"] | {"events": 800, "most": 1000}}
    assert "did not fit into its time" not in plain(tried(quick_pages, short).text)


def test_a_rule_that_never_fires_has_a_page(quick_pages: Pages) -> None:
    none = figures(fired=0, fraud=0, legitimate=0, unknown=0, days=[], money={}, changes=[], precision=None, says="")
    page = plain(tried(quick_pages, none | {"events": 0, "known_frauds": 0, "window": none["window"] | {"from": None}}).text)
    assert "It fires for 0 of 0 events." in page and "The stream holds no event." in page and "No decision would be another one" in page


def test_a_text_with_a_fault_is_not_tried(quick_pages: Pages) -> None:
    answer = tried(quick_pages, figures(), "when: {}\n")
    assert answer.status_code == 422 and "It fires" not in plain(answer.text)


@pytest.mark.parametrize("role", list(Role.people()))
def test_who_may_try(quick_pages: Pages, role: Role) -> None:
    assert tried(quick_pages, figures(), who=role).status_code == (403 if role == Role.VIEWER else 200)


def test_a_service_without_a_job_tries_nothing(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    assert visitor.post("/rules/draft/try", id="R7", rule=TEXT, state="active", seen="0").status_code == 503
    assert "Try it on" not in visitor.get("/rules/draft/new")
    assert visitor.post("/rules/draft/try", csrf="", rule=TEXT).status_code == 403


def test_the_currency_of_most_of_the_money_is_drawn() -> None:
    assert Trial(figures()).currency == "EUR" and Trial(figures(money={})).currency == ""


def test_a_trial_on_the_lake_says_of_which_days(quick_pages: Pages) -> None:
    found = figures()
    on_lake = found | {"window": found["window"] | {"days": 30}}
    page = plain(tried(quick_pages, on_lake).text)
    assert "1,200 events of the lake, of " in page and "with the features that the job saw" in page
    assert "of the stream" not in page and "Features count from the first" not in page
    none = on_lake | {"window": on_lake["window"] | {"from": None}}
    assert "The lake holds no event of these days." in plain(tried(quick_pages, none).text)
