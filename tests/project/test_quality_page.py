"""The tables of docs/quality.md: of the form that `make quality` writes."""

from __future__ import annotations

from tests import ROOT
from tests.quality.page import SIMULATED_HEAD, TABLES

SEGMENTS = [{"name": "kiosk", "flagged_to_others": 7.71}, {"name": "plain", "flagged_to_others": None}]
SHOP = {
    "ranking": {"average_precision": 0.8051, "calibration_error": 0.004}, "rings": 36, "rings_flagged_by_third_member": 35,
    "ring_detection": [{"before_fourth_member": 27}], "segments": SEGMENTS, "settled_segments": SEGMENTS[1:],
}  # fmt: skip


def test_a_simulated_shop_has_a_row_and_each_figure_a_cell() -> None:
    lines = TABLES["simulated"]({"gnn": {"12": SHOP, "13": SHOP}}).splitlines()
    assert lines[2] == "| GNN | 1 | 0.805 | 0.0040 | 36 | 35 | 27 | plain 0.0 | kiosk 7.7 |"
    assert lines[3].startswith("| GNN | 2 | ") and len(lines) == 4


def test_the_default_model_has_a_row_for_each_shop_and_their_mean() -> None:
    kinds = [{"kind": kind, "average_precision": 0.5} for kind in ("reshipper", "none")]
    found = {"flagged": {"recall": 0.8}, "blocked": {"recall": 0.6}, "flagged_legitimate": 0.0071, "early_segments": SEGMENTS}
    shops = {
        seed: {**found, "scenarios": kinds, "ranking": {"average_precision": precision}} for seed, precision in (("21", 0.8), ("22", 0.7))
    }
    head, _, *rows = TABLES["default_model"](shops).splitlines()
    assert head.endswith("| kiosks, first two weeks | AP, reshipper |")
    assert rows == [
        "| 21 | 0.800 | 80.0% | 60.0% | 0.71% | 7.7 | 0.500 |",
        "| 22 | 0.700 | 80.0% | 60.0% | 0.71% | 7.7 | 0.500 |",
        "| mean | 0.750 | 80.0% | 60.0% | 0.71% | 7.7 | 0.500 |",
    ]


def test_the_page_has_the_columns_that_are_written() -> None:
    page = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    assert f"<!-- simulated -->\n| {' | '.join(SIMULATED_HEAD)} |\n" in page
