"""From what a model wrote to what is published.

A sentence is shown as it is written only where a frame knows it: then the facts carry all of it. Of any
other sentence code says the facts in its own words. What contradicts the evidence, or is unsafe, refuses the
answer. So no word reaches a reader that the evidence does not carry, and a model need not find the words
that the fence knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.summaries.fence.advice import Advice
from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.copied import Copied
from domain.summaries.fence.frames import frames_of
from domain.summaries.fence.outside import outside_of
from domain.summaries.fence.phrases import Phrases
from domain.summaries.fence.reading import Reading
from domain.summaries.fence.retold import Retold, facts_of
from domain.summaries.fence.tokens import Token, UnreadableError, sentences_of, tokens_of
from domain.summaries.languages.language import language_of
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, STEPS, Draft
from domain.summaries.summary_text import Sentence, SummaryText, cited, plain
from domain.summaries.template_writer import template_summary

_RAW = 3  # times the bound of what is rendered: a longer text is not read
_COMPLAINTS = 12


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence of a model: as it is shown, empty where code says its facts instead."""

    shown: Sentence
    facts: list[Fact]


def read(draft: Draft, incident: Mapping[str, Any], language: str = "en") -> tuple[SummaryText | None, list[str]]:
    """Return the text of a draft as code renders it, or None with what is wrong with it."""
    return DraftReader(draft, incident, language).read()


class DraftReader:
    """A draft of a model, held against the evidence of one incident."""

    def __init__(self, draft: Draft, incident: Mapping[str, Any], code: str) -> None:
        self._draft, self._code, self._book = draft, code, Book(incident)
        self._language, self._outside, self._frames = language_of(code), outside_of(code), frames_of(code)
        self._template = template_summary(incident, language=code).text
        self._copied, self._advice = Copied(incident), Advice(self._book, code)
        self._phrases = Phrases(self._book, self._frames, self._language)
        self._wrong: list[str] = []
        self._replaced = 0

    def read(self) -> tuple[SummaryText | None, list[str]]:
        """Read headline, explanation and steps; everything that is wrong is told at once."""
        headline, explanation = self._headline(), self._explanation()
        steps = self._advice.steps(self._draft.next_steps[: STEPS[1]], self._template.next_steps, self._wrong)
        if self._wrong:
            return None, list(dict.fromkeys(self._wrong))[:_COMPLAINTS]
        pattern = self._book.pattern_for(self._draft.pattern)
        return SummaryText(headline, explanation, pattern, steps, self._code, self._replaced), []

    def _headline(self) -> Sentence:
        reading = self._read("headline", self._tokens("headline", self._draft.headline, HEADLINE_CHARS[1]))
        shown = reading.headline()
        if HEADLINE_CHARS[0] <= len(plain(shown)) <= HEADLINE_CHARS[1]:
            return shown
        self._replaced += 1
        return self._template.headline

    def _explanation(self) -> tuple[Sentence, ...]:
        """Return the sentences that frames know and code's own for the others, in the model's order."""
        tokens = self._tokens("explanation", self._draft.explanation, EXPLANATION_CHARS[1])
        said = [self._sentence(sentence) for sentence in sentences_of(tokens)]
        if not any(each.facts for each in said):
            self._wrong.append("explanation holds no fact; write {F1} where the fact is said")
        sentences = self._told(said)
        return sentences if len(" ".join(map(cited, sentences))) >= EXPLANATION_CHARS[0] else self._template.explanation

    def _told(self, said: list[_Said]) -> tuple[Sentence, ...]:
        """Return the sentences that frames know, with code's own; none of them says another's again."""
        while any(facts_of(each.shown) - {"action"} for each in said):
            retold = Retold(self._template.explanation, self._language, {fact for each in said for fact in facts_of(each.shown)})
            told = [[*retold.sentences(each.facts)] for each in said]
            by_code = {fact for sentences in told for sentence in sentences for fact in facts_of(sentence)}
            if not (twice := [n for n, each in enumerate(said) if _is_said_by(by_code, each.shown)]):
                self._replaced += sum(not each.shown for each in said)
                return _within(dict.fromkeys(each for own, more in zip(said, told, strict=True) for each in (own.shown, *more) if each))
            said = [_Said((), each.facts) if n in twice else each for n, each in enumerate(said)]
        self._replaced += len(said)
        return self._of_template([fact for each in said for fact in each.facts])

    def _of_template(self, facts: Sequence[Fact]) -> tuple[Sentence, ...]:
        """Return the template's explanation, with the named facts that it leaves out before its last."""
        *before, last = self._template.explanation
        said = {fact for sentence in before for fact in facts_of(sentence)}
        return _within((*before, *Retold((), self._language, said).sentences(facts), last))

    def _sentence(self, tokens: Sequence[Token]) -> _Said:
        """Read one sentence as a statement, else as advice, which is shown as the decided action."""
        reading = self._read("explanation", tokens)
        if shown := reading.sentence():
            return _Said(shown, reading.facts)
        advised = () if self._wrong else self._advice.sentence(tokens, self._wrong)
        return _Said(advised, reading.facts or ([] if advised else reading.topics()))

    def _read(self, name: str, tokens: Sequence[Token]) -> Reading:
        reading = Reading(tokens, self._book, self._phrases, self._frames, self._language)
        unsafe = self._outside.complaints(tokens, self._book.severity)
        self._wrong += [f"{name}: {complaint}" for complaint in (*unsafe, *reading.wrong)]
        return reading

    def _tokens(self, name: str, text: str, most: int) -> list[Token]:
        if len(text) > most * _RAW:
            self._wrong.append(f"{name} has {len(text)} characters; {most} are allowed")
            return []
        try:
            tokens = tokens_of(self._copied.replaced(text))
        except UnreadableError as error:
            self._wrong.append(f"{name}: {error}")
            return []
        if not any(token.kind in ("number", "money", "fact") for token in tokens):  # a citation alone is a placeholder
            for token in tokens:
                token.kind = "fact" if token.kind == "cite" and len(token.ids) == 1 else token.kind
        return tokens


def _is_said_by(by_code: set[str], shown: Sentence) -> bool:
    """Return whether code's sentences say all facts of another, or two of them."""
    says = facts_of(shown)
    return bool(says) and len(says & by_code) >= min(2, len(says))


def _within(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return as many sentences as an explanation may hold."""
    held = list(sentences)
    while len(" ".join(map(cited, held))) > EXPLANATION_CHARS[1]:
        held.pop()
    return tuple(held)
