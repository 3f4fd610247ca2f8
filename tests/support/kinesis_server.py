"""A stand-in for Kinesis: moto's server, made to do what moto leaves out and the bridge depends on.

moto (5.2.5) goes on writing into a shard that was split, moves its records, counts sequence numbers anew in
each shard, and never says that a closed shard has ended. It has no limits either: `refuse` and `fails` make
some.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import boto3
import pytest
from moto.core.responses import ActionResult
from moto.kinesis.models import KinesisBackend, Record, Shard, Stream
from moto.kinesis.responses import KinesisResponse
from moto.kinesis.utils import decompose_shard_iterator
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGION = "eu-west-1"
THROTTLED = (400, "ProvisionedThroughputExceededException", "Rate exceeded for shard")
_NUMBERS = itertools.count(10**55)
_CALL = threading.Lock()  # a split that is half done is seen by nobody
_NAMES = itertools.count()

Answer = tuple[int, str, str]
Refuse = Callable[[str, dict[str, Any]], Answer | None]


class KinesisServer:
    """The stand-in. `refuse` is asked before each call, and may change its words; `calls` are counted."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, name="kinesis", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.refuse: Refuse = lambda operation, words: None
        self.fails: Callable[[Mapping[str, Any]], bool] = lambda record: False
        """Whether a record of PutRecords is refused, with the others taken."""
        self.calls: dict[str, int] = {}

    def __enter__(self) -> KinesisServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self) -> None:
        """Refuse nothing from now on."""
        self.refuse, self.fails, self.calls = (lambda operation, words: None), (lambda record: False), {}

    def client(self) -> Any:
        return boto3.client("kinesis", region_name=REGION, endpoint_url=self.url, aws_access_key_id="test", aws_secret_access_key="test")

    def stream(self, shards: int = 1) -> StreamOf:
        """Create a stream of a new name."""
        name = f"orders-{next(_NAMES)}"
        self.client().create_stream(StreamName=name, ShardCount=shards)
        return StreamOf(self, name)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        self.calls[operation] = self.calls.get(operation, 0) + 1
        words = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        refused = self.refuse(operation, words)
        if refused:
            status, code, text = refused
            start_response(f"{status} No", [("Content-Type", "application/x-amz-json-1.1")])
            return [json.dumps({"__type": code, "message": text}).encode()]
        body = json.dumps(words).encode()
        with _CALL:
            changed = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            found: Iterable[bytes] = self._app(environ | changed, start_response)
        return found


