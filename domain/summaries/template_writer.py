"""Summaries without a language model: a few sentences of facts, and the pattern's next steps."""

from collections.abc import Mapping
from typing import Any

from domain.incidents.pattern import pattern_of
from domain.summaries.sentences import explanation_of, headline_of, is_alone
from domain.summaries.summary import Draft, Summary, WriterNote

_FIRST_STEP = {
    "block": "Block the accounts among the participants and hold their open orders until they are reviewed.",
    "escalate": "Hand this incident to a senior analyst now, with its strongest alerts.",
    "verify": "Ask the accounts among the participants for step-up verification, and hold the orders flagged here until then.",
    "monitor": "Look again when the next revision of this incident comes.",
}
_FIRST_STEP_ALONE = {
    "block": "Block the account and hold its open orders until they are reviewed.",
    "verify": "Ask the account for step-up verification, and hold the orders flagged here until then.",
}
_PATTERN_STEP = {
    "account takeover": "Reset the credentials of the accounts and tell their owners over a contact they had before the change.",
    "card testing": "Report the payment instruments to the payment provider and limit the rate of small payments.",
    "device farm": "Look up all accounts of the shared device, including those without an alert.",
    "lone account": "Compare the strongest events with what the account did before; look up who else uses its device and address.",
    "refund abuse": "Hold the refunds requested and compare them with the deliveries.",
    "reshipping address": "Stop open deliveries to the shared address and look up all accounts that ship there.",
    "unclear": "Compare the strongest events by hand to learn what connects the accounts.",
}
_UNCONNECTED_STEP = "Go through the strongest events one by one; each account is a case of its own."


class TemplateWriter:
    """The default writer, and the one that takes over when a language model fails."""

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the template's summary."""
        return template_summary(incident)

    async def close(self) -> None:
        """Hold nothing, close nothing."""


def template_summary(incident: Mapping[str, Any], note: WriterNote | None = None) -> Summary:
    """Return the summary of an incident document; `note` says why no model wrote it."""
    facts = {fact["name"]: fact for fact in incident["evidence"]["facts"]}
    pattern, action = pattern_of({name: fact["value"] for name, fact in facts.items()}), incident["action"]
    first = (_FIRST_STEP_ALONE if is_alone(facts) else _FIRST_STEP).get(action, _FIRST_STEP[action])
    second = _UNCONNECTED_STEP if "unconnected" in facts else _PATTERN_STEP[pattern]
    draft = Draft(headline_of(pattern, facts), explanation_of(pattern, action, facts), pattern, (first, second))
    return Summary(draft, note or WriterNote("template"))
