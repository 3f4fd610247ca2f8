"""The folder of a run's counts: told to what is started meanwhile, and gone afterwards."""

from __future__ import annotations

import os

import pytest

from flink_job.cluster.counts_folder import counts_folder
from udfs.metrics.run_counts import FOLDER


@pytest.mark.parametrize("before", [None, "/of/another/run"])
def test_it_is_told_and_what_was_told_before_comes_back(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    if before is not None:
        monkeypatch.setenv(FOLDER, before)
    with counts_folder() as first:
        assert os.environ[FOLDER] == str(first) and first.is_dir()
    assert not first.exists() and os.environ.get(FOLDER) == before


def test_a_run_has_that_of_the_java_that_was_started_before_it() -> None:
    with counts_folder() as first:
        with counts_folder() as second:
            assert second == first
        assert first.is_dir() and os.environ[FOLDER] == str(first)
    with counts_folder() as third:
        assert third != first
