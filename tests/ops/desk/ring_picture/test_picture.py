"""The picture as SVG: well-formed, without styles, each node a link with a name; hostile text stays text."""

from __future__ import annotations

import re

import pytest

from ops.desk.ring_picture.ring import RingPicture
from tests.support.incident_samples import alert_document, pseudonym
from tests.support.ring_samples import HOSTILE, SVG, parsed, ring_alerts, ring_revisions

USES = [(account, account % 3) for account in range(12)] + [(account, 3) for account in range(6)]
ALERTS = ring_alerts(USES)
PICTURE = RingPicture.of(ring_revisions(ALERTS, (2, 6, len(ALERTS))), ALERTS, "Device farm: 12 accounts")


def hrefs(svg: str) -> list[str]:
    return [link.get("href", "") for link in parsed(svg).iter(f"{SVG}a")]


def test_it_is_xml_with_a_title_a_description_and_a_role() -> None:
    svg = parsed(PICTURE.svg())
    assert (svg.tag, svg.get("role")) == (f"{SVG}svg", "group")
    assert svg.findtext(f"{SVG}title") == "Device farm: 12 accounts"
    assert (svg.findtext(f"{SVG}desc") or "").startswith("12 accounts on 4 devices.")


@pytest.mark.parametrize("at", [1, 2, 3, None])
def test_no_style_and_no_script(at: int | None) -> None:
    for element in parsed(PICTURE.svg(at)).iter():
        assert element.tag not in (f"{SVG}style", f"{SVG}script")
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_each_node_is_a_link_with_a_name() -> None:
    links = list(parsed(PICTURE.svg()).iter(f"{SVG}a"))
    assert len(links) == 16
    assert all(link.get("aria-label") and re.fullmatch(r"/entities/(account|device):[0-9a-f]{16}", link.get("href", "")) for link in links)
    named = next(link.get("aria-label") for link in links if pseudonym(0) in link.get("href", ""))
    assert named == f"account {pseudonym(0)}, to investigate, 2 alerts, 200.50 EUR"


def test_the_keyboard_meets_what_is_shared_first_then_accounts_by_money() -> None:
    alerts = [alert | {"amount": 10.0 * number, "event_type": "refund_request"} for number, alert in enumerate(ALERTS)]
    found = hrefs(RingPicture.of([], alerts, "Ring").svg())
    assert [href.split("/")[2].split(":")[0] for href in found] == ["device"] * 4 + ["account"] * 12
    assert found[0].endswith(pseudonym(1003))
    assert found[4].endswith(pseudonym(5))


def test_later_nodes_are_hidden_and_new_ones_marked() -> None:
    svg = parsed(PICTURE.svg(2))
    for link in svg.iter(f"{SVG}a"):
        since, css = int(link.get("data-from", "0")), link.get("class", "").split()
        assert ("is-later" in css) == (since > 2)
        assert ("is-new" in css) == (since == 2)
    assert not [one for one in parsed(PICTURE.svg()).iter() if {"is-later", "is-new"} & set(one.get("class", "").split())]
    assert svg.get("data-at") == "2"


def test_links_name_their_ends() -> None:
    svg = parsed(PICTURE.svg())
    nodes = {link.get("data-node") for link in svg.iter(f"{SVG}a")}
    ends = [line.get("data-ends", "").split() for line in svg.iter(f"{SVG}line")]
    assert len(ends) == 18
    assert all(set(pair) <= nodes for pair in ends)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_escaped_and_shortened(text: str) -> None:
    alert = alert_document() | {"entities": {"account": text, text: pseudonym(3)}, "currency": text, "decision": text}
    picture = RingPicture.of([], [alert, alert | {"event_id": text, "entities": {"account": "b", text: pseudonym(3)}}], text)
    svg = picture.svg()
    assert "<script" not in svg and "<img" not in svg
    assert len(svg) < 10_000
    assert all(href.startswith("/entities/") and len(href) < 500 for href in hrefs(svg))
    assert not set("‮‬\x00\x1b") & set(svg)
    parsed(f"<div>{picture.legend()}</div>")
    assert all(len(sentence) < 400 for sentence in picture.words())


def test_templates_write_it_as_it_is() -> None:
    from jinja2 import Environment

    page = Environment(autoescape=True).from_string("{{ picture }}{{ text }}").render(picture=PICTURE.svg(), text="<b>")
    assert page.startswith("<svg") and page.endswith("&lt;b&gt;")


def test_a_label_counts_the_accounts_of_the_revision_that_is_shown() -> None:
    counted = [[one for one in parsed(PICTURE.svg(at)).iter(f"{SVG}text") if one.get("data-counts")] for at in (1, 3)]
    for then, now in zip(*counted, strict=True):
        counts = now.get("data-counts", "").split()
        assert (then.text or "").split()[0] == counts[0]
        assert now.text == f"{counts[2]} accounts"
