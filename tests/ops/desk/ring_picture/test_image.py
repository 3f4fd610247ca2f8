"""The picture as PNG, with text, on a machine without fonts."""

from __future__ import annotations

import struct

from ops.desk.markup import element
from ops.desk.ring_picture.image import WIDTH, mail_svg, png_of
from ops.desk.ring_picture.ring import RingPicture
from tests.support.ring_samples import HOSTILE, parsed, ring_alerts, ring_revisions

ALERTS = ring_alerts([(account, account % 2) for account in range(9)])
PICTURE = RingPicture.of(ring_revisions(ALERTS, (3, 9)), ALERTS, "Device farm: 9 accounts")


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_it_is_a_png_for_a_mail() -> None:
    png = PICTURE.png()
    assert size(png)[0] == 2 * WIDTH
    assert size(png)[1] < 2 * 900
    assert len(png) < 300_000


def test_the_same_documents_give_the_same_bytes() -> None:
    assert RingPicture.of(ring_revisions(ALERTS, (3, 9)), ALERTS, PICTURE.title).png() == PICTURE.png()


def test_words_title_and_legend_are_in_it() -> None:
    svg = mail_svg(PICTURE.drawn, PICTURE.layout, PICTURE.words(), None, PICTURE.title)
    said = " ".join(text for text in parsed(svg).itertext())
    assert "Device farm: 9 accounts" in said
    assert "to investigate" in said


def test_text_is_drawn_without_the_fonts_of_a_system() -> None:
    def drawn(text: str) -> bytes:
        frame: dict[str, object] = {"xmlns": "http://www.w3.org/2000/svg", "class": "ring-picture", "viewBox": "0 0 200 40"}
        return png_of(element("svg", frame, element("text", {"x": 5, "y": 20}, text)))

    blank = drawn("")
    assert len(drawn("Gerät, Řízení, Адрес, Ελλάδα")) > 3 * len(blank)


def test_hostile_titles_are_drawn() -> None:
    for text in HOSTILE:
        assert size(RingPicture.of([], ALERTS, text).png())[1] < 2 * 900


def test_nothing_is_drawn_as_an_empty_picture() -> None:
    assert size(RingPicture.of([], [], "Nothing").png())[0] == 2 * WIDTH
