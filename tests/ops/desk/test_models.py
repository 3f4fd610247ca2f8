"""The page of models: cards and drift, as far as this service knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flink_job.commands.serve_models import paper_of
from gnn.artifact.artifact import read_card
from ops.access.roles import Role
from ops.api.model_book import ModelBook
from ops.cases.control_changes import Wanted
from ops.desk.view.drift import drift_days
from tests import ROOT
from tests.support.case_samples import NOW
from tests.support.desk_calls import Pages, plain

DEFAULT = str(ROOT / "gnn" / "pretrained" / "default")
MODEL = read_card(Path(DEFAULT)).model_id
HOSTILE = "<script>alert(1)</script>"


def drift(day: str = "2026-11-28", psi: float = 0.03, verdict: str = "none", model: str = MODEL) -> dict[str, Any]:
    inputs = [{"name": f"device.{HOSTILE}", "psi": 0.4, "noise": 0.01, "verdict": "much"}] * 5
    score = {"name": "score", "psi": psi, "noise": 0.01, "verdict": verdict}
    return {"kind": "drift", "model": model, "day": day, "until": 1, "events": 12_345, "score": score, "drifted": 5, "inputs": inputs}


def test_the_model_of_the_settings_has_its_card_and_its_drift(quick_pages: Pages) -> None:
    quick_pages.service.models = ModelBook(DEFAULT, paper_of, lambda: [drift(), drift(psi=0.31, verdict="much"), {"kind": "labels"}])
    page = quick_pages.visitor("viewer").get("/models")
    assert f"Scores {MODEL}" in plain(page) and "investigate from score" in plain(page)
    assert "2026-11-28 12,345 moved much" in plain(page) and "and 2 more" in plain(page)
    assert HOSTILE not in page


def test_what_is_no_day_is_left_out(quick_pages: Pages) -> None:
    odd = [{"day": HOSTILE}, {"day": 5}, {"events": "x"}, {"inputs": 3}, {"inputs": [{}]}, {"score": None}, {"drifted": float("inf")}]
    wrong = [drift() | one for one in odd] + [drift(psi=float("nan")), {"kind": "drift"}]
    quick_pages.service.models = ModelBook(DEFAULT, paper_of, lambda: wrong)
    assert "said nothing of drift yet" in plain(quick_pages.visitor("viewer").get("/models"))


def test_models_of_control_records_are_shown_with_who_and_why(quick_pages: Pages, tmp_path: Any) -> None:
    pages = quick_pages
    control = pages.service.control
    assert control is not None
    with pages.store.begin() as session:
        desk = type(control)(control.names, control.pseudonyms, control.target, type(control.files)((str(tmp_path),)))
        desk.ask(session, Wanted("model", "", {"path": str(tmp_path / "b")}, "ada", HOSTILE), NOW)
        desk.ask(session, Wanted("shadow_model", "", {"path": str(tmp_path / "c"), "state": "active"}, "ada", "November"), NOW)
    page = pages.visitor("viewer").get("/models")
    assert "In shadow" in plain(page) and "ada just now : November" in plain(page) and "This machine has no card of it" in plain(page)
    assert HOSTILE not in page


def test_redis_that_is_away_is_said(quick_pages: Pages) -> None:
    quick_pages.service.models = ModelBook("models/none", paper_of, lambda: None)
    assert "Redis is away" in plain(quick_pages.visitor("viewer").get("/models"))


@pytest.mark.parametrize("role", list(Role.people()))
def test_everybody_may_look(quick_pages: Pages, role: Role) -> None:
    assert "said nothing of drift yet" in plain(quick_pages.visitor(role).get("/models"))


def test_each_day_is_as_it_was_said_last() -> None:
    days = drift_days([drift("2026-11-28", 0.1), drift("2026-11-27", 0.2), drift("2026-11-28", 0.3), drift(model="other")])
    assert {model: [(one.day, one.psi) for one in its] for model, its in days.items()} == {
        MODEL: [("2026-11-27", 0.2), ("2026-11-28", 0.3)],
        "other": [("2026-11-28", 0.03)],
    }
