"""The form of a summary: parts and plain texts say the same, and numbers are facts' phrases."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import Alert
from domain.incidents.triage import ACTIONS
from domain.summaries.languages.language import LANGUAGES, language_of
from domain.summaries.summary_text import FIELDS, Part, Sentence, SummaryText, cited, marked, plain, sentence_of
from domain.summaries.template_writer import template_summary
from tests.support.incident_samples import HOUR, START, alert, alerts, incident_of
from tests.support.summary_samples import INCIDENT

PARTS = st.lists(st.builds(Part, st.text("ab ,.", min_size=1), st.sampled_from([None, "F1", "F23"])), min_size=1)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(alerts(st.integers(START, START + 5 * HOUR)), min_size=1, max_size=20),
    st.sampled_from(["block", "verify", "escalate", "monitor"]),
)
def test_every_number_and_every_sentence_is_a_facts(documents: list[Alert], action: str) -> None:
    incident = {**incident_of(documents), "action": action}
    text = template_summary(incident).text
    known = {fact["id"] for fact in incident["evidence"]["facts"]} | set(FIELDS)
    for sentence in (text.headline, *text.explanation, *(step.parts for step in text.next_steps)):
        assert not any(re.search(r"\d|\{|\}", part.text) for part in sentence if part.fact is None)
        assert {part.fact for part in sentence if part.fact} <= known
    assert all(any(part.fact for part in sentence) for sentence in (text.headline, *text.explanation))


def test_a_document_is_read_again() -> None:
    text = template_summary(INCIDENT).text
    assert SummaryText.of(text.to_document()) == text


def test_the_plain_texts_follow_from_the_parts() -> None:
    document = template_summary(INCIDENT).to_document()
    parts = document["parts"]["explanation"][0]
    assert parts[:2] == [{"fact": "F9", "text": "Twelve accounts"}, {"text": " use "}]
    assert document["explanation"].startswith("Twelve accounts [F9] use one device [F10] between them")
    assert document["headline"] == "".join(part["text"] for part in document["parts"]["headline"])
    assert document["next_steps"] == ["".join(p["text"] for p in step["parts"]) for step in document["parts"]["next_steps"]]


def test_fields_of_the_document_are_cited_without_brackets() -> None:
    assert cited((Part("12 accounts", "F9"), Part(": "), Part("block them", "action"))) == "12 accounts [F9]: block them"


@given(PARTS)
def test_marks_are_read_as_parts(parts: list[Part]) -> None:
    sentence: Sentence = sentence_of("".join(marked(part.fact, part.text) if part.fact else part.text for part in parts))
    said = "".join(part.text for part in parts)
    assert plain(sentence) == said[:1].upper() + said[1:]
    assert [part.fact for part in sentence if part.fact] == [part.fact for part in parts if part.fact]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_a_phrase_for_every_fact(code: str) -> None:
    language, kinds = language_of(code), ("order", "payment", "refund_request", "signup", "login", "account_change")
    for count in (1, 2, 30):
        documents = [alert(n, START + n * HOUR, event_type=kinds[n % 6], currency=("EUR", "JPY", "XXX")[n % 3]) for n in range(count)]
        for fact in incident_of(documents)["evidence"]["facts"]:
            said = language.phrase(fact)
            assert said and not re.search(r"[{}\[\]|]", said), fact
            assert language.phrase(fact, begins=True)[:1] == language.phrase(fact, begins=True)[:1].upper()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_action_and_pattern_has_a_step(code: str) -> None:
    for action in ACTIONS:
        for documents in ([alert(1)], [alert(n, event_type="refund_request") for n in range(4)]):
            assert len(template_summary({**incident_of(documents), "action": action}, language=code).text.next_steps) == 2


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="the language xx is not known: use en"):
        language_of("xx")
