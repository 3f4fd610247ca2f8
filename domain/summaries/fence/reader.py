"""From what a model wrote to what is published.

What contradicts the evidence or is unsafe refuses the answer. What is only not known to be right is said by
code instead: a sentence by its facts, a headline and steps by the template's. So no word reaches a reader
that the evidence does not carry, and a model need not find the words that the fence knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from domain.summaries.fence.advice import Advice
from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.copied import Copied
from domain.summaries.fence.frames import frames_of, unlisted
from domain.summaries.fence.lexicon import lexicon_of
from domain.summaries.fence.outside import outside_of
from domain.summaries.fence.rendering import rendered, short_sums
from domain.summaries.fence.sentence import SentenceReader
from domain.summaries.fence.tokens import Token, UnreadableError, sentences_of, tokens_of
from domain.summaries.fence.trimming import trimmed
from domain.summaries.languages.language import language_of
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, PATTERNS, STEPS, Draft
from domain.summaries.summary_text import Sentence, SummaryText, cited, marked, plain, sentence_of
from domain.summaries.template_writer import template_summary

_RAW = 3  # times the bound of what is rendered: a longer text is not read
_COMPLAINTS = 12
_MOST_TOKENS = 100  # of a sentence: what is longer is hard to read, and to check
_FOREIGN = 0.5  # of the words that are in no list: such a text is of another language


@dataclass(slots=True)
class _Said:
    """One sentence: as it is shown, empty where code has to say it; the facts that it names."""

    shown: Sentence = ()
    facts: list[Fact] = field(default_factory=list)


def read(draft: Draft, incident: Mapping[str, Any], language: str = "en") -> tuple[SummaryText | None, list[str]]:
    """Return the text of a draft as code renders it, or None with what is wrong with it."""
    return _Draft(draft, incident, language).read()


class _Draft:
    def __init__(self, draft: Draft, incident: Mapping[str, Any], code: str) -> None:
        self._draft, self._code, self._book = draft, code, Book(incident)
        self._language, self._outside, self._frames = language_of(code), outside_of(code), frames_of(code)
        self._template = template_summary(incident, language=code).text
        self._copied, self._advice = Copied(incident), Advice(self._book, code)
        self._wrong: list[str] = []
        self._replaced = 0

    def read(self) -> tuple[SummaryText | None, list[str]]:
        """Read pattern, headline, explanation and steps; everything that is wrong is told at once."""
        if self._draft.pattern not in PATTERNS:
            self._wrong.append(f"pattern is not one of: {', '.join(PATTERNS)}")
        elif not self._book.supports(self._draft.pattern):
            self._wrong.append(f"pattern: nothing in the evidence speaks for {self._draft.pattern}; {self._book.pattern} fits")
        headline = self._headline()
        explanation = self._explanation()
        steps = self._advice.steps(self._draft.next_steps[: STEPS[1]], self._wrong) or self._template.next_steps
        if self._wrong:
            return None, list(dict.fromkeys(self._wrong))[:_COMPLAINTS]
        return SummaryText(headline, explanation, self._draft.pattern, steps, self._code, self._replaced), []

    def _headline(self) -> Sentence:
        tokens = self._tokens("headline", self._draft.headline, HEADLINE_CHARS[1])
        said = self._said("headline", tokens, self._reader_of(tokens))
        if HEADLINE_CHARS[0] <= len(plain(said.shown)) <= HEADLINE_CHARS[1]:
            return said.shown
        self._replaced += 1
        return self._template.headline

    def _explanation(self) -> tuple[Sentence, ...]:
        """Return the sentences, those that the frames know as they are, the facts of the others in one."""
        tokens = self._tokens("explanation", self._draft.explanation, EXPLANATION_CHARS[1])
        reader = self._reader_of(tokens)
        read = [self._said("explanation", sentence, reader) for sentence in sentences_of(tokens)]
        shown = {str(part.fact) for said in read for part in said.shown if part.fact}
        sentences: list[Sentence] = []
        for written, group in groupby(read, lambda said: bool(said.shown)):
            if written:
                sentences += dict.fromkeys(said.shown for said in group if said.shown not in sentences)
            else:
                others = list(group)
                self._replaced += len(others)
                stated = self._stated([fact for said in others for fact in said.facts], shown)
                sentences += [stated] if stated else []
        if not any(part.fact and part.fact[0] == "F" for sentence in sentences for part in sentence):
            self._wrong.append("explanation holds no fact; write {F1} where the fact is said")
        while len(" ".join(map(cited, sentences))) > EXPLANATION_CHARS[1]:
            sentences.pop()
        return tuple(sentences) if len(" ".join(map(cited, sentences))) >= EXPLANATION_CHARS[0] else self._template.explanation

    def _said(self, name: str, tokens: Sequence[Token], reader: SentenceReader) -> _Said:
        """Read one sentence as a statement, else as advice, which is shown as the decided action."""
        units, wrong, unclear = reader.read(tokens)
        facts = [unit.fact for unit in units if unit.fact] + [self._book.by_id[i] for t in tokens for i in t.ids if i in self._book.by_id]
        unsafe = [*self._outside.unsafe(tokens), *self._outside.claims(tokens)]
        if not wrong and not unsafe and not unclear and len(tokens) <= _MOST_TOKENS:
            for shown in (units, trimmed(units, self._frames)):
                if not [*unlisted(shown, self._book, self._frames, self._draft.pattern)]:
                    return _Said(rendered(short_sums(shown, self._language)), facts)
        if not unsafe and (advised := self._advice.sentence(tokens, wrong)):
            return _Said(advised, [])
        self._wrong += [f"{name}: {complaint}" for complaint in (*unsafe, *wrong)]
        return _Said((), facts)

    def _stated(self, facts: Sequence[Fact], shown: set[str]) -> Sentence:
        """Return code's own sentence of facts that no other sentence says, and note them as said."""
        new = list({fact["id"]: fact for fact in facts if fact["id"] not in shown}.values())
        shown |= {fact["id"] for fact in new}
        phrases = [marked(fact["id"], self._language.phrase(fact)) for fact in new]
        return sentence_of(self._language.text("in_evidence").format(listed=self._language.listed(phrases))) if phrases else ()

    def _tokens(self, name: str, text: str, most: int) -> list[Token]:
        if len(text) > most * _RAW:
            self._wrong.append(f"{name} has {len(text)} characters; {most} are allowed")
            return []
        try:
            tokens = tokens_of(self._copied.replaced(text))
        except UnreadableError as error:
            self._wrong.append(f"{name}: {error}")
            return []
        words = [token.text for token in tokens if token.kind == "word" and not token.text.isupper() and whole(token.text) is None]
        unknown = [word for word in words if not self._frames.knows(word)]
        if len(unknown) > max(4, _FOREIGN * len(words)):
            self._wrong.append(f"{name}: write plain English, not {' '.join(unknown[:4])}")
        return tokens

    def _reader_of(self, tokens: Sequence[Token]) -> SentenceReader:
        square = not any(token.kind in ("number", "money", "fact") for token in tokens)
        return SentenceReader(self._book, lexicon_of(self._code), self._language, square)
