"""Entities: found by a raw value that leaves no trace but in the audit, shown whole, put on lists."""

from __future__ import annotations

import logging
import re
from html import unescape

import pytest
from sqlalchemy import select

from domain.control.listed import hashed
from domain.events.identity import as_text
from ops.access.roles import Role
from ops.api.rights import ANALYST, LEAD
from ops.cases.audit.entries import AuditFilter, entries
from ops.cases.ingest.alerts import take_alerts
from ops.cases.tables import ControlChange, Outgoing
from tests.support.case_samples import put_case
from tests.support.control_samples import PSEUDONYMS
from tests.support.desk_calls import Pages, plain
from tests.support.incident_samples import START, alert_document, pseudonym
from tests.support.ring_samples import HOSTILE

SECRET = "anna.very-secret@example.com"
DEVICE = f"device:{pseudonym(1_000_000)}"


def name_of(kind: str, value: str) -> str:
    return f"{kind}:{as_text(hashed(kind, value, PSEUDONYMS, 'value'))}"


def looked_at(pages: Pages) -> list[tuple[str, str]]:
    """Who looked at whom."""
    with pages.store.read() as session:
        found = entries(session, AuditFilter(action="entity.look_up")).rows
        return [(item.entry.actor, (item.beside.entity or "") if item.beside else "") for item in found]


def changes(pages: Pages) -> list[tuple[str, str | None, str | None, str, int | None]]:
    with pages.store.read() as session:
        rows = session.scalars(select(ControlChange).order_by(ControlChange.id))
        return [(row.status, row.list_name, row.entity, row.state, row.version) for row in rows]


# --- the search
# --------------------------------------------------------------------------------------------------------


