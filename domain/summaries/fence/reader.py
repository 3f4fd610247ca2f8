"""From what a model wrote to what is published: rendered by code, or refused with how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.summaries.fence.book import Book
from domain.summaries.fence.copied import Copied
from domain.summaries.fence.guards import wrong_words
from domain.summaries.fence.lexicon import lexicon_of
from domain.summaries.fence.quantities import wrong_quantities
from domain.summaries.fence.relations import relations_of, wrong_relations
from domain.summaries.fence.rendering import after_join, rendered
from domain.summaries.fence.sentence import SentenceReader
from domain.summaries.fence.step_words import fits, is_id, step_id, step_words_of
from domain.summaries.fence.steps import steps_in
from domain.summaries.fence.tokens import Token, UnreadableError, sentences_of, tokens_of
from domain.summaries.fence.units import Unit
from domain.summaries.languages.language import Language, language_of
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, PATTERNS, STEPS, Draft
from domain.summaries.summary_text import Part, Sentence, Step, SummaryText, cited

_RAW = 3  # times the bound of what is rendered: a longer text is not read
_COMPLAINTS = 12
_SENTENCE = 100  # tokens: what is longer is hard to read, and to check
_BREAKS = 4  # of a sentence, at which advice is looked for
_OF_ACTION = {
    "block": frozenset(("block_accounts", "hold_orders")),
    "escalate": frozenset(("hand_to_senior",)),
    "verify": frozenset(("verify_accounts",)),
    "monitor": frozenset(("look_again", "watch")),
}
"""Steps of which an explanation names one where it says what is to be done."""


_HOLDING = ("block_accounts", "verify_accounts")
"""Steps that hold the orders, too."""
_WATCHING = frozenset(("watch", "look_again"))


def read(draft: Draft, incident: Mapping[str, Any], language: str = "en") -> tuple[SummaryText | None, list[str]]:
    """Return the text of a draft as code renders it, or None with what is wrong with it."""
    return _Draft(draft, incident, language).read()


class _Draft:
    def __init__(self, draft: Draft, incident: Mapping[str, Any], code: str) -> None:
        self._draft, self._code, self._book = draft, code, Book(incident)
        self._language: Language = language_of(code)
        self._copied = Copied(incident)
        self._wrong: list[str] = []

    def read(self) -> tuple[SummaryText | None, list[str]]:
        """Read headline, explanation, pattern and steps; everything that is wrong is told at once."""
        self._check_pattern()
        headline = self._tokens("headline", self._draft.headline, HEADLINE_CHARS[1])
        body = self._tokens("explanation", self._draft.explanation, EXPLANATION_CHARS[1])
        title = self._headline(headline)
        sentences = self._explanation(body)
        steps = self._steps()
        if self._wrong:
            return None, list(dict.fromkeys(self._wrong))[:_COMPLAINTS]
        return SummaryText(title, tuple(sentences), self._draft.pattern, steps, self._code), []

    def _check_pattern(self) -> None:
        if self._draft.pattern not in PATTERNS:
            self._wrong.append(f"pattern is not one of: {', '.join(PATTERNS)}")
        elif not self._book.supports(self._draft.pattern):
            self._wrong.append(f"pattern: nothing in the evidence speaks for {self._draft.pattern}; {self._book.pattern} fits")

    def _tokens(self, name: str, text: str, most: int) -> list[Token]:
        if len(text) > most * _RAW:
            self._wrong.append(f"{name} has {len(text)} characters; {most} are allowed")
            return []
        try:
            return tokens_of(self._copied.replaced(text))
        except UnreadableError as error:
            self._wrong.append(f"{name}: {error}")
            return []

    def _reader_of(self, tokens: Sequence[Token]) -> SentenceReader:
        square = not any(token.kind in ("number", "money", "fact") for token in tokens)
        return SentenceReader(self._book, lexicon_of(self._code), self._language, square)

    def _headline(self, tokens: list[Token]) -> Sentence:
        if not tokens or len(tokens) > _SENTENCE:
            self._wrong.append("headline is empty, or too long")
            return ()
        self._reader = self._reader_of(tokens)
        units, wrong = self._reader.read(tokens)
        wrong += self._checked(units)
        self._wrong += [f"headline: {complaint}" for complaint in wrong]
        if not wrong and not any(unit.fact for unit in units) and not self._names_pattern(units):
            self._wrong.append("headline: name the pattern, and a fact such as {F1}")
        title = rendered(units)
        self._bound("headline", title, HEADLINE_CHARS)
        return title

    def _explanation(self, tokens: list[Token]) -> list[Sentence]:
        self._reader = self._reader_of(tokens)
        sentences: list[Sentence] = []
        facts = 0
        for sentence in sentences_of(tokens):
            shown, holds = self._sentence(sentence)
            facts += holds
            if shown in sentences and holds:
                self._wrong.append(f'explanation: "{_start(shown)}" is there twice')
            if shown and shown not in sentences:
                sentences.append(shown)
        if not facts and not self._wrong:
            self._wrong.append("explanation holds no fact; write {F1} where the fact is said")
        self._bound("explanation", (Part(" ".join(map(cited, sentences))),), EXPLANATION_CHARS)
        return sentences

    def _sentence(self, tokens: list[Token]) -> tuple[Sentence, bool]:
        """Read one sentence as a statement, else as advice, which is shown as the decided action."""
        if len(tokens) > _SENTENCE:
            self._wrong.append(f'explanation: "{_text(tokens)}" is too long: write shorter sentences')
            return (), False
        units, wrong = self._reader.read(tokens)
        wrong += self._checked(units)
        holds = any(unit.fact is not None for unit in units)
        if not wrong and not holds and not self._may_hold_none(units):
            wrong = [f'"{_text(tokens)}" holds no fact: put one in, such as {{F1}}, or leave the sentence out']
        if not wrong:
            return rendered(units), holds
        advised, why = self._advice(tokens)
        if advised:
            return advised, False
        if mixed := self._mixed(tokens):
            return mixed, True
        self._wrong += [
            f"explanation: {complaint}"
            for complaint in ([why] if why and _is_advice(tokens, self._code) and not any(token.ids for token in tokens) else wrong)
        ]
        return (), False

    def _mixed(self, tokens: list[Token]) -> Sentence:
        """Read a statement and advice in one sentence: "12 accounts raised 40 alerts, so block them"."""
        breaks = [at for at in range(2, len(tokens) - 1) if tokens[at].kind == "mark" and tokens[at].text in ",;:-"]
        for at in breaks[-_BREAKS:]:
            if tokens[at + 1].kind != "mark":
                units, wrong = self._reader.read(tokens[:at])
                if not wrong and not self._checked(units) and any(unit.fact is not None for unit in units):
                    advised, _ = self._advice(tokens[at + 1 :])
                    if advised:
                        return (*rendered(units), Part(". "), *advised)
                advised, _ = self._advice(tokens[:at])
                units, wrong = self._reader.read(tokens[at + 1 :]) if advised else ([], [""])
                if advised and not wrong and not self._checked(units) and any(unit.fact is not None for unit in units):
                    return (*advised, Part(" "), *rendered(after_join(units)))
        return ()

    def _may_hold_none(self, units: Sequence[Unit]) -> bool:
        """Return whether a sentence without a fact names pattern or severity only, or says nothing."""
        if self._names_pattern(units):
            return True
        typed = {noun for unit in units if unit.word for noun in ([unit.noun] if unit.noun else unit.word.nouns())} - {
            None,
            "pattern",
            "severity",
            "incident",
            "ring",
            "link",
            "reason",
            "system",
        }
        return (
            any(unit.need == "unclear" for unit in units)
            or (not typed and not any(unit.need in ("unlinked", "no_money", "no_account") for unit in units))
            or any(u.word and "severity" in set(u.word.nouns()) for u in units)
        )

    def _names_pattern(self, units: Sequence[Unit]) -> bool:
        text = " ".join(unit.low for unit in units)
        return self._draft.pattern in text or any(unit.need == "unclear" for unit in units)

    def _advice(self, tokens: list[Token]) -> tuple[Sentence, str]:
        words = step_words_of(self._code)
        ids, why = steps_in(tokens, words, self._book, self._code, explains=True)
        if not ids:
            return (), why
        beyond = [name for name in ids if not fits(name, self._book, self._code)]
        if beyond or not set(ids) & _OF_ACTION[self._book.action]:
            return (), f'"{_text(tokens)}" goes beyond the action {self._book.action}, or against it'
        texts = {**words.advice, **(words.advice_alone if self._book.accounts == 1 else {})}
        return (Part(texts[self._book.action], "action"),), ""

    def _checked(self, units: Sequence[Unit]) -> list[str]:
        return [
            *self._patterns(units),
            *wrong_words(units, self._book),
            *wrong_quantities(units, self._book),
            *wrong_relations(units, relations_of(self._code)),
        ]

    def _patterns(self, units: Sequence[Unit]) -> list[str]:
        text = " ".join(unit.low for unit in units)
        return [
            f'"{pattern}": the pattern is {self._draft.pattern}'
            for pattern in PATTERNS
            if pattern in text
            and pattern not in ("unclear", self._draft.pattern)
            and not (pattern == "lone account" and self._book.accounts == 1)
        ]

    def _steps(self) -> tuple[Step, ...]:
        steps: dict[str, Step] = {}
        if not STEPS[0] <= len(self._draft.next_steps) <= STEPS[1]:
            self._wrong.append(f"next_steps has {len(self._draft.next_steps)} entries, {STEPS[0]} to {STEPS[1]} are allowed")
        seen: set[str] = set()
        for text in self._draft.next_steps[: STEPS[1]]:
            if text.strip().lower() in seen:
                self._wrong.append(f'next_steps: "{text[:40]}" is there twice')
            seen.add(text.strip().lower())
            for name in self._step_ids(text):
                steps.setdefault(name, self._step(name))
        if steps and self._book.action in ("block", "escalate") and not set(steps) - _WATCHING:
            self._wrong.append(f"next_steps: to watch is not enough for the action {self._book.action}")
        return tuple(steps.values())[: STEPS[1]]

    def _step_ids(self, text: str) -> list[str]:
        if name := step_id(text, self._code):
            ids, why = [name], ""
        elif is_id(text):
            ids, why = [], f"{text.strip()[:40]} is no id of the catalogue"
        else:
            ids, why = steps_in(self._tokens("next_steps", text, 240), step_words_of(self._code), self._book, self._code)
        if ids[:1] and ids[0] in _HOLDING:
            ids = [name for name in ids if name != "hold_orders"]
        wrong = [name for name in ids if not fits(name, self._book, self._code)]
        if wrong:
            why, ids = f"it goes beyond the action {self._book.action}, or against it", [name for name in ids if name not in wrong]
        if why:
            allowed = [name for name in self._language.steps if fits(name, self._book, self._code)]
            self._wrong.append(f'next_steps: "{text[:40]}": {why}; choose ids of: {", ".join(allowed)}')
        return ids

    def _step(self, name: str) -> Step:
        entry = self._language.steps[name]
        return Step(name, (Part(entry.alone if self._book.accounts == 1 else entry.text),))

    def _bound(self, name: str, parts: Sequence[Part], bounds: tuple[int, int]) -> None:
        length = len("".join(part.text for part in parts).strip())
        if not self._wrong and not bounds[0] <= length <= bounds[1]:
            self._wrong.append(f"{name} has {length} characters, {bounds[0]} to {bounds[1]} are allowed")


def _is_advice(tokens: Sequence[Token], code: str) -> bool:
    lows = [token.lemma for token in tokens if token.kind == "word"]
    return bool(lows) and (lows[0] in step_words_of(code).verbs or bool({"should", "must", "recommended", "please", "we'd"} & set(lows)))


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)[:50]


def _start(sentence: Sentence) -> str:
    return "".join(part.text for part in sentence)[:40]
