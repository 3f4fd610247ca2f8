"""Where the server of the streams is now: asked for each connection, as it moves when a primary fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import redis
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.crc import key_slot
from redis.exceptions import AuthenticationError, ConnectionError, ReadOnlyError, RedisError, ResponseError, TimeoutError

from ops.redis.address import Address, Place, hash_tag
from ops.redis.away import NodeAwayError, NoPrimaryError, NoSentinelError, PrimaryAwayError, SentinelRefusesError, caused, of_sentinel


class Home(ABC):
    """A server that may move. `str` of it says where to look, without user and password."""

    is_primary_checked = False
    """Whether a place may be one that was the primary before: whoever told it may not know yet."""

    def __init__(self, places: tuple[Place, ...], options: Mapping[str, Any], tls: bool) -> None:
        self.places = places
        """Where to ask, as the address names it."""
        self._places = places
        self._options = {**options, "decode_responses": True}
        self._class = SSLConnection if tls else Connection

    @abstractmethod
    def candidates(self) -> Iterator[Place]:
        """Yield places to connect to, the likeliest first; raise RedisError if nobody knows one."""

    def unreached(self, failed: RedisError) -> RedisError:
        """Return the error of a connection that no candidate has taken; `failed` is that of the last one."""
        return failed

    def has_left(self, place: Place, error: ResponseError) -> bool:
        """Return whether the error of the server at `place` says that the streams are elsewhere."""
        return isinstance(error, ReadOnlyError)

    def _ask(self, place: Place, *command: Any) -> Any:
        pool = ConnectionPool(self._class, host=place[0], port=place[1], **self._options)
        with redis.Redis.from_pool(pool) as client:
            return client.execute_command(*command)


class SentinelHome(Home):
    """The primary that Sentinels know by the name `service`."""

    is_primary_checked = True

    def __init__(self, address: Address, options: Mapping[str, Any]) -> None:
        super().__init__(address.places, {**options, **(address.sentinel_options or {})}, address.tls)
        self._service = address.service

    def candidates(self) -> Iterator[Place]:
        """Yield the primary's place, by each Sentinel that answers."""
        failed: RedisError = NoSentinelError("no Sentinel is named")
        known, told = set[Place](), False
        for place in self._places:
            try:
                primary = self._ask(place, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service)
            except RedisError as error:  # a wrong password, too: the others may have another
                failed = failed if isinstance(failed, SentinelRefusesError) else of_sentinel(_listed((place,)), error)
                continue
            told = True
            if primary and (found := (str(primary[0]), int(primary[1]))) not in known:
                known.add(found)
                yield found
        if told and not known:
            raise NoPrimaryError(f"the Sentinels know no primary {self._service}")
        if not told:
            raise failed

    def unreached(self, failed: RedisError) -> RedisError:
        """Return the error of a primary that is away: its Sentinels have not named another one yet."""
        return caused(PrimaryAwayError(str(failed)), failed)

    def __str__(self) -> str:
        return f"{self._service} of the Sentinels {_listed(self._places)}"


class ClusterHome(Home):
    """The node of a Redis Cluster that has the slot of the prefix; or one of several servers, the first that
    answers, where they are no cluster.
    """

    def __init__(self, address: Address, options: Mapping[str, Any], prefix: str) -> None:
        super().__init__(address.places, {**options, **address.options, "db": 0}, address.tls)
        self._slot = key_slot(prefix.encode()) if hash_tag(prefix) else None
        self._redirected: Place | None = None
        self._is_cluster = False

    def candidates(self) -> Iterator[Place]:
        """Yield the place of the slot's primary, else the places that are known."""
        if self._redirected:
            redirected, self._redirected = self._redirected, None
            yield redirected
        if self._slot is None:
            yield from self.places
            return
        try:
            asked, slots = self._layout()
        except (ConnectionError, TimeoutError):
            raise
        except RedisError:  # no cluster, or the user may not ask
            yield from self.places
            return
        self._is_cluster = True
        nodes = [_node(node, asked) for row in slots for node in row[2:]]
        # the one that was asked comes last the next time: it may be cut off from the others
        self._places = (*(place for place in dict.fromkeys([*self.places, *nodes]) if place != asked), asked)
        yield from (_node(row[2], asked) for row in slots if row[0] <= self._slot <= row[1] and len(row) > 2)

    def unreached(self, failed: RedisError) -> RedisError:
        """Return the error of a cluster's node that is away, `failed` where it is no cluster."""
        return caused(NodeAwayError(str(failed)), failed) if self._is_cluster else failed

    def has_left(self, place: Place, error: ResponseError) -> bool:
        """Follow a redirection of the slot; without a hash tag there is no one slot to follow."""
        if self._slot is not None and str(error).startswith("MOVED "):
            host, _, port = str(error).split()[2].rpartition(":")
            self._redirected = (host or place[0], int(port))
            return True
        return super().has_left(place, error)

    def _layout(self) -> tuple[Place, list[Any]]:
        """Return the first node that answers, and the slots as it knows them."""
        failed: RedisError = ConnectionError("no node is named")
        for place in self._places:
            try:
                return place, self._ask(place, "CLUSTER", "SLOTS")
            except (ConnectionError, TimeoutError) as error:
                if not isinstance(failed, AuthenticationError):
                    failed = error
        raise failed

    def __str__(self) -> str:
        return _listed(self.places)


def _node(node: list[Any], asked: Place) -> Place:
    """Return a node's place; one that does not know its own host is where it was asked."""
    host = node[0] if node[0] not in (None, "", "?") else asked[0]
    return str(host), int(node[1])


def _listed(places: tuple[Place, ...]) -> str:
    return ", ".join(f"{host}:{port}" for host, port in places)
