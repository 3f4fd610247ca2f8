"""What is an identifier in a question, and what is a word, a time, a number or a name of ours."""

from __future__ import annotations

import pytest

from ops.assistant.conditions import conditions_of
from ops.assistant.raw_ids import without_ids
from ops.assistant.ready import READY

A, B = "0" * 16, "b" * 16


class Known:
    """Two accounts are known, `c-17` and `anna`, and the event `order-2026-9`."""

    def sure(self, value: str, kind: str) -> str:
        return f"{kind}:{A if value in ('c-17', '4711') else B}"

    def known(self, value: str, kind: str = "") -> str | None:
        return f"account:{A}" if value in ("c-17", "anna") and kind in ("", "account") else None

    def is_event(self, value: str) -> bool:
        return value == "order-2026-9"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What of c-17?", f"What of account:{A}?"),
        ("c-17, and c-18.", f"account:{A}, and [id]."),
        ("account c-17", f"account:{A}"),
        ("account: c-17", f"account: account:{A}"),
        ("Account id 4711 and device 4711", f"account:{A} and device:{A}"),
        ("account anna or account nobody", f"account:{A} or account nobody"),
        ("anna alone is a word", "anna alone is a word"),
        ("account #4711", f"account:{A}"),
        ("account:c-17 on the list mules2", f"account:{A} on the list mules2"),
        (f"account {B}", f"account:{B}"),
        (f"device:{B}", f"device:{B}"),
        ("account=c-17|[c-17]", f"account:{A}|[account:{A}]"),
        (f"email:{B} of the device 4f2a", f"email:{B} of the device:{B}"),
        ("order-2026-9 or order-2026-8", "order-2026-9 or [id]"),
        ("event order-2026-8", "event order-2026-8"),
        ("DE89370400440532013000", "[id]"),
        ("4111111111111111 paid", "[id] paid"),
        ("who owns 4f2a-77c1", "who owns [id]"),
        ("by model gbt-d8eb2213 of rule R7", "by model gbt-d8eb2213 of rule R7"),
        ("amount at least 1000000 EUR", "amount at least 1000000 EUR"),
        ("above 5000000 in sum", "above 5000000 in sum"),
    ],
)
def test_a_question_without_raw_identifiers(question: str, expected: str) -> None:
    assert without_ids(question, Known()) == expected


@pytest.mark.parametrize(
    "question",
    [
        *(one.text for one in READY.values()),
        "How many alerts on 2026-11-03, from 2026-11-03..2026-11-09 or in 2026-11?",
        "last 14 days, 30d, 24h, at 22:00, the 1st and 2nd, top-10, the 3-day mean, 12.5% of 1,234.50 EUR, T1.2",
        "inc-00000000000000aa and case-00000000000000aa like payment_v2 of type order_v2",
        "Which account had the most events? Put it on the block list for 30 days because of fraud",
        "try a rule to block events where device.accounts_1h at least 8 and amount above 500 EUR",
        "which devices share 5 accounts on day 2026-01-05, and per account 2026-01?",
    ],
)
def test_what_is_no_identifier_stays(question: str) -> None:
    assert without_ids(question, Known()) == question


def test_conditions_stay() -> None:
    for one in conditions_of(["event type is signup", "amount at least 1500000 EUR", "ip.events_10m above 12", "device is on the list x1"]):
        assert without_ids(one.words, Known()) == one.words
