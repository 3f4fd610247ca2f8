"""What a reader believes of the job's streams."""

from __future__ import annotations

import json
import logging

import pytest

from domain.control.signature import ControlKeys
from ops.redis.entry import Entry
from ops.redis.signed_entries import SignedEntries

KEYS = ControlKeys({"ops": b"a key of the tests, long enough"})
TEXT = json.dumps({"control": "switch", "id": "auto_block"})


def entry(number: int, signature: str | None = None, stream: str = "control_applied") -> Entry:
    return Entry(stream, f"{number}-0", {"json": TEXT} | ({} if signature is None else {"signature": signature}))


def test_without_keys_every_entry_counts() -> None:
    assert SignedEntries(None, "x:").of([entry(1), entry(2, "no")]) == [entry(1), entry(2, "no")]


def test_with_keys_only_what_the_job_has_signed_for_this_stream(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    good = entry(3, KEYS.entry_signature("x:control_applied", TEXT))
    moved = entry(4, good.fields["signature"], "incidents")
    signed = SignedEntries(KEYS, "x:")
    assert signed.of([entry(1), entry(2, "ops:" + "0" * 64), good, moved, Entry("alerts", "5-0", {})]) == [good]
    assert [record.getMessage()[:50] for record in caplog.records] == ["An entry is not believed, as job.control_keys asks"]
    assert SignedEntries(KEYS, "y:").of([good]) == []
