"""Checks of the Java client of Redis; `test_redis_in_java.py` runs them."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import redis
from redis._parsers import BaseParser
from redis.exceptions import AuthenticationError, RedisError

from ops.free_ports import free_port
from ops.redis.address import address_of
from ops.redis.connection import RedisReadError, _passes
from ops.redis.embedded import EmbeddedRedis
from ops.redis.mends import mend_refusal
from tests.ops.redis.test_redis_tls import _serve
from tests.support.redis_clusters import Cluster, Servers, Watched, until

ADDRESSES = [
    "redis://h", "redis://h:1/2", "redis:///3", "redis://:p%40ss@h:1", "redis://u:p@h1:1,h2:2,[::1]:3/0", "redis://u@h", "redis://H%41:0",
    "redis://u:a:b@h/x", "redis://a@b:c@h/1/2", "redis://h/?db=4", "redis://h/1?db=4", "redis://h#f?db=1", "redis://h?a=b+c%2520d&a=e&x=",
    "redis://h/%31", "rediss://h:1?ssl_ca_certs=/c%20d.pem", "rediss://h?ssl_cert_reqs=none&ssl_certfile=/c&ssl_keyfile=/k",
    "redis+sentinel://h,h2:5/my%20master/4", "redis+sentinel://h/mymaster", "redis+sentinel://h/mymaster/",
    "rediss+sentinel://u:p@h/m/1?sentinel_username=s&sentinel_password=q%26", "unix:///tmp/s%20x.sock?db=3", "unix://u:p@/tmp/s",
    "unix:///tmp/s", "redis://h,,h2", "redis://u:%E2%82%AC@h/", "redis://%zz:p@h",
]  # fmt: skip
NONE = [
    "", "h:6379", "redis:h", "http://h", "redis://h:x", "redis+sentinel://h", "redis+sentinel://h/", "redis+sentinel://h/m/x",
    "sentinel://h/m", "redis://h:70000", "redis://h?db=x", "redis://[::1",
]  # fmt: skip
REPLIES = [
    "WRONGTYPE Operation against a key holding the wrong kind of value", "NOPERM User x has no permissions to run the 'xread' command",
    "WRONGPASS invalid username-password pair or user is disabled.", "NOAUTH Authentication required.", "ERR DB index is out of range",
    "ERR invalid password",
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",

    "ERR SELECT is not allowed in cluster mode", "ERR unknown command 'XREAD', with args", "CROSSSLOT Keys in request don't hash",
    "ERR ACL failure in script: User u has no permissions to run the 'xadd' command script: on @user_script:1.",
    "MOVED 1 h:1", "ERR syntax error", "MISCONF no disk", "NOREPLICAS few", "MASTERDOWN Link", "CLUSTERDOWN it", "TRYAGAIN x", "ASK 1 h:1",
    "BUSY Redis is busy", "BUSYKEY x", "NOGROUP x", "UNBLOCKED x", "OOM command not allowed", "READONLY You can't write", "LOADING it",
    "ERR max number of clients reached", "NOSCRIPT no", "EXECABORT x", "FENCED a later attempt writes",
]  # fmt: skip


@cache
def ours() -> Any:
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.connectors.java_classes import java_classes

    return java_classes(StreamExecutionEnvironment.get_execution_environment(), "redis")


@cache
def server() -> EmbeddedRedis:
    return EmbeddedRedis().start()


@cache
def client() -> Any:
    return redis.Redis.from_url(server().url, decode_responses=True)


def link(url: str = "", prefix: str = "x:", timeout_ms: int = 2000) -> Any:
    return ours().Server(url or server().url, prefix).connect("test", timeout_ms)


def call(connected: Any, *words: Any) -> Any:
    return connected.call(objects(words))


def objects(words: Sequence[Any]) -> Any:
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import to_jarray

    return to_jarray(get_gateway().jvm.Object, list(words))


def strings(words: Sequence[str]) -> Any:
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import to_jarray

    return to_jarray(get_gateway().jvm.String, list(words))


def error_of(act: Callable[[], Any]) -> Any:
    """The Java exception that an act raises."""
    from py4j.protocol import Py4JJavaError

    try:
        act()
    except Py4JJavaError as error:
        return error.java_exception
    except Exception as error:  # PyFlink makes its own of some
        return error.__cause__.java_exception if error.__cause__ is not None else error  # type: ignore[attr-defined]
    raise AssertionError("nothing was raised")


def message_of(act: Callable[[], Any]) -> str:
    return str(error_of(act).getMessage())


def check_java_and_python_take_addresses_apart_alike(folder: Path) -> None:
    for url in ADDRESSES:
        assert ours().Address.of(url).described() == described(url), url


def described(url: str) -> str:
    found = address_of(url)
    options = {**found.options, **{f"sentinel_{n}": v for n, v in (found.sentinel_options or {}).items() if n in ("username", "password")}}
    for name in ("connection_class", "ssl_check_hostname"):
        options.pop(name, None)
    places = "".join(f"{host}:{port} " for host, port in found.places)
    head = f"{places}tls={str(found.tls).lower()} service={found.service or 'null'} db={options.pop('db', 0)}"
    return head + "".join(f" {name}={options[name]}" for name in sorted(options))


def check_what_is_no_address_is_refused_without_a_word_of_it(folder: Path) -> None:
    for url in NONE:
        try:
            address_of(url)
        except ValueError:
            said = message_of(partial(ours().Address.of, url))
            assert said.startswith("The setting redis.url is no address like redis://host:6379/0 or "), (url, said)
        else:
            raise AssertionError(f"Python takes it: {url}")


def parsed(said: str) -> RedisError:
    return BaseParser.parse_error(said)  # type: ignore[no-untyped-call, no-any-return]


def check_the_same_errors_pass_in_java_and_python(folder: Path) -> None:
    for said in REPLIES:
        theirs = parsed(said)
        if str(theirs) == said.partition(" ")[2]:  # redis-py has a class for the code, and leaves it out
            theirs = type(theirs)(said)
        assert ours().RedisError(said).passes() == _passes(theirs), said


def check_java_and_python_name_the_same_mends(folder: Path) -> None:
    for said in REPLIES:
        error = ours().RedisError(said)
        if not error.passes():
            theirs = RedisError(said) if said.startswith("MOVED") else parsed(said)
            assert ours().Mends.of(error) == mend_refusal(theirs, RedisReadError.mend), said
    assert isinstance(parsed(REPLIES[2]), AuthenticationError)


def check_replies_are_read_as_they_are(folder: Path) -> None:
    connected = link()
    assert call(connected, "PING") == "PONG"
    assert call(connected, "GET", "nothing") is None
    assert call(connected, "SET", "k", bytes(range(256))) == "OK"
    assert str(call(connected, "GET", "k")).encode("latin-1") == bytes(range(256))
    assert call(connected, "RPUSH", "list", "a", "", "\u20ac") == 3
    assert [part.encode("latin-1").decode() for part in call(connected, "LRANGE", "list", "0", "-1")] == ["a", "", "\u20ac"]
    found = call(connected, "EVAL", "return {1, {2, false, {err = 'X inner'}}, -7}", "0")
    assert (found[0], found[1][0], found[1][1], found[1][2].getMessage(), found[2]) == (1, 2, None, "X inner", -7)
    assert message_of(lambda: call(connected, "LPUSH", "k", "1")).startswith("WRONGTYPE ")
    assert call(connected, "PING") == "PONG", "the connection serves on after an error"
    connected.close()


def check_long_texts_come_whole_or_cut(folder: Path) -> None:
    text = os.urandom(3 << 20)
    client().set("long", text)
    connected = link()
    assert str(call(connected, "GET", "long")).encode("latin-1") == text
    for most in (0, 1, 65_535, 65_536, 65_538):
        connected.cutTexts(most)
        assert str(call(connected, "GET", "long")).encode("latin-1") == text[:most]
        assert connected.size() == len(text)
        assert call(connected, "GET", "nothing") is None
    connected.close()


def check_many_commands_go_at_once(folder: Path) -> None:
    connected = link()
    client().delete("count")
    for _ in range(20_000):
        connected.send(objects(["INCR", "count"]))
    connected.flush()
    assert [connected.reply() for _ in range(20_000)] == list(range(1, 20_001))
    connected.close()


def check_a_reply_that_is_cut_in_the_middle_is_a_server_that_is_away(folder: Path) -> None:
    for reply in (b"", b"$", b"$10", b"$10\r\nabc", b"*2\r\n$1\r\na\r\n", b"$-", b":1\r"):
        with answering(b"+OK\r\n" + reply) as url:
            connected = link(url)
            error = error_of(partial(call, connected, "GET", "k"))
            assert error.getClass().getSimpleName() == "EOFException", (reply, error)
            connected.close()


def check_what_is_no_redis_is_said(folder: Path) -> None:
    for reply in (b"HTTP/1.1 400 Bad Request\r\n", b"$9999999999\r\n", b"*99999999\r\n", b"*1\r\n" * 99, b"$x\r\n"):
        with answering(b"+OK\r\n" + reply) as url:
            connected = link(url)
            assert message_of(partial(call, connected, "GET", "k")).startswith("what answers is no Redis"), reply
            connected.close()


def check_a_server_that_says_nothing_is_given_up(folder: Path) -> None:
    with answering(b"+OK\r\n", stays=True) as url:
        connected = link(url, timeout_ms=300)
        begun = time.monotonic()
        assert error_of(lambda: call(connected, "GET", "k")).getClass().getSimpleName() == "SocketTimeoutException"
        assert 0.2 < time.monotonic() - begun < 2
        connected.close()


@contextmanager
def answering(reply: bytes, stays: bool = False) -> Iterator[str]:
    """A server that answers whatever it is sent with these bytes, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            connection.recv(65_536)
            connection.sendall(reply)
            if stays:
                time.sleep(1.5)
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.05)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def check_a_script_goes_along_where_the_server_does_not_know_it(folder: Path) -> None:
    connected, script = link(), ours().Script("return {KEYS[1], ARGV[1], #ARGV[2]}")
    for _ in range(2):
        assert list(script.run(connected, strings(["k"]), objects(["1", b"\x00\xff"]))) == ["k", "1", 2]
        client().script_flush()
    broken = ours().Script("return redis.error_reply('FENCED by another')")
    assert message_of(lambda: broken.run(connected, strings([]), objects([]))).startswith("FENCED by another")
    connected.close()


