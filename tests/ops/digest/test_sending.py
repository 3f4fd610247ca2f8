"""Which digest is due when, and what channels are sent of it."""

from __future__ import annotations

import pytest

from domain.times import moment_ms
from ops.cases.store import Store
from ops.digest.sending import day_due, mail_page
from ops.digest.sentences import sentences
from ops.digest.words import long_day
from ops.notify.settings import DigestSettings, NotifySettings
from tests.ops.digest.test_forms import ORIGIN, PNG, of
from tests.support.digest_samples import DAYS, fill


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("UTC", "2026-03-03T07:29:59Z", "2026-03-01"),
        ("UTC", "2026-03-03T07:30:00Z", "2026-03-02"),
        ("UTC", "2026-03-03T23:59:59Z", "2026-03-02"),
        ("Asia/Tokyo", "2026-03-03T00:00:00Z", "2026-03-01"),
        ("Asia/Tokyo", "2026-03-03T22:30:00Z", "2026-03-02"),
        ("America/Los_Angeles", "2026-03-03T15:29:00Z", "2026-03-01"),
        ("America/Los_Angeles", "2026-03-03T15:30:00Z", "2026-03-02"),
    ],
)
def test_a_digest_is_due_at_the_first_such_time_after_its_day(zone: str, now: str, due: str) -> None:
    found = day_due(NotifySettings(time_zone=zone, digest=DigestSettings(at="07:30")), moment_ms(now))
    assert found is not None and found.name == due


def test_without_a_time_none_is_due() -> None:
    assert day_due(NotifySettings(), moment_ms("2026-03-03T12:00:00Z")) is None


def test_a_page_has_its_pictures_by_content_id(sqlite_store: Store) -> None:
    fill(sqlite_store)
    digest = of(sqlite_store, DAYS[1])
    page, rings = mail_page(digest, sentences(digest), ORIGIN, lambda _: PNG)
    assert digest.incidents and list(rings.values()) == [one.id for one in digest.incidents.largest[:3]]
    assert all(f'src="cid:{name}"' in page.html for name in rings) and "data:" not in page.html
    assert (page.kind, page.subject, page.title) == ("digest", DAYS[1], f"ringwatch: {long_day(DAYS[1])}")
    assert "Missed: unknown (there is no lake (lake.url))" in page.text
