"""Which sentences are shown as a model writes them: those whose facts are related as facts are.

A sentence is a row of items, phrases of facts and nouns for what they count. Between two items only words
are allowed that frames.toml lists for their kinds. No grammar of English is needed for that, and none is
tried: what is not listed is not wrong, it is only not known to be right, and code says the facts instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from domain.summaries.fence.book import EVENTS, THINGS, Book, Fact
from domain.summaries.fence.inflection import lemmas_of
from domain.summaries.fence.units import Unit
from domain.summaries.languages.language import language_of

_BEGIN, _END = "^", "$"
_LISTING = frozenset(("and", ",", ":", ";", "-", "(", ")", '"', "."))
_KIND_OF_NAME = {
    "alerts": "alert", "unconnected": "alert", "type": "part", "decision": "part", "small": "part", "money": "money", "refunds": "money",
    "more": "money", "first": "time", "last": "time", "duration": "duration", "shared": "shared", "reason": "reason", "score": "score",
    "merged": "merged", "distinct": "thing", "wave": "alert", "age": "account", "disposable": "part", "usual": "usual", "asked": "money",
}  # fmt: skip
_SUBJECTS = frozenset(("account", "alert", "they", "ring", "case"))
_RANKS = {
    "first": "first_time", "last": "last_time", "highest": "score_max", "max": "score_max", "maximum": "score_max", "peak": "score_max",
    "top": "score_max", "mean": "score_mean", "average": "score_mean",
}  # fmt: skip
_AUXILIARIES = frozenset(("be", "have", "do"))
_SHARED = frozenset(("same", "shared", "share", "common", "single"))
_CONNECTING = frozenset(("connect", "connected", "link", "linked", "tie", "bind", "join", "together", "act"))
_SEVERITIES = frozenset(("critical", "high", "medium", "low"))


class Frames:
    """The frames of one language."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.free = frozenset(data["free"].split())
        self.items = {word: kind for kind, words in data["items"].items() for word in words.split()}
        self._around = {kind: frozenset(words.split()) for kind, words in data["around"].items()}
        self._links: dict[tuple[str, str], set[str]] = {}
        for row in data["links"]:
            for pair in product(row["left"].split(), row["right"].split()):
                self._links.setdefault(pair, set()).update(row["words"].split())
        self._same = frozenset(pair for row in data["same"] for pair in product(row["left"].split(), row["right"].split()))
        known = {word for words in (*self._around.values(), *self._links.values(), self.free, self.items, _AUXILIARIES) for word in words}
        self._known = frozenset(word.removesuffix("+by") for word in known)

    def knows(self, word: str) -> bool:
        """Return whether a word, or what it is a form of, is in any list."""
        return any(lemma in self._known for lemma in lemmas_of(word))

    def lemma(self, word: str) -> str:
        """Return the listed form of a word; the word itself where none is."""
        return next((lemma for lemma in lemmas_of(word) if lemma in self._known), word)

    def allows(self, left: str, right: str, words: Sequence[str]) -> bool:
        """Return whether words may be between two kinds of items; `^` and `$` are the ends of a sentence."""
        said = [word for word in words if word not in self.free]
        if left == _BEGIN or right == _END:
            listed = self._around.get(left, frozenset()) | self._around.get(right, frozenset())
            return all(word in listed for word in said)
        listed = frozenset(self._links.get((left, right), ()))
        main = [word for word in said if word not in _AUXILIARIES]
        if said and not main and "have" not in listed:
            return "have" not in said and (left, right) in self._same
        return all(word in listed or ("by" in said and f"{word}+by" in listed) for word in main)


@cache
def frames_of(code: str) -> Frames:
    """Return the frames of a language."""
    return Frames(language_of(code).data("frames"))


@dataclass(slots=True)
class _Item:
    """A phrase of a fact, or a noun."""

    kind: str
    noun: str
    fact: Fact | None
    text: str
    gap: list[str]
    """Lemmas and marks between the item before and this one."""


def unlisted(units: Sequence[Unit], book: Book, frames: Frames, pattern: str) -> Iterator[str]:
    """Yield what in a sentence is not known to be right, where the draft names this pattern."""
    items, rest = _items(units, book, frames)
    if not any(item.fact for item in items):
        yield "no fact is in it"
    for n, item in enumerate(items):
        yield from _gap(items, n, frames)
        yield from _item(items, n, book)
        if item.noun == "pattern" and item.text.lower() not in (pattern, f"{pattern}s", "pattern", "picture", "behaviour", "behavior"):
            yield f'"{item.text}" is not the pattern'
    left = {item.kind for item in items} or {_BEGIN}
    if not any(frames.allows(kind, _END, [word for word in rest if word not in _LISTING]) for kind in left):
        yield f'"{" ".join(rest)}" at the end'
    yield from _whole({word for item in items for word in item.gap} | set(rest), items, book)
    times = [str(item.fact["value"]) for item in items if item.fact and item.kind == "time"]
    if times != sorted(times):
        yield "the times go backwards"


def _items(units: Sequence[Unit], book: Book, frames: Frames) -> tuple[list[_Item], list[str]]:
    """Return the items of a sentence, and the words after the last."""
    items: list[_Item] = []
    gap: list[str] = []
    for unit in units:
        item = _item_of(unit, book, frames)
        if item is None:
            gap += [unit.text] if unit.kind == "mark" else [frames.lemma(word) for word in unit.low.split()]
        else:
            item.gap, gap = gap, []
            items.append(item)
    return items, gap


