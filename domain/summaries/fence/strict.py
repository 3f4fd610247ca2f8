"""What a person writes of an incident: all of it is shown as it was written, or refused field by field.

A model's sentence that no frame knows is said by code instead. A person is told so, and writes it anew: what
is kept is frames around facts, sentences of the template, steps of the catalogue and a pattern, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.summaries.fence.reader import DraftReader
from domain.summaries.fence.retold import facts_of
from domain.summaries.fence.tokens import Token, sentences_of, text_of, tokens_of, unreadable
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, STEPS, Draft
from domain.summaries.summary_text import Sentence, SummaryText, cited, plain, sentence_of, slotted

_FIELDS = ("headline", "explanation", "pattern", "next_steps")
_SHOWN_CHARS = 80
_UNKNOWN = "is no sentence that the fence knows: say its facts as the page does, or leave it out"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field of a draft, and the mend."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def read_strictly(draft: Draft, incident: Mapping[str, Any], language: str = "en") -> tuple[SummaryText | None, list[Complaint]]:
    """Return the text of a draft of which nothing is said otherwise, or None with what is wrong, by field.

    Steps are ids of the catalogue.
    """
    return StrictReader(incident, language).strictly(draft)


class StrictReader(DraftReader):
    """A reader of drafts about one incident that says nothing in place of the writer."""

    def __init__(self, incident: Mapping[str, Any], language: str = "en") -> None:
        super().__init__(Draft("", "", "", ()), incident, language)

    @property
    def by_code(self) -> SummaryText:
        """What code says of the incident."""
        return self._template

    def strictly(self, draft: Draft) -> tuple[SummaryText | None, list[Complaint]]:
        """Read a draft as `read_strictly` does."""
        self._draft, self._wrong = draft, []
        text, wrong = self.read()
        complaints = [*map(_complaint, wrong)] if text is None else [*_changed(draft, text)]
        return (None, complaints) if complaints else (text, [])

    def says(self, sentence: str) -> bool:
        """Return whether an explanation may hold what is written here."""
        self._wrong = []
        said = [self._own(one) for one in sentences_of(self._tokens("explanation", sentence, EXPLANATION_CHARS[1]))]
        return bool(said) and all(said) and not self._wrong

    def _headline(self) -> Sentence:
        tokens = self._tokens("headline", self._draft.headline, HEADLINE_CHARS[1])
        if _bare(tokens) in self._forms(self._template.headline):
            return self._template.headline
        shown = self._read("headline", tokens).headline()
        self._refuse_unless(bool(shown), "headline", tokens)
        if shown and not HEADLINE_CHARS[0] <= len(plain(shown)) <= HEADLINE_CHARS[1]:
            self._wrong.append(f"headline: it has {len(plain(shown))} characters; {HEADLINE_CHARS[0]} to {HEADLINE_CHARS[1]} are allowed")
        return shown

    def _explanation(self) -> tuple[Sentence, ...]:
        tokens = self._tokens("explanation", self._draft.explanation, EXPLANATION_CHARS[1])
        said = tuple(dict.fromkeys(self._own(sentence) for sentence in sentences_of(tokens)))
        least, most = EXPLANATION_CHARS
        if not least <= (size := len(" ".join(map(cited, said)))) <= most and not self._wrong:
            self._wrong.append(f"explanation: it has {size} characters; {least} to {most} are allowed")
        if not any(facts_of(sentence) - {"action"} for sentence in said) and not self._wrong:
            self._wrong.append("explanation: it says no fact")
        return said

    def _own(self, tokens: Sequence[Token]) -> Sentence:
        if found := self._known.get(_bare(tokens)):
            return found
        before = len(self._wrong)
        shown = self._sentence(tokens).shown
        if len(self._wrong) == before:
            self._refuse_unless(bool(shown), "explanation", tokens)
        return shown

    @cached_property
    def _known(self) -> dict[str, Sentence]:
        """Return code's own sentences by how they are written: the template's, and one for each fact."""
        alone = (self._language.sentence(fact).replace("[", f"{{{id_}|").replace("]", "}") for id_, fact in self._book.by_id.items())
        return {form: one for one in (*map(sentence_of, alone), *self._template.explanation) for form in self._forms(one)}

    def _forms(self, sentence: Sentence) -> list[str]:
        """Return a sentence as a reader and as a model writes it."""
        forms = (self._copied.replaced(plain(sentence)), slotted(sentence))
        return [_bare(tokens_of(form)) for form in forms if not unreadable(form)]

    def _refuse_unless(self, is_known: bool, field: str, tokens: Sequence[Token]) -> None:
        if not is_known:
            self._wrong.append(f'{field}: "{text_of(tokens)[:_SHOWN_CHARS]}" {_UNKNOWN}')


def _bare(tokens: Sequence[Token]) -> str:
    """Return a text without its citations, to be compared."""
    return text_of([token for token in tokens if not token.ids or "{" in token.text]).rstrip(".").lower()


def _complaint(said: str) -> Complaint:
    field, colon, rest = said.partition(": ")
    return Complaint(field, rest) if colon and field in _FIELDS else Complaint("explanation", said.removeprefix("explanation "))


def _changed(draft: Draft, text: SummaryText) -> Iterator[Complaint]:
    """Yield what of the pattern and the steps would be said otherwise."""
    if draft.pattern != text.pattern:
        yield Complaint("pattern", f"the evidence shows {text.pattern}")
    wanted = [step.id for step in text.next_steps]
    if len(draft.next_steps) > STEPS[1]:
        yield Complaint("next_steps", f"there are {len(draft.next_steps)}; {STEPS[1]} are allowed")
    elif unknown := [step for step in draft.next_steps if step not in wanted]:
        yield Complaint("next_steps", f'"{unknown[0][:40]}" is no step for this incident')
    elif missing := [step for step in wanted if step not in draft.next_steps]:
        yield Complaint("next_steps", f"the action asks for {missing[0]}: choose it, too")
