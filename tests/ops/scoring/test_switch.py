"""The switch auto_block as an instance reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.control.applied import applied_document
from domain.control.signature import ControlKeys
from ops.scoring.switch import AutoBlock
from tests.support.control_samples import change, rule, switch
from tests.support.scoring_rig import READER, body

KEYS = ControlKeys({"ops": b"a key of the tests, long enough"})


def entry(document: Any, name: bytes = b"json") -> dict[bytes, bytes]:
    return {name: document if isinstance(document, bytes) else json.dumps(document).encode()}


def test_the_highest_version_counts_in_whatever_order_records_come() -> None:
    block = AutoBlock()
    for version, on, wanted in (
        (2, False, False),
        (1, True, False),
        (2, True, False),
        (3, True, True),
        (1, False, True),
        (4, False, False),
    ):
        block.take_record(entry(switch(version=version, on=on)))
        assert block.is_on is wanted


@pytest.mark.parametrize(
    "other",
    [
        switch("rules"), rule(), switch(version="2"), switch(on="false"), switch(version=True), b"{", b"[]", b'"switch"', b"",
        {"control": "switch"}, [switch()],
    ],
)  # fmt: skip
def test_what_is_no_record_of_it_changes_nothing(other: Any) -> None:
    block = AutoBlock()
    block.take_record(entry(other))
    block.take_applied(entry(other))
    assert block.is_on


def test_what_the_job_has_put_in_force_counts_from_wherever_it_came() -> None:
    block = AutoBlock(KEYS)
    block.take_applied(entry(applied_document(change(switch(), 1), READER.event(body()).event)))
    assert not block.is_on, "the job has seen the signature"


def test_with_keys_a_record_must_be_signed() -> None:
    block = AutoBlock(KEYS)
    block.take_record(entry(switch()))
    block.take_record(entry({**KEYS.signed(switch(), "ops"), "version": 9}))
    assert block.is_on
    block.take_record(entry(KEYS.signed(switch(), "ops"), b"its only field"))
    assert not block.is_on
