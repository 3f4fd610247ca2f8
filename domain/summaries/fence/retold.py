"""Code's own sentences for facts that a model has named in words that cannot be checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.summaries.fence.book import Fact
from domain.summaries.languages.language import Language
from domain.summaries.summary_text import Part, Sentence, sentence_of


class Retold:
    """The template's sentences, each told once, for facts that nothing else says; else one a fact."""

    def __init__(self, template: Iterable[Sentence], language: Language, said: set[str]) -> None:
        """Take the sentences of the template, and the ids of the facts that the model's own sentences say."""
        self._sentences = [sentence for sentence in template if "action" not in facts_of(sentence)]
        self._language, self._said = language, said
        self._left, self._last = list(self._sentences), -1

    def sentences(self, facts: Iterable[Fact]) -> Iterator[Sentence]:
        """Yield sentences that say the facts, but for those that are said already."""
        for fact in facts:
            if fact["id"] not in self._said:
                yield self._of_template(str(fact["id"])) or self._alone(fact)

    def _of_template(self, fact: str) -> Sentence:
        """Return the template's sentence that says a fact, where most of what it says is new."""
        for sentence in self._left:
            says = facts_of(sentence)
            if fact in says and 2 * len(says - self._said) >= len(says):
                self._left.remove(sentence)
                self._said |= says
                follows = self._sentences.index(sentence) == self._last + 1
                self._last = self._sentences.index(sentence)
                return sentence if follows and self._last else self._standing(sentence)
        return ()

    def _alone(self, fact: Fact) -> Sentence:
        self._said.add(str(fact["id"]))
        self._last = -2
        return sentence_of(self._language.sentence(fact).replace("[", f"{{{fact['id']}|").replace("]", "}"))

    def _standing(self, sentence: Sentence) -> Sentence:
        """Return a sentence that no other of the template goes before, with a noun for its pronoun."""
        first, *rest = sentence
        begin, space, more = first.text.partition(" ")
        return (Part(f"{self._language.standing.get(begin, begin)}{space}{more}", first.fact), *rest)


def facts_of(sentence: Sentence) -> set[str]:
    """Return the ids of facts that a sentence says."""
    return {part.fact for part in sentence if part.fact is not None}
