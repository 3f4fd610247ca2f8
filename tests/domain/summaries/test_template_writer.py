"""The template writer: its drafts always pass, and read as an analyst speaks."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import Alert
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.summaries.published import wrong_in
from domain.summaries.summary import Draft
from domain.summaries.template_writer import template_summary
from tests.support.incident_samples import HOUR, START, alert, alerts, incident_of, pseudonym
from tests.support.summary_samples import INCIDENT, draft_of


@settings(max_examples=150, deadline=None)
@given(st.lists(alerts(st.integers(START, START + 5 * HOUR)), min_size=1, max_size=20))
def test_the_templates_own_text_always_passes(documents: list[Alert]) -> None:
    incident = incident_of(documents)
    assert wrong_in({**incident, **template_summary(incident).to_document()}) == []


@pytest.mark.parametrize("action", ["block", "verify", "escalate", "monitor"])
@pytest.mark.parametrize("severity", ["low", "critical"])
def test_the_template_passes_for_each_action(action: str, severity: str) -> None:
    incident = {**INCIDENT, "action": action, "severity": severity}
    assert wrong_in({**incident, **template_summary(incident).to_document()}) == []


def test_the_template_reads_as_an_analyst_speaks() -> None:
    draft = draft_of(template_summary(INCIDENT).text)
    assert draft.headline == "Device farm: 12 accounts, 1,234.56 EUR"
    assert draft.explanation == (
        "Twelve accounts [F9] use one device [F10] between them: a device farm. "
        "They raised 12 alerts [F1] within 11 minutes [F8], all for orders [F2]. Flagged orders come to 1,234.56 EUR [F5]. "
        "Six [F3] of the 12 alerts [F1] say block; what weighed most: reason velocity_24h [F12]. "
        "Block the accounts and hold their open orders."
    )
    assert draft.next_steps[0] == "Block the accounts among the participants and hold their open orders until they are reviewed."


def summarised(*documents: Alert, ring: str = "00000000000000aa") -> Draft:
    """The template's draft for the closing revision of these alerts, with citations cut out of its
    explanation.
    """
    session = IncidentSession.open(ring, IncidentSettings())
    for document in documents:
        session.on_alert(document)
    incident = session.on_deadline(START + 3000 * HOUR)[-1].to_document()
    summary = template_summary(incident)
    assert wrong_in({**incident, **summary.to_document()}) == []
    draft = draft_of(summary.text)
    return dataclasses.replace(draft, explanation=re.sub(r" \[F\d+\]", "", draft.explanation))


def of_type(event_type: str, count: int, **changes: Any) -> list[Alert]:
    return [alert(n, START + n * 30_000_000, event_type=event_type, reasons=[], **{"amount": None, **changes}) for n in range(count)]


def on(account: int, device: int = 1, address: int | None = None, **more: int) -> dict[str, dict[str, str]]:
    address_too = {} if address is None else {"address": address}
    return {"entities": {kind: pseudonym(n) for kind, n in {"account": account, "device": device, **address_too, **more}.items()}}


@pytest.mark.parametrize(
    ("documents", "pattern", "head", "said"),
    [
        (
            of_type("order", 1, amount=85.99, **on(1)),
            "lone account",
            "Lone account: 1 alert, 85.99 EUR",
            "One account uses one device: a lone account. It raised one alert for an order on 2026-01-05 at 10:00 UTC. "
            "Flagged orders come to 85.99 EUR. "
            "Ask the account for step-up verification before its next order.",
        ),
        (
            of_type("signup", 2, decision="block", score=0.99, severity="critical", **on(1)),
            "lone account",
            "Lone account: 2 alerts",
            "One account uses one device: a lone account. It raised 2 alerts within 9 hours, both for sign-ups. "
            "Both alerts say block. "
            "Let a senior analyst decide now: it is grave, but the evidence is too thin to block outright.",
        ),
        (
            [alert(n, START, reasons=[], amount=50.0, **on(n, 10 + n // 2, 20)) for n in range(2, 7)],
            "reshipping address",
            "Reshipping address: 5 accounts, 250.00 EUR",
            "Five accounts use one address and 3 devices between them: a reshipping address. "
            "They raised 5 alerts on 2026-01-05 at 10:00 UTC, all for orders. Flagged orders come to 250.00 EUR. "
            "Let a senior analyst decide now: it is grave, but the evidence is too thin to block outright.",
        ),
        (
            of_type("refund_request", 4, amount=20.0, **on(1)),
            "refund abuse",
            "Refund abuse: 4 alerts, refunds of 80.00 EUR",
            "One account uses one device: refund abuse. It raised 4 alerts within 25 hours, all for refund requests. "
            "Flagged refund requests come to 80.00 EUR. "
            "Ask the account for step-up verification before its next order.",
        ),
        (
            [*of_type("login", 2, **on(1)), alert(7, START, event_type="account_change", amount=None, reasons=[], **on(2))],
            "account takeover",
            "Account takeover: 2 accounts",
            "Two accounts use one device between them: an account takeover. "
            "They raised 3 alerts within 9 hours: one for an account change and 2 for logins. "
            "Ask the accounts for step-up verification before their next order.",
        ),
        (
            [alert(n, START + n, event_type="payment", amount=1.0, reasons=[], **on(n, n, payment=9)) for n in (1, 2, 3, 4)],
            "card testing",
            "Card testing: 4 accounts, 4.00 EUR",
            "Four accounts use one payment instrument between them: card testing. "
            "They raised 4 alerts on 2026-01-05 at 10:00 UTC, all for tiny payments. Flagged payments come to 4.00 EUR. "
            "Ask the accounts for step-up verification before their next order.",
        ),
        (
            [alert(n, START, amount=7.5, currency="EUR" if n else None, reasons=[], **on(n + 1, n % 2)) for n in range(2)],
            "unclear",
            "Linked accounts: 2 accounts, 7.50 EUR and more",
            "Two accounts are linked: a ring of no known pattern. They raised 2 alerts on 2026-01-05 at 10:00 UTC, both for orders. "
            "Flagged orders come to 7.50 EUR and 7.50 in no named currency. "
            "Ask the accounts for step-up verification before their next order.",
        ),
        (
            [
                alert(n, START + n * HOUR, event_type="odd", amount=None, reasons=[], entities={"device": pseudonym(n % 2)})
                for n in range(4)
            ],
            "unclear",
            "Linked accounts: 4 alerts",
            "The alerts name no account: a ring of no known pattern. The ring raised 4 alerts within 3 hours. "
            "One device is in 2 of the 4 alerts. Ask the accounts for step-up verification before their next order.",
        ),
    ],
)
def test_each_pattern_reads_well(documents: list[Alert], pattern: str, head: str, said: str) -> None:
    draft = summarised(*documents)
    assert (draft.pattern, draft.headline, draft.explanation) == (pattern, head, said)


@pytest.mark.parametrize(
    ("currencies", "head", "said"),
    [
        (1, "50.00 EUR", "Flagged orders come to 50.00 EUR."),
        (2, "50.00 EUR and more", "Flagged orders come to 50.00 EUR and 40.00 USD."),
        (3, "50.00 EUR and more", "Flagged orders come to 50.00 EUR, 40.00 USD and 30.00 CHF."),
        (4, "50.00 EUR and more", "Flagged orders come to 50.00 EUR, 40.00 USD, 30.00 CHF and one more sum in another currency."),
        (5, "50.00 EUR and more", "Flagged orders come to 50.00 EUR, 40.00 USD, 30.00 CHF and 2 more sums in other currencies."),
    ],
)
def test_no_money_is_left_out(currencies: int, head: str, said: str) -> None:
    named = ("EUR", "USD", "CHF", "GBP", "SEK")[:currencies]
    draft = summarised(*(alert(n, START + n, amount=50.0 - 10 * n, currency=name, reasons=[]) for n, name in enumerate(named)))
    assert (draft.headline.partition(", ")[2], said in draft.explanation) == (head, True), draft


def test_refunds_beside_orders_are_written_alike() -> None:
    orders = alert(1, START, amount=199.0, reasons=[])
    refunds = [
        alert(2 + n, START + n, event_type="refund_request", amount=82.8, currency=name, reasons=[])
        for n, name in enumerate(("EUR", "USD", "CHF", "GBP"))
    ]
    draft = summarised(orders, *refunds)
    assert draft.headline == "Refund abuse: 5 accounts, refunds of 82.80 CHF and more"
    assert (
        "Flagged orders come to 199.00 EUR, "
        "flagged refund requests to 82.80 CHF, 82.80 EUR, 82.80 GBP and one more sum in another currency."
    ) in draft.explanation


def test_what_most_alerts_share_is_said_of_all_alerts() -> None:
    def farm(*decisions: str) -> list[Alert]:
        made = {"reasons": [], "amount": 10.0}
        return [alert(n, START + n, decision=decisions[n % 2], **made, **on(n, n // 6)) for n in range(8)]

    assert "Four of the 8 alerts say block; one device is in 6 of all 8. " in summarised(*farm("block", "investigate")).explanation
    assert " One device is in 6 of the 8 alerts. " in summarised(*farm("investigate", "investigate")).explanation


def test_rings_that_merged_are_counted() -> None:
    session = IncidentSession.open("00000000000000aa", IncidentSettings())
    session.on_alert(alert(1))
    for _ in range(3):
        session.on_absorbing(START)
    document = session.on_deadline(START + 3000 * HOUR)[-1].to_document()
    summary = template_summary(document)
    draft = draft_of(summary.text)
    assert " Three other rings [F2] have become part of it. " in draft.explanation
    assert wrong_in({**document, **summary.to_document()}) == []


def test_a_list_of_unconnected_alerts_is_called_one() -> None:
    draft = summarised(*of_type("order", 3, amount=10.0), ring="unconnected-20458")
    assert draft.headline == "Unconnected alerts: 3 accounts, 30.00 EUR"
    assert draft.explanation == (
        "Three accounts that nothing connects raised 3 alerts within 17 hours, all for orders: "
        "a list to go through one by one. Flagged orders come to 30.00 EUR. "
        "Ask the accounts for step-up verification before their next order."
    )


def test_counts_that_are_lower_bounds_say_so() -> None:
    accounts = [alert(n, START + n, reasons=[], decision="block") for n in range(300)]
    assert summarised(*accounts).explanation.startswith("At least 256 accounts use one device between them: ")
