"""The page that rates and corrects a summary: what it shows, keeps, refuses by field, and whose it is."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from ops.cases.feedback.give import feedback_on
from tests.support.desk_calls import Pages, plain
from tests.support.feedback_samples import CORRECTION, put_summed_up
from tests.support.fence_samples import FARM

SENT = {
    "rating": "bad", "why": "too long", "corrects": "yes", "headline": CORRECTION.headline, "explanation": CORRECTION.explanation,
    "step": list(CORRECTION.next_steps), "revision": "1", "version": "0",
}  # fmt: skip
HOSTILE = '</textarea><script>alert(1)</script>"><img src=x>'


def path(incident: str) -> str:
    return f"/incidents/{incident}/summary"


def kept(pages: Pages, incident: str) -> list[Any]:
    with pages.store.read() as session:
        return list(feedback_on(session, incident))


def test_a_form_sent_as_it_is_shown_says_that_the_summary_is_good(pages: Pages) -> None:
    incident, anna = put_summed_up(pages.store), pages.visitor("analyst")
    assert f'href="{path(incident)}" data-key="s"' in anna.get(f"/incidents/{incident}")
    page = anna.get(path(incident))
    texts = {name: unescape(text) for name, text in re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)}
    steps = re.findall(r'name="step" value="(\w+)" checked', page)
    assert len(steps) == 2 and "[F9]" in texts["explanation"]
    answer = anna.post(path(incident), rating="good", corrects="yes", step=steps, revision="1", version="0", **texts)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{incident}"), answer.text
    assert [(one.rating, one.text, one.is_changed) for one in kept(pages, incident)] == [("good", None, False)]


def test_a_correction_is_kept_shown_again_changed_and_taken_back(pages: Pages) -> None:
    incident, anna = put_summed_up(pages.store), pages.visitor("analyst")
    assert anna.post(path(incident), **SENT).status_code == 303
    page = anna.get(path(incident))
    assert "not good, corrected, revision 1" in plain(page) and "too long" in plain(page)
    assert 'name="version" value="1"' in page and "raised 12 alerts [F1] within 11 minutes [F8]" in page
    assert anna.post(path(incident), **{**SENT, "rating": "good", "version": "1"}).status_code == 303
    [row] = kept(pages, incident)
    assert (row.rating, row.version, row.by) == ("good", 2, "analyst")
    assert anna.post(f"{path(incident)}/{row.id}/undo", back=path(incident)).headers["location"] == path(incident)
    assert kept(pages, incident)[0].undone_by == "analyst" and "Taken back by analyst" in plain(anna.get(path(incident)))


def test_what_is_wrong_is_said_beside_its_field_and_what_was_written_stays(pages: Pages) -> None:
    incident, anna = put_summed_up(pages.store), pages.visitor("analyst")
    answer = anna.post(
        path(incident), **{**SENT, "headline": f"Device farm: {HOSTILE}", "explanation": "{F9} raised 13 alerts within {F8}."}
    )
    assert answer.status_code == 422 and "<script>alert" not in answer.text and "<img" not in answer.text
    assert 'aria-describedby="wrong-headline"' in answer.text and 'aria-describedby="wrong-explanation"' in answer.text
    assert "is no fact" in plain(answer.text) and "{F9} raised 13 alerts" in answer.text and HOSTILE in unescape(answer.text)
    assert kept(pages, incident) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rating": ""}, "rating"),
        ({"why": "", "corrects": ""}, "say why"),
        ({"headline": ""}, "headline"),
        ({"explanation": "x" * 9000}, "explanation"),
        ({"step": []}, "the action asks for block_accounts"),
        ({"step": ["block_accounts"] * 9}, "next_steps"),
        ({"why": "x" * 300}, "why"),
        ({"version": "3"}, "meanwhile"),
    ],
)
def test_a_form_that_cannot_be_kept_is_shown_again(quick_pages: Pages, changes: dict[str, Any], said: str) -> None:
    incident, anna = put_summed_up(quick_pages.store), quick_pages.visitor("analyst")
    answer = anna.post(path(incident), **{**SENT, **changes})
    assert answer.status_code == 422 and said in plain(answer.text) and "Is this summary good?" in answer.text
    assert kept(quick_pages, incident) == []


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "1e3", ""])
def test_odd_numbers_are_the_newest_revision_and_any_version(quick_pages: Pages, number: str) -> None:
    incident, anna = put_summed_up(quick_pages.store), quick_pages.visitor("analyst")
    assert anna.post(path(incident), **{**SENT, "revision": number, "version": number}).status_code == 303


def test_it_takes_the_token_of_the_session_and_the_role(quick_pages: Pages) -> None:
    incident, anna = put_summed_up(quick_pages.store), quick_pages.visitor("analyst")
    assert anna.post(path(incident), **{**SENT, "csrf": ""}).status_code == 403
    viewer = quick_pages.visitor("viewer")
    assert viewer.post(path(incident), **SENT).status_code == 403
    assert path(incident) not in viewer.get(f"/incidents/{incident}") and kept(quick_pages, incident) == []


def test_another_persons_is_taken_back_by_a_lead_alone(quick_pages: Pages) -> None:
    incident = put_summed_up(quick_pages.store)
    quick_pages.visitor("lead").post(path(incident), **SENT)
    [row] = kept(quick_pages, incident)
    assert quick_pages.visitor("analyst").post(f"{path(incident)}/{row.id}/undo", back="/").status_code == 403
    assert "Take back" not in quick_pages.visitor("analyst").get(path(incident))
    assert quick_pages.visitor("admin").post(f"{path(incident)}/{row.id}/undo", back="//evil.example").headers["location"] == "/"


@pytest.mark.parametrize(
    "changes", [{"parts": None}, {"evidence": {"facts": [], "strongest": []}}, {"headline": HOSTILE, "action": HOSTILE}]
)
def test_an_odd_document_has_a_page(quick_pages: Pages, changes: dict[str, Any]) -> None:
    incident, anna = put_summed_up(quick_pages.store, incident=FARM, **changes), quick_pages.visitor("analyst")
    page = anna.get(path(incident))
    assert "<script>alert" not in page
    assert anna.post(path(incident), rating="good", revision="1").status_code == 303
    assert anna.post(path(incident), **{**SENT, "version": "1"}).status_code in (303, 422)