def check_a_wrong_password_is_refused_with_the_mend(folder: Path) -> None:
    client().acl_setuser("job", enabled=True, passwords="+p@ :/%ss", commands=["+ping"], keys="*")
    port = server().url.rsplit(":", 1)[1].split("/")[0]
    right = link(f"redis://job:p%40%20%3A%2F%25ss@127.0.0.1:{port}/0")
    assert call(right, "PING") == "PONG"
    denied = refused(lambda: call(right, "GET", "k"))
    assert denied.startswith("Redis at here refuses to be read (NOPERM "), denied
    assert denied.endswith("give the user the permissions that docs/operate.md lists (ACL SETUSER).")
    wrong = refused(lambda: link(f"redis://job:pa55@127.0.0.1:{port}/0"))
    assert "put the address with its user and password, redis://USER:PASSWORD@HOST:PORT/0, into the environment variable" in wrong
    assert "pa55" not in wrong
    assert "(DB index is out of range): correct the number of the database at the end of the address" in refused(
        lambda: link(f"redis://127.0.0.1:{port}/99")
    )


def refused(act: Callable[[], Any]) -> str:
    error = error_of(act)
    return message_of(lambda: ours().Patience("here", "read").pause(error))


def check_patience_waits_longer_each_time_and_begins_anew(folder: Path) -> None:
    patience, away = ours().Patience("here", "read"), ours().RedisError("LOADING it")
    times = []
    for _ in range(4):
        begun = time.monotonic()
        patience.pause(away)
        times.append(time.monotonic() - begun)
    assert [0.045 * 2**n < took < 0.1 * 2**n + 0.1 for n, took in enumerate(times)] == [True] * 4, times
    patience.over()
    begun = time.monotonic()
    patience.pause(away)
    assert time.monotonic() - begun < 0.2


