"""One sentence from tokens to units: each number a fact's phrase, each word known."""

from __future__ import annotations

from collections.abc import Sequence

from domain.incidents.reason_phrases import phrase_of
from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.citations import Loose, says_the_same, wrong_citations
from domain.summaries.fence.claims import ClaimReader
from domain.summaries.fence.lexicon import Lexicon
from domain.summaries.fence.negations import DENYING, class_of, denies, end_of_absent
from domain.summaries.fence.tokens import Token
from domain.summaries.fence.units import Unit, noun_of
from domain.summaries.fence.window import Claim, Window
from domain.summaries.languages.language import Language
from domain.summaries.summary import PATTERNS


def _pattern_forms(name: str) -> tuple[list[str], list[str]]:
    return name.split(), f"{name}s".split()


_NO_REASON = frozenset(("is", "of", "at", "in", "comes", "involved", "concerned"))  # "the amount" is a reason, "the amount of" is none
_AT_LEAST = ("at", "least")
_CITED_WITHIN = 7  # tokens: "26 of the 30 alerts [F15]"


class SentenceReader:
    """Reader of the sentences of one draft."""

    def __init__(self, book: Book, lexicon: Lexicon, language: Language, square: bool) -> None:
        """Take the evidence; `square` says that a citation alone is a placeholder."""
        self._book, self._lexicon, self._language, self._square = book, lexicon, language, square
        self._reasons = {
            tuple(phrase_of(str(fact["name"])[7:]).lower().split()): fact
            for name, fact in book.by_name.items()
            if name.startswith("reason_")
        }

    def read(self, tokens: Sequence[Token]) -> tuple[list[Unit], list[str], list[str]]:
        """Return the units of a sentence, what is wrong with it, and what is only not known to be right."""
        return _Reading(tokens, self._book, self._lexicon, self._language, self._square, self._reasons).run()


