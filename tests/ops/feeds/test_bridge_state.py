"""Checkpoints and leases of several instances, in a real Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from ops.feeds.bridge_state import BridgeState, Checkpoint
from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import BRIDGE, acl_rule
from tests import ROOT

SHARDS = ["s1", "s2", "s3", "s4"]
NOTHING = Checkpoint()
Instance = Callable[..., BridgeState]


@pytest.fixture
def instance(redis_client: Any, stream_prefix: str) -> Instance:
    def made(name: str, lease_s: float = 30.0) -> BridgeState:
        return BridgeState(redis_client, stream_prefix, "b", name, lease_s)

    return made


def test_one_has_all_two_share_and_the_surplus_is_given_up(instance: Instance) -> None:
    one, two = instance("one"), instance("two")
    assert one.take(SHARDS).mine == set(SHARDS)
    first = two.take(SHARDS)
    assert (first.share, first.others, first.mine) == (2, 4, set())
    turn = one.take(SHARDS)
    assert (turn.share, turn.mine) == (2, set(SHARDS))
    one.give_up(["s3", "s4"])
    assert two.take(SHARDS).mine == {"s3", "s4"}
    assert one.take(SHARDS).mine == {"s1", "s2"}


def test_what_a_dead_one_had_is_taken_over_and_it_may_note_nothing_more(instance: Instance) -> None:
    dead, heir = instance("dead", 0.05), instance("heir")
    assert dead.take(SHARDS).mine == set(SHARDS)
    assert dead.note("s1", Checkpoint("7", 5), NOTHING)
    time.sleep(0.1)
    assert heir.take(SHARDS).mine == set(SHARDS)
    assert not dead.note("s1", Checkpoint("8", 6), Checkpoint("7", 5))
    dead.give_up(SHARDS)
    assert heir.checkpoints() == {"s1": Checkpoint("7", 5)}
    assert heir.note("s1", Checkpoint("8", 6, ended=True), Checkpoint("7", 5))
    assert heir.take(["s2"]).mine == {"s2"}


def test_one_that_ends_leaves_all_of_it_at_once(instance: Instance) -> None:
    one, two = instance("one"), instance("two")
    one.take(SHARDS)
    one.give_up(SHARDS, ends=True)
    assert two.take(SHARDS).mine == set(SHARDS)


def test_where_it_begins_is_said_once_until_the_stream_is_made_anew(instance: Instance) -> None:
    one, two = instance("one"), instance("two")
    assert one.begin("100", "5") == ("first", "5")
    assert two.begin("100", "9") == ("known", "5")
    one.take(SHARDS)
    one.note("s1", Checkpoint("7", 5), NOTHING)
    assert two.begin("200", "9") == ("anew", "earliest")
    assert two.checkpoints() == {}
    assert two.take(SHARDS).mine == {"s1", "s2"}, "leases of the stream before are gone"


def test_a_checkpoint_goes_on_from_the_one_that_is_there(instance: Instance) -> None:
    one = instance("one")
    one.take(SHARDS)
    first, second, third = Checkpoint("1", 1), Checkpoint("2", 2), Checkpoint("3", 3)
    assert one.note("s1", first, NOTHING)
    assert one.note("s1", first, NOTHING), "the answer to the first call was lost"
    assert one.note("s1", second, first)
    assert not one.note("s1", third, first), "Redis has lost what was written last"
    assert not one.note("s1", third, NOTHING)
    assert one.checkpoints() == {"s1": second}


def test_where_it_has_begun_is_known_again_and_no_checkpoint_goes(instance: Instance, redis_client: Any, stream_prefix: str) -> None:
    one = instance("one")
    one.begin("100", "5")
    one.take(SHARDS)
    assert one.is_known()
    redis_client.delete(*redis_client.keys(f"{stream_prefix}*"))
    one.take(SHARDS)
    one.note("s1", Checkpoint("7", 5), NOTHING)
    assert not one.is_known()
    assert one.begin("100", "5") == ("first", "5")
    assert one.checkpoints() == {"s1": Checkpoint("7", 5)}


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


def use(url: str) -> None:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        state = BridgeState(client, "shop:", "b", "me", 0.01)
        state.begin("1", "earliest")
        state.take(["s"])
        state.note("s", Checkpoint("1", 1, ended=True), NOTHING)
        state.is_known()
        state.checkpoints()
        state.forget(["s"])
        time.sleep(0.02)
        state.take(["s"])
        state.give_up(["s"], ends=True)
        state.begin("2", "earliest")


def test_the_documented_commands_are_enough_and_each_is_needed(server: EmbeddedRedis) -> None:
    with redis.Redis.from_url(server.url) as admin:
        for left in (BRIDGE, *(tuple(other for other in BRIDGE if other != command) for command in BRIDGE)):
            admin.execute_command("FLUSHALL")
            admin.execute_command("ACL", "DELUSER", "bridge")
            admin.execute_command(*acl_rule("bridge", "shop:bridge:", left).replace("PASSWORD", "pa55").split(" "))
            url = server.url.replace("//", "//bridge:pa55@")
            if left == BRIDGE:
                use(url)
                continue
            with pytest.raises(Exception, match=r"docs/operate\.md lists"):
                use(url)


def test_the_documentation_lists_them() -> None:
    text = " ".join((ROOT / "docs" / "aws.md").read_text(encoding="utf-8").split())
    *first, last = (f"`{command}`" for command in BRIDGE)
    assert f"needs on `ringwatch:bridge:*` {', '.join(first)} and {last}. Beside them" in text
