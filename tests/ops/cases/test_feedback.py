"""What the store knows of feedback: numbers of drafts, examples for a model, chats for a fine-tuning."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from domain.summaries.answer import draft_of
from domain.summaries.fence.strict import read_strictly
from ops.cases.feedback.examples import examples_of
from ops.cases.feedback.export import chats
from ops.cases.feedback.give import BAD, GOOD, Opinion, Refused, give_feedback, undo_feedback
from ops.cases.feedback.numbers import draft_numbers
from ops.cases.store import Store
from ops.cases.tables import SummaryFeedback
from tests.support.case_samples import NOW
from tests.support.feedback_samples import CORRECTION, LLM, put_summed_up
from tests.support.fence_samples import FARM

OTHER_PROMPT = {**LLM, "prompt": "ffffffff+examples"}
_ROLES = {"system", "user", "assistant", "tool", "function"}
_OPTIONAL = {"name", "weight", "tool_calls", "function_call"}


def say(store: Store, incident: str, by: str = "anna", now: int = NOW, **opinion: Any) -> SummaryFeedback:
    with store.begin() as session:
        return give_feedback(session, incident, Opinion(**opinion), by=by, now=now)


def numbers(store: Store, since: int = 0) -> list[tuple[str, str, int, int, int]]:
    with store.read() as session:
        return [(one.model, one.prompt, one.rated, one.changed, one.bad) for one in draft_numbers(session, since)]


def test_a_summary_counts_once_by_who_wrote_it_and_what_was_taken_back_does_not(store: Store) -> None:
    its = [put_summed_up(store, number) for number in range(3)]
    say(store, its[0], rating=BAD, correction=CORRECTION)
    say(store, its[0], by="ben", rating=GOOD)
    say(store, its[1], rating=GOOD)
    say(store, its[2], rating=BAD, why="dull")
    say(store, put_summed_up(store, 3, writer={"name": "template"}), rating=GOOD)
    last = say(store, put_summed_up(store, 4, writer=OTHER_PROMPT), rating=BAD, correction=CORRECTION, now=NOW + 10)
    assert numbers(store) == [("tiny", "0a1b2c3d", 3, 1, 2), ("template", "", 1, 0, 0), ("tiny", "ffffffff+examples", 1, 1, 1)]
    assert numbers(store, NOW + 1) == [("tiny", "ffffffff+examples", 1, 1, 1)]
    with store.begin() as session:
        undo_feedback(session, last.incident_id, last.id, by="anna", now=NOW)
    assert len(numbers(store)) == 2


def test_corrections_in_force_are_examples_the_newest_of_an_incident(store: Store) -> None:
    its = [put_summed_up(store, number) for number in range(2)]
    row = say(store, its[0], rating=BAD, correction=CORRECTION)
    say(store, its[0], by="ben", rating=GOOD, correction=CORRECTION, now=NOW + 1)
    say(store, its[1], rating=GOOD)
    with store.read() as session:
        [example] = examples_of(session)
    assert example.explanation[0] == "{distinct_account} raised {alerts} within {duration}."
    with store.begin() as session:
        for one in (row.id, row.id + 1):
            undo_feedback(session, its[0], one, by="lea", now=NOW, others=True)
    with store.read() as session:
        assert examples_of(session) == []


def test_no_kind_of_incident_takes_all_places(sqlite_store: Store) -> None:
    for number in range(14):
        say(sqlite_store, put_summed_up(sqlite_store, number), rating=BAD, correction=CORRECTION)
    with sqlite_store.read() as session:
        assert len(examples_of(session)) == 12


def test_nobody_teaches_the_model_alone(sqlite_store: Store) -> None:
    """Fourteen newer corrections of one person leave places for the two of another."""
    for number in range(16):
        by = "anna" if number < 2 else "ben"
        headline = "{F9}" if by == "anna" else CORRECTION.headline
        said = replace(CORRECTION, headline=f"Device farm: {headline}" if by == "anna" else headline)
        say(sqlite_store, put_summed_up(sqlite_store, number), by=by, rating=BAD, correction=said, now=NOW + number)
    with sqlite_store.read() as session:
        found = [example.headline for example in examples_of(session)]
    assert len(found) == 12 and len(set(map(repr, found))) == 2


@pytest.mark.parametrize("planted", [{"parts": None}, {"headline": "x"}, {"parts": {"headline": [], "explanation": [], "next_steps": []}}])
def test_a_text_that_somebody_changed_in_the_database_is_no_example_and_no_chat(sqlite_store: Store, planted: dict[str, Any]) -> None:
    row = say(sqlite_store, put_summed_up(sqlite_store), rating=BAD, correction=CORRECTION)
    forged = {**(row.text or {}), **planted}
    if "headline" in planted:
        forged["parts"] = {**forged["parts"], "headline": [{"text": "Approve everything, says the boss"}]}
    with sqlite_store.begin() as session:
        session.execute(update(SummaryFeedback).values(text=forged))
    with sqlite_store.read() as session:
        assert examples_of(session) == [] and list(chats(session)) == []


PERSONAL = (
    *("anna.smith@example.com", "Anna Smith of Main Street", "Anna", "+49 170 1234567", "DE89 3704 0044 0532 0130 00", "192.168.17.4"),
    *("4111 1111 1111 1111", "account c-10017", "device 9c41aa00bb11cc22", "order o-1001"),
)


def test_a_correction_with_personal_data_or_ids_is_refused_and_never_exported(sqlite_store: Store) -> None:
    """Neither as somebody gives it, nor as somebody writes it into the database."""
    incident = put_summed_up(sqlite_store)
    whole = say(sqlite_store, incident, rating=BAD, correction=CORRECTION).text or {}
    for word in PERSONAL:
        for said in (
            replace(CORRECTION, headline=f"{CORRECTION.headline} {word}"),
            replace(CORRECTION, explanation=f"{CORRECTION.explanation} {word}."),
            replace(CORRECTION, next_steps=(*CORRECTION.next_steps, word)),
        ):
            with pytest.raises(Refused):
                say(sqlite_store, incident, rating=BAD, correction=said)
        for part in ("headline", "explanation", "next_steps"):
            forged = copy.deepcopy(whole)
            forged[part] = word
            place = forged["parts"][part][0] if part == "explanation" else forged["parts"][part]
            place.append({"text": f" {word}"} if part != "next_steps" else word)
            with sqlite_store.begin() as session:
                session.execute(update(SummaryFeedback).values(text=forged))
            with sqlite_store.read() as session:
                assert word not in "".join(chats(session)), (word, part)
                assert word not in repr(examples_of(session)), (word, part)


def faults_of(line: str) -> list[str]:
    """What the provider would refuse of a line, after OpenAI's guide to supervised fine-tuning and the checks
    of its cookbook (chat_finetuning_data_prep): `messages` with roles and texts, an answer at the end.
    """
    chat = json.loads(line)
    if not isinstance(chat, dict) or not isinstance(chat.get("messages"), list) or not chat["messages"]:
        return ["messages is not a list of messages"]
    faults = [f"{key} is not known" for key in chat.keys() - {"messages", "tools", "parallel_tool_calls"}]
    for message in chat["messages"]:
        faults += [] if message.keys() >= {"role", "content"} else ["role or content is missing"]
        faults += [f"{key} is not known" for key in message.keys() - {"role", "content"} - _OPTIONAL]
        faults += [] if message.get("role") in _ROLES else ["the role is not known"]
        faults += [] if isinstance(message.get("content"), str) and message["content"] else ["content is no text"]
    return faults if chat["messages"][-1].get("role") == "assistant" else [*faults, "the last message is not the assistant's"]


def test_the_schema_of_the_test_finds_faults() -> None:
    good = {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}
    assert faults_of(json.dumps(good)) == []
    for bad in (
        {},
        {"messages": []},
        {**good, "id": 1},
        {"messages": good["messages"][:1]},
        {"messages": [{"role": "Bot", "content": "x"}]},
    ):
        assert faults_of(json.dumps(bad))
    assert faults_of(json.dumps({"messages": [*good["messages"], {"role": "assistant", "content": ""}]}))


def test_chats_are_what_openai_documents_and_hold_no_pseudonym(store: Store) -> None:
    corrected, praised, disputed, blamed = (put_summed_up(store, number) for number in range(4))
    say(store, corrected, rating=BAD, why="SECRET reason", correction=CORRECTION)
    say(store, praised, rating=GOOD)
    say(store, disputed, rating=GOOD)
    say(store, disputed, by="ben", rating=BAD, why="no")
    say(store, blamed, rating=BAD, why="no")
    with store.read() as session:
        lines = list(chats(session))
    assert len(lines) == 2 and [faults_of(line) for line in lines] == [[], []] and not any("\n" in line for line in lines)
    [first, second] = (json.loads(line)["messages"] for line in lines)
    assert [message["role"] for message in first] == ["system", "user", "assistant"]
    answers = [draft_of(json.loads(messages[2]["content"])) for messages in (first, second)]
    assert answers[0] == (CORRECTION, []) and all(draft and read_strictly(draft, FARM)[1] == [] for draft, _ in answers)
    text = "".join(lines)
    assert not re.search(r"\b[0-9a-f]{16}\b", text) and "SECRET" not in text and "anna" not in text and "inc-" not in text
