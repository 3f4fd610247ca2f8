"""Next steps, found by what a sentence says is done to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import Book
from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.step_words import Rule, StepWords, fits
from domain.summaries.fence.tokens import Token

_BREAKS = frozenset(("and", "then", "or", "but"))
_OF_FACTS = {
    "alerts": "incident",
    "decision": "incident",
    "unconnected": "incident",
    "money": "order",
    "refunds": "refund",
    "small": "payment",
    "shared": "device",
}
_VERB_NOUNS = {
    "block": "block",
    "blocking": "block",
    "freeze": "block",
    "suspension": "block",
    "escalation": "escalate",
    "monitoring": "watch",
    "watching": "watch",
}
_SAID_BY_NOUNS = {
    "to block": "block",
    "to escalate": "escalate",
    "verification": "require",
    "senior": "escalate",
    "observation": "keep",
    "to watch": "watch",
}
_TELLING = small_words("telling")
_DIRECTING = small_words("directing")
_PRONOUNS = small_words("step_objects")
_DIRECTING_PAIRS = frozenset(
    (
        ("has", "to"),
        ("have", "to"),
        ("goes", "to"),
        ("go", "to"),
        ("left", "to"),
        ("decided", "by"),
        ("comes", "first"),
        ("right", "answer"),
        ("case", "for"),
    )
)
_AGAINST = frozenset(("no", "not", "never", "don't", "unless", "instead", "nothing", "nobody", "neither", "nor"))
AGAINST = "it says what not to do"
_OBJECTS = 2  # nouns after a verb that may be its object: "put the accounts' orders on hold"


@dataclass(slots=True)
class _Clause:
    verb: str
    nouns: list[set[str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def steps_in(tokens: Sequence[Token], words: StepWords, book: Book, code: str, *, explains: bool = False) -> tuple[list[str], str]:
    """Return the ids of the steps that a sentence advises, or what is wrong with it.

    `explains` is for a sentence of an explanation: words may introduce it, and a verb alone may say it.
    """
    ids: list[str] = []
    clauses, wrong = _clauses(tokens, words, book, explains)
    for clause in clauses if not wrong else ():
        if not clause.nouns and len(clauses) > 1 and (not explains or clause.verb in words.preface):
            continue  # "treat them as one and block ...", "hold the orders and wait"
        found, wrong = _step_of(clause, words, explains)
        if not found:
            return [], wrong
        best = next((name for name in found if fits(name, book, code)), found[0])
        ids += [best] if best not in ids else []
    return ids, wrong or ("" if ids else "it names no step of the catalogue")


def _clauses(tokens: Sequence[Token], words: StepWords, book: Book, explains: bool) -> tuple[list[_Clause], str]:
    """Take a sentence apart at its verbs; the text says why it cannot be read."""
    clauses: list[_Clause] = []
    before: list[set[str]] = []
    fresh = True
    at = 0
    while at < len(tokens):
        token, low = tokens[at], tokens[at].lemma.partition(" ")[0]
        at += 1
        if token.kind == "mark":
            fresh = True
        elif token.kind == "fact":
            (clauses[-1].nouns if clauses else before).append({_fact_noun(token, book)})
        elif token.kind != "word" or (whole(low) or 0) > 1:
            fresh = fresh and not clauses
        elif held := _held_back(tokens, at - 1, words):
            clauses.append(_Clause("hold"))
            at, fresh = held, False
        elif low in words.verbs and (fresh if clauses or not explains else _is_told(tokens, at - 1)):
            clauses.append(_Clause(low))
            fresh = False
        elif (
            explains
            and not clauses
            and (verb := words.verb_of(low))
            and (low.endswith("ing") or "be" in {t.lemma for t in tokens[max(0, at - 3) : at]})
        ):
            clauses.append(_Clause(verb, before if low.endswith("ed") or low == "held" else []))
            fresh = False
        elif explains and not clauses and low in _VERB_NOUNS:
            before.append({f"to {_VERB_NOUNS[low]}"})
        elif not clauses:
            before += [words.nouns[low]] if low in words.nouns else []
            if low in _AGAINST:
                return [], AGAINST
            if explains and not _introduces(low, words):
                return [], f'"{token.text[:30]}" begins no step of the catalogue'
        elif low in _BREAKS:
            fresh = True
        elif low == "not" and clauses[-1].words[-1:] and clauses[-1].words[-1] in ("have", "has", "are", "is", "were", "did"):
            fresh = False  # "orders that have not shipped yet"
        elif low == "without" and tokens[at : at + 1] and tokens[at].lemma in ("delay", "waiting"):
            at += 1
        elif low == "without" and tokens[at : at + 2] and tokens[min(at + 1, len(tokens) - 1)].lemma.startswith("alert"):
            at += 2
        elif low in _AGAINST:
            return [], AGAINST
        else:
            clauses[-1].words.append(low)
            if low in words.nouns:
                clauses[-1].nouns.append(words.nouns[low])
            elif low in _PRONOUNS and not clauses[-1].nouns and not explains:
                clauses[-1].nouns.append({"incident", "account", "event"})
            fresh = fresh and low in ("please", "also", "immediately", "now", "then")
    lows = [token.lemma for token in tokens]
    directs = explains and bool(_DIRECTING & set(lows) or _DIRECTING_PAIRS & set(pairwise(lows)))
    if explains and len(clauses) == 1 and not clauses[0].nouns and (said := _nominal(before)):
        return said, ""
    return clauses or _nominal(before if directs else []), ""


def _is_told(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a verb tells to do it: at the beginning, or after "to", "should", "we would"."""
    before = next((token for token in reversed(tokens[:at]) if not token.lemma.endswith("ly")), None)
    decides = (
        before is not None
        and before.lemma == "is"
        and bool({"action", "decision", "move", "step", "advice"} & {token.lemma for token in tokens[:at]})
    )
    return before is None or before.kind == "mark" or before.lemma in _TELLING or decides


