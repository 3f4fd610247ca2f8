"""The pages of lists: who is on which; put on, taken off; a raw value is nowhere afterwards."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from ops.access.roles import Role
from ops.cases.tables import Table
from ops.desk.view.list_view import ListView
from tests.support.desk_calls import Pages, Visitor, plain

RAW = "mule-phone-4711"
NAME = "9c41aa00bb11cc22"
HOSTILE = "<script>alert(1)</script>&\"'"


def listed(visitor: Visitor, **changes: str) -> str:
    return visitor.act("/lists", **entry(**changes))


def entry(**changes: str) -> dict[str, str]:
    return {"list": "block", "who": "device", "how": "raw", "value": RAW, "expires": "30", "reason": "chargebacks", **changes}


def test_an_entity_is_put_on_a_list_by_its_raw_value_which_is_kept_nowhere(pages: Pages) -> None:
    lead = pages.visitor("lead")
    assert "Nobody is on a list yet" in plain(lead.get("/lists"))
    place = listed(lead)
    assert re.fullmatch(r"/lists/block-[0-9a-f]{12}", place)
    page = plain(lead.get(place))
    assert "on block · version 1 · on its way · ends: in 30 d" in page and "lead just now : chargebacks" in page
    assert RAW not in lead.get("/lists") + lead.get(place)
    with pages.store.read() as session:
        for table in Table.metadata.sorted_tables:
            assert RAW not in str(session.execute(select(table)).all())
    assert "block" in plain(lead.get("/lists?list=block")) and "No record is like this" in plain(lead.get("/lists?list=mules"))


def test_who_is_on_a_list_gets_the_next_version(pages: Pages) -> None:
    lead = pages.visitor("lead")
    places = [listed(lead, how="pseudonym", value=value) for value in (NAME, f"device:{NAME}", NAME.upper())]
    assert len(set(places)) == 1 and "version 3" in plain(lead.get(places[0]))
    assert listed(lead, how="pseudonym", value=NAME, list="mules") not in places


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"value": ""}, "value"), ({"who": "planet"}, "value"), ({"how": "pseudonym"}, "entity"), ({"list": "No List"}, "list"),
     ({"expires": "31"}, "expires"), ({"reason": ""}, "reason"), ({"list": ""}, "list"), ({"state": "on"}, "state")],
)  # fmt: skip
def test_what_is_wrong_is_told_on_the_page_without_the_value(quick_pages: Pages, changes: dict[str, str], field: str) -> None:
    answer = quick_pages.visitor("lead").post("/lists", **entry(**changes))
    assert answer.status_code == 422 and f"{field}:" in plain(answer.text), plain(answer.text)
    assert RAW not in answer.text and 'role="alert"' in answer.text


def test_a_record_is_paused_and_deleted(pages: Pages) -> None:
    lead = pages.visitor("lead")
    place = listed(lead)
    assert lead.act(f"{place}/state", state="paused", reason="customer called") == place
    assert "customer called" in plain(lead.get("/lists?state=paused"))
    lead.act(f"{place}/state", state="deleted", reason="was wrong")
    assert "Nobody is on a list yet" in plain(lead.get("/lists")) and "was wrong" in plain(lead.get("/lists?state=deleted"))
    assert lead.post(f"{place}/state", state="paused").status_code == 422
    assert lead.post("/lists/none/state", state="paused", reason="x").status_code == 404
    lead.get("/lists/none", 404)


def test_who_would_pass_waits_for_a_second_person(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    answer = lead.post("/lists", **entry(list="allow", reason=HOSTILE))
    assert answer.status_code == 202 and "It waits for a second person" in plain(answer.text)
    page = admin.get("/lists")
    assert "Put device:" in plain(page) and "<script>alert" not in page
    [number] = re.findall(r'action="/changes/(\d+)/approve"', page)
    admin.act(f"/changes/{number}/approve", back="/lists")
    page = admin.get("/lists?list=allow")
    [place] = re.findall(r'href="(/lists/[^"?]+)" data-open', page)
    assert "approved by admin" in plain(admin.get(place)) and "<script>alert" not in admin.get(place)
    lead.act(f"{place}/state", state="paused", reason="x")
    assert lead.post(f"{place}/state", state="active", reason="x").status_code == 202


@pytest.mark.parametrize("role", list(Role.people()))
def test_what_a_role_may(quick_pages: Pages, role: Role) -> None:
    place = listed(quick_pages.visitor("lead"))
    visitor = quick_pages.visitor(role)
    status = 303 if role in (Role.LEAD, Role.ADMIN) else 403
    assert visitor.client.get("/lists").status_code == visitor.client.get(place).status_code == 200
    assert visitor.post("/lists", **entry()).status_code == status
    assert visitor.post(f"{place}/state", state="paused", reason="x").status_code == status
    assert ('action="/lists"' in visitor.get("/lists")) == (status == 303)


@pytest.mark.parametrize("path", ["/lists", "/lists/L1/state"])
def test_a_form_without_its_token_does_nothing(quick_pages: Pages, path: str) -> None:
    assert quick_pages.visitor("lead").post(path, csrf="", **entry()).status_code == 403


def test_addresses_hold_what_is_asked() -> None:
    view = ListView("block", "paused")
    assert view.address() == "/lists?list=block&state=paused"
    assert view.address(list_name="", state="") == "/lists"
    assert view.address(cursor="a&b") == "/lists?list=block&state=paused&cursor=a%26b"