def test_a_raw_value_leads_to_its_pseudonym_and_leaves_no_trace(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = pages.visitor("analyst")
    to = visitor.act("/entities", value=SECRET, kind="email", reason="they called")
    assert to == f"/entities/{name_of('email', SECRET)}"
    assert looked_at(pages) == [("analyst", name_of("email", SECRET))]
    assert SECRET not in visitor.get(to) and SECRET not in caplog.text
    with pages.store.read() as session:
        assert "very-secret" not in repr([item.entry.__dict__ for item in entries(session).rows])


def test_a_value_without_a_kind_is_the_one_that_is_known(pages: Pages) -> None:
    device = name_of("device", "4f2a-77c1").partition(":")[2]
    with pages.store.begin() as session:
        take_alerts(session, [alert_document(1, START, entities={"account": pseudonym(1), "device": device})])
    visitor = pages.visitor("analyst")
    assert visitor.act("/entities", value="4f2a-77c1") == f"/entities/device:{device}"
    assert ("analyst", f"device:{device}") in looked_at(pages)


def test_a_value_that_nobody_knows_can_be_opened_as_what_it_may_be(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("analyst")
    to = visitor.act("/entities", value="4f2a-77c1")
    page = visitor.get(to)
    assert "4f2a-77c1" not in to + page and "Nothing is known of it." in plain(page)
    assert f'may not be here yet. <a href="{to}">Look again</a>' in page
    assert f'href="/entities/{name_of("device", "4f2a-77c1")}"' in page
    assert "None of its events was flagged." in plain(visitor.get(f"/entities/{name_of('device', '4f2a-77c1')}"))


@pytest.mark.parametrize(("value", "kind"), [(SECRET, "email"), ("198.51.100.7", "ip"), ("2001:db8::1", "ip")])
def test_the_sign_of_a_kind_is_seen(quick_pages: Pages, value: str, kind: str) -> None:
    assert name_of(kind, value) in quick_pages.visitor("analyst").act("/entities", value=value)


def test_a_pseudonym_is_found_with_and_without_its_kind_and_is_no_raw_look_up(pages: Pages) -> None:
    put_case(pages.store)
    visitor = pages.visitor("analyst")
    for typed in (DEVICE, DEVICE.partition(":")[2]):
        assert visitor.act("/entities", value=typed) == f"/entities/{DEVICE}"
    viewer = pages.visitor("viewer")
    assert viewer.client.get(f"/entities?pseudonym={DEVICE.partition(':')[2]}").headers["location"] == f"/entities/{DEVICE}"
    assert looked_at(pages) == []


def test_sixteen_digits_that_are_nobodys_pseudonym_are_an_identifier(quick_pages: Pages) -> None:
    assert name_of("device", "00112233aabbccdd") == quick_pages.visitor("analyst").act(
        "/entities", value="00112233aabbccdd", kind="device"
    ).removeprefix("/entities/")


@pytest.mark.parametrize("fields", [{"value": ""}, {"value": "nobody", "kind": "email"}, {"value": "x", "kind": "shoe"},
                                    {"value": "y" * 600, "kind": "device"}, {"value": "192.0.2", "kind": "ip"}])  # fmt: skip
def test_what_cannot_be_is_told_on_the_page_and_not_repeated(quick_pages: Pages, fields: dict[str, str]) -> None:
    answer = quick_pages.visitor("analyst").post("/entities", **fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert not fields["value"] or f'"{fields["value"]}"' not in answer.text
    assert looked_at(quick_pages) == []


def test_a_raw_value_in_an_address_is_refused_and_not_repeated(quick_pages: Pages) -> None:
    page = quick_pages.visitor("viewer").get(f"/entities?pseudonym={SECRET}", 422)
    assert "very-secret" not in page
    assert "very-secret" not in quick_pages.visitor("viewer").get(f"/entities/email:{SECRET}", 422)


@pytest.mark.parametrize("role", Role.people())
def test_each_role_may_do_what_it_may(quick_pages: Pages, role: Role) -> None:
    put_case(quick_pages.store)
    visitor = quick_pages.visitor(role)
    search, page = visitor.get("/entities"), visitor.get(f"/entities/{DEVICE}")
    assert ('name="value"' in search) == (role in ANALYST)
    assert ("Put it on the list" in page) == (role in LEAD)
    assert (visitor.post("/entities", value=SECRET).status_code == 303) == (role in ANALYST)
    put = visitor.post(f"/entities/{DEVICE}/lists", list="block", expires="30", reason="x")
    assert put.status_code == (303 if role in LEAD else 403)
    assert visitor.post(f"/entities/{DEVICE}/lists/L1/remove", reason="x").status_code == (404 if role in LEAD else 403)
    assert len(changes(quick_pages)) == (role in LEAD)


# --- the page
# --------------------------------------------------------------------------------------------------------


def test_a_page_tells_what_it_did_with_whom_and_what_people_said(pages: Pages) -> None:
    case_id = put_case(pages.store, 3, alerts=3, headline="Three accounts on one device")
    pages.visitor("lead").act(f"/cases/{case_id}/verdict", verdict="fraud", reason="x")
    page = pages.visitor("viewer").get(f"/entities/{DEVICE}")
    said = plain(page)
    assert "3 alerts in 1 incident. None was blocked." in said and "People called its incidents: 1 fraud." in said
    assert 'href="/incidents/inc-0000000000000003" data-open>Three accounts on one device</a>' in page
    assert "Alerts by hour" in said and page.count('class="chart"') == 2
    assert f'href="/entities/account:{pseudonym(3001)}"' in page and "device seen with many accounts" in said


def test_what_was_blocked_is_summed_by_currency(quick_pages: Pages) -> None:
    with quick_pages.store.begin() as session:
        take_alerts(
            session, [alert_document(n, START + n * 86_400_000, decision="block", currency=("EUR", "USD")[n % 2]) for n in range(4)]
        )
    said = plain(quick_pages.visitor("viewer").get(f"/entities/{DEVICE}"))
    assert "4 blocked, 200.50 EUR + 200.50 USD." in said and "Alerts by day" in said


def test_an_entity_of_everybody_shows_its_newest(quick_pages: Pages) -> None:
    with quick_pages.store.begin() as session:
        take_alerts(session, [alert_document(n, START + n * 3_600_000) for n in range(1100)])
    page = quick_pages.visitor("viewer").get(f"/entities/{DEVICE}")
    assert "1,100 alerts" in plain(page) and "Of the newest 1,000: none was blocked." in plain(page)
    assert f'href="/alerts?entity={DEVICE}"' in page


def test_hostile_text_is_shown_as_text(pages: Pages) -> None:
    for number, text in enumerate(text for text in HOSTILE if "\0" not in text):
        put_case(pages.store, number, headline=text)
    page = pages.visitor("lead").get(f"/entities/{DEVICE}")
    assert "<script>alert" not in page and "<img" not in page and "‮" not in page and "&lt;script&gt;alert(1)" in page
    assert max(map(len, plain(page).split())) < 200


# --- lists
# --------------------------------------------------------------------------------------------------------


def test_it_is_put_on_a_list_and_taken_off(pages: Pages) -> None:
    visitor = pages.visitor("lead")
    assert visitor.act(f"/entities/{DEVICE}/lists", list="block", expires="7", reason="chargebacks") == f"/entities/{DEVICE}#lists"
    assert changes(pages) == [("sent", "block", DEVICE, "active", 1)]
    with pages.store.read() as session:
        [sent] = session.scalars(select(Outgoing))
        assert sent.document["expires_at"] == pages.now + 7 * 86_400_000 and sent.document["by"] == "lead"
        [entry] = [item.entry for item in entries(session, AuditFilter(action="control.ask")).rows]
        assert DEVICE.partition(":")[2] not in entry.subject + entry.details
    page = visitor.get(f"/entities/{DEVICE}")
    assert "on the list block" in plain(page) and "chargebacks" in page and "waits for its stream" in plain(page)
    [remove] = re.findall(r'action="(/entities/[^"]+/remove)"', page)
    visitor.act(unescape(remove), reason="they paid")
    assert changes(pages)[1] == ("sent", "block", DEVICE, "deleted", 2)
    assert "It is on no list." in plain(visitor.get(f"/entities/{DEVICE}"))


def test_the_same_list_again_is_the_next_version(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    for days in ("1", "ever"):
        visitor.act(f"/entities/{DEVICE}/lists", list="block", expires=days, reason="x")
    assert [change[4] for change in changes(quick_pages)] == [1, 2]


def test_the_allow_list_waits_for_a_second_person(pages: Pages) -> None:
    visitor = pages.visitor("lead")
    visitor.act(f"/entities/{DEVICE}/lists", list="allow", expires="30", reason="a partner")
    assert changes(pages) == [("proposed", "allow", DEVICE, "active", None)]
    page = visitor.get(f"/entities/{DEVICE}")
    assert "waits for a second person" in plain(page) and "another person approves it" in plain(page)
    assert "on the list allow" not in plain(page)
    with pages.store.read() as session:
        assert session.scalars(select(Outgoing)).all() == []


def test_other_lists_that_there_are_can_be_chosen(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    assert 'value="watch"' not in visitor.get(f"/entities/{DEVICE}")
    visitor.act(f"/entities/{DEVICE}/lists", list="watch", expires="30", reason="x")
    assert '<option value="watch">' in visitor.get(f"/entities/device:{pseudonym(7)}")


@pytest.mark.parametrize("fields", [{"list": "block", "expires": "30"}, {"list": "B!", "expires": "30", "reason": "typed <b> before"},
                                    {"list": "block", "expires": "3", "reason": "typed <b> before"}])  # fmt: skip
def test_what_is_wrong_with_the_form_is_told_with_what_was_typed(quick_pages: Pages, fields: dict[str, str]) -> None:
    answer = quick_pages.visitor("lead").post(f"/entities/{DEVICE}/lists", **fields)
    assert answer.status_code == 422 and 'role="alert"' in answer.text and changes(quick_pages) == []
    assert "reason" not in fields or 'value="typed &lt;b&gt; before"' in answer.text


def test_without_users_nobody_waits(sqlite_store: object) -> None:
    from ops.cases.store import Store

    assert isinstance(sqlite_store, Store)
    pages = Pages(sqlite_store, people=False)
    pages.nobody().act(f"/entities/{DEVICE}/lists", csrf="", list="allow", expires="30", reason="x")
    assert changes(pages)[0][0] == "sent"


@pytest.mark.parametrize("role", ["viewer", "lead"])
def test_an_entity_of_a_kind_that_no_event_has_has_no_page(quick_pages: Pages, role: str) -> None:
    visitor = quick_pages.visitor(role)
    assert "its kind is one of account, " in plain(visitor.get(f"/entities/evil:{pseudonym(1)}", 404))
    assert f"account {pseudonym(1)}" in plain(visitor.get(f"/entities/account:{pseudonym(1)}"))
