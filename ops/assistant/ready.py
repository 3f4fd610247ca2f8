"""Twenty ready questions: code calls the tools and makes the sentences, no language model is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.assistant.query import MOST_GROUPS, TOOL
from ops.assistant.result import Result
from ops.assistant.sentences import Sentence, changes, named, tops, totals, verdicts

WINDOW = "WINDOW"
"""In the arguments the time that is chosen; `EARLIER` is as long before."""
EARLIER = "EARLIER"
Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Ready:
    """A ready question."""

    id: str
    text: str
    calls: tuple[Call, ...]
    say: Callable[[Sequence[Result]], list[Sentence]]

    @property
    def has_window(self) -> bool:
        """Whether it is about a time that is chosen."""
        return any(arguments.get("window") == WINDOW for _, arguments in self.calls)


def _whole_and_parts(measure: str, by: str, **where: str) -> tuple[Call, ...]:
    asked = {"measure": measure, "window": WINDOW, "where": where}
    return (TOOL, asked), (TOOL, {**asked, "by": [by], "most": MOST_GROUPS})


def _counted(id_: str, text: str, measure: str, by: str, **where: str) -> Ready:
    return Ready(id_, text, _whole_and_parts(measure, by, **where), totals)


def _listed(id_: str, text: str, tool: str, **arguments: Any) -> Ready:
    return Ready(id_, text, ((tool, arguments),), tops)


READY: Mapping[str, Ready] = {
    one.id: one
    for one in (
        _counted("alerts", "How many events were flagged, and how were they decided?", "alerts", "decision"),
        _counted("alert-days", "On which day were the most events flagged?", "alerts", "day"),
        _counted("alert-types", "Which types of event were flagged most?", "alerts", "event_type"),
        _counted("alert-severity", "How severe were the flagged events?", "alerts", "severity"),
        Ready(
            "alert-change", "Were more events flagged than in the time before?",
            tuple((TOOL, {"measure": "alerts", "window": window}) for window in (WINDOW, EARLIER)), changes,
        ),
        _counted("money-blocked", "How much money was blocked?", "flagged_money", "day", decision="block"),
        _counted("money-flagged", "How much money was in flagged events?", "flagged_money", "decision"),
        _counted("largest-amount", "What was the largest amount of a flagged event?", "largest_amount", "event_type"),
        _counted("highest-score", "What was the highest score?", "highest_score", "event_type"),
        _counted("incidents", "How many incidents began, and how severe are they?", "incidents", "severity"),
        _counted("incident-days", "On which day did the most incidents begin?", "incidents", "day"),
        _counted("incident-patterns", "Which patterns of fraud were there most?", "incidents", "pattern"),
        _listed("incident-money", "Which incidents have the most money at risk?", "find_incidents", sort="money", window=WINDOW),
        _listed("incident-size", "Which incidents have the most flagged events?", "find_incidents", sort="alerts", window=WINDOW),
        _listed("incident-gravest", "Which incidents are the gravest?", "find_incidents", sort="severity", window=WINDOW),
        Ready("queue", "How full is the queue?", (("queue", {}),), named),
        _listed("cases-late", "Which cases are late?", "find_cases", late=True),
        Ready("verdicts", "What did the verdicts say, and how many alarms were false?", _whole_and_parts("verdicts", "word"), verdicts),
        _counted("verdict-people", "Who gave the most verdicts?", "verdicts", "by"),
        _listed("busy-entities", "Which entities are in the most flagged events lately?", "busy_entities"),
    )
}  # fmt: skip
"""Id -> ready question, in the order of the menu."""

_WORD = re.compile(r"[a-z]+")
_SMALL = frozenset(
    ("how", "were", "was", "are", "is", "the", "in", "a", "an", "of", "and", "did", "do", "does", "have", "has", "on",
     "which", "what", "who", "there", "they", "it", "most", "for", "at")
)  # fmt: skip
_ALIKE = {
    "alert": "flag", "alerts": "flag", "flagged": "flag", "alarms": "alarm", "events": "event", "incidents": "incident",
    "types": "type", "amounts": "amount", "days": "day", "cases": "case", "verdicts": "verdict", "patterns": "pattern",
    "severity": "severe", "overdue": "late", "biggest": "largest", "people": "who", "entities": "entity", "scores": "score",
    "worst": "gravest", "started": "began", "begin": "began", "stopped": "blocked",
}  # fmt: skip
_TIMES = re.compile(r"\d{4}-\d\d(-\d\d)?|last \d+ days|last week|today|yesterday|(?:from|since|until|to|during|last)\b")


def ready_for(text: str) -> Ready | None:
    """Return the ready question that holds every word of a text that matters; of several the shortest.

    None where there is none, or where the text says hardly anything: a question is not guessed.
    """
    if text in READY:
        return READY[text]
    wanted = _words(_TIMES.sub(" ", text.lower()))
    if len(wanted) < 2:
        return None
    near = [one for one in READY.values() if wanted <= _words(one.text.lower())]
    return min(near, key=lambda one: len(_words(one.text.lower())), default=None)


def _words(text: str) -> set[str]:
    return {_ALIKE.get(word, word) for word in _WORD.findall(text) if word not in _SMALL}