class StreamOf:
    """A stream of the stand-in."""

    def __init__(self, server: KinesisServer, name: str) -> None:
        self.server, self.name, self.url = server, name, f"kinesis://{REGION}/{name}"
        self._client = server.client()

    def put(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Put records, keys and data, in their order."""
        waiting = [{"PartitionKey": key, "Data": data} for key, data in records]
        for at in range(0, len(waiting), 500):
            self._client.put_records(StreamName=self.name, Records=waiting[at : at + 500])

    def shards(self) -> list[Any]:
        """All shards, those that are closed too."""
        found: list[Any] = self._client.list_shards(StreamName=self.name)["Shards"]
        return found

    def split(self, shard_id: str) -> None:
        (shard,) = (shard for shard in self.shards() if shard["ShardId"] == shard_id)
        middle = (int(shard["HashKeyRange"]["StartingHashKey"]) + int(shard["HashKeyRange"]["EndingHashKey"])) // 2
        self._client.split_shard(StreamName=self.name, ShardToSplit=shard_id, NewStartingHashKey=str(middle))

    def merge(self, one: str, other: str) -> None:
        self._client.merge_shards(StreamName=self.name, ShardToMerge=one, AdjacentShardToMerge=other)

    def records(self) -> list[tuple[str, bytes]]:
        """Keys and data of all records, shard by shard."""
        found = []
        for shard in self.shards():
            words = {"StreamName": self.name, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            place = self._client.get_shard_iterator(**words)["ShardIterator"]
            while place:
                answer = self._client.get_records(ShardIterator=place)
                found += [(record["PartitionKey"], record["Data"]) for record in answer["Records"]]
                place = answer["Records"] and answer.get("NextShardIterator")
        return found

    def make_anew(self) -> None:
        """Delete it and create it again."""
        self._client.delete_stream(StreamName=self.name)
        self._client.create_stream(StreamName=self.name, ShardCount=1)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object, **__: object) -> None:
        pass


def _put_record(shard: Shard, partition_key: str, data: str, explicit_hash_key: str) -> str:
    number = next(_NUMBERS)
    shard.records[number] = Record(partition_key, data, number, explicit_hash_key)
    return str(number)


def _shard_for(stream: Stream, partition_key: str, explicit_hash_key: str) -> Shard:
    """The open shard of a key."""
    place = int(explicit_hash_key or int(hashlib.md5(partition_key.encode()).hexdigest(), 16))
    return next(shard for shard in stream.shards.values() if shard.is_open and shard.starting_hash <= place <= shard.ending_hash)


def _keeping(change: Callable[..., None]) -> Callable[..., None]:
    """A split or merge that leaves the records where they are, and makes children that are empty."""

    def changed(stream: Stream, one: str, other: str) -> None:
        before = {name: shard.records for name, shard in stream.shards.items()}
        for shard in stream.shards.values():
            shard.records = type(shard.records)()
        change(stream, one, other)
        for name, records in before.items():
            stream.shards[name].records = records

    return changed


def _get_records(answer: Callable[..., Any]) -> Callable[..., Any]:
    """GetRecords that says the end of a closed shard, and which its children are."""

    def got(response: KinesisResponse) -> ActionResult:
        found: Any = answer(response)
        result = found.result
        name, shard_id, last = decompose_shard_iterator(result["NextShardIterator"])
        stream = response.kinesis_backend.describe_stream(None, name)
        shard = stream.shards[shard_id]
        if not shard.is_open and not any(number > int(last) for number in shard.records):
            del result["NextShardIterator"]
            children = [child for child in stream.shards.values() if shard_id in (child.parent, child.adjacent_parent)]
            result["ChildShards"] = [
                {"ShardId": child.shard_id, "ParentShards": [shard_id], "HashKeyRange": child.to_json()["HashKeyRange"]}
                for child in children
            ]
        return ActionResult(result)

    return got


def _put_records(server: KinesisServer, put: Callable[..., Any]) -> Callable[..., Any]:
    """PutRecords that refuses some of its records."""

    def done(backend: KinesisBackend, arn: str, name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
        failed = [server.fails(record) for record in records]
        taken = iter(put(backend, arn, name, [record for record, refused in zip(records, failed, strict=True) if not refused])["Records"])
        error = {"ErrorCode": THROTTLED[1], "ErrorMessage": THROTTLED[2]}
        return {"FailedRecordCount": sum(failed), "Records": [error if refused else next(taken) for refused in failed]}

    return done


@contextmanager
def kinesis_server() -> Iterator[KinesisServer]:
    """The stand-in, as long as the context lasts."""
    with pytest.MonkeyPatch.context() as patch, KinesisServer() as server:
        patch.setattr(Shard, "put_record", _put_record)
        patch.setattr(Stream, "get_shard_for_key", _shard_for)
        patch.setattr(Stream, "split_shard", _keeping(Stream.split_shard))
        patch.setattr(Stream, "merge_shards", _keeping(Stream.merge_shards))
        patch.setattr(KinesisResponse, "get_records", _get_records(KinesisResponse.get_records))
        patch.setattr(KinesisBackend, "put_records", _put_records(server, KinesisBackend.put_records))
        yield server


def environment(server: KinesisServer) -> dict[str, str]:
    """The variables by which boto3 finds the stand-in, and nothing of this machine's."""
    return {
        "AWS_ENDPOINT_URL_KINESIS": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }
