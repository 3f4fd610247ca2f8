"""The list of alerts: filters as links, pages, reasons in words, the way to incident and entity."""

from __future__ import annotations

import re
from html import unescape

import pytest

from ops.access.roles import Role
from ops.cases.ingest.alerts import take_alerts
from ops.cases.store import Store
from ops.desk.pages import alerts as its_page
from tests.support.case_samples import put_case
from tests.support.desk_calls import Pages, plain
from tests.support.incident_samples import START, alert_document, pseudonym
from tests.support.ring_samples import HOSTILE


def put(store: Store, count: int, first: int = 0, **changes: object) -> None:
    with store.begin() as session:
        take_alerts(session, [alert_document(first + n, START + n * 1000, ring="ee", **changes) for n in range(count)])  # type: ignore[arg-type]


def ids(page: str) -> list[str]:
    return re.findall(r'data-row="([0-9a-f]{32})"', page)


def chip(page: str, words: str) -> str:
    """The address of a filter's link."""
    [found] = re.findall(rf'<a class="chip" href="([^"]+)"[^>]*>(?:<span class="severity \w+">)?{words}<', page)
    return unescape(found)


@pytest.mark.parametrize("role", Role.people())
def test_everybody_reads_the_alerts(quick_pages: Pages, role: str) -> None:
    assert "Nothing has been flagged yet." in plain(quick_pages.visitor(role).get("/alerts"))


def test_a_row_tells_what_was_decided_why_and_of_whom(pages: Pages) -> None:
    put_case(pages.store, 3, headline="Nine accounts on one device")
    page = pages.visitor("viewer").get("/alerts")
    said = plain(page)
    assert "order 100.25 EUR to investigate 0.75 medium device seen with many accounts" in said
    assert 'href="/incidents/inc-0000000000000003" data-open>Nine accounts on one device</a>' in page
    assert f'href="/entities/device:{pseudonym(1_000_000)}"' in page


def test_an_alert_that_is_ahead_of_its_incident_leads_to_it(pages: Pages) -> None:
    put_case(pages.store, 3, headline="Nine accounts on one device")
    put_case(pages.store, 4, headline="It is over", status="closed")
    with pages.store.begin() as session:
        of_rings = [alert_document(70 + n, START + 900_000_000, ring=f"{n:016x}") for n in (3, 4, 5)]
        take_alerts(session, of_rings)
    visitor = pages.visitor("viewer")
    page = visitor.get("/alerts")
    assert plain(page).count("Nine accounts on one device its ring; not yet in its revision") == 1
    assert page.count('href="/incidents/inc-0000000000000003" data-open>') == 3
    assert plain(page).count("in no incident") == 2, "of a ring that is closed, or unknown"
    assert "its ring; not yet in its revision" in plain(visitor.get(f"/entities/device:{pseudonym(1_000_000)}"))


def test_filters_are_links_that_hold_at_once_and_go_off_again(pages: Pages) -> None:
    put(pages.store, 3)
    put(pages.store, 2, 10, severity="critical", decision="block", event_type="login")
    put(pages.store, 1, 20, severity="critical", decision="block", event_type="signup")
    visitor = pages.visitor("viewer")
    page = visitor.get("/alerts")
    assert len(ids(page)) == 6
    page = visitor.get(chip(page, "critical"))
    assert len(ids(page)) == 3
    page = visitor.get(chip(page, "login"))
    assert len(ids(page)) == 2
    page = visitor.get(chip(page, "critical"))
    assert len(ids(page)) == 2 and "/alerts?severity" not in chip(page, "login")
    assert "No alert is like this." in plain(visitor.get("/alerts?type=payment"))


def test_of_an_entity_of_an_incident_and_of_late(pages: Pages) -> None:
    put(pages.store, 4)
    put_case(pages.store, 3)
    visitor = pages.visitor("viewer")
    device, account = f"device:{pseudonym(1_000_000)}", f"account:{pseudonym(2)}"
    assert len(ids(visitor.get(f"/alerts?entity={device}"))) == 6
    assert len(ids(visitor.get(f"/alerts?entity={account}"))) == 1
    assert len(ids(visitor.get("/alerts?incident=inc-0000000000000003"))) == 2
    assert ids(visitor.get("/alerts?incident=inc-none")) == []
    pages.now = START + 3_600_000 + 2000
    assert len(ids(pages.visitor("viewer").get("/alerts?span=hour"))) == 4


def test_pages_hold_each_alert_once(quick_pages: Pages) -> None:
    put(quick_pages.store, 120)
    visitor, found, path = quick_pages.visitor("viewer"), list[str](), "/alerts?type=order"
    while path:
        page = visitor.get(path)
        found += ids(page)
        path = unescape(next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), ""))
    assert len(found) == len(set(found)) == 120


def test_a_rare_kind_is_looked_for_further_back_by_a_press(quick_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    put(quick_pages.store, 1, 500, event_type="login")
    with quick_pages.store.begin() as session:
        take_alerts(session, [alert_document(n, START + 10_000 + n, ring="ee") for n in range(10)])
    look = its_page.found_alerts
    monkeypatch.setattr(its_page, "found_alerts", lambda *of: look(*of, among=6))
    visitor = quick_pages.visitor("viewer")
    first = visitor.get("/alerts?type=login")
    assert ids(first) == [] and "Look further back" in first and "None is like this among" in plain(first)
    [further] = re.findall(r'href="([^"]+)" rel="next"', first)
    assert len(ids(visitor.get(unescape(further)))) == 1


def test_hostile_text_is_shown_as_text(pages: Pages) -> None:
    reasons = [{"code": "X", "text": text, "weight": 1.0} for text in HOSTILE]
    storable = [text for text in HOSTILE if "\0" not in text]
    for number, text in enumerate(storable):
        put_case(pages.store, number, headline=text)
        put(
            pages.store,
            1,
            5000 + number,
            reasons=reasons[number:],
            event_type=text,
            currency=text,
            entities={"account": pseudonym(number + 1)},
        )
    visitor = pages.visitor("viewer")
    page = visitor.get("/alerts")
    assert "<script>alert" not in page and "<img" not in page and "‮" not in page and "&lt;script&gt;alert(1)" in page
    assert max(map(len, plain(page).split())) < 200


@pytest.mark.parametrize(
    "query", ["entity=device", "entity=device:xx", "type=x", "incident=%3Cb%3E", "cursor=1", "span=year", "decision=approve"]
)
def test_what_is_no_filter_is_refused(quick_pages: Pages, query: str) -> None:
    assert 'class="button first" href="/"' in quick_pages.visitor("viewer").get(f"/alerts?{query}", 422)
