"""Incidents of each kind for the tests of the fence, and drafts that say only what their evidence holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from domain.summaries.fence.reader import read
from domain.summaries.fence.retold import Retold, facts_of
from domain.summaries.languages.language import language_of
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText, cited
from domain.summaries.template_writer import template_summary
from tests.support.incident_samples import START, alert, incident_of, pseudonym
from tests.support.summary_samples import INCIDENT

MINUTE = 60_000


def _entities(number: int, devices: int, addresses: int) -> dict[str, str]:
    return {
        "account": pseudonym(number + 1),
        "device": pseudonym(1_000_000 + number % devices),
        "address": pseudonym(2_000_000 + number % addresses),
    }


FARM = INCIDENT
"""12 accounts on one device raised 12 alerts in 11 minutes, all orders, half decided block."""

RING = incident_of(
    [
        alert(
            n,
            START + n * 90 * MINUTE,
            event_type=("order", "login", "order")[n % 3],
            amount=20.5 if n % 3 != 1 else None,
            decision="block" if n < 3 else "investigate",
            entities=_entities(n, devices=3, addresses=9),
            reasons=[{"code": "DEVICE_SHARING", "text": "", "weight": 2.0}, {"code": "EVENT_TIME", "text": "", "weight": 1.0}],
        )
        for n in range(9)
    ]
)
"""9 accounts on 3 devices raised 9 alerts, 6 for orders and 3 for logins, 3 decided block."""

GOOD = {
    "farm": Draft(
        headline="Device farm: {F9}, {F5}",
        explanation="{F9} raised {F1} within {F8}. All of them come from the same device: {F11}. The flagged orders come to {F5}.",
        pattern="device farm",
        next_steps=("block_accounts", "look_up_device"),
    ),
    "farm in numbers": Draft(
        headline="Device farm with 12 accounts [F9]",
        explanation="One device raised 12 alerts [F1] on 12 accounts, worth 1,234.56 EUR in all [F5].",
        pattern="device farm",
        next_steps=("Block the accounts and hold their orders.", "Look up all accounts of the shared device."),
    ),
}


def fact(incident: Mapping[str, Any], name: str) -> str:
    """The placeholder of a fact."""
    return "{" + next(str(fact["id"]) for fact in incident["evidence"]["facts"] if fact["name"] == name) + "}"


def with_sentence(sentence: str, incident: Mapping[str, Any] = FARM, pattern: str = "device farm") -> tuple[list[str], list[str]]:
    """The sentences that are shown of one after one that is true, and the complaints."""
    first = f"There are {fact(incident, 'alerts')} of {fact(incident, 'distinct_account')} within {fact(incident, 'duration')}."
    draft = Draft("Device farm with {F1}", f"{first} {sentence}", pattern, ("review_strongest",))
    text, complaints = read(draft, incident)
    return [*map(cited, text.explanation)] if text else [], complaints


def with_step(step: str, incident: Mapping[str, Any] = FARM, pattern: str = "device farm") -> tuple[list[str], list[str]]:
    """The ids of the steps that a step becomes, and the complaints."""
    draft = Draft("Incident with {F1}", "There are {F1} in this incident, see the evidence.", pattern, ("document", step))
    text, complaints = read(draft, incident)
    ids = [found.id for found in text.next_steps] if text else []
    return ids[ids.index("document") + 1 :] if ids else [], complaints  # before it is what code adds


def codes_own(incident: Mapping[str, Any]) -> set[str]:
    """The sentences that code may say of an incident: those of the template, and one a fact."""
    template, language = template_summary(incident).text, language_of("en")
    before = [sentence for sentence in template.explanation if "action" not in facts_of(sentence)]
    pairs = [Retold([sentence], language, set()).sentences([f]) for sentence in before for f in incident["evidence"]["facts"]]
    alone = Retold((), language, set()).sentences(incident["evidence"]["facts"])
    return {cited(sentence) for sentence in (*template.explanation, *alone, *(sentence for told in pairs for sentence in told))}


def changed(draft: Draft, incident: Mapping[str, Any], **changes: Any) -> tuple[SummaryText | None, list[str]]:
    """Read a draft with other fields."""
    return read(dataclasses.replace(draft, **changes), incident)
