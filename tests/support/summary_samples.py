"""An incident for the tests of summaries, and a draft that says only what its evidence holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.summaries.fence.reader import read
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText
from domain.summaries.template_writer import template_summary
from tests.support.incident_samples import START, alert, incident_of, pseudonym

# Twelve alerts of 1,234.56 EUR in all, score 0.973, half of them blocked, from 10:00 to 10:11 UTC.
INCIDENT = incident_of(
    [
        alert(
            n,
            START + n * 60_000,
            amount=102.88,
            score=0.973,
            decision=("block", "investigate")[n % 2],
            severity="high",
            reasons=[{"code": "velocity_24h", "text": "", "weight": 1.75}],
        )
        for n in range(12)
    ]
)
SHARED = pseudonym(1_000_000)
GOOD = Draft(
    headline="Device farm of 12 accounts [F1]",
    explanation="One device raised 12 alerts [F1] on 12 accounts, worth 1,234.56 EUR in all [F5].",
    pattern="device farm",
    next_steps=("Block the accounts and hold their orders.",),
)


def read_draft(incident: Mapping[str, Any]) -> Draft:
    """A draft that is shown as it is written: the template's summary after the fence has read it."""
    text, complaints = read(draft_of(template_summary(incident).text), incident)
    assert text is not None, complaints
    return draft_of(text)


def draft_of(text: SummaryText) -> Draft:
    """The draft of a model that answers with the plain text of a summary."""
    document = text.to_document()
    return Draft(document["headline"], document["explanation"], text.pattern, tuple(document["next_steps"]))
