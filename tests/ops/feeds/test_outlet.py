"""What is sent of an entry, and under which key."""

from __future__ import annotations

import pytest

from ops.feeds.outlet import record_of
from ops.feeds.put_requests import MOST_KEY
from ops.redis.entry import Entry


@pytest.mark.parametrize(
    ("json", "key"),
    [
        ('{"event_id":"e1","entities":{"account":"a1"}}', "a1"),
        ('{"id":"inc-1","entities":["device"]}', "inc-1"),
        ('{"event_id":"e1"}', "e1"),
        ("no json", "7-0"),
        ("[" * 100_000, "7-0"),
        ('{"id":"\\ud800"}', "?"),
        (f'{{"id":"{"x" * 999}"}}', "x" * MOST_KEY),
    ],
)
def test_a_record_has_the_document_and_a_key(json: str, key: str) -> None:
    record = record_of(Entry("decisions", "7-0", {"json": json}))
    assert (record.key, record.data) == (key, json.encode())
    assert record.size == len(key) + len(json)
