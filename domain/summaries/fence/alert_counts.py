"""Counts of alerts: of all, or of those that are said to be for logins, decided block, or of one device."""

from __future__ import annotations

from collections.abc import Iterator

from domain.summaries.fence.book import EVENTS, THINGS
from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.window import Claim, Window

_REACH = 7  # tokens in which an alert's kind is looked for
_DECISIONS = {
    form: decision
    for decision in ("block", "investigate", "challenge")
    for form in (decision, f"{decision}s", f"{decision}ed", f"{decision}d")
}
_DECIDED = small_words("alerts_decided")
_ABOUT = small_words("alerts_about")
_LATER = small_words("noun_later")


class AlertReader:
    """Reader of the counts of alerts in one sentence."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def counted(self, at: int, value: float, end: int, noun: str, cited: list[str]) -> Claim:
        """Read a count of alerts: of all, or of those that are said to be of a kind."""
        facts = [fact for fact in self._window.book.by_id.values() if fact["unit"] == "alerts" and fact["value"] == value]
        found = [] if self._is_whole(at) else list(self._kinds(at, end))
        kinds, end = [name for name, _ in found], max([end, *(last for _, last in found)])
        shown = self._window.text(at, end)
        if kinds:
            held = [fact for fact in facts if fact["name"] in kinds]
            return Claim(end, held, "alert", "" if held else self._window.wrong(shown, value, kinds))
        if noun == "decision":
            facts = [fact for fact in facts if fact["name"].startswith("decision_")]
        ranked = sorted(facts, key=lambda fact: (fact["id"] not in cited, fact["name"] != "alerts", not self._window.hinted(fact)))
        ranked = [
            fact
            for fact in ranked
            if fact["id"] in cited or fact["name"] in ("alerts", "unconnected") or self._window.hinted(fact) or noun == "decision"
        ]
        return Claim(end, ranked, "alert", "" if ranked else self._window.wrong(shown, value, ["alerts"]))

    def _is_whole(self, at: int) -> bool:
        """Return whether a count is that of which another is a part: 6 of the 12 alerts."""
        before = [token for token in self._window.tokens[max(0, at - 4) : at] if token.kind != "cite"]
        while before and before[-1].lemma in ("the", "all", "these", "those"):
            before.pop()
        return len(before) > 1 and before[-1].lemma == "of" and self._window.value(before[-2]) is not None

    def _kinds(self, at: int, end: int) -> Iterator[tuple[str, int]]:
        """Yield which alerts are meant, and where that is said: "decided block", "for logins", "blocked"."""
        for token in self._window.tokens[at:end]:
            if token.lemma in _DECISIONS:
                yield f"decision_{_DECISIONS[token.lemma]}", end
        lemmas = [lemma for lemma in self._window.lemmas(end, _REACH) if not lemma.startswith("[")]
        if not lemmas:
            return
        if lemmas[0] in _DECIDED:
            words = [(n, word) for n, word in enumerate(lemmas[1:5], start=2) if word in _DECISIONS]
            yield from ((f"decision_{_DECISIONS[word]}", end + (n if lemmas[0] in ("decided", "marked") else 0)) for n, word in words[:1])
        elif (lemmas[0] in ("of", "that") and lemmas[1:4] == ["accounts", "that", "nothing"]) or lemmas[:2] == ["that", "nothing"]:
            yield "unconnected", end
        elif lemmas[0] in _ABOUT:
            offset = next((n for n in range(end, min(end + 4, len(self._window.tokens))) if self._window.noun(n)), None)
            found = self._window.noun(offset) if offset is not None else None
            if (
                found
                and (found[1] in EVENTS or found[1] in ("small", "paid") or found[1].startswith("type_"))
                and not any(self._window.value(token) for token in self._window.tokens[end:offset])
            ):
                yield from ((name, found[0]) for name in self._window.names(found[1]))

    def short(self, at: int, value: float, cited: list[str]) -> Claim | None:
        """Read a number whose noun comes later: "31 for logins", "9 of the 12 alerts were blocked"."""
        if self._window.lemma(at + 1) not in _LATER and not self._window.is_kind("cite", at + 1):
            return None
        kinds: list[str] = []
        for n in range(at + 1, min(at + 1 + _REACH, len(self._window.tokens))):
            token = self._window.tokens[n]
            if token.kind == "mark" and token.text in ".;:,":
                break
            if token.lemma in _DECISIONS:
                kinds.append(f"decision_{_DECISIONS[token.lemma]}")
            elif (found := self._window.noun(n)) and found[1] not in ("alert", "decision", "account", "ring", "score"):
                kinds += self._window.names(found[1]) if found[1] not in THINGS else [f"shared_{found[1]}"]
        facts = [fact for fact in self._window.book.by_id.values() if fact["unit"] in ("alerts", "payments") and fact["value"] == value]
        held = (
            [fact for fact in facts if fact["name"] in kinds]
            if kinds
            else [fact for fact in facts if self._window.hinted(fact) or fact["id"] in cited]
        )
        if not held and value == 1:
            return None
        return Claim(at + 1, held, "alert", "" if held else self._window.wrong(self._window.tokens[at].text, value, kinds or ["alerts"]))