def check_the_database_and_the_name_are_set(folder: Path) -> None:
    port = server().url.rsplit(":", 1)[1].split("/")[0]
    connected = link(f"redis://127.0.0.1:{port}/5")
    found = [one for one in client().client_list() if one["name"] == "test" and one["db"] == "5"]
    assert len(found) == 1
    connected.close()


def check_a_socket_of_this_machine(folder: Path) -> None:
    path = Path(tempfile.mkdtemp()) / "s x.sock"
    with Servers(folder) as servers:
        port = free_port()
        servers.start(port, "--unixsocket", str(path))
        until(path.exists)
        connected = link(f"unix://{str(path).replace(' ', '%20')}?db=2", timeout_ms=300)
        assert call(connected, "SET", "k", b"x" * (1 << 20)) == "OK"
        assert len(call(connected, "GET", "k")) == 1 << 20
        assert servers.client(port, db=2).strlen("k") == 1 << 20
        with servers.paused(port):
            assert "does not answer within 300 ms" in message_of(lambda: call(connected, "PING"))
        connected.close()
    shutil.rmtree(path.parent)
    assert error_of(lambda: link(f"unix://{path}")).getMessage()


def check_sentinels_lead_to_the_primary(folder: Path) -> None:
    with Watched(folder) as watched:
        connected = link(watched.url)
        assert call(connected, "ROLE")[0] == "master"
        watched.kill(watched.ports[0])
        until(lambda: watched.primary() == watched.ports[1])
        assert error_of(lambda: call(connected, "PING"))
        again = link(watched.url)
        assert call(again, "SET", "k", "1") == "OK"
        assert message_of(lambda: link(watched.url.replace("mymaster", "other"))).startswith("the Sentinels know no primary other")
        again.close()


