"""Moments as producers write them."""

from __future__ import annotations

import pytest

from domain.events.event import Rejected
from tests.support.event_lines import PARSER, order


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2025-12-31T12:00:00Z", 1_767_182_400_000),
        ("2025-12-31t12:00:00z", 1_767_182_400_000),
        ("2025-12-31 12:00:00Z", 1_767_182_400_000),
        ("2025-12-31T12:00:00+00:00", 1_767_182_400_000),
        ("2025-12-31T12:00:00-00:00", 1_767_182_400_000),
        ("2025-12-31T14:00:00+02:00", 1_767_182_400_000),
        ("2025-12-31T06:30:00-05:30", 1_767_182_400_000),
        ("2026-01-01T02:00:00+14:00", 1_767_182_400_000),
        ("2025-12-31T12:00:00+00:00[Europe/London]", 1_767_182_400_000),
        ("2025-12-31T12:00:00Z[Etc/UTC]", 1_767_182_400_000),
        ("2025-12-31T07:00:00-05:00[America/New_York]", 1_767_182_400_000),
        ("2025-12-31T12:00:00.5Z", 1_767_182_400_500),
        ("2025-12-31T12:00:00.123456Z", 1_767_182_400_123),
        ("2025-12-31T12:00:00.123456789Z", 1_767_182_400_123),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2025-12-31T23:59:60Z", 1_767_225_600_000),
        ("2025-12-31T23:59:60.5Z", 1_767_225_600_500),
        ("2026-01-01T01:59:60+02:00", 1_767_225_600_000),
        ("20251231T235960Z", 1_767_225_600_000),
        ("2025-12-31T12:00Z", 1_767_182_400_000),
        ("2025-12-31T12Z", 1_767_182_400_000),
        ("20251231T120000Z", 1_767_182_400_000),
        ("20251231T140000+0200", 1_767_182_400_000),
        ("2025-12-31 12:00:00+00", 1_767_182_400_000),
        ("2025-12-31 12:00:00.5 UTC", 1_767_182_400_500),
        ("2025-12-31 14:00:00 +0200", 1_767_182_400_000),
        ("2025-12-31T13:00+01:00[Europe/Paris]", 1_767_182_400_000),
        ("2025-12-31T12:00:00Z[UTC]", 1_767_182_400_000),
        ("2025-12-31T12:00:00,123Z", 1_767_182_400_123),
        ("2026-W01-3T12:00:00Z", 1_767_182_400_000),
        ("1767182400000", 1_767_182_400_000),
        ("Wed, 31 Dec 2025 12:00:00 GMT", 1_767_182_400_000),
        ("Wed, 31 Dec 2025 14:00:00 +0200", 1_767_182_400_000),
        ("31 Dec 2025 12:00 +0000 (UTC)", 1_767_182_400_000),
        ("Thu, 1 Jan 2026 00:00:00 UT", 1_767_225_600_000),
        ("/Date(1767182400000)/", 1_767_182_400_000),
        ("/Date(1767182400000+0200)/", 1_767_182_400_000),
        (1_767_182_400_000.0, 1_767_182_400_000),
    ],
)  # fmt: skip
def test_ways_to_write_a_moment(text: str | float, milliseconds: int) -> None:
    assert PARSER.parse(order(event_time=text)).time_ms == milliseconds
    assert PARSER.parse(order(account_created_at=text)).created_ms == milliseconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2025-12-31T12:00:00+01:00[America/New_York]", "not that of its time zone"),
        ("2025-06-30T12:00:00+01:00[Europe/Paris]", "not that of its time zone"),  # it is summer there
        ("2025-12-31T12:00:00Z[EST]", "not that of its time zone"),
        ("2025-12-31T12:00:00+01:00[Mars/Olympus]", "name of its time zone is not known"),
        ("2025-12-31T12:00:00+01:00[../../etc/passwd]", "RFC 3339"),
        ("2025-12-31T12:00:00+01:00[/etc/passwd]", "name of its time zone is not known"),
        ("2026-01-01T11:59:00+23:59", "14 hours"),
        ("2025-12-31T12:00:00-14:01", "14 hours"),
        ("2026-W01T12:00:00Z", "a week and no day"),
    ],
)
def test_a_time_in_doubt_is_refused(text: str, words: str) -> None:
    with pytest.raises(Rejected, match=words) as caught:
        PARSER.parse(order(event_time=text))
    assert caught.value.field == "event_time"
