"""Drift of a day: what was said last of each model, and why none is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ops.cases.store import Store
from ops.digest.day import day_of
from ops.digest.drift import AWAY, drift_of
from ops.digest.figures import Drift
from ops.digest.forms import HTML
from tests.ops.digest.test_forms import form, of
from tests.support.digest_samples import DAYS, NOW

DAY = day_of(DAYS[1], NOW)


def document(**changes: Any) -> dict[str, Any]:
    usual = {"kind": "drift", "model": "m1", "day": DAYS[1], "events": 900, "score": {"psi": 0.05, "verdict": "none"}, "drifted": 0}
    return {**usual, **changes}


def test_the_last_word_of_each_model_counts() -> None:
    later = document(events=1000, score={"psi": 0.31, "verdict": "much"}, drifted=2)
    others = [document(day=DAYS[0]), {"kind": "labels", "day": DAYS[1]}, document(model="m2")]
    assert drift_of([document(), *others, later], DAY) == [Drift("m1", 1000, 0.31, "much", 2), Drift("m2", 900, 0.05, "none", 0)]


def test_what_the_job_does_not_write_is_left_out() -> None:
    wrong = [document(score=None), document(events="many"), document(score={"psi": float("nan")}), document(drifted=[])]
    assert drift_of(wrong, DAY) == "the stream health says nothing of this day"


def test_without_an_answer_it_is_unknown() -> None:
    assert drift_of(None, DAY) == AWAY


def test_a_model_with_a_hostile_name_is_a_text(sqlite_store: Store) -> None:
    moved = drift_of([document(model="<img src=x>", score={"psi": 0.31, "verdict": "much"}, drifted=1)], DAY)
    assert not isinstance(moved, str)
    page = form(replace(of(sqlite_store, DAYS[1]), drift=moved), HTML).replace("&nbsp;", " ")
    assert "Drift, model &lt;img src=x&gt;" in page and "moved much" in page and "index of the score 0.310, 1 input moved" in page
