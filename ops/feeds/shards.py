"""The shards of a stream: which there are, and which of them may be read now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ops.feeds.kinesis import Kinesis


@dataclass(frozen=True)
class Shard:
    """A shard, and those that it was split or merged from."""

    shard_id: str
    parents: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Shard:
        """Read a shard of ListShards."""
        parents = (document.get("ParentShardId"), document.get("AdjacentParentShardId"))
        return cls(document["ShardId"], tuple(parent for parent in parents if parent))


def listed(kinesis: Kinesis) -> list[Shard]:
    """Return all shards that may still hold records, the closed ones too, page by page."""
    answer = kinesis.ask("list_shards")
    found = answer["Shards"]
    while token := answer.get("NextToken"):
        answer = kinesis.ask("list_shards", NextToken=token)
        found += answer["Shards"]
    return [Shard.of(document) for document in found]


def due(shards: Collection[Shard], ended: Collection[str]) -> list[str]:
    """Return the ids of the shards to be read now, in their order.

    A child comes after its parents were read to their end, so that the events of a key stay in their order. A
    parent that is not listed any more holds no records.
    """
    open_parents = {shard.shard_id for shard in shards} - set(ended)
    return sorted(shard.shard_id for shard in shards if shard.shard_id in open_parents and not open_parents & set(shard.parents))
