"""What a model advises: steps of the catalogue, by id or in its own words, and the decided action."""

from __future__ import annotations

from collections.abc import Sequence

from domain.summaries.fence.book import Book
from domain.summaries.fence.outside import outside_of
from domain.summaries.fence.step_words import fits, forbids, is_id, step_id, step_words_of
from domain.summaries.fence.steps import AGAINST, steps_in
from domain.summaries.fence.tokens import Token, UnreadableError, tokens_of
from domain.summaries.languages.language import language_of
from domain.summaries.summary import STEP_CHARS, STEPS
from domain.summaries.summary_text import Part, Sentence, Step

_RAW = 3  # times the bound of a step: a longer text is not read
_OF_ACTION = {
    "block": frozenset(("block_accounts", "hold_orders")),
    "escalate": frozenset(("hand_to_senior",)),
    "verify": frozenset(("verify_accounts",)),
    "monitor": frozenset(("look_again", "watch")),
}
"""Steps of which an explanation names one where it says what is to be done."""


class Advice:
    """The advice that one incident allows."""

    def __init__(self, book: Book, code: str) -> None:
        self._book, self._code, self._words, self._outside = book, code, step_words_of(code), outside_of(code)
        self._catalogue = language_of(code).steps

    def steps(self, texts: Sequence[str], template: Sequence[Step], wrong: list[str]) -> tuple[Step, ...]:
        """Return the steps that the texts name and the incident allows; note in `wrong` what goes against it.

        What the action asks for, the template's first step, may come later, but is not left out. A text that
        names no step is left out; where none names one the steps are the template's.
        """
        ids: dict[str, None] = {}
        for text in texts:
            found, against = self._ids(text)
            if against:
                wrong.append(f'next_steps: "{text[:40]}": {against}; choose ids of: {", ".join(self._allowed())}')
            ids |= dict.fromkeys(name for name in found if fits(name, self._book, self._code))
        if not ids:
            return tuple(template)
        must = template[0].id
        if self._book.action != "monitor" and must not in ids:
            ids = dict.fromkeys((must, *ids))
        return tuple(self._step(name) for name in [*ids][: STEPS[1]])

    def sentence(self, tokens: Sequence[Token], wrong: list[str]) -> Sentence:
        """Return the decided action in a sentence, if that is what the tokens advise; else nothing."""
        ids, _ = steps_in(tokens, self._words, self._book, self._code, explains=True)
        if any(forbids(name, self._book, self._code) for name in ids):
            wrong.append(f'"{" ".join(token.text for token in tokens)[:50]}" goes beyond the action {self._book.action}')
            return ()
        if not set(ids) & _OF_ACTION[self._book.action]:
            return ()
        texts = {**self._words.advice, **(self._words.advice_alone if self._book.accounts == 1 else {})}
        return (Part(texts[self._book.action], "action"),)

    def _allowed(self) -> list[str]:
        return [name for name in self._catalogue if fits(name, self._book, self._code)]

    def _ids(self, text: str) -> tuple[list[str], str]:
        """Return the steps that a text names, and what makes it go against the action or unsafe."""
        if name := step_id(text, self._code):
            return [name], f"it goes beyond the action {self._book.action}" if forbids(name, self._book, self._code) else ""
        if is_id(text):
            return [], ""
        if len(text) > _RAW * STEP_CHARS[1]:
            return [], f"it has {len(text)} characters"
        try:
            tokens = tokens_of(text)
        except UnreadableError as error:
            return [], str(error)
        if unsafe := next(self._outside.unsafe(tokens), ""):
            return [], unsafe
        ids, why = steps_in(tokens, self._words, self._book, self._code)
        beyond = [name for name in ids if forbids(name, self._book, self._code)]
        if why == AGAINST or (not ids and self._words.relents(tokens)):
            return [], "it goes against the action"
        return ids, f"it goes beyond the action {self._book.action}" if beyond else ""

    def _step(self, name: str) -> Step:
        entry = self._catalogue[name]
        return Step(name, (Part(entry.alone if self._book.accounts == 1 else entry.text),))