def _item_of(unit: Unit, book: Book, frames: Frames) -> _Item | None:
    if unit.kind == "fact" and unit.fact is not None:
        name = str(unit.fact["name"])
        kind = "account" if name == "distinct_account" else _KIND_OF_NAME.get(name.partition("_")[0], "")
        if kind == "part" and unit.fact["value"] == book.alerts:
            kind = "alert"
        return _Item(kind, name, unit.fact, unit.text, [])
    if unit.kind != "word":
        return None
    noun = unit.noun or frames.items.get(frames.lemma(unit.low), "")
    if not noun:
        return None
    return _Item("thing" if noun in THINGS else "event" if noun in EVENTS else noun, noun, unit.fact, unit.text, [])


def is_item(unit: Unit, frames: Frames) -> bool:
    """Return whether a unit is the phrase of a fact or a noun for what facts count."""
    return (unit.kind == "fact" and unit.fact is not None) or (
        unit.kind == "word" and bool(unit.noun or frames.items.get(frames.lemma(unit.low)))
    )


def _gap(items: Sequence[_Item], at: int, frames: Frames) -> Iterator[str]:
    """Hold the words before an item against its kind and that of the one before, or of the subject."""
    item, before = items[at], items[at - 1].kind if at else _BEGIN
    lefts = [before]
    if _LISTING & set(item.gap):
        lefts += [other.kind for other in items[:at] if other.kind in _SUBJECTS] + [items[0].kind]
    words = [word for word in item.gap if word not in _LISTING]
    if not any(frames.allows(left, item.kind, words) for left in lefts):
        yield f'"{" ".join(item.gap)} {item.text}" after {before}'
    if not item.gap and at and (items[at - 1].fact or items[at - 1].kind != item.kind):
        yield f'"{items[at - 1].text} {item.text}"'


def _item(items: Sequence[_Item], at: int, book: Book) -> Iterator[str]:
    """Hold a noun, and what ranks or shares it, against the evidence."""
    item = items[at]
    gap = set(item.gap)
    since = set(gap)
    for other in reversed(items[:at]):
        if other.fact:
            break
        since |= set(other.gap)
    name = str(item.fact["name"]) if item.fact else ""
    if any(_RANKS[word] != name for word in since & _RANKS.keys() if item.kind in ("time", "score") and item.fact):
        yield f'"{item.text}" is another'
    thing = name.partition("_")[2] or item.noun
    if item.kind == "thing" and gap & _SHARED and not book.shares(thing):
        yield f'"{item.text}" is not shared'
    if item.kind == "thing" and gap & {"same", "single", "common"} and not (book.single(thing) or book.everywhere(thing)):
        yield f'"{item.text}" is not the only one'
    if item.kind == "event" and item.fact is None and gap == {"be"} and _events(item, book) != book.alerts:
        yield f"not all are {item.text}"
    if item.kind == "event" and at and items[at - 1].kind == "money" and not _same_events(item, items[at - 1].noun, book):
        yield f'"{items[at - 1].text}" are not of {item.text}'
    if item.kind == "money" and item.fact and at and not _same_events(items[at - 1], name, book):
        yield f'"{items[at - 1].text}" are not what {item.text} is of'
    if item.fact is None:
        yield from _bare(item, gap, book)


def _whole(words: set[str], items: Sequence[_Item], book: Book) -> Iterator[str]:
    """Hold words that are said of the whole sentence against the evidence."""
    if words & _CONNECTING and not book.connected and book.accounts != 1:
        yield "nothing connects them"
    if words & _SEVERITIES - {book.severity} and not any(item.kind == "score" for item in items):
        yield "another severity"
    counted = [item for item in items if item.kind in ("event", "part")]
    if words & {"all", "both"} and any(_events(item, book) != book.alerts for item in counted):
        yield "not all"


def _bare(item: _Item, gap: set[str], book: Book) -> Iterator[str]:
    """Yield a noun without number that the evidence has not, or has another number of."""
    spent = item.noun in ("order", "paid") and book.has("money_")  # sums are of orders and payments
    if not (spent or book.names(item.noun)) or (item.kind in ("ring", "link") and not book.connected):
        yield f'"{item.text}": there is none'
    plural = item.text.lower().endswith("s") and not item.text.lower().endswith("ss")
    count = {"account": book.accounts, "alert": book.alerts}.get(
        item.noun, book.value(f"distinct_{item.noun}") if item.kind == "thing" else -1
    )
    if count > -1 and plural != (count > 1) and not gap & (_SHARED | {"one", "main"}):
        yield f'"{item.text}": there {"are" if count > 1 else "is"} {count}'


def _events(item: _Item, book: Book) -> int:
    return int(item.fact["value"] if item.fact else book.value(f"type_{EVENTS.get(item.noun, item.noun)}"))


def _same_events(before: _Item, name: str, book: Book) -> bool:
    """Return whether the events before a sum are those that it is of."""
    refunds = name.startswith("refunds_")
    if before.kind == "event":
        return (before.noun == "refund") == refunds
    if before.kind == "part":
        kinds = {"type_refund_request"} if refunds else {"type_order", "type_payment"} & book.by_name.keys()
        return kinds == {before.noun}
    return True
