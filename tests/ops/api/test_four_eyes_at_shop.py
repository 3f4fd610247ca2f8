"""Blocks that the shop made of a verdict count as those that the job decided, on every way that ends them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ops.actions.sequel import Sequel
from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from ops.cases.changes import reopen
from ops.cases.desk_acts import UNDO_MS, act_to_undo, kept_act, undo_act
from ops.cases.errors import Conflict
from ops.cases.tables import ActionRow, AlertRow, VerdictRow
from tests.ops.api.test_case_routes import FRAUD, LEGITIMATE, case
from tests.support.action_samples import decision_document
from tests.support.api_desk import Desk
from tests.support.case_samples import NOW, SETTINGS, put_case

ACTIONS = ActionSettings(
    auto_block=True,
    mode="live",
    target="https://shop.example.com",
    on_investigate="hold",
    budget=ActionBudget(10, 10, order_share=1.0, legitimate_share=1.0),
)
WHY = {"reason": "a mistake"}


def held(desk: Desk, number: int = 1, alerts: int = 4, settings: ActionSettings = ACTIONS) -> None:
    """Put an incident whose events the job would investigate, and the shop holds."""
    desk.now = max(desk.now, NOW)
    put_case(desk.store, number, alerts)
    with desk.store.begin() as session:
        rows = session.scalars(select(AlertRow).where(AlertRow.incident_id == f"inc-{number:016x}")).all()
        usual: dict[str, Any] = {"outcome": "investigate", "decided_at": desk.now}
        its = [decision_document(0, **usual, event_id=row.event_id, entities={"account": row.account}) for row in rows]
        ActionTaker(settings, lambda _: (), lambda: True, lambda: desk.now).take(session, its)


def passes(desk: Desk, seconds: float, settings: ActionSettings = ACTIONS) -> None:
    desk.now += round(seconds * 1000)
    while Sequel(desk.store, settings, lambda: desk.now).step():
        pass


def said(desk: Desk, who: str, word: dict[str, str], number: int = 1) -> Any:
    return desk.call(who, "POST", f"{case(number)}/verdict", word)


def blocks(desk: Desk) -> list[int]:
    with desk.store.read() as session:
        return list(session.scalars(select(ActionRow.id).where(ActionRow.action == "block").order_by(ActionRow.id)))


def blocked_by(desk: Desk, who: str = "anna", number: int = 1, settings: ActionSettings = ACTIONS) -> str:
    """Have the shop block what it holds; return the path of the verdict."""
    verdict = said(desk, who, FRAUD, number).json()["verdict"]["id"]
    passes(desk, SETTINGS.undo_s, settings)
    return f"{case(number)}/verdicts/{verdict}/undo"


def test_who_had_four_blocked_neither_undoes_that_nor_calls_them_legitimate_alone(desk: Desk) -> None:
    desk.at_most_blocks(1)
    held(desk)
    undo = blocked_by(desk)
    assert len(blocks(desk)) == 4
    assert desk.call("anna", "POST", undo, WHY).status_code == 202
    with desk.store.begin() as session:
        reopen(session, f"case-{1:016x}", "again", by="anna", now=desk.now, settings=SETTINGS)
    preview = {"action": "verdict", "cases": [{"id": f"case-{1:016x}"}], **LEGITIMATE}
    assert desk.call("lea", "POST", "/v1/cases/bulk/preview", preview).json()["blocks_undone"] == 4
    assert [said(desk, "anna", LEGITIMATE).status_code, desk.call("lea", "POST", "/v1/cases/bulk", preview).status_code] == [202, 202]
    passes(desk, 60)
    with desk.store.read() as session:
        assert not session.scalars(select(ActionRow.id).where(ActionRow.action == "release")).all()


def test_what_one_undid_and_released_within_the_hour_counts_together(desk: Desk) -> None:
    desk.at_most_blocks(3)
    held(desk, 1, 2)
    held(desk, 2, 2)
    undo, _ = blocked_by(desk, "lea", 1), blocked_by(desk, "lea", 2)
    assert desk.call("lea", "POST", undo, WHY).status_code == 200
    first, second = blocks(desk)[2:]
    assert [desk.call("lea", "POST", f"/v1/actions/{one}/release", WHY).status_code for one in (first, second)] == [200, 202]


def test_holds_and_what_was_only_recorded_count_as_no_blocks(quick_desk: Desk) -> None:
    desk, dry = quick_desk, ActionSettings(auto_block=True, on_investigate="hold", budget=ACTIONS.budget)
    desk.at_most_blocks(0)
    held(desk, 1)
    assert said(desk, "anna", LEGITIMATE).status_code == 200
    held(desk, 2, settings=dry)
    assert desk.call("anna", "POST", blocked_by(desk, "anna", 2, dry), WHY).status_code == 200


def test_who_asks_for_the_release_of_a_hold_releases_no_block_that_comes_before_it(quick_desk: Desk) -> None:
    desk = quick_desk
    desk.at_most_blocks(0)
    held(desk, 1, 1)
    assert said(desk, "lea", FRAUD).status_code == 200
    desk.now += 5_000
    assert desk.call("lea", "POST", "/v1/actions/1/release", WHY).status_code == 200
    passes(desk, 5)
    passes(desk, 60)
    with desk.store.read() as session:
        assert session.scalars(select(ActionRow.action).order_by(ActionRow.id)).all() == ["hold", "block"]


def test_an_undo_at_once_that_is_late_ends_no_blocks(quick_desk: Desk) -> None:
    desk = quick_desk
    held(desk, 1, 2)
    blocked_by(desk)
    with desk.store.begin() as session:
        [verdict] = session.scalars(select(VerdictRow)).all()
        version = desk.get(case(1))["version"]
        steps = {"cases": [{"id": verdict.case_id, "before": {}, "version": version}], "verdicts": [verdict.id], "comment": None}
        act = kept_act(session, "anna", desk.now - UNDO_MS, "fraud", steps)
        with pytest.raises(Conflict, match="is blocked by now: take the verdict back on the page of its incident"):
            undo_act(session, act_to_undo(session, act.id, "anna", desk.now), by="anna", now=desk.now, settings=SETTINGS, labels_to="-")
