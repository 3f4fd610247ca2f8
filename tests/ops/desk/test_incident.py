"""The page of an incident: its story and facts, its picture, its timeline, and what may be done."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from domain.times import holding_duration
from ops.access.roles import Role
from ops.api.rights import ANALYST, LEAD
from ops.cases.ingest.incidents import take_incident
from ops.cases.queue import case
from ops.cases.tables import AlertRow, DeskAct, Outgoing, VerdictRow
from tests.support.case_samples import SETTINGS, put_case, revision_document, some_alerts
from tests.support.desk_calls import Pages, Visitor, plain
from tests.support.incident_samples import START

PARTS = {
    "headline": [{"text": "Device farm: "}, {"fact": "F1", "text": "9 accounts"}],
    "explanation": [
        [{"fact": "F1", "text": "9 accounts"}, {"text": " share a device, score "}, {"fact": "F2", "text": "0.75"}, {"text": "."}]
    ],
    "next_steps": [{"id": "block", "parts": [{"text": "Block the device."}]}],
}
FACTS = [
    {"id": "F1", "name": "distinct_account", "value": 9, "unit": "account", "text": "9 distinct accounts"},
    {"id": "F2", "name": "score_max", "value": 0.75, "unit": "score", "text": "highest score 0.75"},
    {"id": "F3", "name": "shared_device", "value": 9, "unit": "alerts", "text": "device 9c41a2b3c4d5e6f7 is in 9 alerts"},
]
STORY: dict[str, Any] = {
    "parts": PARTS, "language": "en", "explanation": "x", "next_steps": ["x"], "writer": {"name": "template"},
    "evidence": {"facts": FACTS, "strongest": []},
}  # fmt: skip


def page_of(case_id: str) -> str:
    return f"/incidents/{case_id.replace('case-', 'inc-')}"


def state(pages: Pages, case_id: str) -> tuple[str, str | None, str | None]:
    with pages.store.read() as session:
        found = case(session, case_id).case
        return found.status, found.owner, found.verdict


def alert_ids(page: str) -> list[str]:
    return re.findall(r'name="alert" value="([0-9a-f]{32})"', page)


# --- what is told
# --------------------------------------------------------------------------------------------------------


def test_each_phrase_that_says_a_fact_leads_to_it(pages: Pages) -> None:
    page = pages.visitor("viewer").get(page_of(put_case(pages.store, **STORY)))
    assert page.count('<a class="cite" href="#F1" title="9 distinct accounts" data-fact="F1">9 accounts</a>') == 2
    assert '<a class="cite" href="#F2"' in page and all(page.count(f'id="{fact["id"]}"') == 1 for fact in FACTS)
    assert '<a href="/entities/device:9c41a2b3c4d5e6f7">9c41a2b3c4d5e6f7</a> is in 9 alerts' in page
    said = plain(page)
    assert "share a device, score 0.75 ." in said and "Block the device." in said and "100.00 EUR" in said
    assert "Told by the template" in said and "formaction" not in page and "/verdict" not in page


def test_a_document_of_before_summaries_had_parts_is_told_by_its_texts(quick_pages: Pages) -> None:
    told = {"explanation": "The highest score is 0.75 [F1], and [F9] is none.", "next_steps": ["Block the device."]}
    page = quick_pages.visitor("viewer").get(page_of(put_case(quick_pages.store, **told)))
    assert "The highest score is 0.75" in plain(page) and 'href="#F1"' in page and 'href="#F9"' not in page
    assert "Linked accounts 0" in plain(page) and "Block the device." in plain(page)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "‮drowssap" * 400, "x" * 10_000])
def test_a_hostile_document_is_shown_as_text(quick_pages: Pages, text: str) -> None:
    evidence = {"facts": [{"id": text, "text": text, "name": text, "value": text}, {"id": {}, "text": [], "name": "x", "value": None}]}
    parts = {"headline": [{"text": text, "fact": text}], "explanation": [[{"text": text, "fact": [text]}]], "next_steps": []}
    case_id = put_case(
        quick_pages.store, headline=text, explanation=text, next_steps=[text, 5, {}], writer={"model": text, "name": "llm"},
        evidence=evidence, money_at_risk={text[:50]: 5.0}, parts=parts, language=text,
    )  # fmt: skip
    lead = quick_pages.visitor("lead")
    lead.act(f"/cases/{case_id}/comments", text=text[:1500].replace("‮", ""))
    page = lead.get(page_of(case_id))
    assert "<script>alert" not in page and "<img" not in page and "‮" not in page
    assert max(map(len, re.split(r"\s", plain(page)))) <= 2000
    assert lead.get(page_of(put_case(quick_pages.store, 1, headline=text, explanation=text, parts=text, next_steps=text)))


def test_an_incident_that_is_not_there_is_told(quick_pages: Pages) -> None:
    page = quick_pages.visitor("viewer").get("/incidents/inc-none", 404)
    assert "there is no incident inc-none" in plain(page)
    assert quick_pages.visitor("analyst").post("/incidents/inc-none/verdict", verdict="fraud", reason="x").status_code == 404


def test_an_incident_too_mild_for_a_case_can_only_be_read(quick_pages: Pages) -> None:
    case_id = put_case(quick_pages.store, severity="low")
    page = quick_pages.visitor("lead").get(page_of(case_id))
    assert "No case" in plain(page) and '<h2 id="comments"' not in page and "/verdict" not in page


def test_the_ring_is_shown_at_each_of_its_revisions(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=2)
    grown = revision_document(0, some_alerts(5, f"{0:016x}"), revision=2)
    with pages.store.begin() as session:
        take_incident(session, grown, pages.now, SETTINGS)
    viewer = pages.visitor("viewer")
    newest, first = viewer.get(page_of(case_id)), viewer.get(f"{page_of(case_id)}?revision=1")
    assert "Revision 2 of 2" in plain(newest) and " is-later" not in newest and 'href="?revision=1#ring"' in newest
    assert "Revision 1 of 2" in plain(first) and " is-later" in first and 'data-numbers="1 2"' in first
    assert viewer.client.get(f"{page_of(case_id)}?revision=0").status_code == 422
    assert "Revision 2: 5 alerts, 5 accounts" in plain(newest)


def test_a_wave_and_unconnected_alerts_have_their_form(pages: Pages) -> None:
    events = [{"account": "b874bcd0aa74fd22", "event_id": "621f", "time": 1_772_674_319_429}, {"account": 5, "time": "x"}]
    wave = put_case(pages.store, 1, alerts=0, kind="wave", pattern="wave", events=events, related=["inc-0b"], participants={})
    page = pages.visitor("lead").get(page_of(wave))
    assert "Some of its events" in plain(page) and "b874bcd0" in page and 'href="/incidents/inc-0b"' in page and "ring-picture" not in page
    loose = put_case(pages.store, 2, alerts=3, kind="unconnected", rings=[])
    page = pages.visitor("lead").get(page_of(loose))
    assert "Nothing connects these accounts" in plain(page) and "ring-picture" not in page


def test_the_timeline_tells_what_happened_the_newest_first(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=3)
    analyst = pages.visitor("analyst")
    for path, fields in (("claim", {}), ("due", {"hours": "4"}), ("comments", {"text": "the courier confirms"}), ("release", {})):
        pages.now += 1000
        analyst.act(f"/cases/{case_id}/{path}", **fields)
    [trail] = re.findall(r'aria-labelledby="trail">(.*?)</section>', analyst.get(page_of(case_id)), re.DOTALL)
    said = plain(trail)
    order = ["gave it back", "commented", "the courier confirms", "set it due", "claimed it", "Revision 1:", "3 alerts"]
    assert sorted(order, key=said.index) == order


def test_alerts_are_shown_page_by_page_with_their_reasons(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=30)
    analyst = pages.visitor("analyst")
    first = analyst.get(page_of(case_id))
    [more] = re.findall(r'href="(\?cursor=[^"#]+)#alerts" rel="next"', first)
    rest = analyst.get(page_of(case_id) + more)
    assert (len(alert_ids(first)), len(alert_ids(rest))) == (25, 5) and not set(alert_ids(first)) & set(alert_ids(rest))
    assert "device seen with many accounts" in plain(first) and "30 alerts" in plain(rest)


def test_a_case_like_it_is_shown_with_its_verdict(pages: Pages) -> None:
    one, other = (put_case(pages.store, number) for number in (1, 2))
    pages.visitor("lead").act(f"{page_of(other)}/verdict", verdict="fraud", reason="x")
    page = plain(pages.visitor("viewer").get(page_of(one)))
    similar = page[page.index("Similar cases") :]
    assert "fraud Linked accounts 2 shares 1 thing" in similar


def test_the_audit_is_for_those_who_may(quick_pages: Pages) -> None:
    case_id = put_case(quick_pages.store)
    quick_pages.visitor("lead").act(f"/cases/{case_id}/claim")
    assert "case.claim" in plain(quick_pages.visitor("admin").get(page_of(case_id)))
    assert "case.claim" not in plain(quick_pages.visitor("lead").get(page_of(case_id)))


# --- what is done
# --------------------------------------------------------------------------------------------------------

ACTS = [
    ("/incidents/{incident}/verdict", {"verdict": "fraud", "reason": "x"}, ANALYST),
    ("/cases/{case}/assign", {"owner": "analyst"}, LEAD),
    ("/cases/{case}/due", {"hours": "8"}, ANALYST),
    ("/cases/{case}/close", {"reason": "x"}, ANALYST),
    ("/cases/{case}/comments", {"text": "x"}, ANALYST),
]


@pytest.mark.parametrize(("path", "fields", "allowed"), ACTS, ids=[one[0] for one in ACTS])
def test_each_role_may_do_what_it_may_and_undo_it(quick_pages: Pages, path: str, fields: dict[str, str], allowed: frozenset[Role]) -> None:
    for number, role in enumerate(Role.people()):
        case_id = put_case(quick_pages.store, number)
        visitor = quick_pages.visitor(role)
        assert visitor.post(path.format(case=case_id, incident=case_id.replace("case-", "inc-")), csrf="", **fields).status_code == 403
        answer = visitor.post(path.format(case=case_id, incident=case_id.replace("case-", "inc-")), **fields)
        assert answer.status_code == (303 if role in allowed else 403), role
        if role in allowed:
            undo_last(visitor, page_of(case_id))
        assert state(quick_pages, case_id) == ("open", None, None)


def undo_last(visitor: Visitor, path: str) -> None:
    [address] = re.findall(r'action="(/acts/[^"]+/undo)"', visitor.get(path))
    visitor.act(address)


def test_after_a_verdict_of_the_whole_the_next_case_opens_claimed(pages: Pages) -> None:
    first, second = put_case(pages.store, 1, alerts=3, severity="high"), put_case(pages.store, 2)
    analyst = pages.visitor("analyst")
    to = analyst.act(f"{page_of(first)}/verdict", verdict="fraud", reason="same courier", version="1")
    assert to == f"{page_of(second)}?after={page_of(first).rpartition('/')[2]}"
    assert state(pages, first) == ("closed", "analyst", "fraud") and state(pages, second) == ("claimed", "analyst", None)
    page = analyst.get(to)
    assert "Fraud: Linked accounts 1 The next case is here, claimed for you." in plain(page) and "You have this case" in plain(page)
    undo_last(analyst, to)
    assert state(pages, first) == ("open", None, None) and state(pages, second)[1] == "analyst"
    assert analyst.act(f"{page_of(first)}/verdict", verdict="fraud", reason="x") == to, "one's own case comes before free ones"
    assert analyst.act(f"{page_of(second)}/verdict", verdict="fraud", reason="x") == f"{page_of(second)}#{second}"


def test_a_verdict_on_chosen_alerts_leaves_the_case_open(pages: Pages) -> None:
    case_id = put_case(pages.store, alerts=4)
    put_case(pages.store, 1, severity="critical")
    analyst = pages.visitor("analyst")
    chosen = alert_ids(analyst.get(page_of(case_id)))[:2]
    assert (
        analyst.act(f"{page_of(case_id)}/verdict", verdict="legitimate", reason="a family", alert=chosen) == f"{page_of(case_id)}#{case_id}"
    )
    assert state(pages, case_id) == ("open", None, None)
    page = analyst.get(page_of(case_id))
    assert "Verdict: legitimate of 2 alerts." in plain(page) and page.count('<span class="verdict legitimate">') == 3
    with pages.store.read() as session:
        assert {row.document["is_fraud"] for row in session.query(Outgoing)} == {False} and session.query(Outgoing).count() == 2
    assert analyst.post(f"{page_of(case_id)}/verdict", verdict="fraud", reason="x", alert=["0" * 32]).status_code == 404


@pytest.mark.parametrize("fields", [{"verdict": "fraud"}, {"reason": "x"}, {"verdict": "guilty", "reason": "x"},
                                    {"verdict": "fraud", "reason": "x", "alert": "x"}])  # fmt: skip
def test_a_verdict_that_cannot_be_is_refused(quick_pages: Pages, fields: dict[str, str]) -> None:
    case_id = put_case(quick_pages.store)
    assert quick_pages.visitor("analyst").post(f"{page_of(case_id)}/verdict", **fields).status_code == 422
    assert state(quick_pages, case_id) == ("open", None, None)


def test_a_verdict_is_taken_back_by_who_gave_it_or_a_lead(pages: Pages) -> None:
    case_id = put_case(pages.store)
    analyst, admin, lead = (pages.visitor(name) for name in ("analyst", "admin", "lead"))
    admin.act(f"{page_of(case_id)}/verdict", verdict="fraud", reason="x")
    with pages.store.read() as session:
        [given] = [row.id for row in session.query(VerdictRow)]
    path = f"/cases/{case_id}/verdicts/{given}/undo"
    assert "Take back" not in plain(analyst.get(page_of(case_id))) and "Take back" in plain(lead.get(page_of(case_id)))
    assert analyst.post(path, reason="x").status_code == 403
    assert lead.post(path, reason=" ").status_code == 422
    pages.now += 60_000
    assert lead.act(path, reason="the wrong case", back=page_of(case_id)) == f"{page_of(case_id)}#{case_id}"
    assert state(pages, case_id)[0] == "open"
    page = plain(lead.get(page_of(case_id)))
    assert "Open again: lead took the verdict fraud back" in page and "Taken back by lead: the wrong case" in page


def test_calling_many_blocks_wrong_waits_for_a_second_person(pages: Pages) -> None:
    settings = pages.service.settings
    pages.service.settings = replace(settings, cases=replace(settings.cases, four_eyes_blocks=2))
    case_id = put_case(pages.store, alerts=4)
    with pages.store.begin() as session:
        for alert in session.query(AlertRow):
            alert.decision = "block"
    lead = pages.visitor("lead")
    assert "Legitimate would call 4 blocked events no fraud" in plain(lead.get(page_of(case_id)))
    answer = lead.post(f"{page_of(case_id)}/verdict", verdict="legitimate", reason="x")
    assert answer.status_code == 202 and "It waits for a second person" in plain(answer.text)
    assert "lead asks for the verdict legitimate" in plain(lead.get(page_of(case_id)))
    assert state(pages, case_id)[0] == "open"


def test_a_case_is_given_closed_and_opened_again(pages: Pages) -> None:
    case_id = put_case(pages.store)
    lead, analyst = pages.visitor("lead"), pages.visitor("analyst")
    lead.act(f"/cases/{case_id}/assign", owner="analyst", back=page_of(case_id))
    assert "analyst has this case" in plain(lead.get(page_of(case_id)))
    assert lead.post(f"/cases/{case_id}/assign", owner="viewer").status_code == 422
    assert lead.post(f"{page_of(case_id)}/verdict", verdict="fraud", reason="x").status_code == 409
    assert analyst.post(f"/cases/{case_id}/due", hours="0").status_code == 422
    analyst.act(f"/cases/{case_id}/close", reason="a duplicate", version="2")
    assert state(pages, case_id)[0] == "closed"
    analyst.act(f"/cases/{case_id}/reopen", reason="no duplicate")
    assert "Open again: analyst: no duplicate" in plain(analyst.get(page_of(case_id)))


def test_a_comment_and_its_undo(pages: Pages) -> None:
    case_id = put_case(pages.store)
    analyst = pages.visitor("analyst")
    assert analyst.act(f"/cases/{case_id}/comments", text="line one\nline two", back=page_of(case_id)) == f"{page_of(case_id)}#comments"
    assert "line one\nline two" in analyst.get(page_of(case_id))
    undo_last(analyst, page_of(case_id))
    assert "line one" not in analyst.get(page_of(case_id))
    assert analyst.post(f"/cases/{case_id}/comments", text=" ").status_code == 422
    with pages.store.read() as session:
        assert session.query(DeskAct).count() == 1


def test_the_head_says_what_of_the_money_was_paid(pages: Pages) -> None:
    sums = {"money_at_risk": {"EUR": 9000.0, "JPY": 40_000.0}}
    for number, (paid, said) in enumerate([({"EUR": 300.0}, "300.00 EUR"), ({}, "nothing"), ("<b>", "nothing")]):
        case_id = put_case(pages.store, number + 5, **sums, money_paid=paid)
        assert f"{said} of it paid" in plain(pages.visitor("viewer").get(page_of(case_id)))
    assert "of it paid" not in plain(pages.visitor("viewer").get(page_of(put_case(pages.store, 9, **sums))))


def test_the_head_rounds_the_time_as_the_story_does(pages: Pages) -> None:
    case_id = put_case(pages.store, 4, first_time=START, last_time=START + 2_290_000)
    assert f"within {holding_duration(2290)}" == "within 39 minutes"
    assert "UTC within 39 minutes" in plain(pages.visitor("viewer").get(page_of(case_id)))
