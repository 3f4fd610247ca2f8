"""English forms of words: what a word may be a form of."""

from __future__ import annotations

from collections.abc import Iterator

_VOWELS = "aeiou"
_IRREGULAR = {
    "is": "be", "are": "be", "was": "be", "were": "be", "has": "have", "had": "have", "did": "do", "does": "do", "came": "come",
    "took": "take", "taken": "take", "made": "make", "saw": "see", "seen": "see", "found": "find", "stood": "stand", "lay": "lie",
    "lying": "lie", "fell": "fall", "led": "lead", "began": "begin", "begun": "begin", "ran": "run", "became": "become", "sat": "sit",
    "bound": "bind", "held": "hold", "gave": "give", "given": "give", "got": "get", "drove": "drive", "driven": "drive", "driving": "drive",
    "arose": "arise", "arisen": "arise", "showed": "show", "shown": "show", "tied": "tie", "tying": "tie", "broke": "break",
    "broken": "break", "brought": "bring", "drew": "draw", "drawn": "draw", "underlying": "underlie", "said": "say", "paid": "pay",
}  # fmt: skip


def lemmas_of(word: str) -> Iterator[str]:
    """Yield a word in small letters and what it may be a form of, the likeliest first."""
    low = word.lower().removesuffix("'s").removesuffix("'")
    if low in _IRREGULAR:
        yield _IRREGULAR[low]
    yield low
    if low.endswith("ies"):
        yield low[:-3] + "y"
    if low.endswith("s") and not low.endswith("ss"):
        yield low[:-1]
        if low.endswith("es"):
            yield low[:-2]
    for end in ("ed", "ing"):
        stem = low.removesuffix(end)
        if stem != low and stem:
            yield stem
            yield stem + "e"
            if stem[-1] == stem[-2:-1] and stem[-1] not in _VOWELS:
                yield stem[:-1]
            if stem.endswith("i"):
                yield stem[:-1] + "y"
