"""The pages of rules and switches: written with checks, sent, ended; what waits for a second person."""

from __future__ import annotations

import re

import pytest

from ops.access.roles import Role
from ops.cases.control_answers import note_applied
from ops.cases.control_changes import newest
from ops.cases.tables import ControlChange
from ops.desk.view.drafts import NEW_TEXT
from ops.desk.view.side_by_side import Pair, side_by_side
from tests.support.desk_calls import Pages, Visitor, plain

TEXT = "when: {field: event_type, is: signup}\ndecision: investigate\ntext: a sign-up\n"
IGNORED = {"kind": "switch", "record_id": "auto_block", "state": "active", "by": "eve", "reason": "x", "status": "sent"}
HOSTILE = "<script>alert(1)</script>&\"'"


def draft(**changes: str) -> dict[str, str]:
    return {"id": "R7", "rule": TEXT, "state": "shadow", "reason": "wave since 9 h", "seen": "0", **changes}


def sent(visitor: Visitor, **changes: str) -> str:
    return visitor.act("/rules/draft/save", **draft(**changes))


def test_a_rule_is_written_sent_and_changed(pages: Pages) -> None:
    lead = pages.visitor("lead")
    assert "There is no rule yet" in plain(lead.get("/rules"))
    assert "a sign-ups" not in plain(lead.get("/rules/draft/new")) and "Send version 1" in plain(lead.get("/rules/draft/new"))
    assert sent(lead) == "/rules/R7"
    page = plain(lead.get("/rules/R7"))
    assert "a sign-up shadow R7 · version 1 · on its way" in page and "Send version 2" in page
    assert sent(lead, state="active", seen="1", rule=TEXT.replace("signup", "order"), reason="orders, too") == "/rules/R7"
    page = lead.get("/rules/R7")
    assert re.findall(r'class="(?:went|came)">([^<]*)', page) == [
        "when: {field: event_type, is: signup}",
        "when: {field: event_type, is: order}",
    ]
    assert "when: {field: event_type, is: signup}" in lead.get("/rules/R7?edit=1")
    assert "lead: orders, too" in plain(lead.get("/rules")) and "No rule is paused" in plain(lead.get("/rules?state=paused"))
    with pages.store.read() as session:
        found = newest(session, "rule", "R7")
        assert found is not None and (found.by, found.version, found.record["state"]) == ("lead", 2, "active")


def test_a_new_rule_is_to_be_counted_before_it_decides(quick_pages: Pages) -> None:
    page = quick_pages.visitor("lead").get("/rules/draft/new")
    assert re.findall(r'value="(\w+)" checked', page) == ["shadow"]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (TEXT.replace("event_type", "event_tipe"), "did you mean event_type?", 1),
        ("when: {all: [}\n", "column 14 : not YAML: expected the node content, but found '}'; write what is missing", 1),
        ("when:\n\tall: x\n", "column 1 : not YAML: found character '\\t' that cannot start any token; indent with spaces", 2),
        ("when:\n  all: [1, 2\ndecision: x\n", "it begins in line 2); put a comma between the parts, and close the bracket", 3),
        (TEXT + "state: active\n", "leave it out here", 4),
        (TEXT.replace("investigate", "forbid"), "one of investigate, block, approve_unless_blocked is wanted", 2),
        (f"{TEXT}---\n{TEXT}", "it holds 2 rules", None),
        (TEXT + f"{HOSTILE}: 1\n", "", None),
        ("", "it holds no rule", None),
    ],
)
def test_a_fault_is_told_with_line_and_mend_and_the_text_stays(quick_pages: Pages, text: str, said: str, line: int | None) -> None:
    lead = quick_pages.visitor("lead")
    for path, status in (("/rules/draft/check", 200), ("/rules/draft/save", 422)):
        answer = lead.post(path, **draft(rule=text))
        assert answer.status_code == status
        assert said in plain(answer.text) and (line is None or f"Line {line}," in plain(answer.text))
        assert "<script>alert" not in answer.text
    with quick_pages.store.read() as session:
        assert newest(session, "rule", "R7") is None


