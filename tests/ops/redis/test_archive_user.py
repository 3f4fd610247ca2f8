"""A Redis user with the rights that docs/lake.md gives the archiver: it reads all and writes no stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.foreign_writes import writable
from ops.redis.permissions import ARCHIVE, ARCHIVE_GROUPS, archive_rule
from tests import ROOT
from tests.ops.lake.lake_samples import archived, expected, fill, way
from tests.support.redis_users import narrow_url

PREFIX = "shop:"


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


def archive(server: EmbeddedRedis, url: str, lake: Path) -> None:
    with redis.Redis.from_url(server.url, decode_responses=True) as admin:
        fill(admin, PREFIX, range(10))
        way(url, PREFIX, lake).step()
        (group,) = admin.xinfo_groups(f"{PREFIX}decisions")
    assert archived(lake) == expected(range(10))
    assert group["lag"] == 0


def test_the_documented_rights_are_enough(server: EmbeddedRedis, tmp_path: Path) -> None:
    url = narrow_url(server, archive_rule("lake", PREFIX))
    archive(server, url, tmp_path)
    assert writable(url, PREFIX, ("decisions", "alerts", "events", "labels")) == []


@pytest.mark.parametrize("command", [*ARCHIVE, *ARCHIVE_GROUPS])
def test_each_of_them_is_needed(server: EmbeddedRedis, command: str, tmp_path: Path) -> None:
    url = narrow_url(server, archive_rule("lake", PREFIX).replace(f"+{command} ", "").replace(f" +{command})", ")"))
    with pytest.raises(Exception):  # noqa: B017 - how it shows depends on the command
        archive(server, url, tmp_path)


def test_the_documentation_shows_them() -> None:
    text = " ".join((ROOT / "docs" / "lake.md").read_text().replace("\\\n", " ").split())
    assert archive_rule("lake", "ringwatch:") in text
