"""Addresses of one server, of a cluster and of Sentinels, taken apart."""

from __future__ import annotations

import pytest

from ops.redis.address import address_of, hash_tag, is_address, tagged


@pytest.mark.parametrize(
    ("url", "places", "service", "options"),
    [
        ("redis://h", (("h", 6379),), None, {}),
        ("redis://h:1/2", (("h", 1),), None, {"db": 2}),
        ("redis:///3", (("localhost", 6379),), None, {"db": 3}),
        ("redis://:p%40ss@h:1", (("h", 1),), None, {"password": "p@ss"}),
        ("redis://u:p@h1:1,h2:2,[::1]:3/0", (("h1", 1), ("h2", 2), ("::1", 3)), None, {"username": "u", "password": "p", "db": 0}),
        ("rediss://h:1?ssl_ca_certs=/c.pem", (("h", 1),), None, {"ssl_ca_certs": "/c.pem", "ssl_check_hostname": True}),
        ("rediss://h?ssl_cert_reqs=none", (("h", 6379),), None, {"ssl_cert_reqs": "none", "ssl_check_hostname": False}),
        ("redis+sentinel://h,h2:5/my%20master/4", (("h", 26379), ("h2", 5)), "my master", {"db": 4}),
        ("redis+sentinel://h/mymaster", (("h", 26379),), "mymaster", {"db": 0}),
    ],
)
def test_an_address_has_places_and_options(url: str, places: object, service: str | None, options: dict[str, object]) -> None:
    found = address_of(url)
    assert (found.places, found.service, found.options) == (places, service, options)


def test_sentinels_have_a_user_of_their_own_and_the_tls_of_the_servers() -> None:
    found = address_of("rediss+sentinel://u:p@h/m/1?sentinel_username=s&sentinel_password=q&ssl_ca_certs=/c.pem")
    assert found.tls
    assert found.options == {"username": "u", "password": "p", "db": 1, "ssl_ca_certs": "/c.pem", "ssl_check_hostname": True}
    assert found.sentinel_options == {"username": "s", "password": "q", "ssl_ca_certs": "/c.pem", "ssl_check_hostname": True}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:6379",
        "redis:h",
        "http://h",
        "redis://h:x",
        "redis+sentinel://h",
        "redis+sentinel://h/",
        "redis+sentinel://h/m/x",
        "sentinel://h/m",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        address_of(url)


def test_a_path_is_no_address() -> None:
    assert [is_address(text) for text in ("redis://h", "redis+sentinel://h/m", "unix:///s", "redis", "a/redis:b", "redis.jsonl")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "tag"), [("ringwatch:", ""), ("{a}:", "a"), ("x{a}{b}:", "a"), ("{}:", ""), ("{a", ""), ("a}{b}", "b"), ("{{a}}", "{a")]
)
def test_a_hash_tag_is_what_a_cluster_takes_for_one(prefix: str, tag: str) -> None:
    assert hash_tag(prefix) == tag


@pytest.mark.parametrize(
    ("prefix", "better"),
    [("ringwatch:", "{ringwatch}:"), ("shop:eu:", "{shop:eu}:"), ("", "{ringwatch}:"), ("{}a", "{a}:"), ("x{a:", "x{a}:"), ("x{:", "{x}:")],
)
def test_a_prefix_gets_a_tag(prefix: str, better: str) -> None:
    assert tagged(prefix) == better