class _Reading:
    def __init__(
        self, tokens: Sequence[Token], book: Book, lexicon: Lexicon, language: Language, square: bool, reasons: dict[tuple[str, ...], Fact]
    ) -> None:
        self._tokens, self._book, self._lexicon, self._language = tokens, book, lexicon, language
        self._square, self._reasons = square, reasons
        self._whole_reasons = {tuple(str(fact["text"]).lower().split()): fact for fact in reasons.values()}
        self._lows = [token.lemma if token.kind in ("word", "mark") else "\0" for token in tokens]
        self._window = Window(tokens, book, lexicon)
        self._claims = ClaimReader(self._window)
        self._cited = [name for token in tokens if token.kind == "cite" for name in token.ids]
        self._loose: list[Loose] = []
        self._units: list[Unit] = []
        self._wrong: list[str] = []
        self._unclear: list[str] = []

    def run(self) -> tuple[list[Unit], list[str], list[str]]:
        at = 0
        while at < len(self._tokens):
            at = self._step(at)
        self._unclear += wrong_citations(self._units, self._loose, self._book)
        return self._units, self._wrong, self._unclear

    def _step(self, at: int) -> int:
        token = self._tokens[at]
        if token.kind == "fact":
            return self._placeholder(token, at)
        if token.kind == "cite":
            return self._citation(token, at)
        if token.kind == "mark":
            self._units.append(Unit("mark", token.text, glued=token.glued))
            return at + 1
        if token.kind == "word" and (end := self._reason(at)):
            return end
        if token.kind == "word" and (idiom := self._lexicon.idiom(self._lows, at)):
            size, need = idiom
            self._units.append(
                Unit("idiom", " ".join(t.text for t in self._tokens[at : at + size]).replace(" ,", ","), need=need, glued=token.glued)
            )
            if not self._book.needs(need):
                self._wrong.append(f'"{self._units[-1].text}": the evidence does not say so')
            return at + size
        if claim := self._claims.read(at):
            return self._claim(claim, at)
        return self._word(token, at)

    def _reason(self, at: int) -> int:
        """Read a reason's phrase as the evidence words it."""
        for phrase, fact in (*self._whole_reasons.items(), *self._reasons.items()):
            if tuple(self._lows[at : at + len(phrase)]) == phrase and not (
                len(phrase) < 3 and _NO_REASON & set(self._lows[at + 2 : at + 3])
            ):
                text = " ".join(token.text for token in self._tokens[at : at + len(phrase)])
                self._units.append(Unit("fact", text, fact, "reason", glued=self._tokens[at].glued))
                return at + len(phrase)
        return 0

    def _placeholder(self, token: Token, at: int) -> int:
        fact = self._book.by_id.get(token.ids[0])
        if fact is None:
            self._wrong.append(f"there is no fact {token.ids[0]}")
            return at + 1
        if self._units and self._units[-1].low == "at least":
            self._units.pop()
        phrase = self._language.phrase(fact)
        self._units.append(Unit("fact", phrase, fact, noun_of(fact, phrase), glued=token.glued))
        return self._past_noun(fact, at + 1)

    def _past_noun(self, fact: Fact, at: int) -> int:
        """Go past the noun that a model repeats after a placeholder: "{F9} accounts"."""
        low = self._lows[at] if at < len(self._lows) else ""
        if fact["unit"] == "time" and low == "utc":
            return at + 1
        if low and low.upper() == fact["unit"] and len(low) == 3:
            return at + 1
        found = self._window.noun(at)
        if not found:
            return at
        end, noun = found
        held = noun_of(fact)
        name = str(fact["name"])
        same = (noun in (held, "alert") and held == "alert") or noun == held or name in (f"type_{noun}", *self._window.names(noun))
        if same:
            return end
        self._wrong.append(f'"{{{fact["id"]}}} {self._tokens[at].text}": {fact["id"]} is {fact["text"]}; write {{{fact["id"]}}} alone')
        return end

    def _citation(self, token: Token, at: int) -> int:
        for name in token.ids:
            if name not in self._book.by_id:
                self._wrong.append(f"there is no fact {name}")
                return at + 1
        before = self._units[-1] if self._units else None
        if self._square and len(token.ids) == 1 and (before is None or before.kind == "mark" or not self._names_noun(before)):
            return self._placeholder(token, at)
        if before is not None and before.kind == "fact":
            self._check_fact(before, token)
            return at + 1
        self._loose += [(name, len(self._units)) for name in token.ids]
        return at + 1

    def _names_noun(self, unit: Unit) -> bool:
        return unit.kind == "fact" or unit.word is not None

    def _check_fact(self, unit: Unit, token: Token) -> None:
        """Take a citation after a phrase: of its fact, or of another that the sentence says."""
        assert unit.fact is not None
        if len(token.ids) == 1:
            says_the_same(unit, self._book.by_id[token.ids[0]], self._book)
        self._loose += [(name, len(self._units)) for name in token.ids if name != unit.fact["id"]]

    def _claim(self, claim: Claim, at: int) -> int:
        if claim.wrong:
            (self._unclear if claim.unclear or self._may_be_right(at, claim) else self._wrong).append(claim.wrong)
            self._units.append(Unit("idiom", self._tokens[at].text, glued=self._tokens[at].glued))
            return claim.end
        after = self._tokens[claim.end].ids if claim.end < len(self._tokens) and self._tokens[claim.end].kind == "cite" else ()
        inside = [name for token in self._tokens[at : claim.end] if token.kind == "cite" for name in token.ids]
        cited = inside or list(after) or self._cited
        fact = next((fact for fact in claim.facts if fact["id"] in cited), claim.facts[0])
        self._loose += [(name, len(self._units) + 1) for name in inside if name != fact["id"]]
        self._units.append(Unit("fact", self._said_of(fact, claim, at), fact, self._noun(fact, claim), glued=self._tokens[at].glued))
        return claim.end

    def _may_be_right(self, at: int, claim: Claim) -> bool:
        """Return whether a number may be of a fact: cited after it, of a reason, or one of several things."""
        value = self._window.value(self._tokens[at])
        if value is None:
            return False
        cited = [name for token in self._tokens[at : at + _CITED_WITHIN] if token.kind == "cite" for name in token.ids]
        facts = [self._book.by_id[name] for name in cited if name in self._book.by_id]
        held = any(fact["value"] == value and fact["unit"] == "alerts" for fact in facts)
        if any(fact["unit"] == "events" and fact["value"] == value for fact in self._book.by_id.values()):
            return True
        if claim.noun not in ("alert", "decision", ""):
            return value == 1
        return held or value in (1, self._book.alerts) or any(f"in {value:g} of " in str(fact["text"]) for fact in self._reasons.values())

    def _noun(self, fact: Fact, claim: Claim) -> str:
        if str(fact["name"]).startswith(("type_", "small_")) and claim.noun not in ("alert", "decision") and claim.noun:
            return "paid" if claim.noun == "small" else claim.noun
        return noun_of(fact)

    def _said_of(self, fact: Fact, claim: Claim, at: int) -> str:
        """Return the phrase of a fact that was written as a number; sums and times stay as written."""
        bound = bool(self._units) and self._units[-1].low == "at least"
        if bound:
            self._units.pop()
        said = self._said(at, claim.end)
        if bound and "at least" not in str(fact["text"]):
            self._wrong.append(f'"at least {said}": {fact["id"]} is exact')
        return said if claim.noun in ("money", "time", "duration", "score") else self._language.phrase(fact)

    def _said(self, at: int, end: int) -> str:
        return " ".join(token.text for token in self._tokens[at:end] if token.kind != "cite")

    def _word(self, token: Token, at: int) -> int:
        if token.kind != "word":
            self._wrong.append(f"the number {token.text} is no fact; write {{F1}}, with the id of a fact")
            return at + 1
        if whole(token.text) is not None and whole(token.text) != 1:
            self._units.append(Unit("word", token.text, glued=token.glued))
            return at + 1
        if token.lemma in DENYING and (end := end_of_absent(self._window, self._lexicon, at + 1)):
            self._units.append(Unit("idiom", self._said(at, end), glued=token.glued))
            return end
        if tuple(self._lows[at : at + 2]) == _AT_LEAST:
            self._units.append(Unit("word", "at least", glued=token.glued))
            return at + 2
        if pattern := next((name for name in PATTERNS if self._lows[at : at + len(name.split())] in _pattern_forms(name)), ""):
            size = len(pattern.split())
            self._units.append(Unit("word", self._said(at, at + size), noun="pattern", glued=token.glued))
            return at + size
        found = self._window.noun(at)
        if found and found[0] - at > 1:
            self._units.append(
                Unit(
                    "word",
                    self._said(at, found[0]),
                    noun=class_of(found[1]),
                    word=self._lexicon.noun(self._tokens[found[0] - 1].text),
                    glued=token.glued,
                )
            )
            return found[0]
        if token.lemma == "one" and self._lows[max(0, at - 1)] not in ("every", "each") and self._lows[at + 1 : at + 2] == ["of"]:
            self._unclear.append('"one of": no fact says which')
        if denies(self._window, at):
            self._wrong.append(f'"{token.text}": say what the facts are, not what they are not')
        elif len(token.text) > 3 and token.text.isupper():
            self._unclear.append(f'"{token.text}" shouts')
        self._units.append(Unit("word", token.text, word=self._lexicon.noun(token.text), glued=token.glued))
        return at + 1
