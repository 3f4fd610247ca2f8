"""Summaries without a language model: plain sentences around the facts' own texts."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.incidents.pattern import pattern_of
from domain.summaries.summary import Draft, Summary, WriterNote

_FIRST_STEP = {
    "block": "Block the accounts of this ring and hold their open orders until they are reviewed.",
    "escalate": "Hand this incident to a senior analyst now; the ring is grave, but its events are not clear enough to block.",
    "verify": "Ask the accounts of this ring for step-up verification before their next order.",
    "monitor": "Watch this ring; decide again when the incident grows.",
}
_PATTERN_STEP = {
    "account takeover": "Reset the credentials of the accounts and tell their owners over a contact they had before the change.",
    "card testing": "Report the payment instruments to the payment provider and limit the rate of small payments.",
    "device farm": "Look up all accounts of the shared device, including those without an alert.",
    "refund abuse": "Hold the refunds requested and compare them with the deliveries.",
    "reshipping address": "Stop open deliveries to the shared address and look up all accounts that ship there.",
    "unclear": "Compare the strongest events by hand to learn what connects the accounts.",
}
_LAST_STEP = "Give a verdict on the events, so that the model learns from it."


class TemplateWriter:
    """The default writer, and the one that takes over when a language model fails."""

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the template's summary."""
        return template_summary(incident)

    async def close(self) -> None:
        """Hold nothing, close nothing."""


def template_summary(incident: Mapping[str, Any], note: WriterNote | None = None) -> Summary:
    """Return the summary of an incident document, noting why no model wrote it if `note` says so."""
    facts = {fact["name"]: fact for fact in incident["evidence"]["facts"]}
    pattern = pattern_of({name: fact["value"] for name, fact in facts.items()})
    steps = (_FIRST_STEP[incident["action"]], _PATTERN_STEP[pattern], _LAST_STEP)
    draft = Draft(_headline(pattern, incident, facts), " ".join(_sentences(facts)), pattern, steps)
    return Summary(draft, note or WriterNote("template"))


def _headline(pattern: str, incident: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> str:
    title = pattern.capitalize()
    if pattern == "unclear":
        title = "Unconnected alerts" if "unconnected" in facts else "Suspicious ring"
    alerts, accounts = facts["alerts"], facts.get("distinct_account")
    on_accounts = f" on {accounts['text']} [{accounts['id']}]" if accounts else ""
    return f"{title}, {incident['severity']} severity: {alerts['text']} [{alerts['id']}]{on_accounts}"


def _sentences(facts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if "unconnected" in facts:
        yield f"Note: {_cited(facts, 'unconnected')}."
    who = "accounts" if "unconnected" in facts else "ring"
    yield f"The {who} raised {_cited(facts, 'alerts')}; {_cited(facts, 'duration')}, the {_cited(facts, 'first_time')}."
    yield f"By event type: {_cited(facts, 'type_', most=3)}; by decision: {_cited(facts, 'decision_', most=2)}."
    if merged := _cited(facts, "merged_rings"):
        yield f"In the meantime {merged}."
    if members := _cited(facts, "distinct_", most=3):
        yield f"Involved: {members}."
    if shared := _cited(facts, "shared_", most=3):
        yield f"Shared: {shared}."
    if money := _cited(facts, "money_", most=2):
        yield f"Money at risk: {money}."
    if refunds := _cited(facts, "refunds_", most=1):
        yield f"Claimed back: {refunds}."
    if reasons := _cited(facts, "reason_", most=2):
        yield f"Main reasons: {reasons}."
    yield f"The {_cited(facts, 'score_max')}, the {_cited(facts, 'score_mean')}."


def _cited(facts: Mapping[str, Mapping[str, Any]], name: str, most: int = 1) -> str:
    """Return the texts of up to `most` facts called `name`, or beginning with it if it ends in "_", with
    their ids.
    """
    fits = [fact for key, fact in facts.items() if key == name or (name.endswith("_") and key.startswith(name))]
    return ", ".join(f"{fact['text']} [{fact['id']}]" for fact in fits[:most])
