"""The digest as a page of the desk and in the API."""

from __future__ import annotations

import re
from html import unescape

import pytest

from ops.cases.store import Store
from ops.desk.view.digest import alerts_figure, blocked_figure, days_beside
from ops.digest.figures import TrendDay
from ops.digest.sections import sections, tiles
from ops.digest.told import Digests
from tests.ops.digest.test_forms import of
from tests.support.desk_calls import Pages, Visitor, plain
from tests.support.digest_samples import DAYS, NOW, fill


@pytest.fixture
def visitor(quick_pages: Pages) -> Visitor:
    """Somebody who may only look, at three days."""
    quick_pages.now = NOW
    return with_digests(quick_pages).visitor("viewer")


def with_digests(pages: Pages) -> Pages:
    fill(pages.store)
    digests = Digests(lambda day, now: of(pages.store, day.name, now), lambda: pages.now)
    pages.app.state.digests, pages.service.digest = digests, digests.document
    return pages


def test_it_has_the_figures_of_every_form(visitor: Visitor, sqlite_store: Store) -> None:
    whole = visitor.get(f"/digest?day={DAYS[1]}")
    page, digest = plain(whole), of(sqlite_store, DAYS[1])
    assert "Tuesday, 3 March 2026" in page and "so far" not in page
    for row in (*tiles(digest), *(row for section in sections(digest) for row in section.rows)):
        assert f"{row.name} {row.value} {row.note}".strip() in page
    assert digest.incidents and all(f'href="/incidents/{one.id}"' in whole for one in digest.incidents.largest)
    assert whole.count('class="ring-picture') == 3
    assert "<script>alert" not in whole and 'style="' not in whole


def test_it_leads_to_the_days_beside(visitor: Visitor) -> None:
    links = re.findall(r'href="(/digest[^"]*)"', visitor.get("/digest"))
    assert [unescape(one) for one in links] == [f"/digest?day={DAYS[1]}", "/digest?day=2026-03-05"]
    assert "so far" in plain(visitor.get("/digest?day=today"))
    assert 'rel="next"' not in visitor.get("/digest?day=today")
    assert '<a href="/digest">' in visitor.get("/overview")
    assert days_beside("2000-01-01", NOW).before is None


@pytest.mark.parametrize(("day", "said"), [("2026-03-06", "has not begun"), ("2026-02-30", "is no day"), ("soon", "day")])
def test_what_is_no_day_is_refused(day: str, said: str, visitor: Visitor) -> None:
    assert said in plain(visitor.get(f"/digest?day={day}", 422))


def test_programs_get_json(visitor: Visitor, sqlite_store: Store) -> None:
    found = visitor.client.get("/v1/digest", params={"day": DAYS[1]}).json()
    digest = of(sqlite_store, DAYS[1])
    assert (found["schema"], found["day"], found["writer"]) == ("ringwatch.digest/1", DAYS[1], "template")
    assert digest.money and found["money"]["stopped"] == digest.money.stopped
    assert found["missed"] is None and found["unknown"]["missed"] == "there is no lake (lake.url)"
    assert visitor.client.get("/v1/digest", params={"day": "2199-01-01"}).status_code == 422


def test_a_service_that_makes_none_says_so(quick_pages: Pages) -> None:
    for path in ("/digest", "/v1/digest"):
        assert "ringwatch serve does" in quick_pages.visitor("viewer").client.get(path).text


def test_days_that_are_not_known_have_no_bar() -> None:
    week = [TrendDay("2026-03-01", None, None), TrendDay("2026-03-02", 3, {"EUR": 5.0, "JPY": 900.0})]
    assert alerts_figure(week).series[0].values == (None, 3.0)
    assert alerts_figure(week).description == "3 alerts in the week, 1 day of it unknown."
    blocked = blocked_figure(week)
    assert blocked and blocked.unit == "JPY" and blocked.series[0].values == (None, 900.0)
    assert blocked_figure(week[:1]) is None
