"""What goes into a request, and what is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.feeds import put_requests
from ops.feeds.kinesis import KinesisAwayError
from ops.feeds.meter import Meter
from ops.feeds.put_requests import MOST_BYTES, MOST_RECORD_BYTES, MOST_RECORDS, PutRequests, Record, next_request


@pytest.fixture(autouse=True, scope="module")
def no_pauses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(put_requests, "_FIRST_PAUSE_S", 0.0)
        yield


KEYS = st.lists(st.sampled_from("abcd"), max_size=30)


def test_a_request_holds_no_more_than_kinesis_takes() -> None:
    many = [Record(f"k{n}", b"x") for n in range(MOST_RECORDS + 3)]
    assert next_request(many) == list(range(MOST_RECORDS))
    long = [Record(f"k{n}", b"x" * (MOST_RECORD_BYTES - 2)) for n in range(7)]
    assert next_request(long) == [0, 1, 2, 3, 4]
    assert sum(record.size for record in long[:5]) <= MOST_BYTES


def test_a_key_is_once_in_a_request() -> None:
    assert next_request([Record(key, b"") for key in "abacb"]) == [0, 1, 3]


class Flaky:
    """Kinesis that refuses what it is told to, and notes what it took."""

    def __init__(self, refuses: list[bool]) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self._refuses = iter(refuses)

    def call(self, operation: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        answers = []
        if next(self._refuses, False):
            raise KinesisAwayError("away", True)
        for record in Records:
            refused = next(self._refuses, False)
            answers.append({"ErrorCode": "InternalFailure"} if refused else {"SequenceNumber": "1"})
            if not refused:
                self.taken.append((record["PartitionKey"], record["Data"]))
        return {"Records": answers}


@given(KEYS, st.lists(st.booleans(), max_size=60))
def test_all_are_taken_once_those_of_a_key_in_their_order(keys: list[str], refuses: list[bool]) -> None:
    kinesis, waited = Flaky(refuses), []
    records = [Record(key, str(n).encode()) for n, key in enumerate(keys)]
    PutRequests(kinesis, Meter(), lambda: None, lambda: waited.append(1)).send(records)  # type: ignore[arg-type]
    assert sorted(kinesis.taken) == sorted((record.key, record.data) for record in records)
    for key in set(keys):
        assert [data for found, data in kinesis.taken if found == key] == [record.data for record in records if record.key == key]
