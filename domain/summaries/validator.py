"""The fence around what a language model writes: a summary is published only if nothing here complains."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from domain.summaries.evidence_numbers import CITATION, EvidenceNumbers
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, PATTERNS, STEP_CHARS, STEPS, Draft

_MARKUP = re.compile(r"[`*#<>|~{}]|__|\]\(|&#?\w+;|://|\bwww\.|@\w|\b[a-z0-9-]+\.(?:com|net|org|io|ru|cn|info|biz|top|app)\b", re.I)
_RELENT = re.compile(
    r"\b(?:approv\w*|whitelist\w*|allow-?list\w*|ignor\w*|dismiss\w*|unblock\w*|unfreez\w*|releas\w*|disregard\w*|false positives?"
    r"|no (?:further )?action|harmless|no fraud|not fraud\w*|legitimate (?:activity|ring|customers?|behaviou?r))\b",
    re.I,
)
# A clause's "not" reaches over a word or two, not over a comma or a "but": "do not block but approve"
# approves.
_CLAUSE = 80
_NEGATION = re.compile(
    r"\b(?:not|never|without|before|cannot|don['’]t|avoid|until|nor)(?:\s+(?!but\b|and\b|then\b|instead\b|rather\b)\w+){0,3}\s+$",
    re.I,
)
_HARSH_STEP = re.compile(r"^\W*(?:immediately |permanently |now )?(?:block|ban|suspend|close|freeze|terminate|delete)\b", re.I)
_MILD_STEP = re.compile(r"\b(?:only|just|merely|simply) (?:monitor|watch|observe)\b", re.I)
# Words that hardly a sentence does without, and that other languages in Latin letters do not have.
_ENGLISH = frozenset((
    "the", "of", "and", "with", "from", "this", "that", "these", "are", "by", "on", "its", "their", "same", "have", "within", "one",
    "all", "more", "each", "to", "between",
))  # fmt: skip
_ENGLISH_WORDS = 2
_SEVERITY = re.compile(r"\b(low|medium|high|critical)[ -]severity\b|\bseverity(?: is|:)? (low|medium|high|critical)\b", re.I)


def validate(draft: Draft, incident: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with `draft` as the summary of an incident document; an empty list accepts it."""
    evidence = EvidenceNumbers(incident)
    complaints = [*_bounds(draft), *_citations(draft, evidence), *_language(draft)]
    for name, text in _texts(draft):
        if unsafe := _unsafe(evidence.strike_codes(text), text):
            complaints.append(f"{name} holds {unsafe}; write plain text")
            continue  # what cannot be read safely is not read further
        plain = unicodedata.normalize("NFKC", text)
        complaints += [f"{name}: {complaint}" for complaint in evidence.complaints(plain)]
        complaints += [f"{name}: {complaint}" for complaint in _contradictions(evidence.strike_codes(plain), incident)]
    for step in draft.next_steps:
        if incident["action"] in ("monitor", "verify") and _HARSH_STEP.search(step):
            complaints.append(f'next_steps: "{step[:40]}" goes beyond the action {incident["action"]}')
    return complaints


def _texts(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "headline", draft.headline
    yield "explanation", draft.explanation
    for step in draft.next_steps:
        yield "next_steps", step


def _bounds(draft: Draft) -> Iterator[str]:
    bounds = {"headline": HEADLINE_CHARS, "explanation": EXPLANATION_CHARS, "next_steps": STEP_CHARS}
    for name, text in _texts(draft):
        least, most = bounds[name]
        if not least <= len(text.strip()) or len(text) > most:
            yield f"{name} has {len(text)} characters, {least} to {most} are allowed"
    if not STEPS[0] <= len(draft.next_steps) <= STEPS[1]:
        yield f"next_steps has {len(draft.next_steps)} entries, {STEPS[0]} to {STEPS[1]} are allowed"
    if draft.pattern not in PATTERNS:
        yield f"pattern is not one of: {', '.join(PATTERNS)}"


def _language(draft: Draft) -> Iterator[str]:
    words = set(re.findall(r"[a-z]+", draft.explanation.lower()))
    if len(words & _ENGLISH) < _ENGLISH_WORDS:
        yield "explanation does not read as English; write English sentences"


def _citations(draft: Draft, evidence: EvidenceNumbers) -> Iterator[str]:
    cited = [f"F{number}" for _, text in _texts(draft) for number in CITATION.findall(text)]
    for fact_id in sorted(set(cited) - evidence.fact_ids):
        yield f"the cited fact {fact_id[:12]} does not exist"
    if not CITATION.search(draft.explanation):
        yield "explanation cites no fact; cite fact ids like [F1]"


def _unsafe(struck: str, text: str) -> str:
    """Return what makes `text` unfit for a terminal, a chat or a web page, or an empty string."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"):
            return f"the control character U+{ord(character):04X}"
        if character.isalpha() and not character.isascii() and not unicodedata.name(character, "").startswith("LATIN"):
            return f"the letter U+{ord(character):04X} of another alphabet"
    struck = unicodedata.normalize("NFKC", struck)
    if foreign := [c for c in struck if c.isnumeric() and not c.isascii()]:
        return f"the digit {foreign[0]}"
    match = _MARKUP.search(struck)
    return f'markup or an address ("{match[0][:20]}")' if match else ""


def _contradictions(text: str, incident: Mapping[str, Any]) -> Iterator[str]:
    action, severity = incident["action"], incident["severity"]
    for match in _RELENT.finditer(text):
        if not _NEGATION.search(text[max(0, match.start() - _CLAUSE) : match.start()]):
            yield f'"{match[0]}" contradicts the action {action}'
    if action in ("block", "escalate") and (mild := _MILD_STEP.search(text)):
        yield f'"{mild[0]}" contradicts the action {action}'
    for match in _SEVERITY.finditer(text):
        if (match[1] or match[2]).lower() != severity:
            yield f'"{match[0]}" contradicts the severity {severity}'
