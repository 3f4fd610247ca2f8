"""Every operation called a few times as each role, with what its description allows and forbids.

`make attacks-api` does it at length, on both databases.
"""

from __future__ import annotations

import pytest
from schemathesis.core.failures import FailureGroup

from tests.support.api_attack import attack, fill
from tests.support.api_desk import Desk

EXAMPLES = 3


@pytest.mark.parametrize("role", ["viewer", "analyst", "lead", "admin", "checkout", None])
def test_every_answer_is_a_documented_one(quick_desk: Desk, role: str | None) -> None:
    assert attack(quick_desk, role, EXAMPLES, fill(quick_desk)) > 100


def test_a_fault_would_show(quick_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    known = fill(quick_desk)
    monkeypatch.setattr("ops.api.routes.statistics.queue_ages", None)
    with pytest.raises(FailureGroup) as found:
        attack(quick_desk, "admin", 1, known)
    assert "/v1/statistics: 500" in str(found.value.exceptions)
