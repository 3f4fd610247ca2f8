"""The real job with two of the most awkward endpoints; `make endpoints` asks all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.llm_endpoints.catalogue import ENDPOINTS
from tests.llm_endpoints.outcome import ENOUGH
from tests.llm_endpoints.through_the_job import run_job, write_history

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]


@pytest.mark.parametrize(("name", "parallelism"), [pytest.param("azure-foundry-filter", 1, marks=pytest.mark.long), ("tgi", 2)])
def test_the_model_writes_and_the_books_agree(name: str, parallelism: int, redis_url: str, tmp_path: Path) -> None:
    outcome = run_job(ENDPOINTS[name], write_history(tmp_path / "events.jsonl"), tmp_path / "job", redis_url, parallelism)
    assert len(outcome.notes) >= 20
    assert outcome.share >= ENOUGH, outcome.reasons
    assert outcome.differences == []