def check_a_slot_that_moves_is_followed(folder: Path) -> None:
    from redis.crc import key_slot

    with Cluster(folder) as cluster:
        first, second, _ = cluster.ports
        prefix = cluster.prefix_at(first)
        settled = ours().Server(cluster.url, prefix)
        connected = settled.connect("test", 2000)
        assert call(connected, "XADD", f"{prefix}events", "*", "json", "{}")
        cluster.move_slot(key_slot(prefix.encode()), second)
        error = error_of(lambda: call(connected, "XLEN", f"{prefix}events"))
        assert error.code() == "MOVED"
        assert error.passes()
        assert call(settled.connect("test", 2000), "XLEN", f"{prefix}events") == 1
        other = ours().Server(f"redis://127.0.0.1:{first}", "ringwatch:").connect("test", 2000)
        lasting = [name for name in ("a", "b", "c", "d", "e", "f") if (e := moved(other, name)) is not None and not e.passes()]
        assert lasting, "without a hash tag nobody follows a slot"


def moved(connected: Any, key: str) -> Any:
    try:
        call(connected, "GET", key)
    except Exception:
        return error_of(lambda: call(connected, "GET", key))
    return None


def check_tls_asks_for_the_right_certificate(folder: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    made = certificate(openssl, folder / "c.pem", folder / "k.pem", "ec -pkeyopt ec_paramgen_curve:prime256v1")
    with behind_tls(made) as port:
        right = link(f"rediss://localhost:{port}/0?ssl_ca_certs={made[0]}")
        assert call(right, "PING") == "PONG"
        right.close()
        for url in (f"rediss://:pa55@localhost:{port}/0", f"rediss://:pa55@127.0.0.1:{port}/0?ssl_ca_certs={made[0]}"):
            said = refused(partial(link, url))
            assert "certificate" in said, said
            assert "?ssl_ca_certs=PATH, and its right host in the setting redis.url" in said, said
            assert "pa55" not in said
        unchecked = link(f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none")
        assert call(unchecked, "PING") == "PONG"
        unchecked.close()


def check_tls_presents_a_certificate_of_ours(folder: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    made = certificate(openssl, folder / "c.pem", folder / "k.pem", "rsa:2048")
    old = folder / "old.pem"
    subprocess.run([openssl, "rsa", "-in", made[1], "-traditional", "-out", old], check=True, capture_output=True)
    assert "BEGIN RSA PRIVATE KEY" in old.read_text()
    both = folder / "both.pem"
    both.write_text(made[0].read_text() + made[1].read_text())
    with behind_tls(made, made[0]) as port:
        url = f"rediss://localhost:{port}/0?ssl_ca_certs={made[0]}"
        for own in (
            f"&ssl_certfile={made[0]}&ssl_keyfile={made[1]}",
            f"&ssl_certfile={made[0]}&ssl_keyfile={old}",
            f"&ssl_certfile={both}",
        ):
            connected = link(url + own)
            assert call(connected, "PING") == "PONG"
            connected.close()
        assert error_of(lambda: link(url))
        assert "holds no certificate in PEM" in message_of(lambda: link(f"{url}&ssl_certfile={made[1]}"))
        assert "cannot be read" in message_of(lambda: link(f"{url}&ssl_certfile={folder / 'none'}"))


def certificate(openssl: str, place: Path, key: Path, kind: str) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, not for 127.0.0.1, and its key."""
    request = f"req -x509 -newkey {kind} -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([openssl, *request.split(), "-out", place, "-keyout", key], check=True, capture_output=True)
    return place, key


@contextmanager
def behind_tls(made: tuple[Path, Path], clients: Path | None = None) -> Iterator[int]:
    """A TLS port before the server; `clients` vouches for theirs."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*made)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    behind = ("127.0.0.1", int(server().url.removesuffix("/0").rsplit(":", 1)[1]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=_serve, args=(listening, context, behind))
        accepting.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()
