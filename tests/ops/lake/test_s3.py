"""A lake in S3, by moto's server: tables, places, two archivers, queries; and a bucket that is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ops.lake.meter import Meter
from ops.lake.query import Limits, ask
from ops.lake.storage import LakeAwayError, LakeError
from ops.lake.table_names import DECISIONS, TABLES
from ops.lake.upkeep import keep
from ops.lake.way import Way
from tests.ops.lake.lake_samples import FIRST_MS, fill, way

BUCKET = "fraud-lake"
LAKE = f"s3://{BUCKET}/shop"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    environment = {"AWS_ENDPOINT_URL": server, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = boto3.resource("s3", region_name="eu-west-1").Bucket(BUCKET)
    found.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield found
    found.objects.delete()
    found.delete()


def numbers() -> list[int]:
    """The numbers of the archived decisions, as SQL finds them."""
    answer = ask(LAKE, "SELECT event_id[2:]::INT n FROM decisions ORDER BY n", Limits(60.0, 10_000, 256))
    return [row[0] for row in answer.rows]


def test_it_is_archived_asked_and_maintained_as_a_folder_is(bucket: Any, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    one = way(redis_url, stream_prefix, LAKE)
    for first in range(0, 30, 10):
        fill(redis_client, stream_prefix, range(first, first + 10))
        one.step()
    way(redis_url, stream_prefix, LAKE).step()
    assert numbers() == list(range(30))
    (kept,) = keep(LAKE, TABLES, 0, 168, FIRST_MS)
    assert (kept.files_before, kept.files) == (3, 1)
    assert numbers() == list(range(30))
    assert all(item.key.startswith("shop/decisions/") for item in bucket.objects.all())


def test_of_two_archivers_one_commits(
    bucket: Any, redis_url: str, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(20))
    meter = Meter()
    first, second = way(redis_url, stream_prefix, LAKE), way(redis_url, stream_prefix, LAKE, meter)
    first.step()
    fill(redis_client, stream_prefix, range(20, 40))
    commit = Way._commit

    def overtaken(self: Way, *given: Any) -> None:
        monkeypatch.setattr(Way, "_commit", commit)
        first.step()
        commit(self, *given)

    monkeypatch.setattr(Way, "_commit", overtaken)
    second.step()
    second.step()
    assert (meter.overtaken[DECISIONS], numbers()) == (1, list(range(40)))


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_not_there_is_named(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    fill(redis_client, stream_prefix, range(3))
    with pytest.raises(LakeError, match="bucket does not exist"):
        way(redis_url, stream_prefix, "s3://another-lake/shop").step()


def test_a_store_that_is_away_acknowledges_nothing(
    bucket: Any, redis_url: str, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(10))
    one = way(redis_url, stream_prefix, LAKE)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        patch.setattr("ops.lake.storage._S3_OPTIONS", {"max_retries": "0", "retry_timeout": "1s", "connect_timeout": "1s"})
        with pytest.raises(LakeAwayError, match="cannot be written or read now"):
            one.step()
    assert redis_client.xinfo_groups(f"{stream_prefix}decisions") == []
    one.forget()
    one.step()
    assert numbers() == list(range(10))
