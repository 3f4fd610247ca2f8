"""Real Redis-compatible servers that move: three primaries in cluster mode, or two servers and a Sentinel."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import redis
from redis.crc import key_slot

from ops.free_ports import free_port
from ops.redis import embedded

NODE_TIMEOUT_MS = 1000


def until(condition: Callable[[], Any], patience_s: float = 20.0) -> None:
    """Return once `condition` holds; an error of the server counts as not yet."""
    end = time.monotonic() + patience_s
    while True:
        try:
            if condition():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < end, "the servers did not come to it"
        time.sleep(0.02)


class Servers:
    """Server processes on ports of their own, ended with the context."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, port: int, *options: str) -> None:
        """Start the server of `port`, and return when it answers."""
        folder = self._folder / str(port)
        folder.mkdir(parents=True, exist_ok=True)
        own = [] if options[:1] and options[0].endswith(".conf") else ["--port", str(port), "--save", ""]
        command = [str(embedded._server_program()), *options[: not own], *own, "--dir", str(folder), *options[not own :]]
        output = (folder / "log").open("ab")
        self._processes[port] = subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=embedded._end_with_parent)
        output.close()
        until(lambda: self.client(port).ping())

    def kill(self, port: int) -> None:
        """Kill the server as a machine that fails does."""
        process = self._processes.pop(port)
        process.kill()
        process.wait()

    @contextmanager
    def paused(self, port: int) -> Iterator[None]:
        """Let the server do nothing for a while; it answers later what it was sent meanwhile."""
        process = self._processes[port]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def client(self, port: int, **options: Any) -> Any:
        """Return a client of the server."""
        return redis.Redis(port=port, decode_responses=True, socket_timeout=2.0, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for port in list(self._processes):
            self.kill(port)


class Cluster(Servers):
    """Three primaries, each with a third of the slots."""

    def __enter__(self) -> Self:
        self.ports = [free_port() for _ in range(3)]
        self._bus: dict[int, str] = {}
        for port in self.ports:
            self.node(port)
        bounds = (0, 5461, 10923, 16384)
        for number, port in enumerate(self.ports):
            self.client(port).execute_command("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
            self.client(port).execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        self.join(self.ports)
        return self

    @property
    def url(self) -> str:
        """Return the address of all nodes."""
        return "redis://" + ",".join(f"127.0.0.1:{port}" for port in self.ports) + "/0"

    def node(self, port: int) -> None:
        """Start a node: one that belongs to no cluster yet, or one that was killed and knows its cluster."""
        bus = self._bus.setdefault(port, str(free_port()))
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--cluster-port", bus)
        self.start(port, *options, "--repl-diskless-sync-delay", "0")

    def join(self, ports: list[int]) -> None:
        """Let the nodes meet, and return when all of them serve."""
        for port in ports:
            self.client(self.ports[0]).execute_command("CLUSTER MEET", "127.0.0.1", port, self._bus[port])
        until(lambda: all(self._sees(port, len(self._bus)) for port in self._bus))

    def add_replica(self, of: int) -> int:
        """Add a node that follows the one of port `of`, and return its port once it has caught up."""
        port = free_port()
        self.node(port)
        self.join([*self.ports, port])
        primary = self.client(of).execute_command("CLUSTER MYID")
        until(lambda: self.client(port).execute_command("CLUSTER REPLICATE", primary))
        until(lambda: self.client(port).info("replication")["master_link_status"] == "up")
        return port

    def _sees(self, port: int, nodes: int) -> bool:
        info = self.client(port).execute_command("CLUSTER INFO")
        return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == nodes

    def owner(self, slot: int) -> int:
        """Return the port of the primary that has the slot."""
        for port in self._processes:
            for first, last, node, *_ in self.client(port).execute_command("CLUSTER SLOTS"):
                if first <= slot <= last:
                    return int(node[1])
        raise AssertionError("nobody has the slot")

    def prefix_at(self, port: int) -> str:
        """Return a prefix whose slot the node of `port` has."""
        return next(name for i in range(1000) if self.owner(key_slot((name := f"{{t{i}}}:").encode())) == port)

    def move_slot(self, slot: int, to: int) -> None:
        """Hand a slot from its node to another, key by key, as redis-cli --cluster reshard does."""
        origin = self.owner(slot)
        source, target = self.client(origin), self.client(to)
        target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source.execute_command("CLUSTER MYID"))
        source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target.execute_command("CLUSTER MYID"))
        while keys := source.execute_command("CLUSTER GETKEYSINSLOT", slot, 100):
            source.execute_command("MIGRATE", "127.0.0.1", to, "", 0, 5000, "KEYS", *keys)
        owner = target.execute_command("CLUSTER MYID")
        for port in (to, origin, *self.ports):
            self.client(port).execute_command("CLUSTER SETSLOT", slot, "NODE", owner)


class Watched(Servers):
    """A primary, its replica, and a Sentinel that knows them as `mymaster`."""

    def __enter__(self) -> Self:
        self.ports = [free_port() for _ in range(2)]
        self.sentinel = free_port()
        self.server(self.ports[0])
        self.follow(self.ports[1], self.ports[0])
        until(lambda: self.client(self.ports[1]).info("replication")["master_link_status"] == "up")
        file = self._folder / "sentinel.conf"
        file.write_text(
            f"port {self.sentinel}\nsentinel monitor mymaster 127.0.0.1 {self.ports[0]} 1\n"
            "sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 3000\n"
        )
        self.start(self.sentinel, str(file), "--sentinel")
        until(lambda: self.client(self.sentinel).execute_command("SENTINEL", "REPLICAS", "mymaster"))
        return self

    def server(self, port: int, *options: str) -> None:
        """Start one of the two; it knows the users that `save_users` kept: a replica does not get them."""
        users = self._folder / f"{port}.acl"
        users.parent.mkdir(parents=True, exist_ok=True)
        users.touch()
        self.start(port, "--repl-diskless-sync-delay", "0", "--aclfile", str(users), *options)

    def save_users(self) -> None:
        """Keep the users of both servers for when one starts again: it may become the primary once more."""
        for port in self.ports:
            self.client(port).execute_command("ACL SAVE")

    def follow(self, port: int, primary: int) -> None:
        """Start a replica: a server in memory that came back as a primary would be an empty one."""
        self.server(port, "--replicaof", f"127.0.0.1 {primary}")

    @property
    def url(self) -> str:
        """Return the address for clients, the first of its Sentinels away."""
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.sentinel}/mymaster/0"

    def primary(self) -> int:
        """Return the port of the primary as the Sentinel knows it."""
        return int(self.client(self.sentinel).execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME mymaster")[1])
