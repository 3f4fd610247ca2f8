"""How many drafts people change: for Prometheus, for the overview, in the statistics."""

from __future__ import annotations

from ops.api.draft_metrics import Drafts
from ops.api.metrics import Metrics
from ops.cases.errors import StoreError
from ops.cases.feedback.numbers import DraftNumbers, draft_numbers
from tests.support.api_desk import Desk
from tests.support.feedback_samples import put_summed_up


def test_the_share_is_by_model_and_prompt(quick_desk: Desk) -> None:
    for number, rating in enumerate(("good", "good", "good", "bad")):
        body = {"rating": rating, "why": "dull"}
        assert (
            quick_desk.call("anna", "POST", f"/v1/incidents/{put_summed_up(quick_desk.store, number)}/summary-feedback", body).status_code
            == 200
        )
    [drafts] = quick_desk.get("/v1/statistics")["drafts"]
    assert drafts == {"model": "tiny", "prompt": "0a1b2c3d", "rated": 4, "changed": 0, "bad": 1, "share": 0.0}
    page = quick_desk.call("vera", "GET", "/overview").text
    assert '<th scope="row">tiny</th><td>0a1b2c3d</td><td class="number">4</td><td class="number">0%</td>' in page
    metrics = Metrics()

    def numbers() -> list[DraftNumbers]:
        with quick_desk.store.read() as session:
            return list(draft_numbers(session))

    metrics.follow_drafts(numbers)
    assert 'ringwatch_summaries_rated{model="tiny",prompt="0a1b2c3d"} 4.0' in metrics.text().decode()


def test_a_name_that_is_no_label_is_escaped_and_a_store_that_is_away_shows_nothing() -> None:
    metrics = Metrics()
    metrics.follow_drafts(lambda: [DraftNumbers('x"}\n evil 1', "p", 4, 1, 1)])
    said = metrics.text().decode()
    assert 'ringwatch_summaries_changed_share{model="x\\"}\\n evil 1",prompt="p"} 0.25' in said and "\n evil" not in said

    def away() -> list[DraftNumbers]:
        raise StoreError("away")

    assert list(Drafts(away).collect()) == []