@pytest.mark.parametrize(
    ("changes", "field"), [({"id": ""}, "id"), ({"id": "a b"}, "id"), ({"state": "on"}, "state"), ({"reason": ""}, "reason")]
)
def test_a_fault_beside_the_text_is_told_on_the_page(quick_pages: Pages, changes: dict[str, str], field: str) -> None:
    answer = quick_pages.visitor("lead").post("/rules/draft/save", **draft(**changes))
    assert answer.status_code == 422 and f"<code>{field}</code>" in answer.text


def test_who_comes_second_sees_what_the_first_has_changed(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    sent(lead)
    assert admin.post("/rules/draft/save", **draft()).status_code == 409
    sent(lead, seen="1", reason="again")
    answer = admin.post("/rules/draft/save", **draft(seen="1"))
    assert answer.status_code == 409 and "version 2 by now, you have seen 1" in plain(answer.text)


def test_a_rule_is_put_out_of_force_with_a_reason(pages: Pages) -> None:
    lead = pages.visitor("lead")
    sent(lead)
    assert lead.post("/rules/R7/state", state="paused").status_code == 422
    assert lead.act("/rules/R7/state", state="deleted", reason="false alarms") == "/rules/R7"
    assert "a sign-up" not in plain(lead.get("/rules")) and "a sign-up" in plain(lead.get("/rules?state=deleted"))
    assert "lead: false alarms" in plain(lead.get("/rules/R7"))
    assert lead.post("/rules/R8/state", state="paused", reason="x").status_code == 404
    lead.get("/rules/R8", 404)


OFF, TO_BE_OFF = "Automatic blocking is off", "Automatic blocking is to be off"


def put_in_force(pages: Pages) -> None:
    """Let the job say that the newest change of the switch is in force."""
    with pages.store.begin() as session:
        change = newest(session, "switch", "auto_block")
        assert change is not None
        entry = {"control": "switch", "id": "auto_block", "version": change.version, "record": change.record}
        note_applied(session, {**entry, "at": pages.now})


def test_all_pages_say_that_blocking_is_off(pages: Pages) -> None:
    lead, viewer = pages.visitor("lead"), pages.visitor("viewer")
    assert lead.act("/switches/auto_block", on="off", reason=HOSTILE, back="/rules") == "/rules#switches"
    put_in_force(pages)
    for path in ("/", "/me", "/rules"):
        assert OFF in plain(viewer.get(path)) and "<script>alert" not in viewer.get(path)
    lead.act("/switches/auto_block", on="on", reason="mended", back="//evil")
    assert f"{OFF} : every block becomes a review. To be on again, once the job says so: lead" in plain(viewer.get("/"))
    put_in_force(pages)
    assert "Automatic blocking is" not in plain(viewer.get("/"))
    assert lead.post("/switches/other", on="on", reason="x").status_code == 422


def test_a_record_that_the_job_does_not_take_turns_nothing(pages: Pages) -> None:
    """Neither one that it never reads, nor one that it refuses: what it said last holds."""
    lead, viewer = pages.visitor("lead"), pages.visitor("viewer")
    lead.act("/switches/auto_block", on="off", reason="too many", back="/rules")
    text = plain(viewer.get("/rules"))
    assert TO_BE_OFF in text and OFF not in text and "Automatic blocking on Off: every block becomes a review. To be off: lead" in text
    with pages.store.begin() as session:
        change = newest(session, "switch", "auto_block")
        assert change is not None
        change.status = "refused"
    assert "Automatic blocking is" not in plain(viewer.get("/"))
    lead.act("/switches/auto_block", on="off", reason="too many", back="/rules")
    put_in_force(pages)
    with pages.store.begin() as session:
        session.add(ControlChange(**{**IGNORED, "version": 1_000, "record": {"on": True}, "at": pages.now}))
    assert OFF in plain(viewer.get("/")) and "Turn off Automatic blocking" in plain(lead.get("/rules"))


def test_another_person_approves_or_turns_down(pages: Pages) -> None:
    lead, admin = pages.visitor("lead"), pages.visitor("admin")
    for number in (1, 2):
        named = {"who": "account", "how": "pseudonym", "value": f"{number:016x}"}
        assert lead.post("/lists", list="allow", expires="ever", reason="the founder's", **named).status_code == 202
    assert "another person approves it" in plain(lead.get("/rules"))
    [second, first] = re.findall(r'action="/changes/(\d+)/approve"', admin.get("/rules"))
    assert lead.post(f"/changes/{first}/approve", back="/rules").status_code == 403
    assert admin.act(f"/changes/{first}/approve", back="/rules") == "/rules"
    assert admin.post(f"/changes/{second}/withdraw", back="/rules").status_code == 422
    assert admin.act(f"/changes/{second}/withdraw", back="/rules", reason="nobody knows it") == "/rules"
    assert "Waits for a second person" not in plain(admin.get("/rules"))
    assert admin.post(f"/changes/{first}/approve").status_code == 409


@pytest.mark.parametrize("role", list(Role.people()))
def test_what_a_role_may(quick_pages: Pages, role: Role) -> None:
    visitor = quick_pages.visitor(role)
    is_lead = role in (Role.LEAD, Role.ADMIN)
    assert visitor.client.get("/rules").status_code == 200
    assert visitor.client.get("/rules/draft/new").status_code == (200 if is_lead else 403)
    assert visitor.post("/rules/draft/check", **draft()).status_code == 200
    assert visitor.post("/rules/draft/save", **draft()).status_code == (303 if is_lead else 403)
    assert visitor.post("/rules/R7/state", state="paused", reason="x").status_code == (303 if is_lead else 403)
    assert visitor.post("/switches/rules", on="off", reason="x").status_code == (303 if is_lead else 403)
    for act in ("approve", "withdraw"):
        assert visitor.post(f"/changes/1/{act}", reason="x").status_code in ((404, 409) if is_lead else (403,))


@pytest.mark.parametrize(
    "path", ["/rules/draft/check", "/rules/draft/save", "/rules/R7/state", "/switches/rules", "/changes/1/approve", "/changes/1/withdraw"]
)
def test_a_form_without_its_token_does_nothing(quick_pages: Pages, path: str) -> None:
    visitor = quick_pages.visitor("lead")
    assert visitor.post(path, csrf="", **draft(), on="off", back="/").status_code == 403
    assert quick_pages.nobody().post(path, **draft()).status_code in (303, 403)


def test_what_is_hostile_is_text(quick_pages: Pages) -> None:
    lead = quick_pages.visitor("lead")
    text = TEXT.replace("a sign-up", "'" + HOSTILE.replace("'", "''") + "'")
    assert sent(lead, rule=text + "# </textarea><b>\n", reason=HOSTILE) == "/rules/R7"
    for path in ("/rules", "/rules/R7"):
        assert "<script>alert" not in lead.get(path) and "</textarea><b>" not in lead.get(path)


def test_many_rules_are_in_pages(quick_pages: Pages) -> None:
    lead = quick_pages.visitor("lead")
    for number in range(52):
        sent(lead, id=f"R{number:02}")
    first = lead.get("/rules")
    [cursor] = re.findall(r'href="(/rules\?cursor=[^"]*)"', first)
    second = lead.get(cursor)
    assert (first.count("data-row"), second.count("data-row")) == (50, 2)


def test_lines_side_by_side() -> None:
    assert list(side_by_side("a\nb\nc", "a\nx\ny\nc")) == [Pair("a", "a"), Pair("b", "x"), Pair(None, "y"), Pair("c", "c")]
    assert next(side_by_side("", NEW_TEXT)) == Pair(None, "when:")
    assert list(side_by_side("", "")) == []
