"""Random true sentences are accepted in both forms; with another number or another noun they are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.summaries.fence.book import Book
from domain.summaries.fence.frames import frames_of, slot_of
from domain.summaries.fence.reader import read
from domain.summaries.fence.tokens import UnreadableError, tokens_of
from domain.summaries.languages.language import language_of
from domain.summaries.summary import Draft
from domain.summaries.summary_text import cited
from tests.support.fence_samples import FARM, RING, codes_own, with_sentence

FRAMES = [
    "There are {alerts}.",
    "{distinct_account} raised {alerts}.",
    "{distinct_account} raised {alerts} within {duration}.",
    "There are {alerts} on {distinct_account}.",
    "The accounts use {distinct_device} between them.",
    "The alerts come to {money_EUR}.",
    "There are {type_order} and {decision_block}.",
    "Among them are {decision_block} and {decision_investigate}.",
    "There is {shared_device}.",
]
NOUNS = [
    "accounts",
    "devices",
    "addresses",
    "IP addresses",
    "payment instruments",
    "logins",
    "refund requests",
    "rings",
    "merchants",
    "days",
]
INCIDENTS = {"farm": FARM, "ring": RING}
_NAME = re.compile(r"\{(\w+)\}")


def _facts(name: str) -> dict[str, Any]:
    return {fact["name"]: fact for fact in INCIDENTS[name]["evidence"]["facts"]}


def _written(frame: str, name: str, form: str) -> str:
    """A frame with each fact as a placeholder, or in words with its citation, or in words alone."""
    facts = _facts(name)

    def said(match: re.Match[str]) -> str:
        fact = facts[match[1]]
        phrase = language_of("en").phrase(fact)
        return {"placeholder": f"{{{fact['id']}}}", "cited": f"{phrase} [{fact['id']}]", "plain": phrase}[form]

    text = _NAME.sub(said, frame)
    return text[0].upper() + text[1:]


@given(frame=st.sampled_from(FRAMES), name=st.sampled_from(list(INCIDENTS)), form=st.sampled_from(["placeholder", "cited", "plain"]))
@settings(max_examples=120, deadline=None)
def test_what_is_true_is_accepted_in_every_form(frame: str, name: str, form: str) -> None:
    shown, complaints = with_sentence(_written(frame, name, form), INCIDENTS[name])
    assert complaints == []
    assert all(f"[{_facts(name)[fact]['id']}]" in " ".join(shown) for fact in _NAME.findall(frame))


@given(frame=st.sampled_from(FRAMES), name=st.sampled_from(list(INCIDENTS)), number=st.integers(0, 10**6), cited=st.booleans())
@settings(max_examples=200, deadline=None)
def test_another_number_is_never_shown(frame: str, name: str, number: int, cited: bool) -> None:
    text = _written(frame, name, "cited" if cited else "plain")
    numbers = list(re.finditer(r"(?<![\dF,.\[])\d[\d,.]*\d|(?<![\dF,.\[])\d", text))
    assume(numbers)
    match = numbers[number % len(numbers)]
    values = [fact["value"] for fact in _facts(name).values()]
    held = {str(value) for value in values} | {f"{value:g}" for value in values if isinstance(value, float)} | {"11", "12"}
    assume(str(number) not in held and str(number) != match[0])
    shown, complaints = with_sentence(text[: match.start()] + str(number) + text[match.end() :], INCIDENTS[name])
    assert complaints or str(number) not in re.sub(r"\[F\d+\]", "", " ".join(shown))


@given(frame=st.sampled_from(FRAMES[:5]), name=st.sampled_from(list(INCIDENTS)), noun=st.sampled_from(NOUNS))
@settings(max_examples=100, deadline=None)
def test_another_noun_is_never_shown(frame: str, name: str, noun: str) -> None:
    text = _written(frame, name, "plain")
    match = re.search(r"\b(\d+) (alerts|accounts|devices)\b", text)
    assume(match is not None)
    assert match is not None
    facts = {
        fact["value"]: fact["name"]
        for fact in _facts(name).values()
        if fact["name"] in ("distinct_account", "distinct_device", "distinct_address")
    }
    assume(noun not in ("accounts",) or facts.get(int(match[1])) != "distinct_account")
    assume(not (noun == "addresses" and facts.get(int(match[1])) == "distinct_address"))
    assume(match[2] != noun)
    values = {
        str(fact["value"])
        for key, fact in _facts(name).items()
        if key == f"distinct_{noun[:-1]}" or (noun == "addresses" and key == "distinct_address")
    }
    assume(match[1] not in values)
    assume(not (noun == "logins" and match[1] == str(_facts(name).get("type_login", {}).get("value"))))
    changed = text[: match.start(2)] + noun + text[match.end(2) :]
    shown, complaints = with_sentence(changed, INCIDENTS[name])
    assert complaints or f"{match[1]} {noun}" not in " ".join(shown)


WORDS = [
    *("raised", "because", "of", "share", "led", "to", "only", "new", "are", "is", "and"),
    *("after", "all", "from", "blocked", "use", "come", "without", "the", "each", "before"),
]


@given(
    name=st.sampled_from(list(INCIDENTS)),
    between=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    facts=st.lists(st.integers(1, 14), min_size=2, max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_facts_joined_by_any_words_are_shown_as_a_frame_or_by_code(name: str, between: list[str], facts: list[int]) -> None:
    incident = INCIDENTS[name]
    draft = Draft("Facts in a row", f" {' '.join(between)} ".join(f"{{F{n}}}" for n in facts) + ".", "device farm", ())
    text, _ = read(draft, incident)
    own = codes_own(incident)
    for sentence in text.explanation if text else ():
        kinds = {part.fact: f"<{slot_of(fact, Book(incident))}>" for part in sentence for fact in [_by_id(incident).get(part.fact)] if fact}
        assert cited(sentence) in own or frames_of("en").is_sentence("".join(kinds.get(part.fact, part.text) for part in sentence))


def _by_id(incident: Mapping[str, Any]) -> Mapping[str | None, Any]:
    return {fact["id"]: fact for fact in incident["evidence"]["facts"]}


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_without_an_error(text: str) -> None:
    with_sentence(text)
    try:
        tokens_of(text)
    except UnreadableError as error:
        assert str(error)


def test_a_long_text_is_read_in_time() -> None:
    for text in ("a, " * 1200, "{F1} " * 700, "12 " * 1200, "the alerts raised, so block; " * 120):
        with_sentence(text)
