"""The queue: counts that agree with the list, filters as links, acts of each role, and their undo."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from ops.access.roles import Role
from ops.api.rights import ANALYST, LEAD
from ops.cases.desk_acts import UNDO_MS
from ops.cases.ingest.incidents import take_incident
from ops.cases.queue import case
from ops.cases.tables import Outgoing, VerdictRow
from tests.support.case_samples import SETTINGS, put_case, revision_document
from tests.support.desk_calls import Pages, Visitor, plain

HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}{% raw %}", "‮drowssap", "é́́́́" * 50, "=cmd|' /C calc'!A0",
    "x" * 10_000, "مرحبا بالعالم", "😀" * 300, "a&amp;b <b>", "javascript:alert(1)",
)  # fmt: skip


def ids(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


def shown_count(page: str, choice: str) -> int:
    found = re.search(rf"(?:^| ){choice} ([\d,]+)", plain(page))
    assert found, choice
    return int(found[1])


def state(pages: Pages, case_id: str) -> tuple[str, str | None, str | None]:
    with pages.store.read() as session:
        found = case(session, case_id).case
        return found.status, found.owner, found.verdict


def many(pages: Pages, count: int = 12) -> list[str]:
    return [
        put_case(
            pages.store, number, at=pages.now, severity=("medium", "high", "critical")[number % 3], kind=("ring", "wave")[number % 2],
            money_at_risk={"EUR": 100.0 * number},
        )
        for number in range(count)
    ]  # fmt: skip


# --- the list and its counts
# --------------------------------------------------------------------------------------------------------

FILTERS = [{}, {"severity": "high"}, {"kind": "wave"}, {"severity": "critical", "kind": "ring"}, {"due": "late"}, {"due": "day"},
           {"show": "free"}, {"show": "mine"}, {"show": "taken"}, {"q": "accounts 1"}, {"show": "closed"}, {"new": "1"},
           {"show": "free", "severity": "medium", "due": "day"}]  # fmt: skip


def test_counts_agree_with_the_list(pages: Pages) -> None:
    cases = many(pages)
    lead = pages.visitor("lead")
    lead.act(f"/cases/{cases[0]}/claim")
    lead.act(f"/cases/{cases[3]}/verdict", verdict="fraud", reason="x")
    pages.visitor("analyst").act(f"/cases/{cases[4]}/claim")
    pages.now += 3 * 3_600_000
    lead = pages.visitor("lead")
    for chosen in FILTERS:
        page = lead.get(f"/?{urlencode(chosen)}")
        [total] = re.findall(r"Queue ([\d,]+) cases?", plain(page))
        assert len(ids(page)) == int(total), chosen
        for word in ("critical", "high", "medium"):
            if f'<span class="severity {word}">{word}</span> <span class="count">' in page:
                assert shown_count(page, word) == len(ids(lead.get(f"/?{urlencode(chosen | {'severity': word})}"))), chosen


def test_the_gravest_come_first_then_the_money(pages: Pages) -> None:
    cases = many(pages, 6)
    assert ids(pages.visitor("viewer").get("/")) == [cases[place] for place in (5, 2, 4, 1, 3, 0)]


def test_money_has_its_currency_and_sums_of_several_are_apart(pages: Pages) -> None:
    for number, sums in enumerate(
        ({"EUR": 2310.0}, {"JPY": 91_000.0, "EUR": 12.0}, {"USD": 500.0, "EUR": 5.0}, {}, {"EUR": 40.0}, {"XXX": 7.0})
    ):
        put_case(pages.store, number, money_at_risk=sums)
    visitor = pages.visitor("lead")
    page = visitor.get("/")
    assert "6 cases, 2,350 EUR, 91,000 JPY and 2 more currencies at risk" in plain(page)
    cells = [plain(cell) for cell in re.findall(r'<td class="number risk">(.*?)</td>', page, re.DOTALL)]
    assert cells == [f"{said} at risk" for said in ("2,310 EUR", "91,000 JPY", "500 USD", "40 EUR", "7")] + ["– no money at risk"]
    assert "91,000 JPY at risk" in plain(visitor.get("/cases/case-0000000000000001/verdict?word=fraud"))
    assert "at risk" not in plain(visitor.get("/cases/case-0000000000000003/verdict?word=fraud"))
    assert "91,000 JPY" in plain(visitor.post("/bulk/preview", choice="fraud", case="case-0000000000000001:1").text)


def test_a_case_follows_the_currency_of_its_incident(pages: Pages) -> None:
    case_id = put_case(pages.store, money_at_risk={"EUR": 90.0})
    with pages.store.begin() as session:
        take_incident(session, revision_document(money_at_risk={"EUR": 90.0, "USD": 1000.0}, revision=2), pages.now, SETTINGS)
    assert state(pages, case_id)[0] == "open" and "1,000 USD at risk" in plain(pages.visitor("viewer").get("/"))


def test_more_than_a_page_is_shown_page_by_page(quick_pages: Pages) -> None:
    cases = many(quick_pages, 60)
    visitor = quick_pages.visitor("viewer")
    first = visitor.get("/?severity=&sort=due")
    [more] = re.findall(r'href="([^"]+)" rel="next"', first)
    rest = visitor.get(more.replace("&amp;", "&"))
    assert sorted(ids(first) + ids(rest)) == sorted(cases) and len(ids(first)) == 50
    assert 'rel="next"' not in rest and "60 cases" in plain(first) and "60 cases" in plain(rest)


def test_hostile_text_is_shown_as_text(pages: Pages) -> None:
    for number, text in enumerate(HOSTILE):
        put_case(pages.store, number, headline=text, pattern=text)
    visitor = pages.visitor("lead")
    page = visitor.get("/")
    assert "<script>alert" not in page and "<img" not in page and "49" not in re.findall(r"\{\{.*?\}\}", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for case_id in ids(page):
        visitor.get(f"/cases/{case_id}/verdict?word=fraud")
    for text in HOSTILE[:-4]:
        answer = visitor.client.get("/", params={"q": text[:100]})
        assert answer.status_code == 200 and "<script>alert" not in answer.text and "<img" not in answer.text


# --- acts
# --------------------------------------------------------------------------------------------------------

ACTS = [("/cases/{}/claim", {}, ANALYST), ("/next", {}, ANALYST), ("/cases/{}/verdict", {"verdict": "fraud", "reason": "x"}, ANALYST),
        ("/bulk/preview", {"choice": "fraud", "case": "{}:1"}, LEAD), ("/bulk", {"choice": "fraud", "case": "{}:1", "reason": "x"}, LEAD),
        ("/seen", {}, frozenset(Role.people()))]  # fmt: skip


@pytest.mark.parametrize(("path", "fields", "allowed"), ACTS, ids=[one[0] for one in ACTS])
def test_each_role_may_do_what_it_may(quick_pages: Pages, path: str, fields: dict[str, str], allowed: frozenset[Role]) -> None:
    for number, role in enumerate(Role.people()):
        case_id = put_case(quick_pages.store, number)
        answer = quick_pages.visitor(role).post(path.format(case_id), **{name: value.format(case_id) for name, value in fields.items()})
        assert (answer.status_code == 403) == (role not in allowed), role
        if role not in allowed:
            assert state(quick_pages, case_id) == ("open", None, None)


def test_a_viewer_sees_no_act(quick_pages: Pages) -> None:
    put_case(quick_pages.store)
    page = quick_pages.visitor("viewer").get("/")
    assert "formaction" not in page and "checkbox" not in page and "/next" not in page
    assert "checkbox" not in quick_pages.visitor("analyst").get("/")


def test_a_claim_and_its_undo(pages: Pages) -> None:
    case_id = put_case(pages.store)
    visitor = pages.visitor("analyst")
    assert visitor.act(f"/cases/{case_id}/claim", version="1", back="/?sort=due") == f"/?sort=due#{case_id}"
    assert state(pages, case_id) == ("claimed", "analyst", None)
    assert visitor.act(undo_of(visitor), back="/") == f"/#{case_id}"
    assert state(pages, case_id) == ("open", None, None)
    assert "Undo" not in plain(visitor.get("/"))


def undo_of(visitor: Visitor) -> str:
    """The address of the undo that a page shows."""
    [address] = re.findall(r'action="(/acts/[^"]+/undo)"', visitor.get("/"))
    return str(address)


def test_a_claim_of_what_another_person_has_or_changed_is_refused(pages: Pages) -> None:
    case_id = put_case(pages.store)
    anna, lea = pages.visitor("analyst"), pages.visitor("lead")
    lea.act(f"/cases/{case_id}/claim")
    answer = anna.post(f"/cases/{case_id}/claim")
    assert answer.status_code == 409 and "lead has case" in plain(answer.text)
    answer = lea.post(f"/cases/{case_id}/release", version="1")
    assert answer.status_code == 409 and "was changed meanwhile" in plain(answer.text)


def test_a_verdict_and_its_undo_leave_nothing_to_send(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=5)
    visitor = pages.visitor("analyst")
    visitor.act(f"/cases/{case_id}/claim")
    page = plain(visitor.get(f"/cases/{case_id}/verdict?word=legitimate"))
    assert "Verdict: legitimate" in page and "5 alerts" in page
    visitor.act(f"/cases/{case_id}/verdict", verdict="legitimate", reason="a family")
    assert state(pages, case_id) == ("closed", "analyst", "legitimate")
    visitor.act(undo_of(visitor))
    assert state(pages, case_id) == ("claimed", "analyst", None)
    with pages.store.read() as session:
        assert {row.state for row in session.query(Outgoing)} == {"cancelled"}
        assert [row.undone_by for row in session.query(VerdictRow)] == ["analyst"]


def test_a_verdict_without_a_reason_is_refused(quick_pages: Pages) -> None:
    case_id = put_case(quick_pages.store)
    visitor = quick_pages.visitor("analyst")
    for fields in ({"verdict": "fraud"}, {"verdict": "fraud", "reason": " "}, {"reason": "x"}, {"verdict": "guilty", "reason": "x"}):
        assert visitor.post(f"/cases/{case_id}/verdict", **fields).status_code == 422
    assert state(quick_pages, case_id) == ("open", None, None)


def test_next_claims_the_gravest_free_case(pages: Pages) -> None:
    cases = many(pages, 6)
    visitor = pages.visitor("analyst")
    assert visitor.act("/next").startswith("/incidents/inc-") and state(pages, cases[5])[1] == "analyst"
    visitor.act("/next", severity="medium")
    assert state(pages, cases[3])[1] == "analyst"
    visitor.act(undo_of(visitor))
    assert state(pages, cases[3])[1] is None
    for _ in range(5):
        visitor.act("/next")
    answer = visitor.post("/next")
    assert answer.status_code == 200 and "Nothing is free" in answer.text


def test_undo_is_of_ones_own_acts_and_for_ten_seconds(pages: Pages) -> None:
    case_id = put_case(pages.store)
    visitor = pages.visitor("analyst")
    visitor.act(f"/cases/{case_id}/claim")
    address = undo_of(visitor)
    assert pages.visitor("lead").post(address).status_code == 404
    pages.now += UNDO_MS + 1
    assert "Undo" not in plain(visitor.get("/"))
    pages.now += 5_000
    answer = visitor.post(address)
    assert answer.status_code == 409 and "more than 10 s have passed" in plain(answer.text).lower()
    assert state(pages, case_id)[1] == "analyst"


def test_what_was_changed_since_stays(pages: Pages) -> None:
    case_id = put_case(pages.store)
    visitor = pages.visitor("analyst")
    visitor.act(f"/cases/{case_id}/claim")
    address = undo_of(visitor)
    lead = pages.visitor("lead")
    lead.act("/bulk", choice="assign", owner="admin", reason="x", case=f"{case_id}:2")
    assert visitor.post(address).status_code == 409
    assert state(pages, case_id)[1] == "admin"


# --- many at once
# --------------------------------------------------------------------------------------------------------


def test_a_bulk_verdict_is_previewed_given_with_one_reason_and_undone(pages: Pages) -> None:
    cases = many(pages, 4)
    lead = pages.visitor("lead")
    pages.visitor("analyst").act(f"/cases/{cases[0]}/claim")
    chosen = [f"{case_id}:{2 if place == 0 else 1}" for place, case_id in enumerate(cases)]
    preview = lead.post("/bulk/preview", choice="inconclusive", case=chosen)
    assert "Verdict inconclusive: 3 cases" in plain(preview.text) and "analyst has case" in plain(preview.text)
    assert [state(pages, case_id)[0] for case_id in cases] == ["claimed", "open", "open", "open"]
    lead.act("/bulk", choice="inconclusive", case=chosen, reason="load test")
    assert [state(pages, case_id)[2] for case_id in cases] == [None, *["inconclusive"] * 3]
    assert "Verdict inconclusive: 3 of 4 cases." in plain(lead.get("/"))
    lead.act(undo_of(lead))
    assert [state(pages, case_id)[0] for case_id in cases] == ["claimed", "open", "open", "open"]


def test_many_are_given_closed_and_opened_again(pages: Pages) -> None:
    cases = many(pages, 3)
    lead = pages.visitor("lead")
    lead.act("/bulk", choice="assign", owner="analyst", case=[f"{one}:1" for one in cases], reason="your shift")
    assert {state(pages, one)[:2] for one in cases} == {("claimed", "analyst")}
    lead.act(undo_of(lead))
    lead.act("/bulk", choice="close", case=[f"{one}:3" for one in cases], reason="duplicates")
    assert {state(pages, one)[0] for one in cases} == {"closed"}
    assert len(ids(lead.get("/?show=closed"))) == 3
    lead.act("/bulk", choice="reopen", case=[f"{one}:4" for one in cases], reason="not duplicates")
    assert {state(pages, one)[0] for one in cases} == {"open"}


def test_all_chosen_cases_are_claimed_at_once_but_those_of_others(pages: Pages) -> None:
    cases = many(pages, 3)
    lead = pages.visitor("lead")
    assert 'formaction="/bulk/claim" data-key="C"' in lead.get("/")
    chosen = [f"{one}:1" for one in cases]
    lead.act("/bulk/claim", case=chosen, back="/?sort=due")
    assert {state(pages, one)[:2] for one in cases} == {("claimed", "lead")} and "Claimed: 3 cases." in plain(lead.get("/"))
    lead.act(undo_of(lead))
    assert {state(pages, one)[0] for one in cases} == {"open"}
    pages.visitor("analyst").act(f"/cases/{cases[0]}/claim")
    lead.act("/bulk/claim", case=[f"{one}:3" for one in cases])
    assert [state(pages, one)[1] for one in cases] == ["analyst", "lead", "lead"] and "Claimed: 2 of 3 cases." in plain(lead.get("/"))
    admin = pages.visitor("admin")
    assert [admin.post("/bulk/claim", case=one).status_code for one in ([], [f"{cases[0]}:4"], ["x y:1"])] == [422, 409, 422]
    assert pages.visitor("analyst").post("/bulk/claim", case=chosen).status_code == 403


@pytest.mark.parametrize("fields", [{}, {"choice": "burn", "case": "case-1:1"}, {"choice": "fraud"},
                                    {"choice": "fraud", "case": "case-none:1"},
                                    {"choice": "assign", "case": "case-none:1"}, {"choice": "fraud", "case": ["x:1", "x:1"]}])  # fmt: skip
def test_a_bulk_act_that_cannot_be_changes_nothing(quick_pages: Pages, fields: dict[str, str]) -> None:
    assert quick_pages.visitor("lead").post("/bulk", **fields, reason="x").status_code in (404, 409, 422)


def test_calling_many_blocks_wrong_waits_for_a_second_person(pages: Pages) -> None:
    from dataclasses import replace

    settings = pages.service.settings
    pages.service.settings = replace(settings, cases=replace(settings.cases, four_eyes_blocks=2))
    case_id = put_blocked(pages)
    lead = pages.visitor("lead")
    assert "a second person must agree" in plain(lead.get(f"/cases/{case_id}/verdict?word=legitimate"))
    for path, fields in (
        (f"/cases/{case_id}/verdict", {"verdict": "legitimate"}),
        ("/bulk", {"choice": "legitimate", "case": f"{case_id}:1"}),
    ):
        answer = lead.post(path, reason="x", **fields)
        assert answer.status_code == 202 and "It waits for a second person" in plain(answer.text)
    assert state(pages, case_id)[0] == "open"
    assert "Undo" not in plain(lead.get("/"))


def put_blocked(pages: Pages) -> str:
    from ops.cases.tables import AlertRow

    case_id = put_case(pages.store, alerts=4)
    with pages.store.begin() as session:
        for alert in session.query(AlertRow):
            alert.decision = "block"
    return case_id


# --- one's own lists and marks
# --------------------------------------------------------------------------------------------------------


def test_a_list_is_saved_under_a_name_and_removed(pages: Pages) -> None:
    visitor = pages.visitor("viewer")
    assert visitor.act("/filters", query="severity=high&sort=due&evil=", name="  High   ones ") == "/?severity=high&sort=due"
    page = visitor.get("/")
    assert '<a href="/?severity=high&amp;sort=due">High ones</a>' in page
    assert "High ones" not in pages.visitor("lead").get("/")
    visitor.act("/filters", query="kind=wave", name="High ones")
    assert '<a href="/?kind=wave">High ones</a>' in visitor.get("/")
    [number] = set(re.findall(r'action="/filters/(\d+)/remove"', visitor.get("/")))
    assert pages.visitor("lead").post(f"/filters/{number}/remove").status_code == 404
    visitor.act(f"/filters/{number}/remove")
    assert "High ones" not in visitor.get("/")


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 41}, {"name": "a\tb\x07"}, {"name": "x", "query": "a=1"},
                                    {"name": "x", "query": "q=" + "x" * 600}])  # fmt: skip
def test_a_list_that_cannot_be_saved_is_refused(quick_pages: Pages, fields: dict[str, str]) -> None:
    assert quick_pages.visitor("viewer").post("/filters", **fields).status_code == 422


def test_what_changed_since_one_last_looked_is_marked(pages: Pages) -> None:
    old = put_case(pages.store, 1, at=pages.now)
    visitor = pages.visitor("analyst")
    pages.now += 1000
    assert "New to you" not in plain(visitor.get("/"))
    pages.now += 8 * 3_600_000
    visitor = pages.visitor("analyst")
    new = put_case(pages.store, 2, at=pages.now - 1000)
    assert shown_count(visitor.get("/"), "New to you") == 1
    assert ids(visitor.get("/?new=1")) == [new] and old not in ids(visitor.get("/?new=1"))
    assert "New to you" not in plain(pages.visitor("lead").get("/"))
    visitor.act("/seen")
    assert "New to you" not in plain(visitor.get("/"))


def test_what_one_changed_last_oneself_is_not_new(pages: Pages) -> None:
    first, second, visitor = put_case(pages.store, 1, at=pages.now), put_case(pages.store, 2, at=pages.now), pages.visitor("analyst")
    visitor.get("/")
    pages.now += 1000
    for case_id in (first, second):
        visitor.act(f"/cases/{case_id}/claim")
        visitor.act(f"/cases/{case_id}/release")  # free again, so that no owner says whose change it was
    page = visitor.get("/")
    assert "New to you" not in plain(page) and "changed since you last looked" not in page and not ids(visitor.get("/?new=1"))
    assert "changed since you last looked" not in visitor.get(f"/rows?ids={first},{second}")
    pages.now += 1000
    pages.visitor("lead").act(f"/cases/{first}/claim")
    page = visitor.get("/")
    assert shown_count(page, "New to you") == 1 == page.count(">changed since you last looked<")
    assert ids(visitor.get("/?new=1")) == [first]


# --- live
# --------------------------------------------------------------------------------------------------------


def test_rows_are_shown_as_they_are_now(pages: Pages) -> None:
    cases = many(pages, 3)
    lead = pages.visitor("lead")
    lead.act(f"/cases/{cases[0]}/claim")
    page = lead.get(f"/rows?ids={','.join(cases)},case-none")
    assert sorted(ids(page)) == sorted(cases) and "Give back" in page
    assert lead.client.get("/rows?ids=" + ",".join(f"c{n}" for n in range(51))).status_code == 422


def test_looks_tell_what_changed_between_them() -> None:
    from ops.desk.live import Change, changes_between

    before = {"a": (1, 10, False), "b": (1, 10, True)}
    after = {"a": (2, 11, False), "b": (1, 10, True), "c": (1, 12, True), "d": (4, 12, False)}
    assert changes_between(None, after) == []
    assert changes_between(before, after) == [Change("a", False), Change("c", True), Change("d", False)]


def test_a_stream_of_changes_ends_and_says_so(quick_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.desk.pages.live.LASTS_S", 0.0)
    answer = quick_pages.visitor("viewer").client.get("/live")
    assert answer.headers["content-type"].startswith("text/event-stream") and answer.text == "retry: 3000\n\nevent: end\ndata:\n\n"
    assert quick_pages.nobody().client.get("/live").status_code == 303


def test_the_undo_of_a_page_that_answers_a_form_leads_to_the_queue(quick_pages: Pages) -> None:
    case_id = put_case(quick_pages.store)
    lead = quick_pages.visitor("lead")
    lead.act(f"/cases/{case_id}/claim")
    page = lead.post("/bulk/preview", choice="fraud", case=f"{case_id}:2").text
    assert 'name="back" value="/"' in page and "/undo" in page
