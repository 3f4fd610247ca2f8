"""A change of a list is taken back within seconds, from any page: the record is what it was before."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from ops.access.roles import Role
from ops.cases.audit.entries import AuditFilter, entries
from ops.cases.desk_acts import UNDO_MS
from ops.cases.tables import ControlChange, Outgoing
from ops.cases.tables.access import User
from tests.support.desk_calls import Pages, Visitor, plain
from tests.support.incident_samples import pseudonym

DEVICE = f"device:{pseudonym(1_000_000)}"
ENTITY = f"/entities/{DEVICE}"
BLOCK = {"list": "block", "expires": "30", "reason": "chargebacks"}


def undo(visitor: Visitor, path: str) -> str:
    """Press Undo on a page, and return where it leads."""
    page = visitor.get(path)
    [act] = re.findall(r'action="(/acts/[^"]+/undo)"', page)
    return visitor.act(act, back=path)


def versions(pages: Pages) -> list[tuple[str, str, int | None, str]]:
    """What was asked for, the first one first."""
    with pages.store.read() as session:
        rows = session.scalars(select(ControlChange).order_by(ControlChange.id))
        return [(row.status, row.state, row.version, row.reason) for row in rows]


def sent(pages: Pages) -> int:
    with pages.store.read() as session:
        return len(session.scalars(select(Outgoing)).all())


def test_who_was_put_on_a_list_is_taken_off_again(pages: Pages) -> None:
    lead = pages.visitor("lead")
    lead.act(f"{ENTITY}/lists", **BLOCK)
    assert "Put on the list block. Undo" in plain(lead.get(ENTITY))
    assert undo(lead, ENTITY) == ENTITY
    page = plain(lead.get(ENTITY))
    assert "It is on no list." in page and "Undo" not in page
    assert versions(pages) == [("sent", "active", 1, "chargebacks"), ("sent", "deleted", 2, "undone at once")]
    assert sent(pages) == 2
    with pages.store.read() as session:
        assert [item.entry.actor for item in entries(session, AuditFilter(action="control.ask")).rows] == ["lead", "lead"]


def test_a_list_has_again_what_it_had(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    lead.act(f"{ENTITY}/lists", **BLOCK)
    admin.act(f"{ENTITY}/lists", **{**BLOCK, "expires": "ever", "reason": "a mule"})
    undo(admin, "/lists")
    with pages.store.read() as session:
        first, _, third = session.scalars(select(ControlChange).order_by(ControlChange.id))
        assert (third.version, third.state, third.by) == (3, "active", "admin")
        assert third.record["expires_at"] == first.record["expires_at"] and third.entity == DEVICE


@pytest.mark.parametrize("state", ["paused", "deleted", "shadow"])
def test_a_state_of_before_comes_back(pages: Pages, state: str) -> None:
    lead = pages.visitor("lead")
    place = lead.act("/lists", who="device", how="pseudonym", value=pseudonym(7), **BLOCK)
    lead.act(f"{place}/state", state=state, reason="by mistake")
    assert undo(lead, place) == place
    assert [(state, version) for _, state, version, _ in versions(pages)] == [("active", 1), (state, 2), ("active", 3)]


def test_who_was_taken_off_is_on_it_again_even_where_two_had_to_agree(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    lead.act(f"{ENTITY}/lists", list="allow", expires="ever", reason="our own shop")
    [number] = re.findall(r'action="/changes/(\d+)/approve"', admin.get(ENTITY))
    assert admin.act(f"/changes/{number}/approve", back=ENTITY) == ENTITY
    [remove] = re.findall(rf'action="({ENTITY}/lists/[^"]+/remove)"', admin.get(ENTITY))
    admin.act(remove, reason="the wrong one")
    undo(admin, ENTITY)
    assert [(status, state) for status, state, _, _ in versions(pages)] == [("sent", "active"), ("sent", "deleted"), ("sent", "active")]
    assert "on the list allow" in plain(admin.get(ENTITY))


def test_what_waits_for_a_second_person_is_turned_down(pages: Pages) -> None:
    lead = pages.visitor("lead")
    lead.act(f"{ENTITY}/lists", list="allow", expires="ever", reason="our own shop")
    assert 'action="/changes/' in lead.get(ENTITY) and "/approve" not in lead.get(ENTITY)
    undo(lead, ENTITY)
    assert versions(pages) == [("withdrawn", "active", None, "our own shop")]
    assert sent(pages) == 0 and "It is on no list." in plain(lead.get(ENTITY))


def test_what_somebody_else_has_changed_since_stays(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    lead.act(f"{ENTITY}/lists", **BLOCK)
    [act] = re.findall(r'action="(/acts/[^"]+/undo)"', lead.get("/lists"))
    assert "Undo" not in plain(admin.get("/lists")) and admin.post(act).status_code == 404
    admin.act(f"{ENTITY}/lists", **{**BLOCK, "reason": "mine"})
    answer = lead.post(act)
    assert answer.status_code == 409 and "another one by now" in plain(answer.text)
    assert len(versions(pages)) == 2


def test_it_is_taken_back_once_and_within_seconds(pages: Pages) -> None:
    lead = pages.visitor("lead")
    lead.act(f"{ENTITY}/lists", **BLOCK)
    [act] = re.findall(r'action="(/acts/[^"]+/undo)"', lead.get("/lists"))
    lead.act(act)
    assert lead.post(act).status_code == 409
    lead.act(f"{ENTITY}/lists", **BLOCK)
    [act] = re.findall(r'action="(/acts/[^"]+/undo)"', lead.get("/lists"))
    pages.now += UNDO_MS + 5_000
    assert "Undo" not in plain(lead.get("/lists")) and lead.post(act).status_code == 409
    assert len(versions(pages)) == 3


def test_who_may_change_lists_no_more_takes_nothing_back(quick_pages: Pages) -> None:
    lead = quick_pages.visitor("lead")
    lead.act(f"{ENTITY}/lists", **BLOCK)
    [act] = re.findall(r'action="(/acts/[^"]+/undo)"', lead.get("/lists"))
    with quick_pages.store.begin() as session:
        session.scalars(select(User).where(User.name == "lead")).one().role = Role.ANALYST
    assert lead.post(act).status_code == 403 and len(versions(quick_pages)) == 1
