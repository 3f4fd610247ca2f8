"""What a desk sets, whatever else is set: nothing of another Redis, store or key is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flink_job.commands.desk.desk_settings import desk_words, own_secrets
from flink_job.settings.settings import load
from ops.secrets import PSEUDONYM_KEY, redis_url, secret, store_url


def test_the_words_are_settings_and_win(tmp_path: Path) -> None:
    theirs = [
        "redis.url=redis://shop:6379/0", "redis.prefix=shop:", "job.sources=[kafka://shop/events]", "job.control_keys=[ops]",
        "job.resume=true", "service.host=0.0.0.0", "service.store.url=postgresql://shop@db/cases", "service.sign_with=ops",
        "service.public_url=https://fraud.example.com", "service.access.oidc.issuer=https://login.example.com",
        "policy.investigate_from=0.4",
    ]  # fmt: skip
    settings = load(None, [*theirs[:-1], *desk_words(tmp_path, "redis://127.0.0.1:7001/0", 8090, 1_800_000_000_000)])
    assert settings.redis.url == "redis://127.0.0.1:7001/0"
    assert settings.redis.prefix == "ringwatch:"
    assert settings.job.sources == ("redis:events", "redis:labels") == settings.job.labels
    assert settings.job.silent_until_ms == 1_800_000_000_000
    assert (settings.job.control_keys, settings.job.resume, settings.service.sign_with) == ((), False, None)
    assert settings.service.origin == "http://127.0.0.1:8090"
    assert settings.service.access.oidc.issuer is None
    for place in (settings.job.checkpoint_dir, settings.job.log_dir, settings.service.store.url.removeprefix("sqlite:")):
        assert Path(place).is_relative_to(tmp_path)


def test_folders_with_blanks_and_colons_are_paths(tmp_path: Path) -> None:
    folder = tmp_path / "a b: c #d"
    settings = load(None, desk_words(folder, "redis://127.0.0.1:7001/0", 8090, 1_800_000_000_000))
    assert settings.job.log_dir == str(folder / "logs")
    assert settings.service.store.url == f"sqlite:{folder / 'store.db'}"


def test_keys_and_addresses_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key of production")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ.update(
        {
            "RINGWATCH_REDIS_URL": "redis://shop:6379/0",
            "RINGWATCH_STORE_URL": "postgresql://shop@db/cases",
            "RINGWATCH_PSEUDONYM_KEY_FILE": str(tmp_path / "key"),
        }
    )
    own_secrets()
    first = secret(PSEUDONYM_KEY)
    own_secrets()
    assert redis_url("redis://127.0.0.1:7001/0") == "redis://127.0.0.1:7001/0"
    assert store_url("sqlite:x") == "sqlite:x"
    assert first and secret(PSEUDONYM_KEY) not in (first, "a key of production")
