"""The forms of a digest: the unknown says so, texts from outside stay texts, nothing comes from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.digest.chosen import by_template
from ops.digest.day import day_of
from ops.digest.figures import Digest, Large, Prices
from ops.digest.forms import FORMS, HTML, JSON, MARKDOWN, written
from ops.digest.gather import Gathering, digest_of
from ops.digest.lake_day import unknown_day
from ops.digest.sentences import sentences
from tests.support.digest_samples import DAYS, HOSTILE, NOW, fill

ORIGIN = "https://fraud.example"
PNG = b"\x89PNG a picture"
TAGS = {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "th", "h1", "h2", "p", "div", "span", "a", "b", "img"}


def of(store: Store, day: str, now: int = NOW) -> Digest:
    own = day_of(day, now)
    with store.read() as session:
        return digest_of(session, own, unknown_day(), Gathering(Prices(5, 15), StoreSettings(), now, "not asked"))


def form(digest: Digest, name: str) -> str:
    return written(digest, by_template(digest), name, ORIGIN, lambda _: PNG)


@pytest.fixture
def digest(sqlite_store: Store) -> Iterator[Digest]:
    fill(sqlite_store)
    yield of(sqlite_store, DAYS[1])


class Elements(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_runs_nothing_and_asks_nobody(digest: Digest) -> None:
    page = Elements(form(digest, HTML))
    tags = {tag for tag, _ in page.found}
    assert tags <= TAGS
    addresses = [its.get("href") or its.get("src") or "" for tag, its in page.found if tag in ("a", "img")]
    assert addresses and all(one.startswith((f"{ORIGIN}/", "data:image/png;base64,")) for one in addresses)
    assert not [name for _, its in page.found for name in its if name.startswith("on")]
    assert "url(" not in form(digest, HTML)


def test_a_hostile_headline_is_a_text(digest: Digest) -> None:
    assert digest.incidents and HOSTILE in {one.headline for one in digest.incidents.largest}
    assert HOSTILE in Elements(form(digest, HTML)).texts
    text = form(digest, MARKDOWN)
    assert "<script" not in re.sub(r"\\.", "", text) and "](https://harm" not in text and "https://harm" not in text


def test_a_page_says_when_it_was_made(digest: Digest) -> None:
    assert "Made on 2026-03-05 at 07:00 UTC" in form(digest, HTML)
    assert "Made on 2026-03-05 at 07:00 UTC" in form(digest, MARKDOWN).replace("\\", "")


def test_the_largest_three_have_pictures(digest: Digest) -> None:
    page = form(digest, HTML)
    assert digest.incidents and len(digest.incidents.largest) > 3
    assert page.count("data:image/png;base64,") == 3


@pytest.mark.parametrize("name", FORMS)
def test_what_is_unknown_is_never_shown_as_zero(name: str, sqlite_store: Store) -> None:
    empty = of(sqlite_store, DAYS[0])
    shown = form(empty, name)
    assert "the store has no event yet" in shown and "there is no lake" in shown
    if name == JSON:
        found = json.loads(shown)
        assert [found[key] for key in ("decisions", "alerts", "money", "missed", "work", "incidents", "llm")] == [None] * 7
    else:
        assert not re.search(r"(?<![\d,.:#])0(?![\d%px;])", re.sub(r"<[^>]*>", "", shown.partition("</style>")[2] or shown))


def test_json_has_the_schema_that_the_page_names(digest: Digest) -> None:
    found = json.loads(form(digest, JSON))
    assert (found["schema"], found["day"], found["time_zone"], found["writer"]) == ("ringwatch.digest/1", DAYS[1], "UTC", "template")
    assert found["made_at"] == "2026-03-05T07:00:00Z" and len(found["week"]) == 7
    assert digest.money and found["money"]["stopped"] == digest.money.stopped
    assert digest.incidents and [one["id"] for one in found["incidents"]["largest"]] == [one.id for one in digest.incidents.largest]
    assert found["changes"] and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", found["changes"][0]["at"])


def test_every_number_of_the_sentences_is_a_figure(digest: Digest) -> None:
    """But for those of the headline, which is data."""
    assert digest.incidents
    plain = [replace(one, headline="A ring") for one in digest.incidents.largest]
    text = " ".join(sentences(replace(digest, incidents=replace(digest.incidents, largest=plain))))
    figures = list(numbers(json.loads(form(digest, JSON))))
    known = {f"{value:,.2f}" for value in figures} | {f"{value:,.0f}" for value in figures}
    assert set(re.findall(r"\d[\d,.]*\d|\d", text)) <= known | {str(len(digest.changes))}


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for its in value.values():
            yield from numbers(its)
    elif isinstance(value, list):
        for its in value:
            yield from numbers(its)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def test_an_incident_with_a_hostile_id_links_within_the_desk(digest: Digest) -> None:
    assert digest.incidents
    bad = Large('"/../x?<a>', "h", "ring", "high", "block", "unclear", {"EUR": 1e300}, 1, 1, "opened", "")
    page = form(replace(digest, incidents=replace(digest.incidents, largest=[bad])), HTML)
    assert f'href="{ORIGIN}/incidents/%22%2F..%2Fx%3F%3Ca%3E"' in page and "1e+300&nbsp;EUR" in page


def test_a_day_that_is_not_over_says_so(sqlite_store: Store) -> None:
    fill(sqlite_store)
    page = form(of(sqlite_store, "2026-03-04", NOW - 10 * 3_600_000), HTML)
    assert "so far" in page
