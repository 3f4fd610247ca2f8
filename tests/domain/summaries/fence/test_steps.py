"""Next steps: ids and sentences become the catalogue's; nothing that relents or harms gets in."""

from __future__ import annotations

import pytest

from domain.summaries.fence.step_words import step_words_of
from domain.summaries.languages.language import language_of
from tests.support.fence_samples import FARM, GOOD, changed, with_step

FOUND = [
    ("block_accounts", ["block_accounts"]),
    ("{block_accounts}", ["block_accounts"]),
    ("Block the accounts and hold their open orders.", ["block_accounts", "hold_orders"]),
    ("Suspend {F9} right away.", ["block_accounts"]),
    ("Put all open orders on hold until a decision has been made.", ["hold_orders"]),
    ("Do not ship the flagged orders before they have been reviewed.", ["hold_orders"]),
    ("Look up all accounts of the shared device, including those without an alert.", ["look_up_device"]),
    ("Search for more accounts on the same device.", ["look_up_device"]),
    ("Review the strongest alerts first.", ["review_strongest"]),
    ("Add a note to the case with the outcome.", []),  # the one that is there already
    ("Watch the shared device for new sign-ups.", ["watch"]),
]
REFUSED = {
    "relents": [
        "Clear the accounts and lift the hold.",
        "Do not wait to approve the orders.",
        "Let the orders go out.",
        "Do nothing.",
        "Close the case.",
    ],
    "harms": ["Send the customers their passwords.", "Delete the accounts."],
    "says it of another": ["Hold the alerts, not the orders."],
    "turns it round": ["Do not block the accounts.", "Block the accounts unless they pay."],
    "is an address": ["Report it at secure-shop.help.", "Call 1-800-555-0199.", "Write to jane.doe."],
}
"""What refuses the whole answer."""
NAMES = {fact["name"] for fact in FARM["evidence"]["facts"]}
LEFT_OUT = {
    "harms": ["Ask the customer for the card number.", "Post the accounts in public.", "Call the press."],
    "says it of another": ["Block the payment provider.", "Hold the review.", "Limit the detector."],
    "is another language": ["Konten sperren.", "Bloquear las cuentas."],
    "is no id": ["release_orders", "approve_all"],
    "is no step": ["x" * 100, "        ", "The accounts are linked."],
    "is of another action": ["Ask the accounts for step-up verification.", "verify_accounts"],
}
"""What names no step that this incident allows: the others stay."""


@pytest.mark.parametrize(("step", "ids"), FOUND)
def test_a_step_becomes_the_catalogues(step: str, ids: list[str]) -> None:
    found, complaints = with_step(step)
    assert (found, complaints) == (ids, [])


@pytest.mark.parametrize("step", [step for steps in REFUSED.values() for step in steps])
def test_what_relents_or_harms_is_refused(step: str) -> None:
    assert with_step(step)[1]


@pytest.mark.parametrize("step", [step for steps in LEFT_OUT.values() for step in steps])
def test_what_is_no_step_is_left_out(step: str) -> None:
    assert with_step(step) == ([], [])


@pytest.mark.parametrize(
    ("action", "step", "accepted"),
    [
        ("block", "Block the accounts.", True),
        ("escalate", "Block the accounts.", False),
        ("verify", "Block the accounts.", False),
        ("monitor", "Freeze the accounts at once.", False),
        ("verify", "Ask the accounts for step-up verification.", True),
        ("monitor", "Block the device.", False),
        ("monitor", "Look again when the next revision of this incident comes.", True),
        ("monitor", "Add the device to the block list.", False),
        ("monitor", "hold_orders", False),
        ("escalate", "hold_orders", True),
    ],
)
def test_a_step_is_held_against_the_action(action: str, step: str, accepted: bool) -> None:
    _, complaints = with_step(step, {**FARM, "action": action})
    assert (complaints == []) == accepted, complaints


def test_a_complaint_names_the_steps_that_may_be_chosen() -> None:
    (complaint,) = with_step("Clear the accounts.")[1]
    assert "block_accounts" in complaint
    assert "verify_accounts" not in complaint


@pytest.mark.parametrize(("action", "must"), [("block", "block_accounts"), ("escalate", "hand_to_senior"), ("verify", "verify_accounts")])
def test_the_step_that_the_action_asks_for_is_never_left_out(action: str, must: str) -> None:
    incident = {**FARM, "action": action}
    for steps in (("watch",), ("document",), ("review_strongest", "document"), (), ("document", must)):
        text, complaints = changed(GOOD["farm"], incident, next_steps=steps)
        assert text is not None and complaints == []
        assert must in [step.id for step in text.next_steps]


def test_every_rule_names_a_step_of_the_catalogue() -> None:
    steps = language_of("en").steps
    assert {rule.id for rule in step_words_of("en").rules} <= set(steps)


@pytest.mark.parametrize(
    "name", [name for name, entry in language_of("en").steps.items() if entry.fits((entry.actions or ("block",))[0], NAMES)]
)
def test_the_catalogues_own_texts_are_found(name: str) -> None:
    entry = language_of("en").steps[name]
    incident = {**FARM, "action": (entry.actions or ("block",))[0]}
    for text in {entry.text, entry.alone}:
        found, complaints = with_step(text, incident)
        assert found or name == "document" or "address" in text, (text, complaints)
