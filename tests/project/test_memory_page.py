"""docs/memory.md says what records take: as many bytes as their layouts have."""

from __future__ import annotations

import re

from domain.graph import GraphSettings
from domain.memory.label_book import ENTRY_BYTES
from domain.memory.place_record import PLACE_BYTES
from domain.memory.record import RecordLayout
from tests import ROOT


def test_the_page_reckons_as_the_layouts_do() -> None:
    graph, page = GraphSettings(), (ROOT / "docs" / "memory.md").read_text(encoding="utf-8")
    for position, kind in enumerate(graph.entities):
        layout = RecordLayout(graph, position)
        ids = " + 8 per event id" if layout.max_ids else ""
        first = layout.fixed_bytes + layout.link_bytes + (8 if ids else 0)
        then = rf"{layout.fixed_bytes}{re.escape(ids)} \+ {layout.link_bytes} per link \+ {ENTRY_BYTES} per label[\w ]*"
        assert re.search(rf"^\| {kind} \| {first} \| {then} \| {layout.max_bytes:,} \|$", page, re.MULTILINE), kind
    place = int(re.findall(r"^\| IP address, .* \| (\d+) \| \d+ \| \d+ \|$", page, re.MULTILINE)[0])
    assert place == PLACE_BYTES
