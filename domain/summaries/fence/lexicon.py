"""The lexicon of a language: what a word is, by its lemma, and idioms that are read as one word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.summaries.languages.language import language_of

_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Word:
    """What the lexicon says of a word: classes such as `noun:device`, `verb:use`, `guard:same`, `plain`."""

    lemma: str
    form: str
    """"" for the lemma itself, else "s", "ed" or "ing"."""
    classes: frozenset[str]

    def nouns(self) -> Iterator[str]:
        """Yield its classes as a noun."""
        return (name[5:] for name in self.classes if name.startswith("noun:"))

    def verbs(self) -> Iterator[str]:
        """Yield its classes as a verb."""
        return (name[5:] for name in self.classes if name.startswith("verb:"))

    def guards(self) -> Iterator[str]:
        """Yield what it needs as a guarded word."""
        return (name[6:] for name in self.classes if name.startswith("guard:"))


class Lexicon:
    """Words and idioms of one language."""

    def __init__(self, words: Mapping[str, Any], idioms: Mapping[str, Sequence[str]]) -> None:
        classes: dict[str, set[str]] = {}
        for part, prefix in (("guarded", "guard:"), ("nouns", "noun:"), ("verbs", "verb:")):
            for name, listed in words[part].items():
                for word in listed.split():
                    classes.setdefault(word, set()).add(prefix + name)
        for name, listed in words["plain"].items():
            for word in listed.split():
                classes.setdefault(word, set()).add("verb:plain" if name == "verbs" else "plain")
        self._classes = {word: frozenset(names) for word, names in classes.items()}
        self._irregular: Mapping[str, str] = words["irregular"]
        self.compounds: dict[tuple[str, ...], str] = {tuple(text.split()): name for text, name in words["compounds"].items()}
        self._idioms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for need, texts in idioms.items():
            for text in texts:
                key = tuple(text.replace(",", " ,").lower().split())
                self._idioms.setdefault(key[0], []).append((key, need))
        for listed_idioms in self._idioms.values():
            listed_idioms.sort(key=lambda one: -len(one[0]))

    @cache  # noqa: B019 - one lexicon a language, and the words of summaries are few
    def word(self, text: str) -> Word | None:
        """Return what is known of a word, None for one that is in no list."""
        low = text.lower().removesuffix("'s").removesuffix("s'")
        if low in self._irregular:
            lemma = self._irregular[low]
            form = "s" if low.endswith("s") else "ing" if low.endswith("ing") else "ed"
            verbs = self._of_form(lemma, form) | {c for c in self._classes.get(low, ()) if not c.startswith("verb:")}
            return Word(lemma, form, frozenset(verbs)) if verbs else None
        if low in self._classes:
            return self._listed(low)
        for lemma, form in _lemmas(low):
            if found := self._of_form(lemma, form):
                return Word(lemma, form, frozenset(found))
        return None

    def _listed(self, low: str) -> Word:
        """Return a listed word; "linked" is a word of its own and a form of "link"."""
        classes = self._classes[low]
        if not any(name.startswith(("verb:", "noun:")) for name in classes):
            for lemma, form in _lemmas(low):
                verbs = frozenset(name for name in self._classes.get(lemma, ()) if name.startswith("verb:"))
                if form == "ed" and verbs:
                    return Word(lemma, form, classes | verbs)
        return Word(low, "", classes)

    def idiom(self, words: Sequence[str], at: int) -> tuple[int, str] | None:
        """Return how many words from `at` on are the longest idiom, and what it needs."""
        for key, need in self._idioms.get(words[at], ()):
            if tuple(words[at : at + len(key)]) == key:
                return len(key), need
        return None

    def _of_form(self, lemma: str, form: str) -> frozenset[str]:
        classes = self._classes.get(lemma, frozenset())
        if form in ("ed", "ing"):
            return frozenset(name for name in classes if name.startswith("verb:"))
        return frozenset(name for name in classes if name.startswith(("verb:", "noun:")) or name == "plain")


def _lemmas(word: str) -> Iterator[tuple[str, str]]:
    """Yield what a form may be a form of, and which form it is."""
    if word.endswith("ies"):
        yield word[:-3] + "y", "s"
    if word.endswith("s") and not word.endswith("ss"):
        yield word[:-1], "s"
        if word.endswith("es"):
            yield word[:-2], "s"
    for end, form in (("ed", "ed"), ("ing", "ing")):
        if word.endswith(end) and len(word) > len(end) + 1:
            stem = word[: -len(end)]
            yield stem, form
            yield stem + "e", form
            if stem[-1] == stem[-2:-1] and stem[-1] not in _VOWELS:
                yield stem[:-1], form
            if stem.endswith("i"):
                yield stem[:-1] + "y", form


@cache
def lexicon_of(code: str) -> Lexicon:
    """Return the lexicon of a language."""
    language = language_of(code)
    return Lexicon(language.data("words"), language.data("idioms"))