def _nominal(nouns: Sequence[set[str]]) -> list[_Clause]:
    """Return the step that nouns alone say: "step-up verification is recommended"."""
    for noun, verb in _SAID_BY_NOUNS.items():
        if any(noun in named for named in nouns):
            return [_Clause(verb, [named for named in nouns if not any(name.startswith("to ") for name in named)])]
    return []


def _introduces(low: str, words: StepWords) -> bool:
    return low in words.preface or low in words.nouns or low.endswith("ly") or low in _BREAKS or low == "to"


def _held_back(tokens: Sequence[Token], at: int, words: StepWords) -> int:
    """Return where "do not ship" ends, which is to hold; 0 for anything else."""
    lows = [token.lemma for token in tokens[at : at + 3]]
    if lows[:2] == ["do", "not"] and lows[2:] and lows[2] in words.held_back:
        return at + 3
    return at + 2 if lows[0] == "don't" and lows[1:] and lows[1] in words.held_back else 0


def _fact_noun(token: Token, book: Book) -> str:
    name = str(book.by_id.get(token.ids[0], {"name": ""})["name"])
    kind, _, rest = name.partition("_")
    if kind == "distinct":
        return rest
    return {"type_order": "order", "type_refund_request": "refund", "type_payment": "payment"}.get(name, _OF_FACTS.get(kind, "event"))


def _step_of(clause: _Clause, words: StepWords, explains: bool) -> tuple[list[str], str]:
    """Return the ids of the rules that take a clause, the first listed first."""
    candidates = [rule for rule in words.rules if clause.verb in rule.verbs]
    if not clause.nouns:
        found = [rule.id for rule in candidates if rule.bare]
        return found, "" if found else f'"{clause.verb}" needs what it is done to'
    found = [rule.id for rule in candidates if _takes(rule, clause, words)]
    shown = next((low for low in clause.words if low in words.nouns), "")
    return found, "" if found else f'"{clause.verb} {shown}" is no step of the catalogue'


def _takes(rule: Rule, clause: _Clause, words: StepWords) -> bool:
    first = (
        set().union(*clause.nouns[:_OBJECTS])
        if clause.nouns[0] & (rule.objects | {"account", "refund", "verification", "incident"})
        else clause.nouns[0]
    )
    if not first & rule.objects or (rule.needs and not any(nouns & rule.needs for nouns in clause.nouns)):
        return False
    if rule.unless & set(clause.words):
        return False
    if rule.says and not rule.says & {*clause.words, clause.verb}:
        return False
    return all(nouns & (rule.objects | rule.also) or not nouns <= words.sensitive for nouns in clause.nouns)
