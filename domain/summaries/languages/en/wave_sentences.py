"""The template's English of a wave: how many events of which accounts, what is usual, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.summaries.languages.language import Language
from domain.summaries.summary_text import Sentence, marked, sentence_of

_TO_DO = {
    "escalate": "Let a senior analyst decide now: it is grave, but no account of it is proven",
    "verify": "Ask such accounts for step-up verification before their next event",
}


class WaveSentences:
    """The sentences on one wave, from its facts by name."""

    is_alone = False

    def __init__(self, pattern: str, facts: Mapping[str, Mapping[str, Any]], language: Language) -> None:
        self._facts, self._language = facts, language
        self._events = next(name for name in facts if name.startswith("wave_"))
        self._age = next(name for name in facts if name.startswith("age_"))

    def headline(self) -> Sentence:
        """Return e.g. "Wave: 41 refund requests from accounts less than a day old"."""
        return sentence_of(f"Wave: {self._say(self._events)} from {self._say(self._age)}")

    def explanation(self, action: str) -> tuple[Sentence, ...]:
        """Return who does what how often, what is usual, when it was, the money and what to do."""
        sentences = (self._what(), self._when(), *self._money(), f"{marked('action', _TO_DO.get(action, _TO_DO['verify']))}.")
        return tuple(map(sentence_of, sentences))

    def _what(self) -> str:
        disposable = f", {self._say('disposable_mail')}" if "disposable_mail" in self._facts else ""
        within = f" within {self._say('duration')}" if self._facts["duration"]["value"] else ""
        come = "comes" if self._facts[self._events]["value"] == 1 else "come"
        return f"{self._say(self._events, begins=True)}{within} {come} from {self._say(self._age)}{disposable}; {self._say('usual')}."

    def _when(self) -> str:
        first, last = self._say("first_time"), self._say("last_time")
        return f"The first event came at {first}, the last at {last}{self._connected()}."

    def _connected(self) -> str:
        """Return whether they name what others named, nothing if that was not counted."""
        return f", and {self._say('used_by_others')}" if "used_by_others" in self._facts else ""

    def _money(self) -> Iterator[str]:
        """Yield what the events come to, if they name money."""
        sums = [self._say(name, "short") for name in self._facts if name.startswith("asked_")]
        if "more_asked" in self._facts:
            sums.append(self._say("more_asked"))
        if sums:
            listed = " and ".join([", ".join(sums[:-1]), sums[-1]] if len(sums) > 1 else sums)
            yield f"The {'requests ask for' if 'refund' in self._events else 'events come to'} {listed}."

    def _say(self, name: str, form: str = "full", *, begins: bool = False) -> str:
        fact = self._facts[name]
        return marked(fact["id"], self._language.phrase(fact, form, begins=begins))
