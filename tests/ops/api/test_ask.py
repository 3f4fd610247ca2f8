"""Questions by the API: an answer with its tables, kept for who asked, and what is refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ops.assistant.asker import Asker
from ops.cases.tables import Question
from ops.desk.app import desk_app
from tests.support.api_desk import Desk
from tests.support.asked_month import NOW, month
from tests.support.scripted_questions import ScriptedModel, call, rows

PATH = "/v1/ask"


def asked(desk: Desk, who: str, **body: Any) -> Any:
    return desk.call(who, "POST", PATH, body)


def test_a_question_is_answered_and_kept(quick_desk: Desk) -> None:
    made = month(quick_desk.store)
    quick_desk.now = NOW
    answer = asked(quick_desk, "vera", question="alerts", window="2026-01").json()
    assert answer["known"] and answer["sentences"][0] == {
        "text": f"Flagged events, from 2026-01-01 to 2026-01-31: {len(made.alerts)}.", "cites": ["T1"]
    }  # fmt: skip
    assert answer["results"][0]["rows"] == [{"ref": "T1.1", "alerts": str(len(made.alerts))}]
    with quick_desk.store.read() as session:
        assert [(row.id, row.by) for row in session.scalars(select(Question))] == [(answer["id"], "vera")]
    unknown = asked(quick_desk, "vera", question="Who will it be?").json()
    assert not unknown["known"] and unknown["sentences"] == [] and "not among the ready ones" in unknown["why"]
    proposed = asked(quick_desk, "lea", question="put device:9c41aa00bb11cc22 on the block list").json()
    assert proposed["proposal"]["act"] == "list" and proposed["proposal"]["fields"]["list"] == "block"


def test_a_model_is_asked_here_as_at_the_desk(quick_desk: Desk) -> None:
    made = month(quick_desk.store)
    quick_desk.now = NOW
    lies = call("count", measure="alerts", window="2026-01"), {"tool": "answer", "arguments": {"rows": ["T1"]}, "text": "77777 of them"}
    desk_app(quick_desk.service, Asker(lambda: ScriptedModel(*lies)))
    answer = asked(quick_desk, "vera", question="Compare what came")
    assert answer.json()["writer"] == "scripted" and "77777" not in answer.text
    assert answer.json()["sentences"][0]["text"].endswith(f": alerts {len(made.alerts)}.")
    desk_app(quick_desk.service, Asker(lambda: ScriptedModel(rows())))
    assert not asked(quick_desk, "vera", question="Compare what came").json()["known"]


def test_what_is_refused(quick_desk: Desk) -> None:
    for body, field in (
        ({}, "question"), ({"question": ""}, "question"), ({"question": "  "}, "question"), ({"question": "x" * 1001}, "question"),
        ({"question": ["alerts"]}, "question"), ({"question": "a\x07"}, "question"), ({"question": "alerts", "model": "x"}, "model"),
        ({"question": "alerts", "window": "soon"}, "window"), ({"question": "alerts", "window": 7}, "window"),
    ):  # fmt: skip
        answer = asked(quick_desk, "vera", **body)
        assert (answer.status_code, answer.json()["field"]) == (422, field), body
    assert asked(quick_desk, "shop", question="alerts").status_code == 403
    assert asked(quick_desk, "nobody", question="alerts").status_code == 401
    quick_desk.service.ask = None
    assert asked(quick_desk, "vera", question="alerts").status_code == 503
