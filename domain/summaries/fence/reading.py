"""One sentence of a model: the facts that it names, and what it says of them where a frame knows that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.frames import Frames, slot_of
from domain.summaries.fence.numbers import Numbers
from domain.summaries.fence.phrases import Phrases
from domain.summaries.fence.tokens import Token
from domain.summaries.languages.language import Language
from domain.summaries.summary_text import Sentence, marked, sentence_of

_SUMS = ("money", "refunds", "asked", "claimed")
_BARE = ("claimed", "score_max", "score_mean")  # whose frames say what they are
_OF_SUMS = re.compile(r"order|payment|refund|event|request", re.ASCII)
_MARKS = frozenset(".,;:!?)")  # no space goes before them


@dataclass(slots=True)
class _Piece:
    """A phrase of a fact, or a word or mark of the model."""

    text: str
    fact: Fact | None = None
    slot: str = ""
    glued: bool = False


class Reading:
    """What one sentence says; `facts` in its order, `wrong` where the evidence contradicts it."""

    def __init__(self, tokens: Sequence[Token], book: Book, phrases: Phrases, frames: Frames, language: Language) -> None:
        self._tokens, self._book, self._phrases, self._frames, self._language = tokens, book, phrases, frames, language
        self._pieces: list[_Piece] = []
        self.facts: list[Fact] = []
        self.wrong: list[str] = []
        at = 0
        while at < len(tokens):
            at = self._step(at)
        self._read_words()

    def sentence(self) -> Sentence:
        """Return the sentence as it may be shown; nothing where no frame knows it."""
        return self._shown(headline=False) if not self.wrong and self._frames.is_sentence(self._said()) else ()

    def headline(self) -> Sentence:
        """Return the headline as it may be shown; nothing where no frame knows it."""
        return self._shown(headline=True) if not self.wrong and self._frames.is_headline(self._said()) else ()

    def topics(self) -> list[Fact]:
        """Return the facts of which a sentence speaks that names none."""
        listed = dict.fromkeys(self._frames.topics.get(token.lemma, ()) for token in self._tokens)
        return [fact for prefixes in listed for fact in self._named_as(prefixes)]

    def _named_as(self, prefixes: tuple[str, ...]) -> list[Fact]:
        """Return the first fact whose name begins with one of the prefixes, in their order."""
        found = (fact for prefix in prefixes for name, fact in self._book.by_name.items() if name.startswith(prefix))
        return [*islice(found, 1)]

    def _step(self, at: int) -> int:
        token = self._tokens[at]
        if token.kind in ("fact", "cite"):
            return self._named(token, at)
        if found := self._phrases.at(self._tokens, at):
            return self._say(found[1], found[0])
        if (number := Numbers(self._tokens, self._book, self._frames).at(at)) is None:
            self._pieces.append(_Piece(token.text, glued=token.glued))
            return at + 1
        end, facts, complaint = number
        self.facts += facts
        self.wrong += [complaint] if complaint else []
        slots = {slot_of(fact, self._book) for fact in facts}
        if len(facts) == 1 and slots <= {"first", "last", "duration", *_SUMS, *_BARE}:  # those whose number says all
            self._pieces.append(_Piece("", facts[0], slots.pop()))
        else:
            self._pieces.append(_Piece("#"))
        return end

    def _named(self, token: Token, at: int) -> int:
        """Read a placeholder with the noun that a model repeats after it; a citation only names facts."""
        known = [self._book.by_id[name] for name in token.ids if name in self._book.by_id]
        self.wrong += [f"there is no fact {name}" for name in token.ids if name not in self._book.by_id]
        if token.kind == "cite":
            self.facts += known
        if token.kind == "cite" or not known:
            return at + 1
        return self._say(known[0], at + 1 + self._repeated(known[0], at + 1))

    def _repeated(self, fact: Fact, at: int) -> int:
        """Return how many tokens say again what the phrase of a fact ends with: "{F9} accounts"."""
        phrase = self._language.phrase(fact).lower().split()
        after = [token.text.lower() for token in self._tokens[at : at + len(phrase)]]
        return next((size for size in range(len(after), 0, -1) if after[:size] == phrase[-size:]), 0)

    def _say(self, fact: Fact, end: int) -> int:
        self.facts.append(fact)
        self._pieces.append(_Piece("", fact, slot_of(fact, self._book)))
        return end

    def _read_words(self) -> None:
        """Read the words for the incident's pattern, severity, ring and accounts as slots of their own."""
        names = {self._book.pattern: "pattern", self._book.severity: "severity", **({"ring": "ring"} if self._book.is_ring else {})}
        names |= {f"the account{'s' if self._book.accounts > 1 else ''}": "who"} if self._book.accounts else {}
        for name, slot in names.items():
            size = len(name.split())
            for at in range(len(self._pieces) - size, -1, -1):
                run = self._pieces[at : at + size]
                if " ".join(piece.text.lower() for piece in run) == name and not any(piece.slot for piece in run):
                    self._pieces[at : at + size] = [_Piece(" ".join(piece.text for piece in run), None, slot, run[0].glued)]

    def _said(self) -> str:
        """Return the sentence with a slot for each fact, for the frames."""
        said = (f"{_space(piece)}{f'<{piece.slot}>' if piece.slot else piece.text}" for piece in self._pieces)
        return "".join(said).strip()

    def _shown(self, headline: bool) -> Sentence:
        is_short = headline or bool(_OF_SUMS.search(" ".join(piece.text.lower() for piece in self._pieces)))
        return sentence_of("".join(self._texts(is_short, headline)))

    def _texts(self, is_short: bool, headline: bool) -> Iterator[str]:
        for n, piece in enumerate(self._pieces):
            space = _space(piece) if n else ""
            if piece.fact is None:
                yield f"{space}{piece.text}"
            else:
                form = "short" if piece.slot in _BARE or (is_short and piece.slot in _SUMS) else "full"
                yield space + marked(str(piece.fact["id"]), self._language.phrase(piece.fact, form, begins=n == 0 and not headline))


def _space(piece: _Piece) -> str:
    return "" if piece.glued or piece.text in _MARKS else " "
