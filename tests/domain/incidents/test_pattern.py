"""The pattern of an incident, guessed from its facts."""

from __future__ import annotations

from typing import Any

import pytest

from domain.incidents.pattern import pattern_of
from domain.summaries.summary import PATTERNS


@pytest.mark.parametrize(
    ("facts", "pattern"),
    [
        ({"alerts": 6, "type_refund_request": 3}, "refund abuse"),
        ({"alerts": 6, "type_login": 3, "type_account_change": 1}, "account takeover"),
        ({"alerts": 6, "type_login": 6}, "unclear"),
        ({"alerts": 6, "small_payments": 3}, "card testing"),
        ({"alerts": 6, "distinct_account": 3, "shared_device": 4, "shared_address": 3}, "device farm"),
        ({"alerts": 6, "distinct_account": 3, "shared_device": 3, "shared_address": 4}, "reshipping address"),
        ({"alerts": 6, "distinct_account": 3, "shared_device": 4, "shared_address": 4}, "device farm"),
        ({"alerts": 6, "distinct_account": 3, "shared_device": 3}, "device farm"),
        ({"alerts": 6, "distinct_account": 3, "shared_address": 3}, "reshipping address"),
        ({"alerts": 3, "type_refund_request": 2}, "refund abuse"),
        ({"alerts": 6, "distinct_account": 2, "shared_device": 6}, "unclear"),
        ({"alerts": 2, "type_refund_request": 2}, "unclear"),
        ({"alerts": 60, "distinct_account": 20, "shared_device": 18, "distinct_device": 4}, "device farm"),
        ({"alerts": 60, "distinct_account": 11, "shared_device": 18, "distinct_device": 4}, "unclear"),
        ({"alerts": 60, "distinct_account": 20, "shared_device": 8, "distinct_device": 4}, "unclear"),
        (
            {"alerts": 60, "distinct_account": 9, "shared_device": 9, "distinct_device": 8, "shared_address": 29, "distinct_address": 3},
            "reshipping address",
        ),
        ({"alerts": 1, "distinct_account": 1}, "lone account"),
        ({"alerts": 9, "distinct_account": 1, "type_order": 9}, "lone account"),
        ({"alerts": 9, "distinct_account": 1, "type_refund_request": 9}, "refund abuse"),
        ({"alerts": 9, "distinct_account": 1, "unconnected": 9}, "unclear"),
    ],
)
def test_the_pattern_is_guessed_from_the_facts(facts: dict[str, Any], pattern: str) -> None:
    assert pattern_of(facts) == pattern
    assert pattern in PATTERNS
