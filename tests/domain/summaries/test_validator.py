"""The validator: what the evidence holds may be said in any form, and what lies is refused."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.summaries.validator import validate
from tests.support.incident_samples import START, alert, incident_of
from tests.support.summary_samples import GOOD, INCIDENT, SHARED


@pytest.mark.parametrize(
    ("said", "accepted"), [("0.765", True), ("0.77", True), ("77%", True), ("76.5%", True), ("0.8", False), ("75%", False)]
)
def test_a_score_may_be_rounded_to_two_decimals_or_a_percentage(said: str, accepted: bool) -> None:
    incident = incident_of([alert(n, START + n, score=0.765) for n in range(6)])
    explanation = f"The 6 alerts [F1] share one device, with a score of {said} in the mean."
    assert (
        validate(dataclasses.replace(GOOD, headline="One device", explanation=explanation, next_steps=("Look again.",)), incident) == []
    ) == accepted


def test_the_good_draft_is_accepted() -> None:
    assert validate(GOOD, INCIDENT) == []


@pytest.mark.parametrize(
    "said",
    [
        "1234.56 EUR", "EUR 1,234.56", "€1'234.56", "1 234.56", "1.234,56 EUR", "97.3%", "97 %", "97 percent", "a score of 0.97",
        "2026-01-05", "2026-01-05T10:11:00Z", "2026-01-05 10:11 UTC", "from 10:00 to 10:11", "5 January 2026", "January 5th",
        "5 Jan",
        f"device {SHARED}", f"device {SHARED.upper()}", "velocity_24h fired", "twelve accounts", "2FA", "[F1, F2]", "F3 and F4",
        "do not approve them", "Never ignore it", "before you release the orders", "critical severity", "severity is critical",
        "102.88 EUR each", "11 minutes", "marked 12 decided", "façade of defaced accounts",
    ],
)  # fmt: skip
def test_what_the_evidence_holds_may_be_said_in_any_format(said: str) -> None:
    assert validate(dataclasses.replace(GOOD, explanation=f"{GOOD.explanation} Also {said}."), INCIDENT) == []


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("13 accounts", "the number 13 "), ("1,234.57 EUR", "1,234.57"), ("12,000 EUR", "12,000"), ("12k EUR", "12k"),
        ("EUR999", "999"),
        ("x99 accounts", "99"), ("-12 accounts", "-12"), ("12e3", "12e3"), ("98%", "98%"), ("100% of them", "100%"),
        ("0.96", "0.96"),
        ("1 234 EUR", "1 234"), ("twenty-four accounts", "twenty-four"), ("seven accounts", "seven"), ("dozens of them", "dozens"),
        ("3 million EUR", "million"), ("2026-01-06", "2026-01-06"), ("2026-01-05T11:00:00Z", "11:00"), ("at 10:12", "10:12"),
        ("6 January 2026", "6 January"), ("5 January 2025", "2025"), ("within 24 hours", "24"), ("１３ accounts", "13"),
        ("٣ accounts", "the digit"), ("device 0123456789abcdef", "identifier 0123456789abcdef"),
        (f"device {SHARED[:8]}", "identifier"), ("[F99]", "F99 does not exist"), ("[F0]", "F0 does not exist"),
        ("velocity_48h", "48"), ("approve them", "contradicts the action"), ("whitelist the device", "contradicts"),
        ("do not block but approve", "contradicts"), ("Do not wait, approve", "contradicts"), ("a false positive", "contradicts"),
        ("ignore the alerts", "contradicts"), ("release the orders", "contradicts"), ("just monitor it", "contradicts"),
        ("low severity", "contradicts the severity"), ("**bold**", "markup"), ("<b>x</b>", "markup"),
        ("see https://x.example", "markup"),
        ("see evil.com", "markup"), ("mail me@x", "markup"), ("a`b", "markup"), ("x\ny", r"U\+000A"), ("x\x1b[31m", r"U\+001B"),
        ("\u0430pprove them", r"letter U\+0430"), ("批准", "another alphabet"),
        ("x\u202ey", r"U\+202E"), ("x\u200by", r"U\+200B"), ("＜script＞", "markup"), ("&lt;b&gt;", "markup"),
    ],
)  # fmt: skip
def test_what_the_evidence_does_not_hold_is_refused(said: str, complaint: str) -> None:
    for field in ("headline", "explanation"):
        changes: dict[str, Any] = {field: f"{getattr(GOOD, field)} Also {said}."}
        draft = dataclasses.replace(GOOD, **changes)
        found = validate(draft, INCIDENT)
        assert found
        assert re.search(complaint, "; ".join(found))
    assert validate(dataclasses.replace(GOOD, next_steps=(f"Please note: {said}.",)), INCIDENT)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([0, 1, 2, 6, 11, 12, 21, 660]) | st.integers(0, 10**7))
def test_any_integer_is_accepted_exactly_if_the_evidence_holds_it(number: int) -> None:
    held = {float(f["value"]) for f in INCIDENT["evidence"]["facts"] if not isinstance(f["value"], str)}
    for shown in (f"{number}", f"{number:,}"):
        draft = dataclasses.replace(GOOD, explanation=f"{GOOD.explanation} There are {shown} of them.")
        # 660 s are written as 11 minutes
        assert (validate(draft, INCIDENT) == []) == (number in held or number == 11)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"headline": "x"}, "headline has 1"),
        ({"headline": "x" * 141}, "headline has 141"),
        ({"explanation": "Nothing is cited in this whole explanation, sadly."}, "cites no fact"),
        ({"explanation": "A [F1] " * 400}, "explanation has"),
        ({"pattern": "aliens"}, "pattern is not one of"),
        ({"next_steps": ()}, "next_steps has 0 entries"),
        ({"next_steps": ("Call the owner.",) * 6}, "next_steps has 6 entries"),
        ({"next_steps": ("x" * 241,)}, "next_steps has 241"),
    ],
)
def test_bounds_are_held(changes: dict[str, Any], complaint: str) -> None:
    assert any(complaint in found for found in validate(dataclasses.replace(GOOD, **changes), INCIDENT))


@pytest.mark.parametrize(
    "explanation",
    [
        "Ein Gerät hat 12 Alarme auf 12 Konten ausgelöst, was sehr verdächtig ist [F1].",
        "Un appareil a produit 12 alertes sur 12 comptes dans un temps court [F1].",
        "Un dispositivo ha generado 12 alertas en 12 cuentas de la tienda [F1].",
        "12 alerts, 12 accounts, device farm, suspicious, bad, very bad [F1]",
    ],
)
def test_an_explanation_is_in_english_sentences(explanation: str) -> None:
    assert validate(dataclasses.replace(GOOD, explanation=explanation), INCIDENT) == [
        "explanation does not read as English; write English sentences"
    ]


@pytest.mark.parametrize(("action", "accepted"), [("block", True), ("escalate", True), ("verify", False), ("monitor", False)])
def test_a_step_must_not_go_beyond_the_action(action: str, accepted: bool) -> None:
    assert (validate(GOOD, {**INCIDENT, "action": action}) == []) == accepted
